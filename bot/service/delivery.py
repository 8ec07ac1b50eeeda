"""The outbox goes out: a contact's messages strictly in order, contacts side by side, channels apart from each other.

A lane claims contacts (row locks skip what others have; a lease with a fence makes a late owner harmless), sends, and writes
down what became of each message before the contact's next one is sent. So after a kill at most the one message that was in
flight is sent again, and that is counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic, perf_counter

import structlog

from bot.channels.base import ChannelAdapter, Failure, SendFailed
from bot.channels.calling import listening
from bot.channels.fit import as_link, fit
from bot.dialogue.reply import Reply
from bot.service.alive import Alive
from bot.service.batches import Batches
from bot.service.breaker import Breaker, Door
from bot.service.errors import Unavailable
from bot.service.metrics import Metrics
from bot.service.typing_sign import AFTER_SECONDS, TypingSign
from bot.service.wire import redacted
from bot.store.outbox import Claim, Outbox, Report, Waiting
from bot.store.status import Status
from bot.store.store import Store

MAX_IN_HAND = 128  # contacts of one channel; at 50 ms a send that is 2,000 a second
GATHER_SECONDS = 0.004  # between two claims, so that one statement takes several contacts
POLL_SECONDS = 1.0  # the safety net under LISTEN, and what finds messages whose pause is over
BEAT_SECONDS = 5.0
LONGEST_BACKOFF_SECONDS = 300.0
GIVE_UP_AFTER = timedelta(hours=24)  # a failing message is not tried again later than that
LONGEST_WAIT = timedelta(days=7)  # what waits longer is closed, also where the platform has no window
CALLS_A_SEND = 4  # an adapter may need several calls (a picture, a retry, taking the talk back)
SAY_AGAIN_SECONDS = 3600.0  # a channel that is down is told once an hour
TYPING_WITH_AT_MOST = 8  # contacts in hand; with more, slowness is load, and calls for a sign would add to it

CLOSES_ALL = frozenset({Failure.GONE, Failure.WINDOW, Failure.HUMAN})
HALTS = frozenset({Failure.TOKEN, Failure.STOP})

CLOSED = "nền tảng không cho gửi nữa nên tin này được bỏ. Khi bà con nhắn lại, Dẫn Lối trả lời tiếp."
CHARGED = "gửi nữa thì bị tính tiền nên tin này được bỏ (muốn gửi: {setting}=true). Khi bà con nhắn lại, Dẫn Lối trả lời tiếp."
STALE = f"Tin đã chờ {LONGEST_WAIT.days} ngày mà chưa gửi được nên được bỏ. Khi bà con nhắn lại, Dẫn Lối trả lời tiếp."

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Times of delivery; tests bring shorter ones."""

    send_timeout_seconds: float = 10.0
    backoff_seconds: float = 1.0
    typing_after_seconds: float = AFTER_SECONDS

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.send_timeout_seconds * CALLS_A_SEND + 5)


class Delivery:
    """All lanes of one worker process, with its sign of life."""

    def __init__(
        self, store: Store, adapters: Mapping[str, ChannelAdapter], alive: Alive, metrics: Metrics, *, base_url: str = "", policy: Policy | None = None
    ) -> None:
        self._store, self._alive, self._finishing = store, alive, asyncio.Event()
        policy = policy or Policy()
        self._outbox = Outbox(store, alive.owner, policy.lease)
        self._lanes = {name: Lane(adapter, self._outbox, store, metrics, base_url, policy) for name, adapter in adapters.items()}

    async def run(self) -> None:
        """Deliver for ever; ends when `finish` is called, with nothing in hand."""
        async with asyncio.TaskGroup() as tasks:
            beat = tasks.create_task(self._beat())
            lanes = [tasks.create_task(lane.run()) for lane in self._lanes.values()]
            await self._finishing.wait()
            if lanes:
                await asyncio.wait(lanes)
            beat.cancel()
        with contextlib.suppress(Unavailable):
            await self._outbox.end()

    def finish(self) -> None:
        """Claim nothing more; what is in hand is finished."""
        self._finishing.set()
        for lane in self._lanes.values():
            lane.finish()

    def breaker(self, channel: str) -> Breaker:
        return self._lanes[channel].breaker

    @property
    def degraded(self) -> list[str]:
        """What the operator must know: channels that do not send, each with what to do."""
        return [f"{name}: {lane.breaker.sentence}" for name, lane in self._lanes.items() if lane.breaker.sentence]

    async def _beat(self) -> None:
        """Say that we live, and free what dead workers of this machine had in hand."""
        while True:
            try:
                await self._outbox.heartbeat(self.degraded)
                for owner in self._alive.dead():
                    await self._outbox.free_dead(owner)
                    self._alive.forget(owner)
                    log.info("a dead worker's contacts are free", owner=owner)
            except Unavailable:
                log.debug("no heartbeat, the database is away")
            except Exception as error:  # the outermost loop
                log.error("heartbeat failed", error=type(error).__name__)
            await asyncio.sleep(BEAT_SECONDS)


