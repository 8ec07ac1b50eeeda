"""Unclear texts read again by e5, in a thread of its own: thirty milliseconds are too long for the loop that serves everybody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

from msgspec.structs import replace

from bot.dialogue.event import Event, Parse
from bot.nlu.classifier import Classifier
from bot.nlu.e5 import Cascade
from bot.service.metrics import Metrics
from bot.service.ordered_reader import OrderedReader

MOST_WAITING = 16  # half a second of work; a flood beyond it keeps what the linear model said


class DeepReader(OrderedReader):
    """Puts what both models say together in the place of what the linear one left open."""

    def __init__(self, cascade: Cascade, classifier: Callable[[], Classifier], metrics: Metrics) -> None:
        super().__init__()
        self._cascade, self._classifier, self._metrics = cascade, classifier, metrics
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="e5")
        self._waiting = 0

    @property
    def trouble(self) -> str:
        self._cascade.classifier = self._classifier()
        return self._cascade.trouble

    def wants(self, event: Event) -> bool:
        return event.parse is not None and bool(event.parse.ranking) and not event.parse.sure

    async def again(self, event: Event) -> Event:
        if self._waiting >= MOST_WAITING:
            self._metrics.nlu_fallback.labels("e5-busy").inc()
            return event
        self._waiting += 1
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, event.text)
        finally:
            self._waiting -= 1
        return event if found is None else replace(event, parse=found)

    def _read(self, text: str) -> Parse | None:
        start = perf_counter()
        self._cascade.classifier = self._classifier()
        found = self._cascade.again(text)
        if found is not None:
            self._metrics.e5_seconds.observe(perf_counter() - start)
        return found

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
