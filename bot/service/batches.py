"""Group work: what arrives while a batch is being done is the next batch.

A lone caller waits for nothing, and many callers share one commit. Two flushes are in flight at most: the next one begins when
the one before says that it may (or is done).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batches(Generic[Item, Result]):
    """Hands everything that waits to `flush` at once, with the call that lets the next one begin; each caller gets its own results."""

    def __init__(self, flush: Callable[[Sequence[Item], Callable[[], None]], Awaitable[Sequence[Result]]], *, at_most: int = 500) -> None:
        self._flush = flush
        self._at_most = at_most  # items in one flush; a caller's own items stay together
        self._waiting: list[tuple[Sequence[Item], asyncio.Future[Sequence[Result]]]] = []
        self._worker: asyncio.Task[None] | None = None
        self._flights: set[asyncio.Task[None]] = set()
        self.depth = 0  # items that wait or are being done

    async def put(self, items: Sequence[Item]) -> Sequence[Result]:
        """The results of these items, when their batch is done; raises what the flush raised."""
        future: asyncio.Future[Sequence[Result]] = asyncio.get_running_loop().create_future()
        self._waiting.append((items, future))
        self.depth += len(items)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await future

    async def drain(self) -> None:
        """Wait until nothing waits."""
        while self._worker is not None or self._flights:
            await asyncio.wait([*self._flights, *([self._worker] if self._worker else ())])

    async def _work(self) -> None:
        try:
            while self._waiting:
                may_go_on = asyncio.Event()
                flight = asyncio.create_task(self._one(self._next(), may_go_on.set))
                self._flights.add(flight)
                flight.add_done_callback(self._flights.discard)
                await may_go_on.wait()
                if len(self._flights) > 1:
                    await asyncio.wait(self._flights, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._worker = None

    def _next(self) -> list[tuple[Sequence[Item], asyncio.Future[Sequence[Result]]]]:
        size, end = 0, 0
        while end < len(self._waiting) and (end == 0 or size + len(self._waiting[end][0]) <= self._at_most):
            size += len(self._waiting[end][0])
            end += 1
        batch, self._waiting = self._waiting[:end], self._waiting[end:]
        return batch

    async def _one(self, batch: list[tuple[Sequence[Item], asyncio.Future[Sequence[Result]]]], let_next: Callable[[], None]) -> None:
        items = [item for one, _ in batch for item in one]
        try:
            results = await self._flush(items, let_next)
        except Exception as error:  # every caller learns of it; the next batch is tried afresh
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        finally:
            self.depth -= len(items)
            let_next()
        start = 0
        for one, future in batch:
            if not future.done():  # its caller may have gone
                future.set_result(results[start : start + len(one)])
            start += len(one)