class Lane:
    """One channel's way out. A platform that is slow or dead holds up nothing but its own lane."""

    def __init__(self, adapter: ChannelAdapter, outbox: Outbox, store: Store, metrics: Metrics, base_url: str, policy: Policy) -> None:
        self._adapter, self._outbox, self._store, self._metrics, self._base_url, self._policy = adapter, outbox, store, metrics, base_url, policy
        self.breaker = Breaker(monotonic)
        self._finishing = asyncio.Event()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._sign = TypingSign(adapter, policy.typing_after_seconds)
        self._reports: Batches[Report, bool] = Batches(self._complete)
        self._told = -SAY_AGAIN_SECONDS
        metrics.channel_up.labels(adapter.name).set(1)

    def finish(self) -> None:
        self._finishing.set()

    async def run(self) -> None:
        """Claim and send until `finish`; then wait for what is in hand."""
        with self._store.outbox_bell() as bell:
            while not self._finishing.is_set():
                bell.clear()
                try:
                    claimed = await self._claim(bell)
                except Unavailable:
                    claimed = 0
                except Exception as error:  # the outermost loop: a lane never ends by itself
                    log.error("claiming failed", channel=self._adapter.name, error=type(error).__name__)
                    claimed = 0
                await self._wait(bell, GATHER_SECONDS if claimed else POLL_SECONDS)
                if claimed:
                    bell.set()
            if self._in_hand:
                await asyncio.wait(self._in_hand)
            await self._sign.close()

    async def _claim(self, bell: asyncio.Event) -> int:
        door = self.breaker.door
        room = MAX_IN_HAND - len(self._in_hand)
        if door is Door.AJAR:
            room = 1 if not self._in_hand else 0
        if door is Door.SHUT or room <= 0:
            return 0
        claims = await self._outbox.claim(self._adapter.name, room)
        for claim in claims:
            task = asyncio.create_task(self._deliver(claim))
            self._in_hand.add(task)
            task.add_done_callback(self._in_hand.discard)
            task.add_done_callback(lambda _done: bell.set())
        return len(claims)

    async def _wait(self, bell: asyncio.Event, seconds: float) -> None:
        """Until something is new, a contact is done, we are to finish, or the time is over."""
        if seconds == GATHER_SECONDS:
            await asyncio.sleep(seconds)
            return
        ends = [asyncio.create_task(bell.wait()), asyncio.create_task(self._finishing.wait())]
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            task.cancel()
        if bell.is_set():
            await asyncio.sleep(GATHER_SECONDS)

    async def _deliver(self, claim: Claim) -> None:
        """One contact: its messages in order, each written down before the next, until the contact is given back."""
        try:
            if not claim.waiting:
                await self._reports.put([Report(contact_id=claim.contact_id, fence=claim.fence, release=True)])
            for place, waiting in enumerate(claim.waiting):
                if place == 0 and claim.abandoned:
                    self._metrics.repeated.labels(self._adapter.name).inc()
                report = await self._one(claim, waiting, last=place == len(claim.waiting) - 1)
                [ours] = await self._reports.put([report])
                if report.release or not ours:
                    return
        except Unavailable:
            log.warning("the database went away while we finished; the lease will end by itself", channel=self._adapter.name)
        except Exception as error:  # the outermost loop: the lease ends, and the contact is tried again
            log.error("delivery failed", channel=self._adapter.name, error=type(error).__name__)

    async def _one(self, claim: Claim, waiting: Waiting, *, last: bool) -> Report:
        """Send one message, unless it must wait, and say what became of it."""
        kept = Report(contact_id=claim.contact_id, fence=claim.fence, message_id=waiting.id, attempts=waiting.attempts)
        now = datetime.now(UTC)
        if why := await self._too_late(claim, waiting, now):
            all_of_it = self._hours is not None  # what is behind it answers nothing later
            return replace(kept, status=Status.DROPPED, error=why, result="closed", all_waiting=all_of_it, release=all_of_it or last)
        if waiting.next_at and waiting.next_at > now:
            return replace(kept, again_at=waiting.next_at, release=True)
        if self.breaker.door is Door.SHUT or self._finishing.is_set():
            return replace(kept, again_at=now + timedelta(seconds=self.breaker.waits), release=True)
        with listening() as calls, self._typing(claim.contact, waiting):
            try:
                platform_id = await self._send(claim.contact, waiting)
            except SendFailed as failed:
                report = self._after(failed, kept, waiting, last=last)
                return replace(report, result=failed.failure.value, code=failed.code, calls=redacted(calls))
        self._succeeded()
        return replace(kept, status=Status.SENT, platform_id=platform_id, attempts=waiting.attempts + 1, release=last, result="sent", calls=redacted(calls))

    def _typing(self, contact: str, waiting: Waiting) -> AbstractContextManager[None]:
        """Show that the message is on its way, if that takes long and another call does not make things worse."""
        alone = not waiting.attempts and len(self._in_hand) <= TYPING_WITH_AT_MOST and self.breaker.door is Door.OPEN
        return self._sign.if_slow(contact) if alone and self._adapter.capabilities.typing else contextlib.nullcontext()

    @property
    def _hours(self) -> int | None:
        return self._adapter.capabilities.sending_hours

    async def _too_late(self, claim: Claim, waiting: Waiting, now: datetime) -> str:
        """Why the message cannot be sent any more; empty while it can. Who wrote again has opened the window again."""
        waited = now - waiting.created_at
        if self._hours is None:
            return STALE if waited > LONGEST_WAIT else ""
        window = timedelta(hours=self._hours)
        if waited <= window:  # an answer is never older than what it answers, and nothing is sent unasked
            return ""
        last_word = await self._outbox.last_word(claim.contact_id) or waiting.created_at
        if now - last_word <= window:
            return ""
        setting = f"DANLOI_{self._adapter.name.upper().replace('-', '_')}__PAID_MESSAGES"
        closed = self._hours == self._adapter.capabilities.window_hours
        return f"Đã quá {self._hours} giờ từ tin cuối của bà con: {CLOSED if closed else CHARGED.format(setting=setting)}"

    async def _send(self, contact: str, waiting: Waiting) -> str:
        """Send; a picture that does not go is said in words, a dead token is renewed once where that is possible."""
        try:
            return await self._call(contact, waiting.reply, str(waiting.id))
        except SendFailed as failed:
            if failed.failure is Failure.MEDIA and waiting.reply.media:
                return await self._send_in_words(contact, waiting)
            if failed.failure is not Failure.TOKEN or not await self._renewed():
                raise
        return await self._call(contact, waiting.reply, str(waiting.id))

    async def _send_in_words(self, contact: str, waiting: Waiting) -> str:
        first = ""
        for reply in fit(as_link(waiting.reply, self._base_url), self._adapter.capabilities, self._base_url):
            sent = await self._call(contact, reply, str(waiting.id))
            first = first or sent
        return first

    async def _call(self, contact: str, reply: Reply, key: str) -> str:
        start = perf_counter()
        try:
            async with asyncio.timeout(self._policy.send_timeout_seconds * CALLS_A_SEND):
                return await self._adapter.send(contact, reply, key)
        except SendFailed:
            raise
        except TimeoutError:
            raise SendFailed(Failure.RETRY, "Nền tảng không trả lời kịp. Dẫn Lối tự gửi lại một lần.", code="time-out", ambiguous=True) from None
        except Exception as error:  # an adapter's own mistake must not stop the lane; its text may hold a citizen's words
            log.error("adapter failed", channel=self._adapter.name, error=type(error).__name__)
            raise SendFailed(Failure.RETRY, f"Lỗi trong Dẫn Lối ({type(error).__name__}). Xin báo cho người phát triển.", max_retries=2) from None
        finally:
            self._metrics.send_seconds.labels(self._adapter.name).observe(perf_counter() - start)

    async def _renewed(self) -> bool:
        """Whether the adapter could get itself a new token."""
        refresh = getattr(self._adapter, "refresh", None)
        if refresh is None:
            return False
        try:
            await refresh()
        except SendFailed:
            return False
        return True

    def _after(self, failed: SendFailed, kept: Report, waiting: Waiting, *, last: bool) -> Report:
        """What follows from a failure, for the message and for the lane."""
        self._metrics.sends.labels(self._adapter.name, failed.failure.value).inc()
        kept = replace(kept, error=failed.sentence)
        now = datetime.now(UTC)
        if failed.failure in HALTS:
            self._halt(failed)
            return replace(kept, again_at=now + timedelta(seconds=self.breaker.waits), release=True)
        if failed.failure is not Failure.RETRY:
            self._answered()  # about this message or person only: the platform itself is well
        if failed.failure in CLOSES_ALL:
            return replace(kept, status=Status.DROPPED, attempts=waiting.attempts + 1, all_waiting=True, release=True)
        if failed.failure is Failure.RETRY:
            self._note_trouble(failed)
            if self._may_retry(failed, waiting, now):
                return replace(kept, attempts=waiting.attempts + 1, again_at=now + self._backoff(failed, waiting.attempts), release=True)
        return replace(kept, status=Status.FAILED, attempts=waiting.attempts + 1, release=last)

    def _may_retry(self, failed: SendFailed, waiting: Waiting, now: datetime) -> bool:
        limit = 1 if failed.ambiguous else failed.max_retries
        allowed = now - waiting.created_at < GIVE_UP_AFTER and (limit is None or waiting.attempts < limit)
        if allowed and failed.ambiguous:
            self._metrics.repeated.labels(self._adapter.name).inc()
        return allowed

    def _backoff(self, failed: SendFailed, attempts: int) -> timedelta:
        """Twice as long each time, scattered, so that those who failed together do not come back together; never before the platform wants."""
        longest = min(LONGEST_BACKOFF_SECONDS, self._policy.backoff_seconds * 2 ** min(attempts, 20))
        return timedelta(seconds=(failed.retry_after or 0.0) + longest * random.uniform(0.5, 1.0))  # noqa: S311  # not a secret

    def _succeeded(self) -> None:
        self._metrics.sends.labels(self._adapter.name, "sent").inc()
        self._answered()

    def _answered(self) -> None:
        if self.breaker.sentence:
            log.info("channel sends again", channel=self._adapter.name)
        self.breaker.succeeded()
        self._metrics.channel_up.labels(self._adapter.name).set(1)

    def _note_trouble(self, failed: SendFailed) -> None:
        self.breaker.failed(failed.sentence)
        if self.breaker.sentence:
            self._tell()

    def _halt(self, failed: SendFailed) -> None:
        self.breaker.halt(failed.sentence)
        self._tell()

    def _tell(self) -> None:
        self._metrics.channel_up.labels(self._adapter.name).set(0)
        if monotonic() - self._told > SAY_AGAIN_SECONDS:
            self._told = monotonic()
            log.error("channel does not send", channel=self._adapter.name, sentence=self.breaker.sentence)

    async def _complete(self, reports: Sequence[Report], _let_next: Callable[[], None]) -> Sequence[bool]:
        """Write reports down, as long as it takes: what was sent must not be forgotten while we live."""
        while True:
            try:
                return await self._outbox.complete(reports)
            except Unavailable:
                if self._finishing.is_set():
                    raise
                await asyncio.sleep(POLL_SECONDS / 2)
