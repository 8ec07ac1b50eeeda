"""Everything that runs, put together: content, database, channels, turns, delivery, jobs; started and ended in one place."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

import aiohttp
import orjson
import structlog
from prometheus_client import CollectorRegistry

from bot.channels.base import ChannelAdapter
from bot.channels.fit import fit_turn
from bot.channels.polling import Pollable, Polling
from bot.channels.registry import adapters as make_adapters
from bot.channels.registry import capabilities
from bot.dialogue import engine
from bot.dialogue.event import Event
from bot.dialogue.reply import Reply
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.nlu.classifier import Classifier
from bot.nlu.e5 import Cascade
from bot.nlu.rasa_client import RasaClient
from bot.service.alive import Alive
from bot.service.content import Content, load_content
from bot.service.deep_reader import DeepReader
from bot.service.delivery import Delivery, Policy
from bot.service.desk import Desk
from bot.service.errors import Overloaded, Unavailable
from bot.service.metrics import Metrics
from bot.service.ordered_reader import OrderedReader
from bot.service.reload import Reload
from bot.service.second_reader import SecondReader
from bot.service.short_keys import StoredShortKeys
from bot.service.spool import Spool
from bot.service.tokens import StoredTokens
from bot.service.turns import Turns
from bot.service.understand import Understanding
from bot.service.uploads import StoredUploads
from bot.settings import BotSettings, Settings
from bot.store import handoffs, queries
from bot.store.embedded import EmbeddedFailed, EmbeddedPostgres
from bot.store.store import Store
from bot.store.vault import Vault

ROLES = frozenset({"web", "worker"})
START_SECONDS = 10.0  # how long we wait for a database of somebody else before we begin without it
FINISH_SECONDS = 20.0
OBSERVE_SECONDS = 5.0
WORKER_SILENT_SECONDS = 30.0
UNSIGNED_TOLD_SECONDS = 600.0  # anybody can knock: the log is not theirs to fill

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`ready`: turns can be taken. `degraded`: what is wrong all the same, each with what to do."""

    ready: bool
    degraded: tuple[str, ...]
    database: bool
    guides: int
    worker_seconds: float | None  # since the last sign of life of any worker; None: there was none


