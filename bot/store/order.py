"""The order of a process's batches: while one is being written, the next may already be computed, but never overtake it.

The next batch begins when the one before holds its locks, so what both are about is computed in order. It is written when the
one before is committed. If that one does not go through at once, the later one rolls back and comes again behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Overtaken(Exception):
    """The batch before did not go through; wait until it is over (`Place.former_over`), then come again."""


class Place:
    """One batch's place in the queue."""

    def __init__(self, former: Place | None, let_next: Callable[[], None]) -> None:
        self._former = former
        self._let_next = let_next
        self._through: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()

    def locked(self) -> None:
        """We hold our locks: the next batch may begin."""
        self._let_next()

    async def may_write(self) -> None:
        """Wait for the batch before; raises `Overtaken` if it did not go through."""
        if self._former is not None and not await self._former._through:
            raise Overtaken

    async def former_over(self) -> None:
        """Wait until the batch before is done with, one way or the other."""
        if self._former is not None:
            await self._former._over.wait()
            self._former = None

    def stumbled(self) -> None:
        """We did not go through at once."""
        if not self._through.done():
            self._through.set_result(False)

    def passed(self) -> None:
        """We are committed."""
        if not self._through.done():
            self._through.set_result(True)

    def leave(self) -> None:
        """We are done with."""
        self.stumbled()
        self._former = None
        self._over.set()
