"""Small values in this process's memory, each until its time is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from time import monotonic

MOST = 10_000

Clock = Callable[[], float]  # seconds, monotonic


class Kept:
    """Values by key; the oldest go first where there are too many."""

    def __init__(self, clock: Clock = monotonic, most: int = MOST):
        self._clock, self._most = clock, most
        self._values: dict[str, tuple[str, float]] = {}

    def get(self, key: str) -> str | None:
        value, until = self._values.get(key, (None, 0.0))
        return value if self._clock() < until else None

    def put(self, key: str, value: str, life: timedelta) -> None:
        self._values.pop(key, None)
        self._values[key] = (value, self._clock() + life.total_seconds())
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]

    def drop(self, key: str) -> None:
        self._values.pop(key, None)
