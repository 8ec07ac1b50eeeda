"""The chat over HTTP: cookies, forms, JSON, the stream, and who is turned away."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial

import httpx
import pytest

from bot.service.errors import Overloaded, Unavailable
from bot.settings import Settings
from bot.web.app import create_app
from bot.web.chat import MAX_TEXT_CHARS
from bot.web.throttle import Throttle
from tests.web.conftest import Site, served, until
from tests.web.standin import GREETING, StandIn

JSON = {"content-type": "application/json"}


async def test_a_first_visit_is_greeted_and_remembered(site: Site) -> None:
    async with site.browser() as browser:
        first = await browser.get("/")
        again = await browser.get("/")
    assert GREETING.split("\n")[0] in first.text
    assert "Ai hỏi là lừa đảo" in first.text
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=lax" in first.headers["set-cookie"]
    assert [event.kind for event in site.behind.events] == ["opened"], "a reload opens nothing again"
    assert GREETING.split("\n")[0] in again.text


async def test_words_are_answered_with_messages(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.post("/chat/events", json={"text": "cài vneid"})
    [message] = answer.json()["messages"]
    assert message["text"] == "Điện thoại của bà con là loại nào?"
    assert [one["label"] for one in message["choices"]] == ["Android", "iPhone", "Không biết"]
    assert message["id"]
    assert message["from"] == "bot"


async def test_a_form_is_answered_with_the_page(site: Site) -> None:
    async with site.browser() as browser:
        await browser.get("/")
        answer = await browser.post("/chat/events", data={"tap": "vneid"})
        page = await browser.get(answer.headers["location"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Bước 1/3" in page.text
    assert 'name="tap" value="vneid/phone/Android"' in page.text


async def test_the_same_event_twice_is_one(site: Site) -> None:
    async with site.browser() as browser:
        for _ in range(3):
            await browser.post("/chat/events", json={"text": "cài vneid", "id": "abc"})
        heard = await browser.get("/chat/messages")
    assert [one["from"] for one in heard.json()["messages"]] == ["me", "bot"]


async def test_one_persons_ids_do_not_take_anothers(site: Site) -> None:
    async with site.browser() as one, site.browser() as other:
        await one.post("/chat/events", json={"text": "cài vneid", "id": "abc"})
        answer = await other.post("/chat/events", json={"text": "cài vneid", "id": "abc"})
    assert answer.json()["messages"]


async def test_a_form_sent_twice_is_one_and_another_text_is_another(site: Site) -> None:
    async with site.browser() as browser:
        page = await browser.get("/")
        nonce = re.search(r'name="id" value="(\w+)"', page.text)[1]
        for words in ("chào", "chào", "cài vneid"):
            await browser.post("/chat/events", data={"text": words, "id": nonce})
    assert [event.text for event in site.behind.events[1:]] == ["chào", "cài vneid"]


async def test_messages_after_an_id(site: Site) -> None:
    async with site.browser() as browser:
        await browser.get("/")
        first = await browser.post("/chat/events", json={"text": "cài vneid"})
        after = first.json()["messages"][-1]["id"]
        await browser.post("/chat/events", json={"tap": "vneid/phone/Android"})
        heard = await browser.get("/chat/messages", params={"after": after})
    assert [one["text"] for one in heard.json()["messages"]] == ["Android", "Bấm nút “Bắt đầu”."]


async def test_a_link_opens_its_guide_once(site: Site) -> None:
    """The address that comes back has no `open`, so that a reload opens nothing."""
    async with site.browser() as browser:
        answer = await browser.get("/?open=vneid")
        page = await browser.get(answer.headers["location"])
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Bước 1/3" in page.text
    assert [event.payload for event in site.behind.events] == ["vneid"]


@pytest.mark.parametrize("headers", [{"sec-purpose": "prefetch"}, {"purpose": "prefetch"}])
async def test_fetching_ahead_opens_nothing(site: Site, headers: dict[str, str]) -> None:
    async with site.browser() as browser:
        answer = await browser.get("/?open=vneid", headers=headers)
        await browser.head("/?open=vneid")
    assert answer.status_code == 503
    assert site.behind.events == []


async def test_the_cookie_is_the_contact(site: Site) -> None:
    """Another browser sees nothing, and a forged cookie is a stranger."""
    async with site.browser() as one, site.browser() as other:
        await one.post("/chat/events", json={"text": "cài vneid"})
        heard = await other.get("/chat/messages")
        value = one.cookies["danloi"]
        contact, _, signature = value.partition(".")
        async with site.browser(cookies={"danloi": f"{contact}.{signature[::-1]}"}) as forger:
            forged = await forger.get("/chat/messages")
    assert heard.json() == forged.json() == {"messages": []}


async def test_the_stream_tells_what_is_new_and_resumes(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/chat/events", json={"text": "cài vneid"})
        contact = site.behind.events[0].contact
        async with browser.stream("GET", "/chat/stream?after=2") as stream:
            await until(lambda: site.behind.changed._waiters)
            await site.behind.person_says(contact, "Chào bà con, tôi là Mai.")
            told = await _next_event(stream)
        async with browser.stream("GET", "/chat/stream", headers={"last-event-id": "1"}) as stream:
            resumed = await _next_event(stream)
    assert [one["text"] for one in told["messages"]] == ["Chào bà con, tôi là Mai."]
    assert [one["id"] for one in resumed["messages"]] == [2, 3]


async def test_who_is_gone_is_no_longer_listened_for(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/chat/events", json={"text": "cài vneid"})
        async with browser.stream("GET", "/chat/stream") as stream:
            await _next_event(stream)
            await until(lambda: site.behind.changed._waiters)
        await until(lambda: not site.behind.changed._waiters)


async def test_a_server_that_ends_completes_its_streams(settings: Settings) -> None:
    """The browser sees an end, not a broken answer, and comes back by itself."""
    behind = StandIn()
    lines: list[str] = []

    async def read(stream: httpx.Response) -> None:
        async for line in stream.aiter_lines():
            lines.append(line)  # noqa: PERF401  # each as it comes

    async with httpx.AsyncClient() as browser:
        async with served(create_app(settings, start=behind.start)) as url:
            answer = await browser.post(f"{url}/chat/events", json={"text": "cài vneid"})
            cookie = {"cookie": answer.headers["set-cookie"].partition(";")[0]}
            stream = await browser.send(browser.build_request("GET", f"{url}/chat/stream", headers=cookie), stream=True)
            reading = asyncio.create_task(read(stream))
            await until(lambda: any(line.startswith("data:") for line in lines))
        await reading  # raises where the answer was cut off


async def test_a_stranger_has_no_stream(site: Site) -> None:
    """204 tells the browser not to try again."""
    async with site.browser() as browser:
        assert (await browser.get("/chat/stream")).status_code == 204


async def _next_event(stream: httpx.Response) -> dict[str, object]:
    async with asyncio.timeout(10):
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                return dict(json.loads(line[5:]))
    raise AssertionError("the stream ended")


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", JSON, 400),
        (b"[]", JSON, 400),
        (b"{}", JSON, 400),
        (b'{"text": 5}', JSON, 400),
        (b'{"text": ""}', JSON, 400),
        (b'{"text": "a", "tap": "b"}', JSON, 400),
        (b'{"text": "a", "id": "' + b"x" * 65 + b'"}', JSON, 400),
        (b'{"text": "' + b"x" * (MAX_TEXT_CHARS + 1) + b'"}', JSON, 400),
        (b'{"text": "' + b"x" * 70_000 + b'"}', JSON, 413),
        (b'{"text": "a"}', {"content-type": "text/plain"}, 415),
        (b"text=%ff", {"content-type": "application/x-www-form-urlencoded"}, 400),
        (b'{"text": "a"}', JSON | {"sec-fetch-site": "cross-site"}, 403),
        (b'{"text": "a"}', JSON | {"sec-fetch-site": "same-site"}, 403),
        (b'{"text": "a"}', JSON | {"origin": "https://evil.example"}, 403),
        (b'{"text": "a"}', JSON | {"origin": "null"}, 403),
        (b'{"text": "a"}', JSON | {"sec-fetch-site": "same-origin"}, 200),
    ],
)
async def test_what_is_taken_and_what_is_refused(site: Site, body: bytes, headers: dict[str, str], status: int) -> None:
    async with site.browser() as browser:
        answer = await browser.post("/chat/events", content=body, headers=headers)
    assert answer.status_code == status
    assert len(site.behind.events) == (status == 200)
    if status != 200:
        assert answer.text == "", "a refusal gives no detail"


async def test_an_empty_box_comes_back_to_the_page(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.post("/chat/events", data={"text": "  "})
    assert answer.status_code == 303
    assert site.behind.events == []


async def test_our_own_origin_may_post_behind_a_proxy(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.post("/chat/events", json={"text": "a"}, headers={"origin": site.url})
    assert answer.status_code == 200


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, no time passes for the limit."""
    monkeypatch.setattr("bot.web.chat.Throttle", partial(Throttle, clock=lambda: 0.0))


