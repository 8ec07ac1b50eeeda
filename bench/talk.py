"""What the load says: a real walk through a real guide, as Messenger would deliver it, signed."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta

from bot.dialogue import engine
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.reply import Reply
from bot.dialogue.session import Session

SECRET = "test_app_secret"  # the stand-in's: with another it would refuse every message that a worker sends
PAGE = "1001"
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
BODY_BYTES = 606  # what a Messenger delivery of one event weighs


def walk(library: Library, guide: str, steps: int) -> list[Event]:
    """The events of a citizen who opens a guide by its link and always taps the likeliest option."""
    session, events = Session.new(), []
    event = Event(id="0", channel="messenger", account=PAGE, contact="1", at=NOW, kind=Kind.REFERRAL, payload=guide)
    for number in range(1, steps + 1):
        events.append(event)
        turn = engine.turn(library, session, event, NOW)
        session = turn.session
        event = Event(id=str(number), channel="messenger", account=PAGE, contact="1", at=NOW, kind=Kind.TAP, payload=_likeliest(turn.replies) or "/menu")
    return events


def _likeliest(replies: tuple[Reply, ...]) -> str:
    options = [option for reply in replies for option in reply.options]
    return next((option.tap for option in options if option.main), options[0].tap if options else "")


def request(event: Event, contact: int, number: int) -> bytes:
    """The HTTP request in which Messenger delivers `event` of a contact."""
    moment = int((NOW + timedelta(milliseconds=number)).timestamp() * 1000)
    about: dict[str, object] = {"referral": {"ref": event.payload, "source": "SHORTLINK", "type": "OPEN_THREAD"}}
    if event.kind is Kind.TAP:
        about = {"message": {"mid": f"m_bench_{number:012d}", "text": "Xong rồi", "quick_reply": {"payload": event.payload}}}
    elif event.kind is Kind.TEXT:
        about = {"message": {"mid": f"m_bench_{number:012d}", "text": event.text}}
    happened = {"sender": {"id": str(20_000_000 + contact)}, "recipient": {"id": PAGE}, "timestamp": moment} | about
    delivery = {"object": "page", "entry": [{"id": PAGE, "time": moment, "messaging": [happened]}]}
    body = json.dumps(delivery).encode()
    body = body[:-1] + b" " * max(0, BODY_BYTES - len(body)) + body[-1:]
    signature = hmac.digest(SECRET.encode(), body, "sha256").hex()
    head = (
        "POST /webhooks/messenger HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def bare_request() -> bytes:
    body = b" " * BODY_BYTES
    return b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
