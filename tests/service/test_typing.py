"""The sign that an answer is on its way: only where it takes a while, and never in the way of the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.channels.base import Failure, SendFailed
from bot.channels.zalo_oa_tokens import MemoryTokenStore
from bot.service.alive import Alive
from bot.service.delivery import TYPING_WITH_AT_MOST, Delivery, Policy
from bot.service.metrics import Metrics
from bot.store.store import Store
from tests.service.apps import APPS, App, adapters_of, took
from tests.service.platform import Platform
from tests.store.machine import VAULT, as_it_is, event, turn

SOON, NEVER = 0.01, 3600.0
Start = Callable[..., AbstractAsyncContextManager[Store]]


@pytest.fixture
def start(database: str, tmp_path: Path) -> Start:
    """A worker in this process for one adapter, with its store."""

    @asynccontextmanager
    async def begin(adapter: Any, *, after: float = SOON) -> AsyncIterator[Store]:
        store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
        await store.open()
        alive = Alive(tmp_path / "workers", "one")
        policy = Policy(send_timeout_seconds=5.0, backoff_seconds=0.01, typing_after_seconds=after)
        delivery = Delivery(store, {adapter.name: adapter}, alive, Metrics(), policy=policy)
        running = asyncio.create_task(delivery.run())
        yield store
        delivery.finish()
        await running
        alive.close()
        await store.close()

    return begin


async def test_a_slow_answer_shows_that_it_comes(start: Start) -> None:
    """Once for each message, and only where it takes longer than most."""
    platform = Platform()
    platform.gate.clear()
    async with start(platform) as store:
        await store.apply([event("hai")])
        await platform.until_typing(1)
        platform.gate.set()
        await platform.until_got(2)
    assert platform.typed == ["2002"]
    assert platform.got["2002"] == ["một", "hai"]


async def test_an_ordinary_answer_costs_no_call(start: Start) -> None:
    platform = Platform()
    async with start(platform, after=NEVER) as store:
        await store.apply([event("hai")])
        await platform.until_got(2)
    assert platform.typed == []


@pytest.mark.parametrize("trouble", [RuntimeError("x"), SendFailed(Failure.TOKEN, "câu cho người trực"), asyncio.Event()], ids=["bug", "token", "hangs"])
async def test_whatever_becomes_of_the_sign_the_answer_goes(start: Start, trouble: Exception | asyncio.Event) -> None:
    """A sign that hangs is called off when the answer has gone; nothing keeps the worker from ending."""
    platform = Platform()
    platform.gate.clear()
    platform.typing_is = trouble
    async with start(platform) as store:
        await store.apply([event("hai")])
        await platform.until_typing(1)
        platform.gate.set()
        await platform.until_got(2)
    assert platform.got["2002"] == ["một", "hai"]
    assert platform.called_off == isinstance(trouble, asyncio.Event)


async def test_a_crowd_sees_no_signs(start: Start) -> None:
    """Where many wait, slowness is load: the calls are kept for the messages."""
    platform = Platform()
    platform.gate.clear()
    many = TYPING_WITH_AT_MOST + 1
    async with start(platform) as store:
        await store.apply([event("một", contact=f"c{number}") for number in range(many)])
        await platform.until_called(many)
        await asyncio.sleep(5 * SOON)  # nothing may happen, so there is nothing to wait for
        assert platform.typed == []
        platform.gate.set()
        await platform.until_got(many)


async def test_a_message_that_failed_before_shows_none(start: Start) -> None:
    """It comes when the platform lets it, which may be later than any sign lasts."""
    platform = Platform()
    platform.failures.append(SendFailed(Failure.RETRY, "câu cho người trực"))
    async with start(platform) as store:
        await store.apply([event("một")])
        await platform.until_called(1)
        platform.gate.clear()
        await platform.until_called(2)
        before = len(platform.typed)  # the first attempt may have been slow
        await asyncio.sleep(5 * SOON)  # as above
        assert len(platform.typed) == before
        platform.gate.set()
        await platform.until_got(1)


def _typing_calls(name: str, standin: Any) -> int:
    if name in ("zalo-bot", "telegram"):
        return sum(call.method == "sendChatAction" for call in standin.requests)
    return sum(b'"typing_on"' in call.body for call in standin.requests)


@pytest.mark.parametrize("app", APPS.values(), ids=list(APPS))
async def test_each_app_in_its_own_words(start: Start, app: App) -> None:
    """Against the stand-ins, which take a while; Zalo OA knows no such sign. The log of deliveries holds the messages alone."""
    async with app.start(delay_seconds=0.2) as standin, adapters_of({app.name: standin}, tokens=MemoryTokenStore()) as made:
        adapter = made[app.name]
        async with start(adapter, after=0.02) as store:
            await store.apply([event("hai", channel=app.name)])
            await standin.wait_for_sends(2)
            while await _pending(store):  # noqa: ASYNC110  # the worker writes, we can only look
                await asyncio.sleep(0.01)
            async with store.connection() as connection:
                calls = [orjson.loads(row[0]) for row in await connection.fetch("SELECT calls FROM sends")]
        assert took(app, standin) == {"2002": ["một", "hai"]}
        assert _typing_calls(app.name, standin) == (0 if app.name == "zalo-oa" else 2)
        assert [len(one) for one in calls] == [1, 1]


async def _pending(store: Store) -> int:
    async with store.connection() as connection:
        waiting: int = await connection.fetchval("SELECT count(*) FROM messages WHERE status = 'pending'")
        return waiting
