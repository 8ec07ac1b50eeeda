"""The load: keep-alive connections that send prepared requests as fast as they are answered, in a process of its own.

Reads one JSON job from standard input: {"port", "connections", "requests": [base64…]} and writes one JSON line:
{"seconds", "statuses": {"200": n}, "milliseconds": [sorted latencies, every tenth]}.
"""

from __future__ import annotations

import asyncio
import json
import sys
from base64 import b64decode
from collections import Counter
from time import perf_counter

import uvloop


class Client(asyncio.Protocol):
    """One connection: a request, its answer, the next request."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.transport: asyncio.Transport | None = None
        self.sent = 0.0
        self.held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # TCP
        self.next()

    def next(self) -> None:
        request = self.run.take()
        assert self.transport is not None
        if request is None:
            self.transport.close()
            self.run.leave()
            return
        self.sent = perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        data = self.held + data
        end = data.find(b"\r\n\r\n")
        if end < 0 or len(data) < end + 4 + _length(data[:end]):
            self.held = data
            return
        self.held = b""
        self.run.note(data[9:12], perf_counter() - self.sent)
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None:
            self.run.failed(error)


class Run:
    """All connections together."""

    def __init__(self, requests: list[bytes], connections: int) -> None:
        self.requests, self.at, self.left = requests, 0, connections
        self.latencies: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self) -> bytes | None:
        if self.at == len(self.requests):
            return None
        self.at += 1
        return self.requests[self.at - 1]

    def note(self, status: bytes, seconds: float) -> None:
        self.statuses[status.decode()] += 1
        self.latencies.append(seconds)

    def leave(self) -> None:
        self.left -= 1
        if not self.left:
            self.done.set_result(None)

    def failed(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


def _length(head: bytes) -> int:
    at = head.lower().find(b"content-length:")
    return int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def main() -> None:
    job = json.load(sys.stdin)
    run = Run([b64decode(one) for one in job["requests"]], job["connections"])
    loop = asyncio.get_running_loop()
    start = perf_counter()
    for _ in range(job["connections"]):
        await loop.create_connection(lambda: Client(run), "127.0.0.1", job["port"])
    await run.done
    seconds = perf_counter() - start
    print(json.dumps({"seconds": seconds, "statuses": run.statuses, "milliseconds": [round(1000 * one, 3) for one in sorted(run.latencies)[::10]]}))


if __name__ == "__main__":
    uvloop.run(main())
