"""Who may see the console: a personal link signs a volunteer in, and nothing else does."""

from __future__ import annotations

from time import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.outreach.volunteers import INVITED, SIGNED_IN, Passes
from tests.console.conftest import Office
from tests.outreach.conftest import Run, run
from tests.web.conftest import Site, settings, site

__all__ = ["run", "settings", "site"]

KEY = b"k" * 32


async def test_a_link_signs_in_and_leaves_no_trace_in_the_address(office: Office) -> None:
    mai = await office.volunteer("Chị Mai")
    answer = await mai.browser.get(office.link(mai.code))
    assert (answer.status_code, answer.headers["location"], answer.headers["referrer-policy"]) == (303, "/console", "no-referrer")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/console" in cookie
    assert "Secure" not in cookie, "this office is on plain http"
    page = await mai.browser.get("/console")
    assert "Chị Mai, Xã Bum Nưa" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "script-src 'self'" in page.headers["content-security-policy"]


async def test_nobody_else_sees_anything(office: Office) -> None:
    bac, stranger = await office.citizen(), await office.stranger()
    await bac.asks_for_a_person()
    number = await office.number()
    for path in ("/console", "/console/news", f"/console/{number}", f"/console/{number}/news"):
        assert "Anh chị xin người quản lý một đường dẫn mới" in await stranger.sees(path, 403)
        assert "Bà con số" not in await stranger.sees(path, 403)
    for act in ("take", "answer", "back", "release"):
        assert (await stranger.browser.post(f"/console/{number}/{act}", data={"text": "a"})).status_code == 403
    assert (await office.fetch("SELECT taken_by FROM handoffs"))[0][0] is None


async def test_a_link_is_no_cookie_a_cookie_no_link_and_an_old_one_neither(office: Office) -> None:
    mai, key = await office.volunteer("Chị Mai"), office.settings.key()
    link, cookie = Passes.for_links(key).make(mai.code), Passes.for_cookies(key).make(mai.code)
    old_link = Passes.for_links(key, lambda: time() - INVITED.total_seconds() - 9).make(mai.code)
    old_cookie = Passes.for_cookies(key, lambda: time() - SIGNED_IN.total_seconds() - 9).make(mai.code)
    others = Passes.for_links(b"another secret").make(mai.code)
    for shown in (cookie, old_link, others, mai.code, "x" * 5000):
        stranger = await office.stranger()
        assert "Máy này chưa vào được bàn trực" in await stranger.sees(f"/console/in/{shown}", 403)
        assert not stranger.browser.cookies
    for shown in (link, old_cookie, mai.code, ""):
        stranger = await office.stranger()
        stranger.browser.cookies.set("danloi_console", shown)
        await stranger.sees("/console", 403)


@given(st.text(max_size=40), st.text("tt7k.-_AZaz09", max_size=40))
def test_only_our_own_passes_are_known(given: str, near: str) -> None:
    passes = Passes.for_links(KEY)
    made = passes.make("tt7k")
    assert passes.code_of(made) == "tt7k"
    assert {passes.code_of(one) for one in (given, near)} == {None}
    assert passes.code_of(near + made) in ((None,) if near else ("tt7k",))
    assert passes.code_of(made + given) in (None, "tt7k"), "the letters of a signature may be written in more ways than one, a code may not"


async def test_what_another_page_sends_comes_to_nothing(office: Office) -> None:
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number = await office.number()
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "null"}):
        for path in (f"/console/{number}/take", f"/console/{number}/answer", "/console/out"):
            assert (await mai.browser.post(path, data={"text": "a"}, headers=headers)).status_code == 403
    assert (await office.fetch("SELECT taken_by FROM handoffs"))[0][0] is None
    await mai.sees()
    assert (await mai.browser.post(f"/console/{number}/take", headers={"origin": office.url, "sec-fetch-site": "same-origin"})).status_code == 303


async def test_a_lent_phone_is_signed_out(office: Office) -> None:
    mai = await office.volunteer("Chị Mai")
    assert (await mai.browser.post("/console/out")).headers["location"] == "/console"
    await mai.sees("/console", 403)


@pytest.mark.parametrize(
    ("body", "status"), [(b"text=", 303), (b"text=%20%0A", 303), (b"text=%ff", 400), (b"text=" + b"a" * 3000, 400), (b"a&" * 20, 400), (b"a" * 70_000, 413)]
)
async def test_nonsense_is_refused(office: Office, body: bytes, status: int) -> None:
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    await bac.asks_for_a_person()
    number = await office.number()
    await mai.takes(number)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await mai.browser.post(f"/console/{number}/answer", content=body, headers=headers)).status_code == status
    assert not [one for one in await bac.reads() if one["from"] == "person"]


@pytest.mark.parametrize("path", ["/console/0", "/console/99999999", "/console/99999999999999999999", "/console/99999999/news", "/console/1e3", "/console/x"])
async def test_what_is_not_there_is_a_page(office: Office, path: str) -> None:
    mai = await office.volunteer("Chị Mai")
    assert (await mai.browser.get(path)).status_code == 404


async def test_who_taps_too_fast_is_asked_to_wait(office: Office) -> None:
    mai = await office.volunteer("Chị Mai")
    answers = [await mai.browser.post("/console/99999/take") for _ in range(32)]
    assert answers[0].status_code == 404
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_while_the_database_is_away_the_page_asks_for_patience(site: Site) -> None:
    """Nobody is signed out for that."""
    async with site.browser(cookies={"danloi_console": Passes.for_cookies(site.settings.key()).make("tt7k")}) as browser:
        page = await browser.get("/console")
        link = await browser.get(f"/console/in/{Passes.for_links(site.settings.key()).make('tt7k')}")
        answer = await browser.post("/console/1/answer", data={"text": "a"})
    assert [one.status_code for one in (page, link, answer)] == [503, 503, 503]
    assert "thử lại sau ít phút" in page.text
    assert page.headers["retry-after"] == "5"
    assert "set-cookie" not in page.headers


async def test_news_come_only_where_there_are_some(office: Office) -> None:
    bac, mai = await office.citizen(), await office.volunteer("Chị Mai")
    first = (await mai.browser.get("/console/news")).json()
    assert (await mai.browser.get("/console/news", params={"seen": first["seen"]})).status_code == 204
    await bac.asks_for_a_person()
    second = (await mai.browser.get("/console/news", params={"seen": first["seen"]})).json()
    assert second["title"] == "1 người đang chờ"
    number = await office.number()
    await mai.takes(number)
    talk = (await mai.browser.get(f"/console/{number}/news")).json()
    assert set(talk) == {"log", "state", "where", "step", "seen"}
    assert (await mai.browser.get(f"/console/{number}/news", params={"seen": talk["seen"]})).status_code == 204


def test_links_are_printed_for_new_and_old_volunteers(run: Run) -> None:
    added = run("volunteer", "add", "Chị Mai", "--commune", "Bum Nưa")
    assert added.exit_code == 0, added.output
    assert "https://danloi.example/console/in/" in added.output
    code = added.output.partition("mã ")[2][:4]
    again = run("volunteer", "link", f" {code} ")
    assert again.exit_code == 0
    assert again.output.startswith(f"Chị Mai, mã {code}\n")
    assert "https://danloi.example/console/in/" in again.output
    assert run("volunteer", "revoke", code).exit_code == 0
    assert "Không có ai đang giúp" in run("volunteer", "link", code).stderr
    assert run("volunteer", "link", "zz99").exit_code == 1
