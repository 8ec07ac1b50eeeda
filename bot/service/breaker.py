"""When a platform is worth asking: one state a channel, decided from what became of the sends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

FAILURES_TO_OPEN = 8  # in a row, without one success between
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
HALT_SECONDS = 60.0  # a dead token does not mend itself; one message a minute tries
LONGEST_HALT_SECONDS = 600.0


class Door(StrEnum):
    OPEN = "open"  # messages go through
    SHUT = "shut"  # they wait
    AJAR = "ajar"  # one may try


@dataclass(slots=True)
class Breaker:
    """Keeps a dead platform from being asked thousands of times. `sentence` says why it waits; empty while it is well."""

    clock: Callable[[], float]  # seconds, monotonic
    sentence: str = ""
    failures_to_open: int = FAILURES_TO_OPEN
    _failures: int = 0
    _until: float = 0.0
    _pause: float = 0.0

    @property
    def door(self) -> Door:
        if not self._pause:
            return Door.OPEN
        return Door.SHUT if self.clock() < self._until else Door.AJAR

    @property
    def waits(self) -> float:
        """Seconds until a message may try; 0 while the door is not shut."""
        return max(0.0, self._until - self.clock()) if self._pause else 0.0

    def succeeded(self) -> None:
        self._failures, self._pause, self.sentence = 0, 0.0, ""

    def failed(self, sentence: str) -> None:
        """The platform did not take a message, for a reason that lies with it."""
        self._failures += 1
        if self._failures >= self.failures_to_open and self.door is not Door.SHUT:
            self._shut(sentence, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS)

    def halt(self, sentence: str) -> None:
        """The channel may not send until somebody acts: token, permission, restriction."""
        if self.door is not Door.SHUT:
            self._shut(sentence, HALT_SECONDS, LONGEST_HALT_SECONDS)

    def _shut(self, sentence: str, first: float, longest: float) -> None:
        self._pause = min(longest, self._pause * 2 or first)
        self._until = self.clock() + self._pause
        self.sentence = sentence
