"""What the stand-ins of token bots share: `POST /bot<TOKEN>/<method>` on a real HTTP server, a record of what came, bad days by script.

`POST /_/update` with one update as JSON lets another process make the platform deliver it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import unquote

import aiohttp
import orjson
from aiohttp import web

from tests.standins.messenger import Fault, answer, drop, hang

__all__ = ["BotApi", "Fault", "Received", "Refused", "answer", "drop", "hang", "main", "units"]

try:
    from uvloop import run as _run_loop
except ImportError:
    from asyncio import run as _run_loop

Json = dict[str, Any]
LOOPBACK = ("http://127.0.0.1:", "http://localhost:")  # a test's own server stands for a public https address


@dataclass(frozen=True, kw_only=True)
class Received:
    """One call as it came, and what became of it. `files` are uploads: name, content, type."""

    method: str
    parameters: Json
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None  # None: the connection was dropped or left without an answer
    accepted: bool
    message_id: str = ""
    files: Mapping[str, tuple[str, bytes, str]] = field(default_factory=dict)


class Refused(Exception):
    """The platform refuses a call."""

    def __init__(self, code: int, description: str, **parameters: Any):
        self.code, self.parameters = code, parameters
        super().__init__(description)


class BotApi:
    """The server. `faults` are for the next sends, in order; None in it: nothing wrong."""

    token: ClassVar[str]
    sends_are: ClassVar[frozenset[str]]
    secret_header: ClassVar[str]
    program: ClassVar[str]

    def __init__(self, *, port: int = 0, delay_seconds: float = 0.0, record: Path | None = None):
        self.requests: list[Received] = []
        self.faults: deque[Fault | None] = deque()
        self.blocked: set[str] = set()
        self.dead_token = False
        self.webhook: Json = {}
        self.refusals: list[int] = []  # what our webhook answered that was no success
        self.queue: deque[Json] = deque()
        self.asked = 0  # how often we were asked for updates, the asking that still waits included
        self.keep = True  # remember requests; off for long benches
        self._port, self._delay = port, delay_seconds
        self._record = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) if record else None
        self._sent = 0
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def sends(self) -> list[Received]:
        """Calls that carried a message, in the order in which they came."""
        return [one for one in self.requests if one.method in self.sends_are]

    @property
    def accepted(self) -> list[Received]:
        return [one for one in self.sends if one.accepted]

    def script(self, *faults: Fault | None) -> None:
        self.faults.extend(faults)

    async def wait_for(self, method: str, count: int = 1) -> list[Received]:
        """Return once so many calls of a method came; the test's own time limit ends the waiting."""
        while len(found := [one for one in self.requests if one.method == method]) < count:
            self._changed.clear()
            await self._changed.wait()
        return found

    async def wait_for_asking(self, count: int = 1) -> None:
        """Return once updates were asked for so many times; the last one may still wait for its answer."""
        while self.asked < count:
            self._changed.clear()
            await self._changed.wait()

    async def wait_for_sends(self, count: int) -> list[Received]:
        while len(self.sends) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.sends

    async def deliver(self, update: Json) -> int | None:
        """Somebody wrote: the webhook is called, once, and its status is returned; without one the update waits to be fetched."""
        if not self.webhook.get("url"):
            self.queue.append(update)
            self._changed.set()
            return None
        headers = {"Content-Type": "application/json", self.secret_header: self.webhook["secret_token"]}
        async with aiohttp.ClientSession() as session, session.post(self.webhook["url"], data=orjson.dumps(update), headers=headers) as response:
            if response.status >= 300:
                self.refusals.append(response.status)
            return response.status

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_post("/_/update", self._inject)
        app.router.add_route("*", "/{bot}/{method}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self._changed.set()
        await self._runner.cleanup()
        if self._record is not None:
            os.close(self._record)

    async def call(self, method: str, parameters: Json, files: Mapping[str, tuple[str, bytes, str]]) -> Any:
        """The result of one call; raises `Refused`."""
        raise NotImplementedError

    def refusal(self, refused: Refused) -> tuple[int, Json]:
        """Status and body of a refused call."""
        body: Json = {"ok": False, "error_code": refused.code, "description": str(refused)}
        return refused.code, body | ({"parameters": refused.parameters} if refused.parameters else {})

    def require(self, holds: bool, what: str) -> None:
        if not holds:
            raise Refused(400, f"Bad Request: {what}")

    async def something_new(self, seconds: float) -> None:
        """Wait until an update is there, the server ends, or the time is over."""
        self.asked += 1
        self._changed.set()
        deadline = asyncio.get_running_loop().time() + seconds
        while not self.queue and not self._closing.is_set() and (left := deadline - asyncio.get_running_loop().time()) > 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                return

    async def _inject(self, request: web.Request) -> web.Response:
        return web.json_response({"status": await self.deliver(await request.json())})

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = b"" if request.content_type.startswith("multipart/") else await request.read()
        parameters, files = await _parameters(request, body)
        method = request.match_info["method"]
        fault = self.faults.popleft() if method in self.sends_are and self.faults else None
        status, answered, headers, accepted = await self._answer(request, parameters, files, fault)
        result = answered.get("result") if isinstance(answered, dict) else None
        message_id = str(result.get("message_id", "")) if accepted and isinstance(result, dict) else ""
        silent = fault is not None and fault.how != "answer"
        self._remember(
            Received(
                method=method,
                parameters=parameters,
                path=request.path,
                headers=request.headers.copy(),
                body=body,
                status=None if silent else status,
                accepted=accepted,
                message_id=message_id,
                files=files,
            )
        )
        if self._delay:
            await asyncio.sleep(self._delay)
        if fault and fault.how == "hang":
            await self._closing.wait()
        if silent and request.transport:
            request.transport.abort()
        raw = answered if isinstance(answered, bytes) else orjson.dumps(answered)
        return web.Response(status=status, body=raw, headers={"Content-Type": "application/json", **headers})

    async def _answer(
        self, request: web.Request, parameters: Json, files: Mapping[str, tuple[str, bytes, str]], fault: Fault | None
    ) -> tuple[int, Json | bytes, dict[str, str], bool]:
        if fault and not fault.accepted:
            return fault.status, fault.body, fault.headers, False
        try:
            if self.dead_token or unquote(request.match_info["bot"]) != f"bot{self.token}":
                raise Refused(401, "Unauthorized")
            result = await self.call(request.match_info["method"], parameters, files)
        except Refused as refused:
            return *self.refusal(refused), {}, False
        if fault:
            return fault.status, fault.body, fault.headers, True
        return 200, {"ok": True, "result": result}, {}, True

    def _remember(self, received: Received) -> None:
        if self._record is not None:
            line = {
                "method": received.method,
                "parameters": received.parameters,
                "status": received.status,
                "accepted": received.accepted,
                "message_id": received.message_id,
            }
            os.write(self._record, orjson.dumps(line) + b"\n")
        if self.keep:
            self.requests.append(received)
        self._changed.set()


def units(text: str) -> int:
    """Letters as Telegram counts them, and as the longest way of counting for Zalo."""
    return len(text.encode("utf-16-le")) // 2


async def _parameters(request: web.Request, body: bytes) -> tuple[Json, dict[str, tuple[str, bytes, str]]]:
    """Query, form or JSON. In a form nested values are JSON texts; they are told apart by their first sign."""
    found: Json = dict(request.query)
    files: dict[str, tuple[str, bytes, str]] = {}
    if request.content_type == "application/json":
        value = orjson.loads(body) if body else {}
        return found | (value if isinstance(value, dict) else {}), files
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            files[name] = (value.filename, value.file.read(), value.content_type)
        elif isinstance(value, str):
            found[name] = orjson.loads(value) if name in ("reply_markup", "allowed_updates", "link_preview_options", "commands", "scope") else value
    return found, files


async def _run(api: BotApi) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    api.keep = False
    async with api:
        print(api.url, flush=True)
        await stop.wait()


def main(api: type[BotApi], words: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=f"A stand-in for {api.program}; prints its address and runs until it is ended.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--record", type=Path, help="a file to which each call is appended as a line of JSON")
    arguments = parser.parse_args(list(words) if words is not None else None)

    async def run() -> None:
        await _run(api(port=arguments.port, delay_seconds=arguments.delay_ms / 1000, record=arguments.record))

    _run_loop(run())
