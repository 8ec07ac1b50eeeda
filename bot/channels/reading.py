"""What readers of webhooks share: any JSON at all becomes texts, numbers and moments, or nothing; never an error.

Platforms stop calling a webhook that fails, so what has not the promised shape is left out by the reader of each platform.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import orjson

from bot.channels.base import NotUnderstood
from bot.dialogue.event import Event

SECONDS_BELOW = 10**12  # smaller timestamps are in seconds, the others in milliseconds
LATEST = 4 * 10**12  # the year 2096; what is later is no time
MAX_ID_CHARS = 255  # real ids have less than 200; the store's index cannot hold a page of text


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the operator should know; `level` is a log level."""

    code: str
    sentence: str
    level: str = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One POST: its events in the order of their timestamps, and what the operator should know."""

    events: Sequence[Event]
    notices: Sequence[Notice] = ()


def json_of(body: bytes) -> Any:
    """The body's JSON; raises `NotUnderstood`."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        # orjson refuses half an emoji ("\ud83d" alone), which a phone can send; refusing it here would make the platform
        # repeat it and then stop. Python's own reader takes it, and the half is replaced.
        return _whole(json.loads(body))
    except (ValueError, RecursionError):
        raise NotUnderstood("the body is not JSON") from None


def time_of(stamp: Any) -> datetime | None:
    """The moment of a timestamp in milliseconds or, below 10^12, in seconds; None for what is no time."""
    if type(stamp) is str and stamp.isdecimal() and len(stamp) < 20:
        stamp = int(stamp)
    if type(stamp) is not int or not 0 < stamp < LATEST:
        return None
    return datetime.fromtimestamp(stamp if stamp < SECONDS_BELOW else stamp / 1000, UTC)


def text_of(value: Any, missing: str = "") -> str:
    """A text or an id, which some pages of documentation print as a number. PostgreSQL cannot hold NUL."""
    if type(value) is str:
        return value.replace("\0", "") if "\0" in value else value
    return str(value) if type(value) is int else missing


def id_of(value: Any) -> str:
    """The platform's id of a message, or its digest where it is longer than the store's index can hold."""
    id = text_of(value)
    return id if len(id) <= MAX_ID_CHARS else blake2b(id.encode(errors="replace"), digest_size=24).hexdigest()


def made_up_id(kind: str, *parts: str) -> str:
    """An id for an event that carries none, the same for every repeat of the delivery."""
    digest = blake2b(digest_size=12)
    for part in parts:
        digest.update(part.encode(errors="replace") + b"\0")
    return f"{kind}:{digest.hexdigest()}"


def dict_of(value: Any) -> dict[str, Any]:
    return value if type(value) is dict else {}


def list_of(value: Any) -> list[Any]:
    return value if type(value) is list else []


def _whole(value: Any) -> Any:
    """The same with a replacement character for each half of a surrogate pair."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
