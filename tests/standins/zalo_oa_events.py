"""Webhook bodies as Zalo sends them for an Official Account, and their signature."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

OA_ID = "3886000000000000001"
APP_ID = "1234500000000000001"
APP_SECRET = "test_app_secret"
OA_SECRET = "test_oa_secret"
STAFF = "7700000000000000001"
STARTED_AT = 1_757_000_000_000  # milliseconds

Item = dict[str, Any]


def text(contact: str, words: str, *, msg_id: str = "96d3cdf3af1504609091", at: int | str = STARTED_AT, **more: Any) -> Item:
    """Somebody wrote; `more` goes into the message (`quote_msg_id`)."""
    return said(contact, "user_send_text", at=at, text=words, msg_id=msg_id, **more)


def tap(contact: str, payload: str, *, msg_id: str = "t1", at: int | str = STARTED_AT) -> Item:
    """A tapped query button: nothing tells it from typed text."""
    return text(contact, payload, msg_id=msg_id, at=at)


def attached(contact: str, event_name: str, *attachments: Item, words: str | None = None, msg_id: str = "a1b2c3d4e5f607182930", at: int = STARTED_AT) -> Item:
    caption = {} if words is None else {"text": words}
    return said(contact, event_name, at=at, msg_id=msg_id, **caption, attachments=list(attachments))


def said(contact: str, event_name: str, *, at: int | str = STARTED_AT, **message: Any) -> Item:
    """Any event with a message of the person's."""
    return _event(event_name, at, contact) | {"sender": {"id": contact}, "recipient": {"id": OA_ID}, "message": message}


def echo(
    contact: str,
    words: str = "Chào anh, em là cán bộ xã.",
    *,
    event_name: str = "oa_send_text",
    msg_id: str | None = "b0c1d2e3f4051627",
    admin_id: str | None = STAFF,
) -> Item:
    """What the OA sent, told back to it; `admin_id` only where a person typed it in OA Manager."""
    sender = {"id": OA_ID} | ({"admin_id": admin_id} if admin_id is not None else {})
    message = {"text": words} | ({"msg_id": msg_id} if msg_id is not None else {})
    return _event(event_name, STARTED_AT, contact) | {"sender": sender, "recipient": {"id": contact}, "message": message}


def follow(contact: str, event_name: str = "follow", *, source: str = "oa_profile", at: int = STARTED_AT) -> Item:
    return _event(event_name, at, contact) | {"oa_id": OA_ID, "follower": {"id": contact}, "source": source}


def chatnow(contact: str, *, at: int = STARTED_AT) -> Item:
    return _event("user_click_chatnow", at, contact) | {"oa_id": OA_ID, "user_id": contact}


def submit_info(contact: str, **info: Any) -> Item:
    return _event("user_submit_info", STARTED_AT, contact) | {"sender": {"id": contact}, "recipient": {"id": OA_ID}, "info": info}


def received(contact: str, *, swapped: bool = False) -> Item:
    return _receipt(contact, "user_received_message", {"msg_id": "m1"}, swapped)


def seen(contact: str, *, swapped: bool = False) -> Item:
    return _receipt(contact, "user_seen_message", {"msg_ids": ["m1", "m2"]}, swapped)


def withdraw(contact: str) -> Item:
    return _event("user_withdraw", STARTED_AT, contact) | {"user_id": contact}


def widget(contact: str, url: str) -> Item:
    return _event("widget_interaction_accepted", STARTED_AT, contact) | {"data": {"user_id": contact, "user_external_id": "", "url": url}}


def tag(how: str, name: str, *contacts: str) -> Item:
    """`how` is `add_user_to_tag` or `remove_user_from_tag`."""
    return {"app_id": APP_ID, "event_name": how, "oa_id": OA_ID, "tag": {"name": name, "user_ids": list(contacts)}, "timestamp": str(STARTED_AT)}


def anonymous(visitor: str, words: str, *, talk: str = "c1", event_name: str = "anonymous_send_text") -> Item:
    return _event(event_name, STARTED_AT, visitor) | {
        "sender": {"id": visitor},
        "recipient": {"id": OA_ID},
        "message": {"text": words, "msg_id": "n1", "conversation_id": talk},
    }


def delivery(item: Item) -> bytes:
    """One POST; Zalo's order of keys and spaces is its own, and the signature is over these bytes."""
    return json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode()


def signed(body: bytes, secret: str = OA_SECRET, *, form: str = "mac={}") -> dict[str, str]:
    """The headers of a delivery; a body without a timestamp is signed as if it were empty."""
    try:
        stamp = json.loads(body).get("timestamp", "")
    except (ValueError, AttributeError, RecursionError):
        stamp = ""
    mac = sha256(APP_ID.encode() + body + str(stamp).encode() + secret.encode()).hexdigest()
    return {"Content-Type": "application/json", "X-ZEvent-Signature": form.format(mac)}


def _receipt(contact: str, event_name: str, message: Item, swapped: bool) -> Item:
    """The documentation has the OA as the sender; two programs read it the other way round."""
    ends = [{"id": OA_ID}, {"id": contact}]
    sender, recipient = reversed(ends) if swapped else ends
    return _event(event_name, STARTED_AT, contact) | {"sender": sender, "recipient": recipient, "message": message}


def _event(event_name: str, at: int | str, contact: str) -> Item:
    return {"app_id": APP_ID, "user_id_by_app": f"55{contact}", "event_name": event_name, "timestamp": str(at)}
