"""Which status each of our errors becomes. No detail: the caller is unproven, and a reason would help it guess."""

from __future__ import annotations

from math import ceil

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from bot.channels.base import BadSignature, NotUnderstood
from bot.service.errors import Overloaded, Unavailable

MAX_BODY_BYTES = 1024 * 1024


class BodyTooLarge(Exception):
    """A request's body is over 1 MiB."""


async def read_body(request: Request, limit: int = MAX_BODY_BYTES) -> bytes:
    """The whole body; raises `BodyTooLarge` as soon as that is known, without keeping what came."""
    if int(request.headers.get("content-length") or 0) > limit:
        raise BodyTooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge
    return bytes(body)


async def refused(_request: Request, error: Exception) -> Response:
    """The answer to one of our errors, `STATUSES` or the error's own."""
    status = error.status if isinstance(error, NotUnderstood) else STATUSES[type(error)]
    headers = {"retry-after": str(ceil(error.retry_after))} if isinstance(error, Overloaded | Unavailable) else {}
    return PlainTextResponse("", status_code=status, headers=headers)


STATUSES: dict[type[Exception], int] = {BadSignature: 403, BodyTooLarge: 413, ClientDisconnect: 400, NotUnderstood: 400, Overloaded: 503, Unavailable: 503}
