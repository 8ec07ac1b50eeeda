"""Volunteers: a code that can be read out, a page that only they know, counts that name nobody."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import html5lib
import httpx
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.dialogue.payload import is_volunteer
from bot.outreach.volunteers import DIGITS, LETTERS, code_of, new_code, token
from bot.service.wiring import Service
from bot.settings import Settings
from bot.store.volunteers import LEAST, add, counts, find, revoke, shown
from bot.web.app import create_app
from tests.outreach.conftest import ROOT, Run
from tests.web.browsing import chromium, sideways, violations
from tests.web.conftest import served
from tests.web.test_language import left_in_vietnamese

KEY = b"k" * 32
YEAR = timedelta(days=365)


def test_codes_hold_no_signs_that_look_alike() -> None:
    for code in (new_code() for _ in range(500)):
        assert is_volunteer(code)
        assert not set(code) & set("0o1li")
        assert set(code) & set(LETTERS)
        assert set(code) & set(DIGITS)


@given(st.text() | st.text("tt7k-_AZaz09=", max_size=30))
def test_only_our_own_addresses_are_known(given: str) -> None:
    assert code_of(KEY, given) is None or given == token(KEY, code_of(KEY, given) or "")
    assert code_of(KEY, token(KEY, "tt7k")) == "tt7k"
    assert code_of(b"other", token(KEY, "tt7k")) is None


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 40)))
def test_no_number_under_five_can_be_seen_or_worked_out(numbers: dict[str, int]) -> None:
    told = shown(numbers)
    assert all(number is None or number == 0 or number >= LEAST for number in told.values())
    hidden = [place for place, number in told.items() if number is None]
    assert len(hidden) != 1 or not any(number and number >= LEAST for number in told.values())


def test_a_volunteer_is_added_listed_and_revoked(run: Run) -> None:
    told = run("volunteer", "add", "  Chị   Mai ", "--commune", "bum nua")
    assert told.exit_code == 0, told.output
    code = re.findall(r"mã (\w{4})", told.output)[0]
    address = re.findall(r"https://danloi.example/v/\S+", told.output)[0]
    assert run("link", "vneid", "--volunteer", code).stderr == ""
    listed = run("volunteer", "list").output
    assert f"{code}  Chị Mai, Xã Bum Nưa: {address}" in listed
    assert run("volunteer", "revoke", code).exit_code == 0
    assert "đã thôi từ" in run("volunteer", "list").output
    stale, unknown = run("link", "vneid", "--volunteer", code), run("link", "vneid", "--volunteer", "zz99")
    assert (stale.exit_code, unknown.exit_code) == (0, 0), "the links work all the same"
    assert f"Chị Mai (mã {code}) đã thôi giúp từ" in stale.stderr
    assert "không có người giúp nào mang mã ZZ99" in unknown.stderr
    again = run("volunteer", "revoke", code)
    assert again.exit_code == 1
    assert "Không có ai" in again.stderr
    assert "3 ngày gần đây" in run("stats", "--days", "3").output
    assert run("stats", "--csv").output.splitlines()[0] == "guide,place,started,finished,person,helped,thumb"
    assert run("volunteer", "add", "Mai\x00", "--commune", "03466").exit_code == 1
    assert run("volunteer", "add", "Mai", "--commune", "Huế").exit_code == 1


@pytest.mark.parametrize("words", [["link", "vneid"], ["poster", "vneid"], ["kit", "vneid"]], ids=lambda words: words[0])
def test_a_code_that_nobody_could_look_up_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, words: list[str], tmp_path: Path) -> None:
    told = run(*words, "--volunteer", "tt7k")
    assert told.exit_code == 0
    assert told.stderr.startswith("Lưu ý: chưa có cơ sở dữ liệu để tra mã TT7K")
    assert not (tmp_path / "data").exists(), "looking makes none"
    monkeypatch.setenv("DANLOI_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    told = run("link", "vneid", "--volunteer", "tt7k")
    assert told.exit_code == 0
    assert "chưa tra được mã TT7K: Cơ sở dữ liệu không trả lời." in told.stderr


class Running:
    """The real application, with its service at hand."""

    def __init__(self, url: str, service: Service, settings: Settings):
        self.url, self.service, self.settings = url, service, settings

    def address(self, code: str) -> str:
        return f"/v/{token(self.settings.key(), code)}"

    def browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=30)

    async def starts(self, payload: str) -> None:
        """Somebody new opens a guide by this link."""
        async with self.browser() as browser:
            assert (await browser.get("/", params={"open": payload})).status_code in (200, 303)

    async def finishes(self, payload: str) -> None:
        """Somebody new opens a guide by this link, always takes the first answer, and is content in the end."""
        async with self.browser() as browser:
            await browser.get("/", params={"open": payload})
            messages = (await browser.get("/chat/messages", params={"after": 0})).json()["messages"]
            tap = ""
            while not tap.startswith("/thumb"):
                tap = next(one["choices"][0]["tap"] for one in reversed(messages) if one["choices"])
                messages = (await browser.post("/chat/events", json={"tap": tap})).json()["messages"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("volunteers")


@pytest.fixture
async def running(data_dir: Path) -> AsyncIterator[Running]:
    settings = Settings(data_dir=data_dir, flows_dir=ROOT / "flows", nlu_dir=ROOT / "nlu_data", locales_dir=ROOT / "locales", _env_file=None)
    app = create_app(settings, roles={"web"})
    async with served(app) as url:
        yield Running(url, app.state.service, settings)


async def test_the_page_has_links_codes_posters_and_counts(running: Running) -> None:
    assert await add(running.service.store, "tt7k", "Chị <Mai>", "03466")
    for _ in range(LEAST):
        await running.starts("vneid__tt7k")
    await running.starts("khai-sinh__tt7k_03388")
    async with running.browser() as browser:
        page = await browser.get(running.address("tt7k"))
        poster = await browser.get(f"{running.address('tt7k')}/poster-vneid.pdf")
        wrong = await browser.get(running.address("tt7k")[:-1] + ("A" if running.address("tt7k")[-1] != "A" else "B"))
        nothing = await browser.get(f"{running.address('tt7k')}/poster-nope.pdf")
        picture = await browser.get(f"{running.address('tt7k')}/poster-vneid.png?size=a5")
        odd, other = [await browser.get(f"{running.address('tt7k')}/poster-vneid.{ending}") for ending in ("pdf?size=a9", "svg")]
    html5lib.HTMLParser(strict=True).parse(page.content)
    assert "Chị &lt;Mai&gt;, Xã Bum Nưa" in page.text
    assert "#VNEID TT7K" in page.text
    assert "5 lượt mở, 0 lượt xong" in page.text
    assert f"dưới {LEAST} lượt mở, 0 lượt xong" in page.text
    assert page.headers["cache-control"] == "private, no-cache"
    assert poster.content.startswith(b"%PDF")
    assert wrong.status_code == nothing.status_code == 404
    assert odd.status_code == other.status_code == 404
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(picture.content)).convert("L"))
    assert found.text == f"{running.settings.base_url}/go/vneid__tt7k"
    assert picture.headers["content-disposition"] == 'attachment; filename="danloi-vneid-a5.png"'

    counted = {(one.guide, one.place): one.numbers for one in await counts(running.service.store, YEAR) if one.volunteer == "tt7k"}
    assert counted[("vneid", "03466")]["started"] == LEAST, "where the link says no place, it is the volunteer's commune"
    assert counted[("khai-sinh", "03388")]["started"] == 1


async def test_the_entry_record_holds_volunteer_and_place_by_link_and_by_typed_code(running: Running) -> None:
    await running.starts("vneid_scan_tt7k_03466")
    async with running.browser() as browser:
        await browser.get("/")
        await browser.post("/chat/events", json={"text": "#VNEID SCAN TT7K 03466"})
        await browser.post("/chat/events", json={"text": "xin chào"})
    async with running.service.store.connection() as connection:
        rows = await connection.fetch("SELECT guide, step, volunteer, place FROM entries WHERE step = 'scan'")
    assert [tuple(row) for row in rows] == [("vneid", "scan", "tt7k", "03466")] * 2


async def test_opens_starts_and_ends_are_counted_by_guide_volunteer_and_place(running: Running) -> None:
    await add(running.service.store, "ef56", "Chị Dua", "03466")
    await running.finishes("vneid__ef56_03388")
    await running.finishes("vneid__ef56")
    await running.starts("vneid__ef56")
    counted = {(one.guide, one.place): one.numbers for one in await counts(running.service.store, YEAR) if one.volunteer == "ef56"}
    assert counted == {
        ("vneid", "03388"): {"opened": 1, "started": 1, "finished": 1, "thumb": 1},
        ("vneid", "03466"): {"opened": 2, "started": 2, "finished": 1, "thumb": 1},
    }


async def test_a_revoked_page_is_closed_and_its_links_still_open(running: Running) -> None:
    assert await add(running.service.store, "ab23", "Anh Páo", "03388")
    assert not await add(running.service.store, "ab23", "Ai khác", "03388"), "a code is given once"
    assert await revoke(running.service.store, "ab23")
    assert not await revoke(running.service.store, "ab23")
    assert (await find(running.service.store, "ab23")) is not None
    async with running.browser() as browser:
        closed = await browser.get(running.address("ab23"))
        link = await browser.get("/go/vneid__ab23")
    assert closed.status_code == 404
    assert "Trang này đã đóng" in closed.text
    assert link.status_code == 200


async def test_figures_show_no_small_number_with_a_place(running: Running) -> None:
    for place, times in (("03466", LEAST + 2), ("03388", 1), ("03390", LEAST)):
        for _ in range(times):
            await running.starts(f"thanh-toan___{place}")
    async with running.browser() as browser:
        page = await browser.get("/stats?guide=thanh-toan&days=7")
        csv = (await browser.get("/stats?csv=1")).text
        odd = await browser.get("/stats?guide=%3Cb%3E&days=-1e9")
    html5lib.HTMLParser(strict=True).parse(page.content)
    assert "unsafe" not in page.headers["content-security-policy"]
    rows = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="num">([^<]+)</td>', page.text))
    assert rows == {"Xã Bum Nưa": str(LEAST + 2), "Phường Đoàn Kết": "ít", "Xã Bình Lư": "ít"}, "of two, one could be worked out from the sum"
    assert f"<dt>Đã bắt đầu</dt><dd>{2 * LEAST + 3}</dd>" in page.text
    assert f"thanh-toan,,{2 * LEAST + 3}," in csv
    assert "thanh-toan,Phường Đoàn Kết,,,," in csv
    assert odd.status_code == 200


@pytest.mark.parametrize(
    "hostile", ['"><b>', "<script>", "//evil.example", "/\\evil.example", "..%2f..", "\r\nx: y", "\x00", "ế" * 300, "{{1337*1337}}", "-1e999"]
)
async def test_hostile_words_in_any_parameter_end_in_a_page_or_a_refusal(running: Running, hostile: str) -> None:
    """Never in markup, a redirect to elsewhere, a header of their own or an error of ours."""
    await add(running.service.store, "jk23", "Chị Hoa", "03466")
    mine, given = running.address("jk23"), quote(hostile, safe="")
    addresses = [
        f"/?open={given}",
        f"/?open=vneid_{given}_{given}_{given}&lang={given}",
        f"/go/vneid__{given}_{given}",
        f"/guide/vneid?lang={given}&big={given}",
    ]
    addresses += [
        f"/stats?guide={given}&days={given}&lang={given}",
        f"/v/{given}",
        f"{mine}?lang={given}",
        f"{mine}/poster-{given}.pdf",
        f"/media/{given}/{given}",
    ]
    async with running.browser() as browser:
        for address in addresses:
            answer = await browser.get(address, headers={"accept": "text/html", "host": "evil.example"})
            assert answer.status_code in (200, 303, 404), address
            assert answer.headers.get("location", "/") == "/", address
            assert "x" not in answer.headers, address
            assert not re.search(r"<b>|<script>|1787569", answer.text), address


async def test_figures_are_also_in_english(running: Running) -> None:
    await running.starts("vneid")
    async with chromium() as browser:
        page = await browser.new_page(base_url=running.url)
        await page.goto("/stats?guide=vneid&days=90")
        await page.get_by_role("link", name="English").click()
        assert page.url.endswith("/stats?guide=vneid&days=90&lang=en")
        assert await violations(page) == []
        await page.get_by_role("button", name="Show").click()
        await page.locator("[lang=vi]").evaluate_all("all => all.forEach(one => one.remove())")
        assert await left_in_vietnamese(page, "main", "header") == []
        assert await page.title() == "Figures · Dẫn Lối"


async def test_a_volunteer_hands_a_link_on(running: Running) -> None:
    """By the phone's own sharing; where it has none, by the clipboard; without a script the link itself can be copied."""
    await add(running.service.store, "gh78", "Anh Lử", "03466")
    link = f"{running.settings.base_url}/go/vneid__gh78"
    async with chromium() as browser:
        context = await browser.new_context(base_url=running.url, permissions=["clipboard-read", "clipboard-write"])
        page = await context.new_page()
        await page.add_init_script("delete Navigator.prototype.share")
        await page.goto(running.address("gh78"))
        card = page.get_by_role("region", name="Cài đặt và kích hoạt VNeID")
        await card.get_by_role("button", name="Chép đường dẫn").click()
        await card.get_by_role("button", name="Đã chép").wait_for()
        assert await page.evaluate("navigator.clipboard.readText()") == link

        await page.add_init_script("navigator.share = async (what) => { window.shared = what }")
        await page.reload()
        await card.get_by_role("button", name="Gửi đường dẫn").click()
        assert await page.evaluate("window.shared") == {"title": "Cài đặt và kích hoạt VNeID", "url": link}

        plain = await (await browser.new_context(base_url=running.url, java_script_enabled=False)).new_page()
        await plain.goto(running.address("gh78"))
        assert await plain.get_by_role("button").count() == 0
        assert await plain.get_by_text(link, exact=True).is_visible()


async def test_the_page_is_accessible_on_a_phone(running: Running) -> None:
    await add(running.service.store, "cd45", "Cô Sáy", "03466")
    async with chromium() as browser:
        for scheme in ("light", "dark"):
            context = await browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, base_url=running.url)
            page = await context.new_page()
            for path in (running.address("cd45"), "/stats?guide=thanh-toan"):
                await page.goto(path)
                assert await violations(page) == []
                assert await sideways(page) == 0
