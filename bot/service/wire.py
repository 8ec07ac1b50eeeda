"""What goes over the wire while one message is sent: every request and response, without words, tokens and ids.

The operator shall see which call a platform refused and how; nobody shall read there what was said, or to whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson
from yarl import URL

from bot.channels.calling import Call

MAX_BODY_BYTES = 64 * 1024  # longer ones are told by their length alone
MAX_ITEMS = 20  # of a list
SMALL_NUMBER = 9_999  # larger ones may be somebody's id
# Keys whose values are the platform's own vocabulary, not anybody's words.
TELLING = frozenset({
    "action", "code", "content_type", "control_type", "error", "error_code", "error_subcode", "fbtrace_id", "grant_type", "media_type", "messaging_type",
    "ok", "parse_mode", "retry_after", "sender_action", "status", "template_type", "type",
})  # fmt: skip


def redacted(calls: Iterable[Call]) -> str:
    """The calls as JSON for the log of deliveries."""
    return orjson.dumps([_told(call) for call in calls]).decode()


def _told(call: Call) -> dict[str, Any]:
    told: dict[str, Any] = {"call": f"{call.method} {_path(call.url)}", "said": _said(call.said), "ms": round(call.seconds * 1000)}
    if call.status:
        told |= {"status": call.status, "answered": _body(call.answered)}
    if call.broke:
        told["broke"] = call.broke
    return told


def _said(data: Any) -> Any:
    if isinstance(data, bytes):
        return _body(data)
    if isinstance(data, Mapping):
        return _value("", dict(data))
    return "" if data is None else "…"  # a form with files


def _body(body: bytes) -> Any:
    """JSON with its shape and the platform's own words; anything else as its length."""
    if len(body) <= MAX_BODY_BYTES:
        try:
            return _value("", orjson.loads(body))
        except orjson.JSONDecodeError:
            pass
    return f"…{len(body)} byte" if body else ""


def _value(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return value if key in TELLING and _TOLD_AS_IT_IS.fullmatch(value) else f"…{len(value)}"
    if isinstance(value, dict):
        return {_name(inner): _value(inner, one) for inner, one in value.items()}
    if isinstance(value, list):
        return [_value(key, one) for one in value[:MAX_ITEMS]]
    if isinstance(value, bool) or value is None or key in TELLING or abs(value) <= SMALL_NUMBER:
        return value
    return "…"


_TOLD_AS_IT_IS = re.compile(r"[\w./:-]{1,40}", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]{1,40}")


@lru_cache(maxsize=500)
def _name(key: str) -> str:
    return key if _NAME.fullmatch(key) else "…"


def _path(url: str | URL) -> str:
    """A token bot's address holds its token; a Page's, its id."""
    return re.sub(r"/bot[^/]+/", "/bot…/", URL(url).path)
