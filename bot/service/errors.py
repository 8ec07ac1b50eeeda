"""What callers of the service must tell apart."""

from __future__ import annotations

from bot.store.errors import Unavailable

__all__ = ["Overloaded", "Unavailable"]


class Overloaded(Exception):
    """More waits than can be done in a moment; come back after `retry_after` seconds."""

    def __init__(self, retry_after: float = 2.0) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many events wait; come back in {retry_after:g} s")
