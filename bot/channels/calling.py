"""One HTTP call to a platform: whatever goes wrong on the way is a `SendFailed` that knows whether the platform may have taken it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from yarl import URL

from bot.channels.base import Failure, SendFailed


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Calls one platform. `unreachable` and `unanswered` tell the operator of the two ways in which no answer comes."""

    session: aiohttp.ClientSession
    timeout_seconds: float
    unreachable: str
    unanswered: str

    async def call(self, method: str, url: str | URL, *, headers: Mapping[str, str] | None = None, data: Any = None) -> Answer:
        """One call; raises `SendFailed` where no answer came.

        aiohttp's own errors are not chained: their text may hold the address, and an address may hold a token.
        """
        timeout = aiohttp.ClientTimeout(total=self.timeout_seconds, connect=min(5.0, self.timeout_seconds))
        try:
            async with self.session.request(method, url, data=data, headers=headers, timeout=timeout, allow_redirects=False) as response:
                return Answer(status=response.status, headers=response.headers, body=await response.read())
        except aiohttp.ClientConnectorError:
            raise SendFailed(Failure.RETRY, self.unreachable, code="connect") from None
        except aiohttp.ConnectionTimeoutError:
            raise SendFailed(Failure.RETRY, self.unreachable, code="connect time-out") from None
        except TimeoutError:
            raise SendFailed(Failure.RETRY, self.unanswered, code="time-out", ambiguous=True) from None
        except (aiohttp.ClientError, OSError):
            raise SendFailed(Failure.RETRY, self.unanswered, code="disconnected", ambiguous=True) from None
