"""What goes over the wire while one message is sent: every request and response, without words, tokens and ids.

The operator shall see which call a platform refused and how; nobody shall read there what was said, or to whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import aiohttp
import orjson

MAX_CALLS = 12
MAX_BODY_BYTES = 64 * 1024  # longer ones are told by their length alone
MAX_ITEMS = 20  # of a list
SMALL_NUMBER = 9_999  # larger ones may be somebody's id
# Keys whose values are the platform's own vocabulary, not anybody's words.
TELLING = frozenset({
    "action", "code", "content_type", "control_type", "error", "error_code", "error_subcode", "fbtrace_id", "grant_type", "media_type", "messaging_type",
    "ok", "parse_mode", "retry_after", "sender_action", "status", "template_type", "type",
})  # fmt: skip


@dataclass(slots=True)
class Call:
    """One HTTP call as it happened."""

    method: str
    path: str
    began: float
    said: bytearray = field(default_factory=bytearray)
    status: int = 0  # 0: no answer came
    answered: bytearray = field(default_factory=bytearray)
    seconds: float = 0.0
    broke: str = ""  # the class of the error that ended it


_calls: ContextVar[list[Call] | None] = ContextVar("calls", default=None)


@contextmanager
def listening() -> Iterator[list[Call]]:
    """The calls that are made inside, also by tasks that begin inside."""
    calls: list[Call] = []
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


def tracing() -> aiohttp.TraceConfig:
    """For the session that adapters use: tells `listening` of every call."""
    config = aiohttp.TraceConfig()
    config.on_request_start.append(_started)
    config.on_request_chunk_sent.append(_chunk_sent)
    config.on_response_chunk_received.append(_chunk_received)
    config.on_request_end.append(_ended)
    config.on_request_exception.append(_broke)
    return config


def redacted(calls: list[Call]) -> str:
    """The calls as JSON for the log of deliveries."""
    return orjson.dumps([_told(call) for call in calls]).decode()


def _told(call: Call) -> dict[str, Any]:
    told: dict[str, Any] = {"call": f"{call.method} {call.path}", "said": _body(bytes(call.said)), "ms": round(call.seconds * 1000)}
    if call.status:
        told |= {"status": call.status, "answered": _body(bytes(call.answered))}
    if call.broke:
        told["broke"] = call.broke
    return told


def _body(body: bytes) -> Any:
    """JSON with its shape and the platform's own words; anything else as its length."""
    if len(body) <= MAX_BODY_BYTES:
        try:
            return _value("", orjson.loads(body))
        except orjson.JSONDecodeError:
            pass
    return f"…{len(body)} byte" if body else ""


def _value(key: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {_name(inner): _value(inner, one) for inner, one in value.items()}
    if isinstance(value, list):
        return [_value(key, one) for one in value[:MAX_ITEMS]]
    if isinstance(value, bool) or value is None or (key in TELLING and isinstance(value, int | float)):
        return value
    if isinstance(value, int | float):
        return value if abs(value) <= SMALL_NUMBER else "…"
    if key in TELLING and re.fullmatch(r"[\w./:-]{1,40}", value, re.ASCII):
        return value
    return f"…{len(value)}"


def _name(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_]{1,40}", key) else "…"


def _path(path: str) -> str:
    """A token bot's address holds its token; a Page's, its id."""
    return re.sub(r"/bot[^/]+/", "/bot…/", path)


async def _started(_session: Any, context: SimpleNamespace, about: aiohttp.TraceRequestStartParams) -> None:
    calls = _calls.get()
    context.call = None
    if calls is not None and len(calls) < MAX_CALLS:
        context.call = Call(about.method, _path(about.url.path), perf_counter())
        calls.append(context.call)


async def _chunk_sent(_session: Any, context: SimpleNamespace, about: aiohttp.TraceRequestChunkSentParams) -> None:
    if context.call is not None and len(context.call.said) <= MAX_BODY_BYTES:
        context.call.said += about.chunk


async def _chunk_received(_session: Any, context: SimpleNamespace, about: aiohttp.TraceResponseChunkReceivedParams) -> None:
    if context.call is not None and len(context.call.answered) <= MAX_BODY_BYTES:
        context.call.answered += about.chunk


async def _ended(_session: Any, context: SimpleNamespace, about: aiohttp.TraceRequestEndParams) -> None:
    if context.call is not None:
        context.call.status = about.response.status
        context.call.seconds = perf_counter() - context.call.began


async def _broke(_session: Any, context: SimpleNamespace, about: aiohttp.TraceRequestExceptionParams) -> None:
    if context.call is not None:
        context.call.broke = type(about.exception).__name__
        context.call.seconds = perf_counter() - context.call.began
