"""One HTTP call to a platform: whatever goes wrong on the way is a `SendFailed` that knows whether the platform may have taken it.

Who sends a message can listen to the calls that it took. (aiohttp's own tracing does the same for a third of all work of a send.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import aiohttp
import orjson
from yarl import URL

from bot.channels.base import Failure, SendFailed

MOST_HEARD = 12  # calls of one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever it says. `json` is None where the body is no JSON object."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any] | None:
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return value if type(value) is dict else None


@dataclass(slots=True, kw_only=True)
class Call:
    """One call as it happened, with all its secrets: for `service/wire.py`, which hides them."""

    method: str
    url: str | URL
    said: Any  # bytes, the fields of a form, or a form with files
    status: int = 0  # 0: no answer came
    answered: bytes = b""
    seconds: float = 0.0
    broke: str = ""  # how it ended without an answer


_heard: ContextVar[list[Call] | None] = ContextVar("heard", default=None)


@contextmanager
def listening() -> Iterator[list[Call]]:
    """The calls that are made inside, also by tasks that begin inside."""
    calls: list[Call] = []
    token = _heard.set(calls)
    try:
        yield calls
    finally:
        _heard.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Calls one platform. `unreachable` and `unanswered` tell the operator of the two ways in which no answer comes."""

    session: aiohttp.ClientSession
    timeout_seconds: float
    unreachable: str
    unanswered: str

    async def call(self, method: str, url: str | URL, *, headers: Mapping[str, str] | None = None, data: Any = None, most: int | None = None) -> Answer:
        """One call; raises `SendFailed` where no answer came. Of a body that is longer than `most` bytes, one more than so many are read.

        aiohttp's own errors are not chained: their text may hold the address, and an address may hold a token.
        """
        call, began = Call(method=method, url=url, said=data), perf_counter()
        heard = _heard.get()
        if heard is not None and len(heard) < MOST_HEARD:
            heard.append(call)
        try:
            answer = await self._answer(method, url, headers, data, most)
        except SendFailed as failed:
            call.broke = failed.code
            raise
        finally:
            call.seconds = perf_counter() - began
        call.status, call.answered = answer.status, answer.body
        return answer

    async def _answer(self, method: str, url: str | URL, headers: Mapping[str, str] | None, data: Any, most: int | None) -> Answer:
        timeout = aiohttp.ClientTimeout(total=self.timeout_seconds, connect=min(5.0, self.timeout_seconds))
        try:
            async with self.session.request(method, url, data=data, headers=headers, timeout=timeout, allow_redirects=False) as response:
                body = await response.read() if most is None else await _beginning(response.content, most + 1)
                return Answer(status=response.status, headers=response.headers, body=body)
        except aiohttp.ClientConnectorError:
            raise SendFailed(Failure.RETRY, self.unreachable, code="connect") from None
        except aiohttp.ConnectionTimeoutError:
            raise SendFailed(Failure.RETRY, self.unreachable, code="connect time-out") from None
        except TimeoutError:
            raise SendFailed(Failure.RETRY, self.unanswered, code="time-out", ambiguous=True) from None
        except (aiohttp.ClientError, OSError):
            raise SendFailed(Failure.RETRY, self.unanswered, code="disconnected", ambiguous=True) from None


async def _beginning(content: aiohttp.StreamReader, size: int) -> bytes:
    body = b""
    while len(body) < size and (more := await content.read(size - len(body))):
        body += more
    return body
