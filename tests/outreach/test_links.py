"""A link, a QR code and a typed code all lead to the same step of the same guide, and say who shared it and where."""

from __future__ import annotations

import csv
from io import BytesIO
from pathlib import Path

import pytest
import resvg_py
import zxingcpp
from PIL import Image

from bot.dialogue.library import Library
from bot.dialogue.payload import Entry, read_entry
from bot.flows.guides import Guides
from bot.i18n.catalogue import Catalogues
from bot.outreach.links import landing_url, payload_of, qr_png, qr_svg, typed_code
from tests.dialogue.talking import Chat
from tests.outreach.conftest import Run

ENTRIES = [
    Entry(guide="vneid"),
    Entry(guide="khai-sinh", volunteer="tt7k"),
    Entry(guide="vneid", step="scan", volunteer="tt7k", place="03466"),
    Entry(guide="vneid", step="level-1-start"),
    Entry(guide="thanh-toan", place="03466"),
]
WORDS = [payload_of(entry) for entry in ENTRIES]


def decoded(picture: bytes) -> str:
    """What another library reads from a QR code in a PNG."""
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(picture)).convert("L"))
    return found.text


@pytest.mark.parametrize("entry", ENTRIES, ids=WORDS)
def test_qr_codes_hold_the_landing_page(entry: Entry) -> None:
    url = landing_url("https://danloi.example", entry)
    assert decoded(qr_png(url)) == url
    assert decoded(bytes(resvg_py.svg_to_bytes(svg_string=qr_svg(url).decode(), width=400))) == url
    assert read_entry(url.rpartition("/")[2]) == entry


@pytest.mark.parametrize("entry", ENTRIES, ids=WORDS)
def test_a_link_and_a_typed_code_open_the_same(guides: Guides, entry: Entry) -> None:
    linked, typed = (Chat(Library(guides, Catalogues())) for _ in range(2))
    linked.open(payload_of(entry)).rest()
    typed.user(typed_code(entry).lower()).rest()
    for chat in (linked, typed):
        assert chat.session.entry["guide"] == entry.guide
        assert chat.session.entry.get("volunteer", "") == entry.volunteer
        assert chat.session.entry.get("place", "") == entry.place
        assert not entry.step or chat.at == f"{entry.guide}/{entry.step}"
        assert {fact.data.get("place", "") for fact in chat.facts if fact.kind in ("opened", "started", "entered")} == {entry.place}
    assert linked.at == typed.at


@pytest.mark.parametrize("text", ["#VNEID xin chào bà con", "#VNEID SCAN TT7K 03466 nữa", "#VNEID 99999 ab", "# #", "#"])
def test_other_words_behind_a_code_are_a_sentence(guides: Guides, text: str) -> None:
    chat = Chat(Library(guides, Catalogues()))
    chat.user(text).rest()
    assert chat.session.entry == {}


@pytest.mark.parametrize("payload", ["vneid_a_b_c", "vneid_a_b_123456", "vneid____", "vneid_a_b_03466_x", "<svg>", "vneid/../x", "ụ", "x" * 65])
def test_payloads_of_another_shape_are_none(payload: str) -> None:
    assert read_entry(payload) is None


def test_link_prints_every_way_in(run: Run) -> None:
    told = run("link", "#VNEID", "--step", "scan", "--volunteer", "TT7K", "--place", "bum nua")
    assert told.exit_code == 0, told.output
    for line in (
        "https://danloi.example/go/vneid_scan_tt7k_03466",
        "https://zalo.me/2002?text=%23VNEID%20SCAN%20TT7K%2003466",
        "https://m.me/1001?ref=vneid_scan_tt7k_03466",
        "https://t.me/danloi_bot?start=vneid_scan_tt7k_03466",
        "#VNEID SCAN TT7K 03466",
        "▄▄▄▄▄",
    ):
        assert line in told.output


def test_the_code_in_the_terminal_scans(run: Run) -> None:
    """Two rows of modules in a line of half blocks, the blocks white."""
    lines = [line for line in run("link", "vneid", "--volunteer", "tt7k").stdout.splitlines() if line and set(line) <= set("█▀▄ ")]
    rows = [[sign in both for sign in line] for line in lines for both in ("█▀", "█▄")]
    picture = Image.new("L", (len(rows[0]), len(rows)))
    picture.putdata([255 * light for row in rows for light in row])
    (found,) = zxingcpp.read_barcodes(picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.NEAREST))
    assert found.text == "https://danloi.example/go/vneid__tt7k"


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_link_writes_a_picture(run: Run, tmp_path: Path, kind: str) -> None:
    told = run("link", "vneid", "--out", str(tmp_path / "new" / f"qr.{kind}"))
    assert told.exit_code == 0, told.output
    body = (tmp_path / "new" / f"qr.{kind}").read_bytes()
    picture = body if kind == "png" else bytes(resvg_py.svg_to_bytes(svg_string=body.decode(), width=400))
    assert decoded(picture) == "https://danloi.example/go/vneid"


def test_link_writes_the_whole_set(run: Run, tmp_path: Path, guides: Guides) -> None:
    told = run("link", "--all", str(tmp_path / "set"), "--volunteer", "tt7k")
    assert told.exit_code == 0, told.output
    with (tmp_path / "set" / "links.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["guide"] for row in rows] == list(guides)
    for row in rows:
        assert decoded((tmp_path / "set" / row["png"]).read_bytes()) == row["landing"] == f"https://danloi.example/go/{row['guide']}__tt7k"
        assert row["messenger"].endswith(f"?ref={row['guide']}__tt7k")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["vneit"], "Có phải là vneid?"),
        ([], "Hướng dẫn nào?"),
        (["vneid", "--step", "scann"], "Gần giống: scan"),
        (["vneid", "--volunteer", "<b>"], "không phải mã người giúp"),
        (["vneid", "--place", "Sài Gòn"], "Không thấy xã"),
        (["vneid", "--out", "qr.pdf"], "phải là .png hoặc .svg"),
        (["vneid", "--out", "/proc/none/qr.png"], "Không ghi được"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(run: Run, words: list[str], sentence: str) -> None:
    told = run("link", *words)
    assert told.exit_code == 1
    assert sentence in told.stderr
    assert "Traceback" not in told.output


def test_apps_that_are_off_are_not_offered(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DANLOI_TELEGRAM__USERNAME")
    monkeypatch.setenv("DANLOI_ZALO_BOT__TOKEN", "1:x")
    told = run("link", "vneid").output
    assert "t.me" not in told
    assert "Zalo Bot" not in told


@pytest.mark.parametrize("words", [["link", "vneid"], ["poster", "vneid"], ["kit", "vneid"]], ids=lambda words: words[0])
def test_an_address_that_only_this_machine_knows_is_told_before_it_is_printed(run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    assert run(*words).stderr == ""
    monkeypatch.setenv("DANLOI_PUBLIC_URL", "http://127.0.0.1:8000")
    told = run(*words)
    assert told.exit_code == 0
    assert told.stderr == "Lưu ý: máy khác chưa mở được http://127.0.0.1:8000. Đặt DANLOI_PUBLIC_URL là địa chỉ https của máy chủ.\n"
