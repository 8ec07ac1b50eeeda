"""Webhook bodies as Meta sends them, and their signature."""

from __future__ import annotations

import hmac
import json
from typing import Any

PAGE_ID = "1001"
APP_ID = "7777"
APP_SECRET = "test_app_secret"
PAGE_TOKEN = "TEST_PAGE_TOKEN"
VERIFY_TOKEN = "test_verify_token"
INBOX = "263902037430900"
STARTED_AT = 1_700_000_000_000  # milliseconds

Item = dict[str, Any]


def text(contact: str, words: str, *, mid: str = "m_A1", at: int = STARTED_AT, **more: Any) -> Item:
    """Somebody wrote; `more` goes into the message."""
    return _from(contact, at) | {"message": {"mid": mid, "text": words, **more}}


def tap(contact: str, payload: str, *, title: str = "Xong rồi", mid: str = "m_A2", at: int = STARTED_AT) -> Item:
    """A quick reply comes back as a message that has the title for its text."""
    return text(contact, title, mid=mid, at=at, quick_reply={"payload": payload})


def attached(contact: str, *attachments: Item, mid: str = "m_A4", at: int = STARTED_AT, **more: Any) -> Item:
    return _from(contact, at) | {"message": {"mid": mid, "attachments": list(attachments), **more}}


def postback(
    contact: str, payload: str | None, *, title: str = "Bắt đầu", mid: str | None = "m_P1", at: int = STARTED_AT, referral: Item | None = None
) -> Item:
    inside = {"mid": mid, "title": title, "payload": payload, "referral": referral}
    return _from(contact, at) | {"postback": {key: value for key, value in inside.items() if value is not None}}


def referral(contact: str, ref: str, *, at: int = STARTED_AT) -> Item:
    return _from(contact, at) | {"referral": link(ref)}


def link(ref: str) -> Item:
    """What an m.me link leaves in a postback, a message or an event of its own."""
    return {"ref": ref, "source": "SHORTLINK", "type": "OPEN_THREAD"}


def echo(
    contact: str, *, mid: str = "m_OUT1", at: int = STARTED_AT, app_id: int | str | None = 7777, metadata: str | None = "danloi:1", words: str = "…"
) -> Item:
    """What the Page sent, told back to it: sender and recipient are swapped."""
    more = {key: value for key, value in {"app_id": app_id, "metadata": metadata}.items() if value is not None}
    return {"sender": {"id": PAGE_ID}, "recipient": {"id": contact}, "timestamp": at, "message": {"mid": mid, "is_echo": True, "text": words, **more}}


def thread_control(contact: str, how: str, *, new_owner: str, previous_owner: str = "", at: int = STARTED_AT) -> Item:
    """`how` is `pass` or `take`."""
    return _from(contact, at) | {f"{how}_thread_control": {"previous_owner_app_id": previous_owner, "new_owner_app_id": new_owner, "metadata": "x"}}


def other(contact: str, *, at: int = STARTED_AT, **what: Any) -> Item:
    """Any other kind: `reaction`, `read`, `delivery`, `message_edit`, `optin`, …"""
    return _from(contact, at) | what


def delivery(*items: Item, page_id: str = PAGE_ID, box: str = "messaging", apart: bool = False) -> bytes:
    """One POST with all of these, in one entry or each in its own; non-ASCII is escaped, as Meta does before it signs."""
    groups = [[item] for item in items] if apart else [list(items)]
    entries = [{"id": page_id, "time": STARTED_AT + 1, box: group} for group in groups]
    return json.dumps({"object": "page", "entry": entries}, separators=(",", ":")).encode()


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    """The headers of a delivery."""
    return {"Content-Type": "application/json", "X-Hub-Signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()}


def _from(contact: str, at: int) -> Item:
    return {"sender": {"id": contact}, "recipient": {"id": PAGE_ID}, "timestamp": at}
