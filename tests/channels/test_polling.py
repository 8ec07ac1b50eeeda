"""Messages that are asked for: nothing is acknowledged before it is stored, and nothing that happens ends the asking."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest

from bot.channels.polling import TRIES, Fetched, Pollable, Polling
from bot.channels.telegram import TelegramAdapter
from bot.channels.zalo_bot import ZaloBotAdapter
from bot.dialogue.event import Event
from tests.channels.conftest import at_once, telegram_settings
from tests.standins import telegram_events as tg
from tests.standins import zalo_bot_events as zalo
from tests.standins.telegram import Telegram
from tests.standins.zalo_bot import ZaloBot


class Busy(Exception):
    """Our own side cannot take anything now."""


class Desk:
    """Who takes the events; each of `troubles` keeps it once from taking."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.troubles: list[Exception] = []
        self.offered = 0
        self._changed = asyncio.Event()

    async def take(self, events: Sequence[Event]) -> None:
        self.offered += 1
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken += [event.text or event.payload for event in events]
        self._changed.set()

    async def holds(self, count: int) -> list[str]:
        while len(self.taken) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.taken


@contextlib.asynccontextmanager
async def running(polling: Polling) -> AsyncIterator[None]:
    task = asyncio.create_task(polling.run())
    yield
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def polling_of(adapter: Pollable, desk: Desk) -> Polling:
    return Polling(adapter, desk.take, again=(Busy,), sleep=at_once)


class TestTelegram:
    async def test_the_webhook_is_taken_away_and_messages_come_in_order(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        telegram.webhook = {"url": "https://old.example", "secret_token": "x"}
        desk = Desk()
        async with running(polling_of(bot, desk)):
            await telegram.wait_for_asking()
            assert telegram.webhook == {}
            for number in range(3):
                await telegram.deliver(tg.text(2002, f"tin {number}", id=900 + number))
            assert await desk.holds(3) == ["tin 0", "tin 1", "tin 2"]

    async def test_nothing_is_acknowledged_before_it_is_stored(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        await telegram.deliver(tg.text(2002, "một"))
        batches = polling_of(bot, Desk()).batches()
        assert [one.text for one in await anext(batches)] == ["một"]
        await batches.aclose()  # type: ignore[attr-defined]  # a generator, which dies here before the batch is stored
        again = polling_of(bot, Desk()).batches()
        assert [one.text for one in await anext(again)] == ["một"]
        await telegram.deliver(tg.text(2002, "hai", id=901))
        assert [one.text for one in await anext(again)] == ["hai"]
        assert [one["update_id"] for one in telegram.queue] == [901]

    async def test_what_cannot_be_taken_now_is_offered_until_it_is(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        desk = Desk()
        desk.troubles = [Busy() for _ in range(20)]
        async with running(polling_of(bot, desk)):
            await telegram.deliver(tg.text(2002, "một"))
            assert await desk.holds(1) == ["một"]
        assert desk.offered == 21

    async def test_one_poisoned_message_does_not_stop_the_others(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        desk = Desk()
        desk.troubles = [ValueError() for _ in range(TRIES)]
        async with running(polling_of(bot, desk)):
            await telegram.deliver(tg.text(2002, "độc"))
            await telegram.wait_for_asking(2)
            await telegram.deliver(tg.text(2002, "lành", id=901))
            assert await desk.holds(1) == ["lành"]

    async def test_an_update_that_cannot_be_read_is_passed_over(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        desk = Desk()
        async with running(polling_of(bot, desk)):
            await telegram.deliver({"update_id": 900, "message": {"x": 1}})
            await telegram.deliver(tg.text(2002, "lành", id=901))
            assert await desk.holds(1) == ["lành"]

    async def test_taps_are_acknowledged(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        desk = Desk()
        async with running(polling_of(bot, desk)):
            await telegram.deliver(tg.tap(2002, "vneid/scan/done", query="4711"))
            await telegram.wait_for("answerCallbackQuery")
            await desk.holds(1)
        assert telegram.acknowledged == ["4711"]

    async def test_trouble_is_told_survived_and_over(self, telegram: Telegram, session: aiohttp.ClientSession) -> None:
        bot = TelegramAdapter(telegram_settings(api_base=telegram.url), session, timeout_seconds=0.5)
        desk = Desk()
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)
            assert "TOKEN" in polling.trouble
            if len(waited) == 3:
                telegram.dead_token = False

        polling = Polling(bot, desk.take, sleep=sleep)
        telegram.dead_token = True
        async with running(polling):
            await telegram.wait_for_asking()
            await telegram.deliver(tg.text(2002, "lại đây"))
            await desk.holds(1)
            assert polling.trouble == ""
        assert all(150 <= seconds <= 300 for seconds in waited)  # a dead token does not mend itself

    async def test_a_webhook_that_somebody_sets_meanwhile_is_taken_away_again(self, telegram: Telegram, bot: TelegramAdapter) -> None:
        desk = Desk()
        async with running(polling_of(bot, desk)):
            await telegram.wait_for_asking()
            telegram.webhook = {"url": "https://other.example", "secret_token": "x"}
            telegram.queue.append(tg.text(2002, "một"))
            telegram._changed.set()
            await telegram.wait_for("deleteWebhook", 2)
            await telegram.deliver(tg.text(2002, "hai", id=901))
            assert (await desk.holds(2))[-1] == "hai"


class TestZaloBot:
    async def test_messages_come_one_by_one(self, zalo_bot: ZaloBot, zalo_bot_adapter: ZaloBotAdapter) -> None:
        zalo_bot.webhook = {"url": "https://old.example", "secret_token": "x"}
        desk = Desk()
        async with running(polling_of(zalo_bot_adapter, desk)):
            await zalo_bot.wait_for_asking()
            for number in range(3):
                await zalo_bot.deliver(zalo.text("u1", f"tin {number}", id=f"m{number}"))
            assert await desk.holds(3) == ["tin 0", "tin 1", "tin 2"]
        assert zalo_bot.webhook == {}

    @pytest.mark.parametrize("in_200", [False, True])
    async def test_no_news_is_no_trouble(self, zalo_bot: ZaloBot, zalo_bot_adapter: ZaloBotAdapter, in_200: bool) -> None:
        zalo_bot.errors_in_200 = in_200
        await zalo_bot_adapter.begin_polling()  # there is no webhook, which Zalo answers with an error
        assert await zalo_bot_adapter.fetch(None, 0) == Fetched(events=())

    async def test_a_wrapped_or_listed_update_is_read_too(self, zalo_bot: ZaloBot, zalo_bot_adapter: ZaloBotAdapter) -> None:
        zalo_bot.queue.append([zalo.text("u1", "một", id="a"), zalo.text("u1", "hai", id="b")])  # type: ignore[arg-type]  # UNSURE: a list
        assert [one.text for one in (await zalo_bot_adapter.fetch(None, 1)).events] == ["một", "hai"]


async def test_a_platform_that_does_not_wait_is_not_asked_without_a_pause() -> None:
    class Empty:
        name = "empty"

        async def begin_polling(self) -> None:
            """Nothing to take away."""

        async def fetch(self, mark: int | None, seconds: int) -> Fetched:
            return Fetched(events=())

    waited: list[float] = []
    enough = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            enough.set()
        await asyncio.sleep(0)

    async with running(Polling(Empty(), Desk().take, sleep=sleep)):
        await enough.wait()
    assert set(waited) == {1.0}