async def test_who_writes_too_fast_is_asked_to_wait(at_once: None, site: Site) -> None:
    async with site.browser() as browser:
        await browser.get("/")
        answers = [await browser.post("/chat/events", json={"text": f"chào {n}"}) for n in range(101)]
        page = await browser.post("/chat/events", data={"text": "chào"})
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert page.status_code == 429
    assert "Đợi một chút" in page.text


@pytest.mark.parametrize("error", [Overloaded(), Unavailable()])
async def test_a_service_that_cannot_take_says_when_to_come_back(site: Site, error: Exception) -> None:
    site.behind.fails = error
    async with site.browser() as browser:
        call = await browser.post("/chat/events", json={"text": "chào"})
        form = await browser.post("/chat/events", data={"text": "chào"})
        page = await browser.get("/")
        link = await browser.get("/?open=vneid")
    assert {one.status_code for one in (call, form, page, link)} == {503}
    assert all(int(one.headers["retry-after"]) >= 1 for one in (call, form, page, link))
    assert "thử lại sau ít phút" in page.text


async def test_while_the_database_is_away_words_are_taken_and_nothing_is_opened(site: Site) -> None:
    async with site.browser() as browser:
        await browser.get("/")
        site.behind.away = True
        said = await browser.post("/chat/events?view", json={"text": "cài vneid"})
        page = await browser.get("/")
        heard = await browser.get("/chat/messages")
    assert (said.status_code, said.json()) == (200, {"messages": []})
    assert (page.status_code, heard.status_code) == (503, 503)
    assert [event.text for event in site.behind.waiting] == ["cài vneid"]


async def test_pages_let_no_strangers_script_in(site: Site) -> None:
    async with site.browser() as browser:
        await browser.post("/chat/events", json={"text": "<script>alert(1)</script>"})
        page = await browser.get("/")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=", page.text), "nothing inline that the policy would stop"
