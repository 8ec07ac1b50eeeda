"""A person of the office writes in the app's own inbox: the bot is silent at once, wakes when it is called, and nothing is forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.service.wiring import Service
from tests.service.apps import APPS, App, Standin, settings_for
from tests.standins import messenger_events, zalo_oa_events
from tests.standins.messenger_events import INBOX

CITIZEN = "2002"


@dataclass(frozen=True, kw_only=True)
class Inbox:
    """How one platform tells of a citizen's words, and of the different ways in which staff take a talk."""

    app: App
    said: Callable[[str, int], bytes]
    taken: dict[str, Callable[[], bytes]]


INBOXES = {
    "messenger": Inbox(
        app=APPS["messenger"],
        said=lambda words, number: messenger_events.delivery(messenger_events.text(CITIZEN, words, mid=f"m_{number}", at=_at(number))),
        taken={
            "a reply in the Page inbox": lambda: messenger_events.delivery(
                messenger_events.echo(CITIZEN, mid="m_staff", app_id=INBOX, metadata=None, words="Chào bà, em Mai đây.", at=_at(50))
            ),
            "the inbox took the thread": lambda: messenger_events.delivery(
                messenger_events.thread_control(CITIZEN, "take", new_owner=INBOX, previous_owner=messenger_events.APP_ID, at=_at(50))
            ),
        },
    ),
    "zalo-oa": Inbox(
        app=APPS["zalo-oa"],
        said=lambda words, number: zalo_oa_events.delivery(zalo_oa_events.text(CITIZEN, words, msg_id=f"z{number}", at=_at(number))),
        taken={"a reply in OA Manager": lambda: zalo_oa_events.delivery(zalo_oa_events.echo(CITIZEN))},
    ),
}
WAYS = [(name, way) for name, inbox in INBOXES.items() for way in inbox.taken]


def _at(number: int) -> int:
    return messenger_events.STARTED_AT + number * 1000


class Desk:
    """The running service, one platform, one citizen."""

    def __init__(self, service: Service, inbox: Inbox, standin: Standin) -> None:
        self.service, self.inbox, self.standin, self.count = service, inbox, standin, 0

    async def deliver(self, body: bytes) -> None:
        await self.service.turns.take(self.service.adapters[self.inbox.app.name].events(body))

    async def says(self, words: str) -> str:
        """What the platform has taken when all that the bot had to say to this is sent."""
        self.count += 1
        before = len(self.standin.accepted)
        await self.deliver(self.inbox.said(words, self.count))
        while await self._fetch("SELECT 1 FROM messages WHERE status = 'pending'"):  # noqa: ASYNC110  # the worker writes, we can only look
            await asyncio.sleep(0.01)
        return "\n".join(_text(body) for body in self.standin.accepted[before:])

    async def session(self) -> dict[str, Any]:
        [row] = await self._fetch("SELECT state FROM sessions")
        state: dict[str, Any] = orjson.loads(row["state"])
        return state

    async def hours_pass(self, hours: int) -> None:
        """The pause began so much earlier."""
        await self._fetch(
            "UPDATE sessions SET state = jsonb_set(state, '{paused_until}', to_jsonb((state->>'paused_until')::timestamptz - $1 * interval '1 hour'))", hours
        )

    async def _fetch(self, query: str, *values: Any) -> list[Any]:
        async with self.service.store.connection() as connection:
            found: list[Any] = await connection.fetch(query, *values)
        return found


def _text(body: dict[str, Any]) -> str:
    message = body["message"]
    return str(message.get("text") or message.get("attachment", {}).get("payload", {}).get("text", ""))


@pytest.fixture(params=WAYS, ids=[f"{name}: {way}" for name, way in WAYS])
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
async def desk(database: str, data: Path, nlu: Path, way: tuple[str, str]) -> AsyncIterator[Desk]:
    """The citizen stands in the middle of a guide."""
    inbox = INBOXES[way[0]]
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(inbox.app.start())
        settings = settings_for({inbox.app.name: standin}, data_dir=data, nlu_dir=nlu, database_url=database)
        desk = Desk(await stack.enter_async_context(Service.start(settings)), inbox, standin)
        assert await desk.says("#VNEID")
        assert await desk.says("1")
        yield desk


async def test_the_bot_is_silent_until_it_is_called_and_the_place_is_kept(desk: Desk, way: tuple[str, str]) -> None:
    before = await desk.session()
    await desk.deliver(desk.inbox.taken[way[1]]())
    for words in ("cháu chào chị", "xong rồi", "1", "nfc không được"):
        assert await desk.says(words) == ""
    assert (await desk.session())["frames"] == before["frames"]
    if way[0] == "messenger":
        desk.standin.owners[CITIZEN] = INBOX  # Meta lets nobody else speak now, unless the talk is taken back
    assert await desk.says("menu")
    after = await desk.session()
    assert "paused_until" not in after
    assert after["frames"] == before["frames"] or after["parked"] == [before["frames"]]
    assert await desk.says("#VNEID")


