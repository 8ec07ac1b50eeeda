"""Texts read again by a Rasa server, where one is set. The embedded classifier has read each before, so nothing depends on Rasa.

A dead Rasa costs nobody's time: after a few failures in a row it is not asked any more, and a trial of our own, not a citizen's
message, finds out when it is back. A flood is not sent on to it either: a hundred texts a second are its limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, perf_counter

import structlog
from msgspec.structs import replace

from bot.dialogue.event import Event, Parse
from bot.nlu.rasa_client import CONNECTIONS, RasaClient, RasaFailed
from bot.service.breaker import Breaker, Door
from bot.service.metrics import Metrics
from bot.service.ordered_reader import OrderedReader

FAILURES_TO_SHUT = 3  # in a row; each may have cost somebody the time limit
LOOK_SECONDS = 0.5
TRIAL = "xin chào"

# What the operator reads in /readyz.
SENTENCES = {
    "timeout": "rasa: trả lời quá chậm (xem DANLOI_RASA_TIMEOUT_SECONDS), bộ hiểu có sẵn đang làm thay. Xem máy chủ Rasa có quá tải không.",
    "unreachable": "rasa: không gọi được, bộ hiểu có sẵn đang làm thay. Xem Rasa còn chạy không và DANLOI_RASA_URL có đúng không.",
    "status": "rasa: báo lỗi, bộ hiểu có sẵn đang làm thay. Xem nhật ký của Rasa và xem nó đã nạp mô hình chưa.",
    "answer": "rasa: trả lời không đúng dạng, bộ hiểu có sẵn đang làm thay. Xem DANLOI_RASA_URL có phải là Rasa 3.6 không.",
}

log = structlog.get_logger()


class SecondReader(OrderedReader):
    """Puts Rasa's parse in the place of the embedded one, or leaves it where Rasa does not answer."""

    def __init__(self, client: RasaClient, metrics: Metrics, *, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._client, self._metrics = client, metrics
        self._breaker = Breaker(clock, failures_to_open=FAILURES_TO_SHUT)
        self._asked = 0

    @property
    def trouble(self) -> str:
        return self._breaker.sentence

    def wants(self, event: Event) -> bool:
        return event.parse is not None and bool(event.parse.ranking)  # else it has no words

    async def again(self, event: Event) -> Event:
        """Takes no longer than the client's time limit."""
        assert event.parse is not None
        if self._breaker.door is not Door.OPEN:
            return self._left(event, "circuit")
        if self._asked >= CONNECTIONS:
            return self._left(event, "busy")
        try:
            found = await self._ask(event.text)
        except RasaFailed as error:
            return self._left(event, error.why)
        # What the lookup tables find does not depend on a model: commune names without marks, which Rasa does not find.
        entities = tuple(dict.fromkeys((*found.entities, *event.parse.entities)))
        return replace(event, parse=replace(found, entities=entities))

    async def tend(self) -> None:
        """For ever: see whether Rasa is back."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Where Rasa was away for long enough, ask it something that nobody waits for."""
        if self._breaker.door is Door.AJAR:
            with suppress(RasaFailed):  # the breaker knows, and waits longer
                await self._ask(TRIAL)
                log.info("rasa is back")

    async def _ask(self, text: str) -> Parse:
        start = perf_counter()
        self._asked += 1
        try:
            found = await self._client.parse(text)
        except RasaFailed as error:
            was_open = self._breaker.door is Door.OPEN
            self._breaker.failed(SENTENCES[error.why])
            if was_open and self._breaker.door is not Door.OPEN:
                log.warning("rasa is away, the embedded classifier answers", why=error.why)
            raise
        finally:
            self._asked -= 1
            self._metrics.rasa_seconds.observe(perf_counter() - start)
        self._breaker.succeeded()
        return found

    def _left(self, event: Event, why: str) -> Event:
        self._metrics.nlu_fallback.labels(why).inc()
        return event
