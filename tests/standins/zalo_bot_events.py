"""Updates as the Zalo Bot Platform sends them."""

from __future__ import annotations

import json
from typing import Any

BOT_ID = "12345689"
TOKEN = f"{BOT_ID}:abc-xyz"
SECRET = "test_webhook_word"
STARTED_AT = 1_764_000_000_000  # milliseconds
HEADER = "X-Bot-Api-Secret-Token"

Json = dict[str, Any]


def update(contact: str, event_name: str, *, id: str | None = "2d758cb5e222177a0001", at: int = STARTED_AT, chat: str = "PRIVATE", **more: Any) -> Json:
    """Any update; `more` goes into its message."""
    message: Json = {
        "from": {"id": contact, "display_name": "Lo Van A", "is_bot": False},
        "chat": {"id": contact, "chat_type": chat},
        "date": at,
    }
    return {"event_name": event_name, "message": message | ({"message_id": id} if id else {}) | more}


def text(contact: str, words: str, *, id: str = "2d758cb5e222177a0001", at: int = STARTED_AT, **more: Any) -> Json:
    return update(contact, "message.text.received", id=id, at=at, text=words, **more)


def wrapped(*updates: Json) -> Json:
    """As the documentation shows it; several only as a list."""
    return {"ok": True, "result": updates[0] if len(updates) == 1 else list(updates)}


def delivery(body: Json) -> bytes:
    return json.dumps(body).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a delivery; the body is not signed."""
    return {"Content-Type": "application/json", HEADER: secret}
