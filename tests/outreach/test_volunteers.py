"""Volunteers: a code that can be read out, a page that only they know, counts that name nobody."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import html5lib
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.payload import is_volunteer
from bot.outreach.volunteers import DIGITS, LETTERS, code_of, new_code, token
from bot.service.wiring import Service
from bot.settings import Settings
from bot.store.volunteers import LEAST, add, counts, find, revoke, shown
from bot.web.app import create_app
from tests.outreach.conftest import ROOT, Run
from tests.web.browsing import chromium, sideways, violations
from tests.web.conftest import served

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
    listed = run("volunteer", "list").output
    assert f"{code}  Chị Mai, Xã Bum Nưa: {address}" in listed
    assert run("volunteer", "revoke", code).exit_code == 0
    assert "đã thôi từ" in run("volunteer", "list").output
    again = run("volunteer", "revoke", code)
    assert again.exit_code == 1
    assert "Không có ai" in again.stderr
    assert "3 ngày gần đây" in run("stats", "--days", "3").output
    assert run("stats", "--csv").output.splitlines()[0] == "guide,place,started,finished,person,thumb"
    assert run("volunteer", "add", "Mai\x00", "--commune", "03466").exit_code == 1
    assert run("volunteer", "add", "Mai", "--commune", "Huế").exit_code == 1


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
    html5lib.HTMLParser(strict=True).parse(page.content)
    assert "Chị &lt;Mai&gt;, Xã Bum Nưa" in page.text
    assert "#VNEID TT7K" in page.text
    assert "5 lượt mở, 0 lượt xong" in page.text
    assert f"dưới {LEAST} lượt mở, 0 lượt xong" in page.text
    assert page.headers["cache-control"] == "private, no-cache"
    assert poster.content.startswith(b"%PDF")
    assert wrong.status_code == nothing.status_code == 404

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