class Service:
    """What web and command line use: `async with Service.start(settings) as service`."""

    def __init__(self, settings: Settings, content: Content, adapters: dict[str, ChannelAdapter], store: Store, spool: Spool, metrics: Metrics) -> None:
        self.settings, self.content, self.adapters, self.store = settings, content, adapters, store
        self.turns: Turns
        self.desk: Desk
        self.reload: Reload
        self.delivery: Delivery | None = None
        self._spool, self._metrics = spool, metrics
        self._polled: list[Polling] = []
        self._told_unsigned: dict[str, float] = {}
        self._second: OrderedReader | None = None

    @property
    def metrics(self) -> CollectorRegistry:
        return self._metrics.registry

    @classmethod
    @asynccontextmanager
    async def start(cls, settings: Settings, roles: Collection[str] = ROLES) -> AsyncIterator[Service]:
        """Everything of these roles, running; at the end what is in hand is finished and nothing stays behind.

        Raises `EmbeddedFailed`, `Stale`, `BadNluData`, `TrainingFailed` or `E5Missing`, whose sentences are for the operator.
        """
        async with AsyncExitStack() as stack:
            url, revive = await _database(settings, stack)
            content = await asyncio.to_thread(load_content, settings)
            connector = aiohttp.TCPConnector(limit=256, limit_per_host=0)
            session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            vault = Vault(settings.key())
            store = Store(url, vault=vault, take_turn=_turn_with(content), fit=_fit_for(settings))
            stack.push_async_callback(store.close)
            metrics = Metrics()
            keys = StoredShortKeys(store)
            adapters = make_adapters(settings, session, zalo_tokens=StoredTokens(store), uploads=StoredUploads(store), short_keys=keys)
            for adapter in adapters.values():
                stack.push_async_callback(adapter.close)
            service = cls(settings, content, adapters, store, Spool(settings.data_dir / "spool", vault), metrics)
            service._second = _second_reader(settings, lambda: service.content.classifier, metrics, stack)
            understanding = Understanding(lambda text: service.content.classifier.parse(text))
            service.turns = Turns(store, service._spool, understanding, metrics, revive=revive, second=service._second, short_keys=keys)
            service.desk = Desk(store, lambda: service.content.library, understanding, adapters, metrics)
            service.reload = Reload(settings, store, lambda: service.content, service.serve, metrics)
            await _open(store, wait=settings.database_url is not None)
            await service.reload.recall()
            await service._run(stack, frozenset(roles), url)
            yield service

    def unsigned(self, channel: str, why: str) -> None:
        """Count a delivery that was refused, and say it now and then: a secret that is wrong in the settings refuses every one."""
        self._metrics.unsigned.labels(channel).inc()
        now = monotonic()
        if now - self._told_unsigned.get(channel, -UNSIGNED_TOLD_SECONDS) >= UNSIGNED_TOLD_SECONDS:
            self._told_unsigned[channel] = now
            log.warning("unsigned delivery refused", channel=channel, why=why)

    def serve(self, content: Content) -> None:
        """From now on turns and pages read `content`; a batch that is under way ends with what it began with."""
        self.content = content
        self.store.take_turn = _turn_with(content)

    async def health(self) -> Health:
        """How things stand now."""
        degraded = [*self.content.degraded, *self.reload.degraded]
        workers: list[Any] = []
        database = self.store.connected
        try:
            async with self.store.connection() as connection:
                workers = await connection.fetch(queries.LAST_HEARTBEATS)
        except Unavailable:
            database = False
            why = self.turns.trouble or "cơ sở dữ liệu không trả lời; xem PostgreSQL còn chạy không."
            degraded.append(f"database: {why} Tin của bà con được giữ trên đĩa và xử lý khi có lại.")
        worker_seconds: float | None = workers[0]["seconds"] if workers else None
        writable = await asyncio.to_thread(self._spool.writable)
        if not writable:
            degraded.append(
                f"spool: không ghi được vào {self._spool.directory} (đĩa đầy, hoặc không có quyền). Khi cơ sở dữ liệu dừng, tin của bà con sẽ bị từ chối (503)"
                " cho đến khi có chỗ: xóa bớt tệp hoặc thêm đĩa."
            )
        guides = len(self.content.library.guides)
        if not guides:
            degraded.append(f"guides: không có hướng dẫn nào trong {self.settings.flows_dir}; xem DANLOI_FLOWS_DIR và chạy `danloi check`.")
        if database and self.adapters and (worker_seconds is None or worker_seconds > WORKER_SILENT_SECONDS):
            degraded.append("worker: không có tiến trình gửi tin nào chạy nên tin chưa gửi đi. Chạy `danloi worker`.")
        degraded.extend(self._not_sending(workers))
        degraded.extend(f"{one.name}: {one.trouble}" for one in self._polled if one.trouble)
        if self._second is not None and self._second.trouble:
            degraded.append(self._second.trouble)
        ready = database or writable
        return Health(ready=ready, degraded=tuple(degraded), database=database, guides=guides, worker_seconds=worker_seconds)

    def _not_sending(self, workers: Sequence[Any]) -> list[str]:
        """Channels that do not send, as our own worker knows and the others of the cluster last said."""
        told = self.delivery.degraded if self.delivery else []
        told += [one for row in workers if row["seconds"] <= WORKER_SILENT_SECONDS for one in orjson.loads(row["trouble"])]
        return list(dict.fromkeys(told))

    async def _run(self, stack: AsyncExitStack, roles: frozenset[str], url: str) -> None:
        """Start the loops; the stack ends them in the opposite order."""
        _background(stack, self.turns.tend(), "tend")
        _background(stack, self._observe(), "observe")
        if isinstance(self._second, SecondReader):
            _background(stack, self._second.tend(), "rasa")
        _background(stack, self.reload.run(), "reload")
        stack.push_async_callback(self.turns.drain)
        if roles >= ROLES:
            self._poll(stack)
        if "worker" in roles:
            alive = Alive(self.settings.data_dir / "workers", f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}")
            stack.callback(alive.close)
            policy = Policy(send_timeout_seconds=self.settings.send_timeout_seconds)
            self.delivery = Delivery(self.store, self.adapters, alive, self._metrics, base_url=self.settings.base_url, policy=policy)
            _background(stack, self._jobs(url), "jobs")
            delivering = asyncio.create_task(self.delivery.run(), name="delivery")
            stack.push_async_callback(_finish, self.delivery, delivering)

    def _poll(self, stack: AsyncExitStack) -> None:
        """Ask those platforms for messages that cannot reach a webhook here. One process may ask, so only `serve` does."""
        for name in ("zalo-bot", "telegram"):
            adapter = self.adapters.get(name)
            wanted = self.settings.channels()[name]
            if isinstance(adapter, Pollable) and isinstance(wanted, BotSettings) and wanted.polls(self.settings.base_url):
                polling = Polling(adapter, self.turns.take, again=(Overloaded, Unavailable))
                self._polled.append(polling)
                _background(stack, polling.run(), f"poll {name}")

    async def _observe(self) -> None:
        """Keep the figures of the outbox fresh."""
        while True:
            try:
                async with self.store.connection() as connection:
                    rows = await connection.fetch(queries.OUTBOX)
                    people = await connection.fetchrow(handoffs.FIGURES)
            except Unavailable:
                rows, people = [], None
            if people:
                self._metrics.handoffs_open.labels("waiting").set(people["waiting"])
                self._metrics.handoffs_open.labels("taken").set(people["taken"])
                self._metrics.handoffs_age.set(people["oldest"])
            waiting = {row["channel"]: row for row in rows}
            for channel in {*self.adapters, *waiting}:
                row = waiting.get(channel)
                self._metrics.outbox_depth.labels(channel).set(row["depth"] if row else 0)
                self._metrics.outbox_age.labels(channel).set(row["oldest"] if row else 0)
            self._metrics.parked.set(self.store.parked)
            await asyncio.sleep(OBSERVE_SECONDS)

    async def _jobs(self, url: str) -> None:
        """Run what is scheduled, again and again where the database went away."""
        from bot.service.jobs import make_app  # psycopg and procrastinate: for workers only

        while True:
            if self.store.connected:
                try:
                    async with make_app(url, self.settings, self.store, self.adapters).open_async() as app:
                        await app.run_worker_async(concurrency=1, install_signal_handlers=False, fetch_job_polling_interval=30.0, shutdown_graceful_timeout=5.0)
                    return  # it ends only when it is cancelled, and takes that for a wish to stop
                except Exception as error:  # the outermost loop
                    log.warning("jobs stopped, they start again", error=type(error).__name__)
            await asyncio.sleep(OBSERVE_SECONDS)


