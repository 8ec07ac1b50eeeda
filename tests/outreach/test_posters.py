"""Posters and kits: set by typst, scanned back by another library, on any of the three sheets."""

from __future__ import annotations

import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from bot.dialogue.payload import Entry
from bot.flows.guides import Guides
from bot.outreach.poster import Poster, poster_inputs
from bot.settings import Settings
from tests.outreach.conftest import Run

POINTS = {"a3": (842, 1191), "a4": (595, 842), "a5": (420, 595)}  # ISO 216, at 72 a inch


def scanned(picture: bytes, *, grey: bool = False) -> str:
    """What a telephone reads from the poster; `grey` as a black and white printer makes it."""
    image = Image.open(BytesIO(picture))
    (found,) = zxingcpp.read_barcodes(image.convert("1").convert("L") if grey else image.convert("RGB"))
    return found.text


@pytest.mark.parametrize("guide", ["vneid", "khai-sinh", "thanh-toan"])
def test_a_poster_scans_also_in_black_and_white(run: Run, tmp_path: Path, guide: str) -> None:
    told = run("poster", guide, "--commune", "Bum Nưa", "--volunteer", "tt7k", "--out", str(tmp_path / "p.png"))
    assert told.exit_code == 0, told.output
    for grey in (False, True):
        assert scanned((tmp_path / "p.png").read_bytes(), grey=grey) == f"https://danloi.example/go/{guide}__tt7k_03466"


@pytest.mark.parametrize("size", sorted(POINTS))
def test_a_poster_is_one_sheet_of_its_size(run: Run, tmp_path: Path, size: str) -> None:
    told = run("poster", "vneid", "--size", size, "--out", str(tmp_path / "p.png"))
    assert told.exit_code == 0, told.output
    with Image.open(tmp_path / "p.png") as picture:
        sides = picture.size
    assert [round(side * 72 / 150) for side in sides] == pytest.approx(POINTS[size], abs=1)
    assert scanned((tmp_path / "p.png").read_bytes()) == "https://danloi.example/go/vneid"


@pytest.mark.parametrize("guide", ["vneid", "khai-sinh", "thanh-toan"])
def test_the_checklist_stands_on_the_poster(guides: Guides, guide: str) -> None:
    """As much of it as there is room for, in the order of the guide."""
    model = guides[guide].model
    have = poster_inputs(Settings(_env_file=None), Poster(guide=guides[guide], entry=Entry(guide=guide)))["have"]
    told = [thing for thing in model.prepare if thing[1:] in have]
    assert len(told) >= 2
    assert told == list(model.prepare[: len(told)])
    assert len(have) <= 135


def test_the_set_of_a_commune(run: Run, tmp_path: Path, guides: Guides) -> None:
    told = run("poster", "--all", "--commune", "03466", "--out", str(tmp_path / "set"))
    assert told.exit_code == 0, told.output
    assert {path.name for path in (tmp_path / "set").iterdir()} == {f"poster-{guide}-a4.{kind}" for guide in guides for kind in ("pdf", "png")}
    assert (tmp_path / "set" / "poster-vneid-a4.pdf").read_bytes().startswith(b"%PDF")


def test_a_kit_holds_all_that_is_handed_on(run: Run, tmp_path: Path, guides: Guides) -> None:
    told = run("kit", "thanh-toan", "--volunteer", "tt7k", "--out", str(tmp_path / "kit.zip"))
    assert told.exit_code == 0, told.output
    with zipfile.ZipFile(tmp_path / "kit.zip") as archive:
        names = archive.namelist()
        assert {"poster.pdf", "poster.png", "poster-a5.pdf", "qr.png", "qr.svg", "gioi-thieu.txt", "chia-se.png"} <= set(names)
        words = archive.read("gioi-thieu.txt").decode()
        assert scanned(archive.read("qr.png")) == "https://danloi.example/go/thanh-toan__tt7k"
    assert "https://danloi.example/go/thanh-toan__tt7k" in words
    assert "#THANHTOAN TT7K" in words
    assert "không hỏi mã OTP" in words
    steps = [name for name in names if name.startswith("hinh/")]
    model = guides["thanh-toan"].model
    assert len(steps) == sum(bool(step.screen or step.picture) for step in model.steps.values())


def test_without_typst_the_command_names_the_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)  # what an import finds where it is not installed
    told = run("poster", "vneid")
    assert told.exit_code == 1
    assert "danloi[poster]" in told.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["nope"], "Không có hướng dẫn"),
        ([], "Hướng dẫn nào?"),
        (["vneid", "--out", "p.jpg"], ".pdf hoặc .png"),
        (["vneid", "--commune", "Huế"], "Không thấy xã"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(run: Run, words: list[str], sentence: str) -> None:
    told = run("poster", *words)
    assert told.exit_code == 1
    assert sentence in told.stderr
