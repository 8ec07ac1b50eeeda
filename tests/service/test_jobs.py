"""What is scheduled runs on the same database, once for all workers, and a job that a dead worker left runs again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from procrastinate import App

from bot.channels.base import Failure, SendFailed
from bot.service.jobs import make_app
from bot.settings import Settings, load_settings
from bot.store.store import Store
from tests.service.platform import Platform
from tests.store.machine import VAULT, as_it_is, event, turn


class Watched(Platform):
    """A platform that may have unsubscribed us."""

    asked = 0

    async def watchdog(self) -> tuple[str, ...]:
        self.asked += 1
        if self.down:
            raise self.down
        return ("messages",)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data_dir=tmp_path, retention_session_days=1, retention_transcript_days=0)


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    yield store
    await store.close()


async def run(app: App) -> None:
    """Until nothing is left to do now."""
    await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)


async def test_old_messages_are_deleted_by_the_job(database: str, settings: Settings, store: Store) -> None:
    """With no days to keep them, all that is sent goes; what still waits stays a day."""
    await store.apply([event("một"), event("một", channel="web")])
    async with make_app(database, settings, store, {}).open_async() as app:
        await app.configure_task("delete_old").defer_async(timestamp=0)
        await run(app)
    async with store.connection() as connection:
        assert [row[0] for row in await connection.fetch("SELECT status FROM messages")] == ["pending"]
        assert await connection.fetchval("SELECT count(*) FROM sessions") == 2


async def test_platforms_are_asked_whether_we_are_subscribed(database: str, settings: Settings, store: Store) -> None:
    """One that does not answer does not keep the others from being asked."""
    broken, well = Watched(), Watched("zalo-oa")
    broken.down = SendFailed(Failure.RETRY, "không nối được")
    async with make_app(database, settings, store, {"messenger": broken, "zalo-oa": well, "other": Platform("other")}).open_async() as app:
        await app.configure_task("watch_webhooks").defer_async(timestamp=0)
        await run(app)
        assert broken.asked == well.asked >= 1  # once more where its hour has just come


async def test_a_job_that_a_dead_worker_left_runs_again(database: str, settings: Settings, store: Store) -> None:
    """Its worker gives no more signs of life."""
    platform = Watched()
    async with make_app(database, settings, store, {"messenger": platform}).open_async() as app:
        await app.configure_task("watch_webhooks").defer_async(timestamp=0)
        async with store.connection() as connection:
            dead = await connection.fetchval("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id")
            await connection.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = $1", dead)
        await app.configure_task("retry_stalled").defer_async(timestamp=0)
        await run(app)
        async with asyncio.timeout(20):
            while not platform.asked:
                await run(app)
        assert platform.asked
        async with store.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'") == 0
