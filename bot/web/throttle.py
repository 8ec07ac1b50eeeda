"""A simple limit for each contact: a bucket that holds some events and fills up again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic


class Throttle:
    """At most `burst` at once and `per_second` in the long run, for each key; the `remembered` newest keys are known."""

    def __init__(self, *, burst: int = 100, per_second: float = 5.0, remembered: int = 10_000, clock: Callable[[], float] = monotonic):
        self._burst, self._rate, self._remembered, self._clock = burst, per_second, remembered, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key: (left, when that was)

    def wait(self, key: str) -> float:
        """Take one from `key`'s bucket: 0, or the seconds until there is one again."""
        now = self._clock()
        left, when = self._buckets.pop(key, (float(self._burst), now))
        left = min(self._burst, left + (now - when) * self._rate)
        allowed = left >= 1
        self._buckets[key] = (left - 1 if allowed else left, now)
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - left) / self._rate
