"""The limit for each contact, with a clock of our own."""

from __future__ import annotations

from bot.web.throttle import Throttle


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_again() -> None:
    clock = Clock()
    throttle = Throttle(burst=3, per_second=0.5, clock=clock)
    assert [throttle.wait("a") for _ in range(4)] == [0, 0, 0, 2]
    assert throttle.wait("b") == 0, "another contact has a bucket of its own"
    clock.now = 2
    assert [throttle.wait("a") for _ in range(2)] == [0, 2]
    clock.now = 1000
    assert [throttle.wait("a") for _ in range(4)] == [0, 0, 0, 2], "it never holds more than the burst"


def test_it_forgets_whom_it_has_not_seen_for_longest() -> None:
    throttle = Throttle(burst=1, per_second=0.001, remembered=2, clock=Clock())
    assert [throttle.wait(key) == 0 for key in ("a", "b", "a", "c", "b")] == [True, True, False, True, True]
