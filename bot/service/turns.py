"""Events in: masked, understood, applied exactly once, and acknowledged only when they are safe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter

import structlog
from msgspec.structs import replace

from bot.channels.short_keys import KeysAway, ShortKeys, ShortKeysHere, is_key
from bot.dialogue.event import Event, Kind
from bot.service.batches import Batches
from bot.service.errors import Overloaded, Unavailable
from bot.service.metrics import Metrics
from bot.service.ordered_reader import OrderedReader
from bot.service.spool import Spool, SpoolFailed
from bot.store.errors import Stale
from bot.store.order import Overtaken, Place
from bot.store.store import Store
from bot.store.turns import Applied as Taken

__all__ = ["Taken", "Turns"]

MAX_WAITING = 2000  # events; beyond them a platform is better asked to come again
LOOK_SECONDS = 0.5  # how often we look whether the database is back
ANSWER_SECONDS = 1.5  # a database that hangs: Zalo wants its answer within two seconds, so the events go to the disk meanwhile

log = structlog.get_logger()


class Turns:
    """The one way in for every channel. `understand` masks and parses; it runs before anything is stored, logged or spooled.

    `second` reads texts again, where a Rasa server or e5 is set: outside any transaction, before a batch is made, so that it holds up nobody else.
    `short_keys` tells what stands behind buttons that carry a key only.
    """

    def __init__(
        self,
        store: Store,
        spool: Spool,
        understand: Callable[[Event], Event],
        metrics: Metrics,
        *,
        revive: Callable[[], Awaitable[None]],
        second: OrderedReader | None = None,
        short_keys: ShortKeys | None = None,
    ) -> None:
        self._store, self._spool, self._understand, self._metrics, self._revive = store, spool, understand, metrics, revive
        self._second, self._short_keys = second, short_keys or ShortKeysHere()
        self.trouble = ""  # for the operator: why the database, though it answers, is not to be used by us
        self._batches: Batches[Event, Taken] = Batches(self._flush)
        self._last: Place | None = None
        self._late: set[asyncio.Task[Sequence[Taken]]] = set()  # batches that the database has not answered in time

    async def take(self, events: Sequence[Event]) -> Sequence[Taken]:
        """What became of each event, after the commit, or after it is safe on disk while the database is away.

        Raises `Overloaded` where too much waits, `Unavailable` where neither database nor disk takes it; then nothing is stored.
        """
        if self._batches.depth + len(events) > MAX_WAITING:
            self._metrics.refused.labels("overloaded").inc()
            raise Overloaded
        start = perf_counter()
        understood: Sequence[Event] = [self._understand(event) for event in events]
        if self._second is not None:
            understood = await self._second.read(understood)
        taken = await self._batches.put(understood)
        self._metrics.turn_seconds.observe(perf_counter() - start)
        return taken

    async def drain(self) -> None:
        """Wait until everything taken is answered."""
        await self._batches.drain()

    async def tend(self) -> None:
        """For ever: bring the database back where it is away, and replay what was spooled meanwhile."""
        while True:
            try:
                if not self._store.connected:
                    await self._reconnect()
                if self._spool.waiting and self._store.connected:
                    await self._replay()
            except Exception as error:  # the outermost loop: it is tried again
                log.error("database or spool is in trouble", error=type(error).__name__)
            self._metrics.database_up.set(self._store.connected)
            await asyncio.sleep(LOOK_SECONDS)

    async def _flush(self, events: Sequence[Event], let_next: Callable[[], None]) -> Sequence[Taken]:
        place = self._last = Place(self._last, let_next)
        try:
            return await self._settle(events, place)
        finally:
            place.leave()

    async def _settle(self, events: Sequence[Event], place: Place) -> Sequence[Taken]:
        """Apply a batch, or put it on disk behind what waits there; never before the batch before it."""
        while True:
            if self._spool.waiting or not self._store.connected:
                await place.former_over()
                return await self._put_aside(events)
            try:
                return self._count(events, await self._in_time(events, place))
            except Overtaken:
                await place.former_over()
            except Unavailable as error:
                log.warning("database is away, events are spooled", why=str(error))
                await place.former_over()
                return await self._put_aside(events)

    async def _in_time(self, events: Sequence[Event], place: Place) -> Sequence[Taken]:
        """Apply, but wait no longer than a platform does. What is late is not cut off: should it be committed after all, its copy on the disk is a repeat."""
        applying = asyncio.create_task(self._apply(events, place))
        done, _ = await asyncio.wait([applying], timeout=ANSWER_SECONDS)
        if done:
            return applying.result()
        self._late.add(applying)
        applying.add_done_callback(self._forget)
        raise Unavailable("it has not answered in time")

    async def _apply(self, events: Sequence[Event], place: Place) -> Sequence[Taken]:
        return await self._store.apply(await self._whole(events), place)

    async def _whole(self, events: Sequence[Event]) -> Sequence[Event]:
        """The payloads that buttons' keys stand for, only now: on the disk a key waits for the database as the rest does. Raises `Unavailable`."""
        keys = {event.payload for event in events if event.kind is Kind.TAP and is_key(event.payload)}
        if not keys:
            return events
        try:
            known = await self._short_keys.whole(keys)
        except KeysAway as error:
            raise Unavailable("what stands behind a button cannot be read") from error
        return [self._meant(event, known.get(event.payload)) if event.payload in keys else event for event in events]

    def _meant(self, event: Event, payload: str | None) -> Event:
        """A tap with its whole payload; of a key that nobody knows, the label that was tapped, as if it had been typed."""
        if payload is not None:
            return self._understand(replace(event, payload=payload))
        return self._understand(replace(event, kind=Kind.TEXT, payload="")) if event.text else event

    def _forget(self, late: asyncio.Task[Sequence[Taken]]) -> None:
        """What became of it shows when its copy is replayed."""
        self._late.discard(late)
        if not late.cancelled():
            late.exception()

    async def _put_aside(self, events: Sequence[Event]) -> Sequence[Taken]:
        try:
            await asyncio.to_thread(self._spool.append, events)
        except SpoolFailed as error:
            log.error("neither database nor spool takes events", why=str(error))
            self._metrics.refused.labels("unavailable").inc()
            raise Unavailable("neither database nor spool takes events") from error
        self._metrics.spooled.inc(len(events))
        return [Taken(event_id=event.id) for event in events]

    def _count(self, events: Sequence[Event], taken: Sequence[Taken]) -> Sequence[Taken]:
        channels: dict[tuple[str, bool], int] = {}
        for event, one in zip(events, taken, strict=True):
            key = (event.channel, one.duplicate)
            channels[key] = channels.get(key, 0) + 1
        for (channel, duplicate), number in channels.items():
            (self._metrics.duplicates if duplicate else self._metrics.turns).labels(channel).inc(number)
        return taken

    async def _reconnect(self) -> None:
        try:
            await self._revive()
            await self._store.open()
            self.trouble = ""
            log.info("database is back")
        except Unavailable as error:
            log.warning("database is still away", why=str(error))
        except Stale as error:
            if self.trouble != str(error):
                log.error("the database is not ours any more; events are spooled", sentence=str(error))
            self.trouble = str(error)

    async def _replay(self) -> None:
        with self._spool.replay() as replay:
            finished = replay is None
            while not finished and replay is not None:
                # One batch at a time: between two of them new events are appended, behind those that wait.
                events, mark = await asyncio.to_thread(replay.read)
                try:
                    self._count(events, await self._store.apply(await self._whole(events))) if events else None
                except Unavailable:
                    return
                finished = await asyncio.to_thread(replay.advance, mark)
                log.info("spooled events are applied", events=len(events), finished=finished)
