"""A volunteer's answer reaches the citizen in every app, in order, within the app's limits; where it cannot, the volunteer is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import Helper, Office, opened
from tests.service.apps import APPS, App, Standin, settings_for
from tests.standins import messenger_events, telegram_events, zalo_bot_events, zalo_oa_events
from tests.standins.messenger_events import APP_ID, INBOX

CITIZEN = "2002"


def _at(number: int) -> int:
    return messenger_events.STARTED_AT + number * 1000


SAID: dict[str, Callable[[str, int], bytes]] = {
    "messenger": lambda words, number: messenger_events.delivery(messenger_events.text(CITIZEN, words, mid=f"m_{number}", at=_at(number))),
    "zalo-oa": lambda words, number: zalo_oa_events.delivery(zalo_oa_events.text(CITIZEN, words, msg_id=f"z{number}", at=_at(number))),
    "zalo-bot": lambda words, number: zalo_bot_events.delivery(zalo_bot_events.text(CITIZEN, words, id=f"b{number}", at=_at(number))),
    "telegram": lambda words, number: telegram_events.delivery(telegram_events.text(int(CITIZEN), words, id=900 + number, at=_at(number) // 1000)),
}
NAMES = {"messenger": "Messenger", "zalo-oa": "Zalo", "zalo-bot": "Zalo", "telegram": "Telegram"}


@dataclass
class Line:
    """One citizen in one app, who has asked for a person, and the volunteer who took them."""

    office: Office
    app: App
    standin: Standin
    mai: Helper
    number: int = 0
    count: int = 0

    async def deliver(self, body: bytes) -> None:
        await self.office.service.turns.take(self.office.service.adapters[self.app.name].events(body))

    async def says(self, words: str) -> list[str]:
        """What the app has shown them when nothing waits any more."""
        self.count += 1
        return await self.shows(self.deliver(SAID[self.app.name](words, self.count)))

    async def answers(self, words: str) -> list[str]:
        return await self.shows(self.mai.answers(self.number, words))

    async def shows(self, doing: Any) -> list[str]:
        before = len(self.standin.accepted)
        await doing
        await self.settled()
        return [self.app.words(one)[1] for one in self.standin.accepted[before:]]

    async def settled(self) -> None:
        waiting = True
        while waiting:  # the worker writes, we can only look
            waiting = bool(await self.office.fetch("SELECT 1 FROM messages WHERE status = 'pending'"))

    async def talk(self) -> str:
        return await self.mai.sees(f"/console/{self.number}")

    async def hours_pass(self, hours: int) -> None:
        """Since all that was said."""
        await self.office.fetch("UPDATE messages SET created_at = created_at - $1 * interval '1 hour'", hours)
        await self.office.fetch("UPDATE handoffs SET asked_at = asked_at - $1 * interval '1 hour', answered_at = answered_at - $1 * interval '1 hour'", hours)


@pytest.fixture(params=APPS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
async def line(database: str, data: Path, nlu: Path, name: str) -> AsyncIterator[Line]:
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(APPS[name].start())
        office = await stack.enter_async_context(opened(settings_for({name: standin}, data_dir=data, nlu_dir=nlu, database_url=database, _env_file=None)))
        line = Line(office, APPS[name], standin, await office.volunteer("Chị Mai"))
        await line.says("#VNEID")
        await line.says("gặp người hỗ trợ")
        line.number = await office.number()
        assert NAMES[name] in await line.mai.sees()
        await line.mai.takes(line.number)
        yield line


async def test_an_answer_reaches_the_app_and_the_bot_is_silent(line: Line) -> None:
    assert await line.answers("Cháu đây ạ.") == ["Chị Mai: Cháu đây ạ."]
    assert await line.says("chào cháu") == []
    assert await line.answers("Bác bấm nút xanh nhé.") == ["Chị Mai: Bác bấm nút xanh nhé."]
    talk = await line.talk()
    assert "chào cháu" in talk
    assert "Đang gửi" not in talk
    assert await line.says("menu")
    assert "Bà con đã gọi lại Dẫn Lối" in await line.talk()
    await line.mai.gives_back(line.number)
    assert await line.says("nói lại")


async def test_a_long_answer_is_sent_whole(line: Line) -> None:
    words = " ".join(f"Bước {number}: bà con bấm nút xanh rồi đợi một lát nhé." for number in range(39))
    shown = await line.answers(words)
    assert " ".join(shown).replace("\n", " ") == f"Chị Mai: {words}"


LIMITED = pytest.mark.parametrize(("name", "hours"), [("messenger", 24), ("zalo-oa", 48)])


@LIMITED
async def test_a_window_that_is_closed_is_told_in_words(line: Line, hours: int, name: str) -> None:
    """Nothing is kept or sent; when the citizen writes again, an answer goes."""
    await line.hours_pass(hours + 1)
    told = f"{NAMES[name]} chỉ cho trả lời trong {hours} giờ từ tin cuối của bà con"
    assert told in await line.talk()
    page = await line.mai.answers(line.number, "Cháu đây ạ.", 422)
    assert told in page
    assert "Cháu đây ạ." in page, "what was written is still in the box"
    assert not await line.office.fetch("SELECT 1 FROM messages WHERE sender = 'person'")
    await line.says("cán bộ ơi")
    assert told not in await line.talk()
    assert await line.answers("Cháu đây ạ.") == ["Chị Mai: Cháu đây ạ."]


async def test_a_message_that_does_not_arrive_is_marked(line: Line, name: str) -> None:
    if name == "zalo-bot":
        return  # no error is documented for somebody who is gone
    line.app.block(line.standin, CITIZEN)
    await line.mai.answers(line.number, "Cháu đây ạ.")
    await line.settled()
    assert "Chưa đến bà con." in await line.talk()


@pytest.mark.parametrize("name", ["messenger"])
async def test_the_talk_is_taken_from_the_page_inbox(line: Line) -> None:
    """The bot passed it there when a person was wanted; the volunteer's words take it back, and that gives nothing to the bot."""
    assert line.standin.owners[CITIZEN] == INBOX
    assert await line.answers("Cháu đây ạ.") == ["Chị Mai: Cháu đây ạ."]
    assert line.standin.owners[CITIZEN] == APP_ID
    taken = messenger_events.thread_control(CITIZEN, "take", new_owner=APP_ID, previous_owner=INBOX, at=_at(50))
    await line.deliver(messenger_events.delivery(taken))
    assert await line.says("chào cháu") == []
    assert "Dẫn Lối đang im" in await line.talk()


@pytest.mark.parametrize("name", ["messenger"])
async def test_an_answer_waits_its_turn_behind_what_the_bot_said(line: Line) -> None:
    """A contact's messages keep their order, whoever says them."""
    line.standin.script(line.app.broken())
    await line.deliver(SAID["messenger"]("menu", 90))
    await line.mai.answers(line.number, "Cháu đây ạ.")
    await line.settled()
    assert line.app.words(line.standin.accepted[-1])[1] == "Chị Mai: Cháu đây ạ."
