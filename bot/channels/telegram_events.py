"""What Telegram tells, by webhook or when asked, read into events by the library's `Update.de_json`.

Source: https://core.telegram.org/bots/api#getting-updates (2026).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import structlog
from telegram import CallbackQuery, ChatMemberUpdated, Message, Update

from bot.channels.base import NotUnderstood
from bot.channels.reading import MAX_ID_CHARS, id_of, json_of, text_of
from bot.channels.short_keys import MARK, is_key
from bot.channels.telegram_limits import CHANNEL, COMMAND_OF
from bot.dialogue.event import Event, Kind
from bot.dialogue.payload import own_tap

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
COMMAND = re.compile(r"(?P<slash>/(?P<name>[a-z0-9_]{1,32}))(?:@\w+)?(?P<rest>\s.*)?\Z", re.ASCII | re.DOTALL | re.IGNORECASE)
# An animation comes as a document too, hence the order; the first that is there is the kind.
MEDIA = (
    ("photo", "image"),
    ("animation", "image"),
    ("voice", "audio"),
    ("audio", "audio"),
    ("video", "video"),
    ("video_note", "video"),
    ("story", "video"),
    ("sticker", "sticker"),
    ("dice", "sticker"),
    ("document", "file"),
    ("contact", "contact"),
    ("poll", "poll"),
)

_at = attrgetter("at")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads updates for one bot."""

    account: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, body: bytes) -> Sequence[Event]:
        """The events of one delivery, which is one update (a list would do); raises `NotUnderstood` for other JSON."""
        value = json_of(body)
        if type(value) not in (dict, list):
            raise NotUnderstood("the body is not a JSON object")
        return self.updates(value if type(value) is list else [value])

    def updates(self, updates: Sequence[Any]) -> Sequence[Event]:
        """The events of all these, in the order of their times. What cannot be read is left: else Telegram would repeat it for a day."""
        return sorted((event for one in updates if type(one) is dict for event in self._one(one)), key=_at)

    def _one(self, raw: dict[str, Any]) -> Sequence[Event]:
        try:
            return list(self._update(Update.de_json(raw, None)))
        except Exception as error:  # the library promises nothing about JSON of another shape
            log.warning("update is not understood", channel=CHANNEL, error=type(error).__name__)
            return ()

    def _update(self, update: Update) -> Iterator[Event]:
        """An edited message, a channel's post or what is new leads to nothing: an edit must not take a step twice."""
        id = id_of(update.update_id)
        if not id:
            return
        if update.message:
            yield from self._message(id, update.message)
        elif update.callback_query:
            yield from self._tap(id, update.callback_query)
        elif update.my_chat_member:
            yield from self._member(id, update.my_chat_member)

    def _event(self, id: str, contact: Any, at: datetime | None, kind: Kind, **more: Any) -> Iterator[Event]:
        contact = text_of(contact)
        # The message under an old button is told with the time 0.
        when = at if isinstance(at, datetime) and at.year > 1970 else self.clock()
        if contact and len(contact) <= MAX_ID_CHARS:
            yield Event(id=id, channel=CHANNEL, account=self.account, contact=contact, at=when, kind=kind, **more)

    def _message(self, id: str, message: Message) -> Iterator[Event]:
        # In a group everybody would share one place in a guide, and read each other's answers.
        if message.chat.type != "private" or (message.from_user and message.from_user.is_bot is True):
            return
        contact, at = message.chat.id, message.date
        text = text_of(message.text)
        if text.startswith("/"):
            yield from self._command(id, contact, at, text)
            return
        kinds = next(((kind,) for name, kind in MEDIA if getattr(message, name)), ())
        if message.location or message.venue:
            yield from self._event(id, contact, at, Kind.LOCATION, media=("location",))
        elif kinds == ("sticker",) and message.sticker and text_of(message.sticker.emoji).startswith("👍"):
            yield from self._event(id, contact, at, Kind.TEXT, text="👍")
        elif words := text or text_of(message.caption):
            yield from self._event(id, contact, at, Kind.TEXT, text=words, media=kinds)
        elif kinds:
            yield from self._event(id, contact, at, Kind.MEDIA, media=kinds)

    def _command(self, id: str, contact: Any, at: datetime, text: str) -> Iterator[Event]:
        """`/start PAYLOAD` is a deep link; the menu's commands are taps; any other (`/khaisinh`) is what somebody typed."""
        found = COMMAND.match(text)
        if found and found["name"].lower() == "start":
            payload = (found["rest"] or "").strip()
            yield from self._event(id, contact, at, Kind.OPENED, payload=payload if PAYLOAD.match(payload) else "")
        elif found and not found["rest"] and (command := COMMAND_OF.get(found["name"].lower())):
            yield from self._event(id, contact, at, Kind.TAP, text=found["slash"], payload=own_tap(command))
        else:
            yield from self._event(id, contact, at, Kind.TEXT, text=found["slash"] + (found["rest"] or "") if found else text)

    def _tap(self, id: str, query: CallbackQuery) -> Iterator[Event]:
        """A button was tapped. The query's own id goes into the event's, so that the tap can be acknowledged: see `query_of`."""
        data, message = text_of(query.data), query.message
        if not data or (message and message.chat.type != "private") or query.from_user.is_bot is True:
            return
        label = _label(message, data)
        id = f"{id}/{id_of(query.id)}"
        if label and data.startswith(MARK) and not is_key(data):
            # Keys had another form once, and their payloads lay on one machine's disk: the label chooses too.
            yield from self._event(id, query.from_user.id, None, Kind.TEXT, text=label)
        else:
            yield from self._event(id, query.from_user.id, None, Kind.TAP, text=label, payload=data)

    def _member(self, id: str, change: ChatMemberUpdated) -> Iterator[Event]:
        """Who blocked the bot has left; who takes it back sends /start."""
        if change.chat.type == "private" and change.new_chat_member.status == "kicked":
            yield from self._event(id, change.chat.id, change.date, Kind.LEFT)


def query_of(event: Event) -> str:
    """The id of the callback query that a tap came with; empty for everything else."""
    return event.id.partition("/")[2]


def _label(message: Any, data: str) -> str:
    """What stood on the tapped button, as far as Telegram still shows it to us."""
    markup = getattr(message, "reply_markup", None)
    rows = markup.inline_keyboard if markup else ()
    return next((text_of(button.text) for row in rows for button in row if button.callback_data == data), "")
