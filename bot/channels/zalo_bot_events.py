"""What the Zalo Bot Platform tells, by webhook or when asked, read into events.

Source: https://bot.zapps.me/docs (2026), at second hand; where sources disagree both readings are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from bot.channels.base import NotUnderstood
from bot.channels.reading import MAX_ID_CHARS, dict_of, id_of, json_of, made_up_id, text_of, time_of
from bot.dialogue.event import Event, Kind

CHANNEL = "zalo-bot"
# UNSURE: link messages, follow and unfollow are told of by third parties only; reactions too, and they lead to nothing.
_MEDIA = {
    "message.image.received": "image",
    "message.sticker.received": "sticker",
    "message.voice.received": "audio",
    "message.link.received": "link",
    # Files, contact cards, and all that protected accounts (for instance children's) write: Zalo hands on no content.
    "message.unsupported.received": "unsupported",
}
_WORDS = {"message.text.received": "text", "message.image.received": "caption", "message.link.received": "text"}
_OTHER = {"user.follow": Kind.OPENED, "user.unfollow": Kind.LEFT}

_at = attrgetter("at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads deliveries for one bot."""

    account: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, body: bytes) -> Sequence[Event]:
        """The events of one delivery; raises `NotUnderstood` for what is no JSON object."""
        # UNSURE: what Zalo's probe of a new webhook carries is not documented; an empty one is taken for a probe.
        if not body.strip():
            return ()
        envelope = json_of(body)
        if type(envelope) is not dict:
            raise NotUnderstood("the body is not a JSON object")
        return self.updates(envelope)

    def updates(self, envelope: dict[str, Any]) -> Sequence[Event]:
        """The events of a webhook's body or of an answer to getUpdates, in the order of their times.

        The documentation wraps an update into `{"ok": true, "result": …}`, captured deliveries of September 2026 are bare;
        getUpdates gives one update, a list would do too.
        """
        inside = envelope.get("result", envelope)
        updates = inside if type(inside) is list else [inside]
        return sorted((event for one in updates if type(one) is dict for event in self._update(one)), key=_at)

    def _update(self, update: dict[str, Any]) -> Iterator[Event]:
        name, message = text_of(update.get("event_name")), dict_of(update.get("message"))
        sender, chat = dict_of(message.get("from") or update.get("from")), dict_of(message.get("chat"))
        contact = text_of(chat.get("id")) or text_of(sender.get("id"))
        # In a group everybody would share one place in a guide, and read each other's answers.
        if not contact or len(contact) > MAX_ID_CHARS or sender.get("is_bot") is True or text_of(chat.get("chat_type")).upper() == "GROUP":
            return
        words = text_of(message.get(_WORDS.get(name, ""))) if name in _WORDS else ""
        media = (_MEDIA[name],) if name in _MEDIA else ()
        kind = Kind.TEXT if words else Kind.MEDIA if media else _OTHER.get(name)
        if kind is None:
            return
        stamp = message.get("date") or update.get("date")
        yield Event(
            id=id_of(message.get("message_id")) or made_up_id(kind.value, contact, repr(stamp), name, words),
            channel=CHANNEL,
            account=self.account,
            contact=contact,
            at=time_of(stamp) or self.clock(),
            kind=kind,
            text=words,
            media=media,
        )
