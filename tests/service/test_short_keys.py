"""Buttons with long payloads: what one machine sent is understood on all others, today and after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from bot.channels.base import Failure, SendFailed
from bot.channels.fit import fit_turn
from bot.channels.registry import adapters, capabilities
from bot.channels.short_keys import KeysAway, is_key, key_of
from bot.dialogue import engine
from bot.dialogue.event import Parse
from bot.dialogue.reply import Option, Reply
from bot.service.alive import Alive
from bot.service.delivery import Delivery, Policy
from bot.service.metrics import Metrics
from bot.service.short_keys import StoredShortKeys
from bot.service.spool import Spool
from bot.service.turns import Turns
from bot.service.understand import Understanding
from bot.store import retention
from bot.store.store import Store
from tests.dialogue.talking import library
from tests.service.apps import settings_for
from tests.standins import telegram_events as tg
from tests.standins.telegram import Telegram
from tests.store.machine import VAULT

LONG_GUIDE = "xac-nhan-tinh-trang-hon-nhan"
GUIDE = f"""
guide: {LONG_GUIDE}
title: Xác nhận tình trạng hôn nhân
summary: Xin giấy xác nhận.
sources: [{{id: a, title: Nguồn, url: "https://dichvucong.gov.vn", checked: 2026-11-24}}]
start: giay-to-tuy-than-con-han-su-dung
steps:
  giay-to-tuy-than-con-han-su-dung:
    do: Tìm thẻ căn cước còn hạn.
    stuck: [{{problem: Thẻ hết hạn, says: [het han], try: Đổi thẻ trước.}}]
    next: dien-to-khai-theo-mau-moi-nhat
  dien-to-khai-theo-mau-moi-nhat:
    do: Điền tờ khai.
    stuck: [{{problem: Không có mẫu, says: [khong co mau], try: Xin ở xã.}}]
    next: nop-ho-so-o-uy-ban-nhan-dan-xa
  nop-ho-so-o-uy-ban-nhan-dan-xa:
    do: Nộp ở xã.
    stuck: [{{problem: Xã đóng cửa, says: [dong cua], try: Mai đến lại.}}]
    next: xong
  xong:
    end: Chúc mừng bà con.
"""
LIBRARY = library({"hon-nhan.yaml": GUIDE})
DONE = f"{LONG_GUIDE}/giay-to-tuy-than-con-han-su-dung/done"
OFFER = Reply(text="Chọn.", options=(Option(label="Xong rồi", tap=DONE), Option(label="Menu", tap="/menu")))
CITIZEN = 2002
HOUR = timedelta(hours=1)


class Machine:
    """One server of a cluster: its own disk, its own connections, the common database. That of the keys may be lost by itself."""

    def __init__(self, database: str, disk: Path, telegram: Telegram, session: aiohttp.ClientSession) -> None:
        self.store, self.store_of_keys = (Store(database, vault=VAULT, take_turn=partial(engine.turn, LIBRARY), fit=_fit) for _ in range(2))
        self.keys, metrics = StoredShortKeys(self.store_of_keys), Metrics()
        self.app = adapters(settings_for({"telegram": telegram}), session, short_keys=self.keys)["telegram"]
        self.spool = Spool(disk, VAULT)
        self.turns = Turns(self.store, self.spool, Understanding(lambda _: Parse()), metrics, revive=_nothing, short_keys=self.keys)
        self.delivery = Delivery(self.store, {"telegram": self.app}, Alive(disk / "workers", disk.name), metrics, policy=Policy(backoff_seconds=0.01))

    async def hears(self, update: dict[str, Any]) -> None:
        await self.turns.take(self.app.events(tg.delivery(update)))

    async def close(self) -> None:
        await self.store.close()
        await self.store_of_keys.close()

    async def rows(self, query: str) -> list[asyncpg.Record]:
        async with self.store.connection() as connection:
            found: list[asyncpg.Record] = await connection.fetch(query)
        return found

    async def said(self, count: int) -> list[str]:
        """What the bot has said, once there are so many turns of words from the citizen."""
        while True:
            bubbles = await self.rows("SELECT body->>'text' AS text FROM messages WHERE sender = 'bot' ORDER BY id")
            if len(bubbles) >= count:
                return [row["text"] for row in bubbles]
            await asyncio.sleep(0.01)  # another task writes, we can only look

    async def stands_at(self) -> str:
        [row] = await self.rows("SELECT state #>> '{frames,-1,at}' AS step FROM sessions")
        return str(row["step"])


def _fit(channel: str, replies: Any) -> Any:
    return fit_turn(replies, capabilities(channel))


async def _nothing() -> None:
    """The database comes back by itself."""


Start = Callable[..., AbstractAsyncContextManager[Machine]]


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as running:
        yield running


@pytest.fixture
def start(database: str, tmp_path: Path, telegram: Telegram) -> Start:
    """Starts a machine by its name; the database may be away, for its turns, its keys or both."""

    @asynccontextmanager
    async def begin(name: str, *, turns: bool = True, keys: bool = True) -> AsyncIterator[Machine]:
        async with aiohttp.ClientSession() as session:
            machine = Machine(database, tmp_path / name, telegram, session)
            if turns:
                await machine.store.open()
            if keys:
                await machine.store_of_keys.open()
            delivering = asyncio.create_task(machine.delivery.run())
            yield machine
            machine.delivery.finish()
            await delivering
            await machine.close()

    return begin


def buttons(telegram: Telegram) -> dict[str, str]:
    """The newest message's buttons, from label to data."""
    rows = telegram.accepted[-1].parameters["reply_markup"]["inline_keyboard"]
    return {button["text"]: button["callback_data"] for row in rows for button in row if "callback_data" in button}


