"""From a landing page into every app: the bot stands at the step of the link, and the entry record says who shared it and where."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import asyncpg
import orjson
import pytest
import requests

from bot.store.embedded import running_url
from tests.journeys.running import APPS, Place, running, wait_until
from tests.journeys.test_five_apps import now, plain, post
from tests.standins import messenger_events, telegram_events, zalo_bot_events, zalo_oa_events

PAYLOAD = "vneid_scan_tt7k_03466"
STEP = "Áp thẻ căn cước vào lưng điện thoại."


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with running(tmp_path_factory.mktemp("shared"), *APPS) as here:
        yield here


@pytest.fixture(scope="module")
def links(place: Place) -> dict[str, str]:
    """The links of the landing page by the host they lead to, and the typed code."""
    with requests.get(f"{place.url}/go/{PAYLOAD}", timeout=10) as answer:
        page = html.unescape(answer.text)
    found = {urlsplit(url).hostname or url[:6]: url for url in re.findall(r'<a class="btn[^"]*" href="([^"#]+)"', page)}
    return found | {"code": re.findall(r'id="code">([^<]+)<', page)[0]}


def heard_by(place: Place, app: str, contact: str) -> str:
    """All that a platform took for a contact, as text."""
    if app == "messenger":
        return str(place.sent(contact))
    return "\n".join(str(call) for call in place.calls(app) if contact in str(call))


def by_messenger(place: Place, item: Callable[[str, str], messenger_events.Item], contact: str, ref: str) -> str:
    body = messenger_events.delivery(item(contact, ref))
    post(f"{place.url}/webhooks/messenger", body, messenger_events.signed(body))
    return heard_by(place, "messenger", contact)


SHAPES: dict[str, Callable[[str, str], messenger_events.Item]] = {
    "7001": lambda contact, ref: messenger_events.referral(contact, ref, at=now()),
    "7002": lambda contact, ref: messenger_events.postback(contact, "GET_STARTED", mid="m_shared", at=now(), referral=messenger_events.link(ref)),
    "7003": lambda contact, ref: messenger_events.other(contact, optin={"ref": ref}),
    "7007": lambda contact, ref: messenger_events.text(contact, "Xin chào", mid="m_shared_2", at=now(), referral=messenger_events.link(ref)),
}


@pytest.mark.parametrize("contact", sorted(SHAPES))
def test_messenger_opens_at_the_step(place: Place, links: dict[str, str], contact: str) -> None:
    (ref,) = parse_qs(urlsplit(links["m.me"]).query)["ref"]
    by_messenger(place, SHAPES[contact], contact, ref)
    wait_until(lambda: STEP in plain(heard_by(place, "messenger", contact)))


def test_telegram_opens_at_the_step(place: Place, links: dict[str, str]) -> None:
    (start,) = parse_qs(urlsplit(links["t.me"]).query)["start"]
    update = telegram_events.text(7004, f"/start {start}", id=70_004, at=now() // 1000)
    post(f"{place.platforms['telegram']}/_/update", orjson.dumps(update), {"Content-Type": "application/json"})
    wait_until(lambda: STEP in plain(heard_by(place, "telegram", "7004")))


def test_zalo_opens_at_the_step_by_the_code_that_the_link_fills_in(place: Place, links: dict[str, str]) -> None:
    (words,) = parse_qs(urlsplit(links["zalo.me"]).query)["text"]
    assert words == links["code"]
    body = zalo_oa_events.delivery(zalo_oa_events.text("7005", words, msg_id="z7005", at=now()))
    post(f"{place.url}/webhooks/zalo-oa", body, zalo_oa_events.signed(body))
    wait_until(lambda: STEP in plain(heard_by(place, "zalo-oa", "7005")))


def test_a_zalo_bot_opens_at_the_step_by_the_typed_code(place: Place, links: dict[str, str]) -> None:
    update = zalo_bot_events.text("7006", links["code"], id="b7006", at=now())
    post(f"{place.platforms['zalo-bot']}/_/update", orjson.dumps(update), {"Content-Type": "application/json"})
    wait_until(lambda: STEP in plain(heard_by(place, "zalo-bot", "7006")))


def test_the_page_itself_opens_at_the_step(place: Place, links: dict[str, str]) -> None:
    with requests.Session() as browser:
        answer = browser.get(f"{place.url}{links['/?open']}", timeout=10)
    assert STEP in plain(html.unescape(answer.text))


def test_every_entry_record_says_volunteer_and_place(place: Place) -> None:
    """Runs last: four shapes of Messenger, Telegram, two Zalos and the web."""
    url = running_url(place.folder / "data")
    assert url

    async def records() -> list[tuple[str, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch("SELECT channel, guide, step, volunteer, place FROM entries ORDER BY channel")]
        finally:
            await connection.close()

    channels = ["messenger"] * 4 + ["telegram", "web", "zalo-bot", "zalo-oa"]
    assert asyncio.run(records()) == [(channel, "vneid", "scan", "tt7k", "03466") for channel in channels]