async def _database(settings: Settings, stack: AsyncExitStack) -> tuple[str, Callable[[], Awaitable[None]]]:
    """The database's URL, and what to do when it is away: nothing, or to start the embedded one again."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value(), _nothing
    embedded = EmbeddedPostgres(settings.data_dir)

    async def revive() -> None:
        try:
            await asyncio.to_thread(embedded.start)
        except EmbeddedFailed as error:
            raise Unavailable(str(error)) from error

    stack.push_async_callback(asyncio.to_thread, embedded.stop)
    await asyncio.to_thread(embedded.start)
    return embedded.url, revive


async def _nothing() -> None:
    """The database is somebody else's; it comes back by itself."""


async def _open(store: Store, *, wait: bool) -> None:
    """Connect. A database that stays away does not keep us from starting: events are spooled until it is there."""
    deadline = asyncio.get_running_loop().time() + (START_SECONDS if wait else 0)
    while True:
        try:
            return await store.open()
        except Unavailable as error:
            if asyncio.get_running_loop().time() >= deadline:
                log.error("the database is away; events are spooled until it is back", why=str(error))
                return None
            await asyncio.sleep(0.5)


def _second_reader(settings: Settings, classifier: Callable[[], Classifier], metrics: Metrics, stack: AsyncExitStack) -> OrderedReader | None:
    """Rasa, where the operator has one; or e5, where it is wanted. Raises `E5Missing`."""
    if settings.rasa_url:
        client = RasaClient(settings.rasa_url, timeout_seconds=settings.rasa_timeout_seconds)
        stack.push_async_callback(client.close)
        return SecondReader(client, metrics)
    if settings.e5:
        reader = DeepReader(Cascade.beside(classifier(), settings.nlu_dir), classifier, metrics)
        stack.callback(reader.close)
        return reader
    return None


def _turn_with(content: Content) -> Callable[[Session, Event, datetime], Turn]:
    return partial(engine.turn, content.library)


def _fit_for(settings: Settings) -> Callable[[str, Sequence[Reply]], Sequence[Reply]]:
    base_url = settings.base_url

    def fit(channel: str, replies: Sequence[Reply]) -> Sequence[Reply]:
        return fit_turn(replies, capabilities(channel, settings), base_url)

    return fit


def _background(stack: AsyncExitStack, work: Any, name: str) -> None:
    """A loop that runs until the stack ends it."""
    task = asyncio.create_task(work, name=name)

    async def end() -> None:
        task.cancel()
        await asyncio.wait([task], timeout=FINISH_SECONDS)

    stack.push_async_callback(end)


async def _finish(delivery: Delivery, running: asyncio.Task[None]) -> None:
    """What is in hand is sent and written down."""
    delivery.finish()
    await asyncio.wait([running], timeout=FINISH_SECONDS)
    running.cancel()
    await asyncio.wait([running], timeout=1)
