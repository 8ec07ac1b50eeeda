"""Updates as Telegram sends them."""

from __future__ import annotations

import json
from typing import Any

BOT_ID = "110201543"
TOKEN = f"{BOT_ID}:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
SECRET = "test_webhook_word"
STARTED_AT = 1_764_000_000  # seconds
HEADER = "X-Telegram-Bot-Api-Secret-Token"

Json = dict[str, Any]


def message(contact: int, /, *, id: int = 900, at: int = STARTED_AT, chat: str = "private", **more: Any) -> Json:
    """Any message; `more` goes into it."""
    inside = {
        "message_id": id % 1000,
        "date": at,
        "chat": {"id": contact, "type": chat, "first_name": "A"},
        "from": {"id": contact, "is_bot": False, "first_name": "A", "language_code": "vi"},
    }
    return {"update_id": id, "message": inside | more}


def text(contact: int, words: str, *, id: int = 900, at: int = STARTED_AT, **more: Any) -> Json:
    """Somebody wrote. A command is marked as such."""
    commands = {"entities": [{"type": "bot_command", "offset": 0, "length": len(words.split()[0])}]} if words.startswith("/") else {}
    return message(contact, id=id, at=at, text=words, **(commands | more))


def tap(contact: int, data: str, *, label: str = "Xong rồi", id: int = 901, query: str = "99", at: int = STARTED_AT, chat: str = "private") -> Json:
    """A button of a message of ours."""
    under = {
        "message_id": 7,
        "date": at,
        "chat": {"id": contact, "type": chat},
        "text": "…",
        "reply_markup": {"inline_keyboard": [[{"text": "Khác", "callback_data": "khac"}, {"text": label, "callback_data": data}]]},
    }
    return {
        "update_id": id,
        "callback_query": {"id": query, "from": {"id": contact, "is_bot": False, "first_name": "A"}, "chat_instance": "-1", "data": data, "message": under},
    }


def member(contact: int, status: str, *, id: int = 905, at: int = STARTED_AT) -> Json:
    """Somebody blocked the bot (`kicked`) or took it back (`member`)."""
    bot = {"id": int(BOT_ID), "is_bot": True, "first_name": "B"}
    return {
        "update_id": id,
        "my_chat_member": {
            "chat": {"id": contact, "type": "private"},
            "from": {"id": contact, "is_bot": False, "first_name": "A"},
            "date": at,
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {}),
        },
    }


PHOTO = [
    {"file_id": "AgAC1", "file_unique_id": "q1", "width": 90, "height": 90, "file_size": 1200},
    {"file_id": "AgAC2", "file_unique_id": "q2", "width": 800, "height": 800, "file_size": 70000},
]
VOICE = {"file_id": "AwAC", "file_unique_id": "AgAD", "duration": 3, "mime_type": "audio/ogg", "file_size": 9000}


def delivery(update: Json | list[Json]) -> bytes:
    return json.dumps(update).encode()


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    """The headers of a delivery; the body is not signed."""
    return {"Content-Type": "application/json", HEADER: secret}