async def opened(machine: Machine, telegram: Telegram) -> str:
    """A citizen opens the guide; what stands in the button “Xong rồi” of its first step."""
    await machine.hears(tg.text(CITIZEN, f"/start {LONG_GUIDE}", id=1))
    await telegram.wait_for_sends(1)
    data = buttons(telegram)["Xong rồi"]
    assert is_key(data)
    return data


async def test_another_machine_understands_a_tap(start: Start, telegram: Telegram) -> None:
    """And so does one that starts tomorrow."""
    async with start("a") as a, start("b") as b:
        data = await opened(a, telegram)
        await b.hears(tg.tap(CITIZEN, data, label="nhãn khác", id=2))
        assert await b.stands_at() == "dien-to-khai-theo-mau-moi-nhat"
        assert "Điền tờ khai." in (await b.said(2))[-1]
        await telegram.wait_for_sends(2)
        data = buttons(telegram)["Xong rồi"]
    async with start("tomorrow") as tomorrow:
        await tomorrow.hears(tg.tap(CITIZEN, data, label="nhãn khác", id=3))
        assert await tomorrow.stands_at() == "nop-ho-so-o-uy-ban-nhan-dan-xa"


async def test_the_same_payload_has_one_key(start: Start, telegram: Telegram) -> None:
    """Whoever sends it, and however often. What is kept is a place in a guide, and nobody's name."""
    async with start("a") as a, start("b") as b:
        for number, machine in enumerate((a, a, b)):
            await machine.app.send(str(CITIZEN + number), OFFER, str(number))
        sent = [one.parameters["reply_markup"]["inline_keyboard"][0][0]["callback_data"] for one in telegram.accepted]
        assert sent == [key_of(DONE)] * 3
        [row] = await a.rows("SELECT * FROM short_keys")
        assert dict(row) == {"key": key_of(DONE), "payload": DONE, "used_at": row["used_at"]}


async def test_many_at_once_keep_the_same_ones(start: Start) -> None:
    payloads = [f"{LONG_GUIDE}/giay-to-tuy-than-con-han-su-dung/{number}" for number in range(30)]
    async with start("a") as a:
        await asyncio.gather(*(StoredShortKeys(a.store).keep(order) for order in (payloads, payloads[::-1]) * 10))
        found = await asyncio.gather(*(StoredShortKeys(a.store).whole([key_of(one) for one in order]) for order in (payloads, payloads[::-1]) * 10))
        assert all(len(one) == 30 for one in found)


async def test_without_the_database_no_button_goes_out_that_nobody_would_understand(start: Start, telegram: Telegram) -> None:
    """What else there is to say is said; the message waits, and the operator learns why."""
    async with start("a", keys=False) as a:
        await a.app.send(str(CITIZEN), Reply(text="Chào."), "1")
        with pytest.raises(SendFailed) as caught:
            await a.app.send(str(CITIZEN), OFFER, "2")
        assert (caught.value.failure, caught.value.code) == (Failure.RETRY, "short-keys")
        assert "PostgreSQL" in caught.value.sentence
        assert len(telegram.requests) == 1
        await a.store_of_keys.open()
        await a.app.send(str(CITIZEN), OFFER, "2")
        assert buttons(telegram)["Xong rồi"] == key_of(DONE)