async def test_after_twelve_hours_the_bot_speaks_again(desk: Desk, way: tuple[str, str]) -> None:
    await desk.deliver(desk.inbox.taken[way[1]]())
    await desk.hours_pass(11)
    assert await desk.says("cháu chào chị") == ""
    await desk.hours_pass(1)
    assert await desk.says("quay lại") != ""
    assert (await desk.session())["frames"][0]["guide"] == "vneid"


async def test_each_word_of_the_person_makes_the_pause_longer(desk: Desk, way: tuple[str, str]) -> None:
    """Twelve hours from the last one, not from the first; a repeat of the same delivery changes nothing."""
    if way[0] != "messenger" or "reply" not in way[1]:
        await desk.deliver(desk.inbox.taken[way[1]]())
        first = (await desk.session())["paused_until"]
        await desk.deliver(desk.inbox.taken[way[1]]())
        assert (await desk.session())["paused_until"] == first
        return
    for number in (1, 2):
        await desk.deliver(messenger_events.delivery(messenger_events.echo(CITIZEN, mid=f"m_staff{number}", app_id=INBOX, metadata=None, at=_at(60))))
        await desk.hours_pass(7 if number == 1 else 11)
    assert await desk.says("cháu chào chị") == ""


async def test_our_own_echo_silences_nobody(desk: Desk) -> None:
    """Platforms tell us of our own messages, too."""
    if desk.inbox.app.name == "messenger":
        await desk.deliver(messenger_events.delivery(messenger_events.echo(CITIZEN, mid="m_OUT1")))
    else:
        await desk.deliver(zalo_oa_events.delivery(zalo_oa_events.echo(CITIZEN, msg_id="out1", admin_id=None)))
    assert "paused_until" not in await desk.session()
    assert await desk.says("menu")


async def test_while_the_inbox_holds_the_thread_only_a_call_for_the_bot_is_answered(desk: Desk, way: tuple[str, str]) -> None:
    """Meta lets us overhear (`standby`): the staff's words silence us there too, the citizen's are for the staff, but *menu* is for us."""
    if way != ("messenger", "a reply in the Page inbox"):
        return
    await desk.deliver(messenger_events.delivery(messenger_events.echo(CITIZEN, mid="m_staff", app_id=INBOX, metadata=None, at=_at(60)), box="standby"))
    desk.standin.owners[CITIZEN] = INBOX
    count = len(desk.standin.sends)
    await desk.deliver(messenger_events.delivery(messenger_events.text(CITIZEN, "cháu chào chị", mid="m_over1", at=_at(70)), box="standby"))
    assert await desk.says("xong rồi") == ""
    assert len(desk.standin.sends) == count
    await desk.deliver(messenger_events.delivery(messenger_events.text(CITIZEN, "menu", mid="m_over2", at=_at(71)), box="standby"))
    await desk.standin.wait_for_sends(count + 2)  # refused, taken back, sent
    assert "VNeID" in _text(desk.standin.accepted[-1])


@pytest.fixture
async def apart(database: str, data: Path, nlu: Path) -> AsyncIterator[Desk]:
    """One process receives, another sends; what nobody signed counts as somebody's words (`STRANGERS_PAUSE`)."""
    inbox = INBOXES["zalo-oa"]
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(inbox.app.start())
        settings = settings_for({"zalo-oa": standin}, choices={"strangers_pause": True}, data_dir=data, nlu_dir=nlu, database_url=database)
        web = await stack.enter_async_context(Service.start(settings, {"web"}))
        await stack.enter_async_context(Service.start(settings, {"worker"}))
        desk = Desk(web, inbox, standin)
        assert await desk.says("#VNEID")
        yield desk


async def _unsigned(desk: Desk, msg_id: str) -> bool:
    """Whether the bot is silent after an echo that names no member of staff."""
    await desk.deliver(zalo_oa_events.delivery(zalo_oa_events.echo(CITIZEN, msg_id=msg_id, admin_id=None)))
    return "paused_until" in await desk.session()


async def test_what_another_process_sent_is_no_strangers_word(apart: Desk) -> None:
    """Known by its id, also later; a stranger's is not, and silences the bot."""
    await apart._fetch("UPDATE messages SET sent_at = sent_at - interval '1 minute'")
    assert not await _unsigned(apart, "out1")
    assert await _unsigned(apart, "of-the-mobile-app")


async def test_an_echo_that_comes_too_early_is_ours(apart: Desk) -> None:
    """Before Zalo has answered our call, or just after it, nobody else is thought to have written; staff that signs always counts."""
    assert not await _unsigned(apart, "the-second-of-two")
    await apart._fetch("UPDATE messages SET sent_at = sent_at - interval '1 minute'")
    await apart._fetch("UPDATE contacts SET owner = 'the worker', locked_until = now() + interval '1 minute'")
    assert not await _unsigned(apart, "not-answered-yet")
    await apart.deliver(zalo_oa_events.delivery(zalo_oa_events.echo(CITIZEN)))
    assert "paused_until" in await apart.session()
