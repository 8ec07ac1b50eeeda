"""A step machine that shows what was applied, and when: the session is a list of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bot.dialogue.event import Event, Kind
from bot.dialogue.reply import Fact, Reply
from bot.dialogue.session import Session
from bot.dialogue.turn import Turn
from bot.store.vault import Vault

VAULT = Vault(b"a secret of the tests")
START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


class Broken(Exception):
    """What the machine raises when it is told to break."""


def turn(session: Session, event: Event, now: datetime) -> Turn:
    """Says how many things were said so far, and repeats the last one."""
    if event.text == "vỡ":
        raise Broken("vỡ")
    if event.text == "xóa":
        return Turn(session=Session.new(), replies=(Reply(text="Đã xóa."),), erased=True)
    said = [*session.slots.get("said", ()), event.text]
    texts = {"hai": ("một", "hai"), "im": ()}.get(event.text, (f"{len(said)}: {event.text}",))
    handoff = "bà con xin gặp người" if event.text == "người" else ""
    return Turn(
        session=replace(session, slots={"said": said}, entry={"guide": event.payload} if event.payload else session.entry),
        replies=tuple(Reply(text=text, handoff=handoff, key="vneid/scan") for text in texts),
        facts=(Fact(kind="answered", guide="vneid", step="scan"),),
    )


def as_it_is(_channel: str, replies: Sequence[Reply]) -> Sequence[Reply]:
    return replies


def event(
    text: str, *, id: str = "", contact: str = "2002", channel: str = "messenger", seconds: float = 0, kind: Kind = Kind.TEXT, payload: str = ""
) -> Event:
    """Something that a contact said; its id is its text unless given."""
    at = START + timedelta(seconds=seconds)
    return Event(id=id or f"{contact}-{text}", channel=channel, account="1001", contact=contact, at=at, kind=kind, text=text, payload=payload)