async def test_a_button_that_is_kept_goes_out_without_the_database(start: Start, telegram: Telegram) -> None:
    async with start("a") as a:
        await a.app.send(str(CITIZEN), OFFER, "1")
        await a.close()
        await a.app.send(str(CITIZEN + 1), OFFER, "2")
        assert len(telegram.accepted) == 2


async def test_what_could_not_be_kept_is_sent_when_it_can(start: Start, telegram: Telegram) -> None:
    """The outbox keeps the message, and delivery tries again by itself."""
    async with start("a", keys=False) as a:
        await a.hears(tg.text(CITIZEN, f"/start {LONG_GUIDE}", id=1))
        while not await a.rows("SELECT 1 FROM messages WHERE status = 'pending' AND attempts > 0"):  # noqa: ASYNC110  # the worker writes
            await asyncio.sleep(0.01)
        assert telegram.accepted == []
        await a.store_of_keys.open()
        await telegram.wait_for_sends(1)
        assert is_key(buttons(telegram)["Xong rồi"])


async def test_taps_while_the_database_is_away_wait_for_it(start: Start, telegram: Telegram) -> None:
    """Tapped twice, as on a slow phone: the second one means the old step, and not what the label means at the next."""
    async with start("a") as a, start("b", turns=False, keys=False) as b:
        data = await opened(a, telegram)
        for number in (2, 3):
            await b.hears(tg.tap(CITIZEN, data, id=number, query=str(number)))
        assert b.spool.waiting
        with pytest.raises(KeysAway):
            await b.keys.whole([data])
        await b.store_of_keys.open()
        tending = asyncio.create_task(b.turns.tend())
        await a.said(3)
        tending.cancel()
        await asyncio.wait([tending])
        assert await a.stands_at() == "dien-to-khai-theo-mau-moi-nhat"


async def test_of_a_key_that_nobody_knows_the_label_chooses(start: Start, telegram: Telegram) -> None:
    async with start("a") as a:
        await opened(a, telegram)
        await a.hears(tg.tap(CITIZEN, key_of("another"), label="Xong rồi", id=2))
        assert await a.stands_at() == "dien-to-khai-theo-mau-moi-nhat"


async def test_a_key_that_nobody_knows_and_no_label(start: Start, telegram: Telegram) -> None:
    """Telegram shows us the buttons of new messages only: the citizen is told, and nothing is lost."""
    async with start("a") as a:
        await opened(a, telegram)
        update = tg.tap(CITIZEN, key_of("another"), id=2)
        del update["callback_query"]["message"]
        await a.hears(update)
        assert len(await a.said(2)) == 2
        assert await a.stands_at() == "giay-to-tuy-than-con-han-su-dung"


async def test_a_button_in_use_is_kept(start: Start) -> None:
    """Sent or tapped in the last two years, or for as long as an operator keeps talks."""
    years = timedelta(days=800)
    async with start("a") as a, start("b") as b:
        await a.keys.keep([DONE, DONE + "-sent", DONE + "-tapped"])
        await a.rows(f"UPDATE short_keys SET used_at = now() - interval '{years.days} days'")
        await b.keys.keep([DONE + "-sent"])
        assert await b.keys.whole([key_of(DONE + "-tapped")]) == {key_of(DONE + "-tapped"): DONE + "-tapped"}
        await retention.delete_old(a.store, sessions=years + HOUR, messages=HOUR)
        assert len(await a.rows("SELECT 1 FROM short_keys")) == 3
        await retention.delete_old(a.store, sessions=HOUR, messages=HOUR)
        assert sorted(row["payload"] for row in await a.rows("SELECT payload FROM short_keys")) == [DONE + "-sent", DONE + "-tapped"]
        assert await b.keys.whole([key_of(DONE)]) == {}


@pytest.mark.parametrize("value", ["Lò Thị Mẩy", "12/05/1990", "034331"])
async def test_what_somebody_typed_is_not_everybodys_to_keep(start: Start, value: str) -> None:
    """It would outlive an erasure. This process knows it, and elsewhere the label, which is the value, chooses."""
    typed = f"{LONG_GUIDE}/giay-to-tuy-than-con-han-su-dung/={value}"
    commune = f"{LONG_GUIDE}/giay-to-tuy-than-con-han-su-dung/=03433"
    async with start("a") as a, start("b") as b:
        await a.keys.keep([typed, commune])
        assert [row["payload"] for row in await a.rows("SELECT payload FROM short_keys")] == [commune]
        assert await a.keys.whole([key_of(typed)]) == {key_of(typed): typed}
        assert await b.keys.whole([key_of(typed), key_of(commune)]) == {key_of(commune): commune}
