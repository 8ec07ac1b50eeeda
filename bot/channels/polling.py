"""Asking a platform for its messages, where it could not reach a webhook: a volunteer's laptop has no public address.

What was fetched is acknowledged only after it is stored, where the platform knows acknowledging (Telegram does, Zalo Bot does
not). Nothing that happens ends the asking: a platform that is away is asked again, less and less often.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Protocol, runtime_checkable

import structlog

from bot.channels.base import Failure, SendFailed
from bot.dialogue.event import Event

POLL_SECONDS = 25  # how long the platform may wait for something new
LONGEST_PAUSE_SECONDS = 60.0
TOKEN_PAUSE_SECONDS = 300.0  # a dead token does not mend itself
IDLE_SECONDS = 1.0
TRIES = 5  # of a batch that our own side cannot take, before it is left: one poisoned message must not stop all others

WEBHOOK_GOES = "Bot đang có webhook; Dẫn Lối gỡ đi để tự hỏi lấy tin. Nếu máy chủ thật dùng cùng mã, hãy tạo bot riêng cho máy này."

log = structlog.get_logger()

Sleep = Callable[[float], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was new. `mark` is handed to the next `fetch` and acknowledges all of this; None acknowledges nothing."""

    events: Sequence[Event]
    mark: int | None = None


@runtime_checkable
class Pollable(Protocol):
    """An adapter whose platform can be asked."""

    name: str

    async def begin_polling(self) -> None:
        """Take the webhook away, which excludes asking; raises `SendFailed`."""

    async def fetch(self, mark: int | None, seconds: int) -> Fetched:
        """What is new, after at most so many seconds; raises `SendFailed`."""


class Polling:
    """One platform's messages, as `run` brings them to `take` for ever.

    `again` are the errors of `take` that mean "later": with them the same events are offered until they are taken. Any other
    error is a mistake of our own: after a few tries the events are left and told of. `trouble` is what the operator must
    know now, or empty.
    """

    def __init__(
        self,
        adapter: Pollable,
        take: Callable[[Sequence[Event]], Awaitable[object]],
        *,
        again: tuple[type[Exception], ...] = (),
        sleep: Sleep = asyncio.sleep,
    ):
        self.name, self.trouble = adapter.name, ""
        self._adapter, self._take, self._again, self._sleep = adapter, take, again, sleep

    async def run(self) -> None:
        """Ends only by being cancelled."""
        async for events in self.batches():
            if events:
                await asyncio.gather(self._hand_on(events), self._acknowledge(events))

    async def batches(self) -> AsyncIterator[Sequence[Event]]:
        """What is new, batch by batch, for ever; a batch is acknowledged when the next one is asked for."""
        mark: int | None = None
        begun = False
        misses = 0
        while True:
            try:
                if not begun:
                    await self._adapter.begin_polling()
                    begun = True
                asked = monotonic()
                fetched = await self._adapter.fetch(mark, POLL_SECONDS)
            except SendFailed as failed:
                misses += 1
                self._tell(failed.sentence)
                begun = begun and not failed.code.startswith("409")  # somebody set a webhook meanwhile
                await self._sleep(_pause(failed, misses))
                continue
            if self.trouble:
                log.info("messages come in again", channel=self.name)
            self.trouble, misses = "", 0
            yield fetched.events
            if not fetched.events and monotonic() - asked < IDLE_SECONDS:
                await self._sleep(IDLE_SECONDS)  # a platform that does not wait for news is not asked without a pause
            mark = mark if fetched.mark is None else fetched.mark

    async def _hand_on(self, events: Sequence[Event]) -> None:
        tries = 0
        while True:
            tries += 1
            try:
                await self._take(events)
                return
            except self._again:
                log.warning("events wait to be taken", channel=self.name, events=len(events))
            except Exception as error:  # the outermost loop
                log.error("events could not be taken", channel=self.name, error=type(error).__name__, tries=tries)
                if tries >= TRIES:
                    return
            await self._sleep(min(2.0**tries, LONGEST_PAUSE_SECONDS))

    async def _acknowledge(self, events: Sequence[Event]) -> None:
        """Tell the platform that taps arrived, where it wants that; not after the turns, which may be slow."""
        acknowledge = getattr(self._adapter, "acknowledge", None)
        if acknowledge is not None:
            await acknowledge(events)

    def _tell(self, sentence: str) -> None:
        if sentence != self.trouble:
            log.warning("messages do not come in", channel=self.name, sentence=sentence)
        self.trouble = sentence


def _pause(failed: SendFailed, misses: int) -> float:
    """Twice as long each time, scattered; never before the platform wants."""
    longest = TOKEN_PAUSE_SECONDS if failed.failure in (Failure.TOKEN, Failure.STOP) else min(LONGEST_PAUSE_SECONDS, 2.0 ** min(misses - 1, 10))
    return (failed.retry_after or 0.0) + longest * random.uniform(0.5, 1.0)  # noqa: S311  # not a secret
