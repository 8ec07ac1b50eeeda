"""A talk as citizens would see it, from any step, in any app, on any day: played anew for every glance, so nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, Field

from bot.channels.base import Capabilities
from bot.channels.fit import fit_turn
from bot.channels.registry import CAPABILITIES
from bot.dialogue.engine import turn
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.payload import entry_payload
from bot.dialogue.reply import Reply
from bot.dialogue.session import Session
from bot.dialogue.talk import VIET_NAM
from bot.i18n.catalogue import SOURCE_LANGUAGE
from bot.web.ports import Message
from bot.web.view import ChatView, chat_view

CHANNELS = {"web": "Trang web", "zalo-oa": "Zalo OA", "zalo-bot": "Zalo Bot", "messenger": "Messenger", "telegram": "Telegram"}
MAX_SAID = 60
NOON = time(12, 0)


class Said(BaseModel):
    """What the maintainer did in the talk, in a citizen's place."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["tap", "text"]
    value: str = Field(max_length=1000)
    label: str = Field("", max_length=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The talk so far, and where it stands: `GUIDE/STEP`, empty when no guide is under way."""

    view: ChatView
    at: str


def glance(
    library: Library,
    understand: Callable[[Event], Event],
    begins: tuple[str, str],
    said: Sequence[Said],
    *,
    channel: str,
    language: str,
    today: date,
    base_url: str,
) -> Glance:
    """Begin at a (guide, step) and do what was done; raises `KeyError` for a channel that there is not."""
    capabilities = CAPABILITIES[channel]
    now = datetime.combine(today, NOON, VIET_NAM)
    session = Session(language=language if language in library.words else SOURCE_LANGUAGE, greeted=True)
    messages: list[Message] = []
    opening = Event(id="0", channel=channel, account="studio", contact="studio", at=now, kind=Kind.OPENED, payload=entry_payload(*begins))
    for number, event in enumerate([opening, *(_event(one, channel, now, number) for number, one in enumerate(said[:MAX_SAID], 1))]):
        if number:
            one = said[number - 1]
            messages.append({"id": len(messages) + 1, "from": "me", "text": one.label or one.value})
        result = turn(library, session, understand(event), now)
        session = Session.from_json(result.session.to_json())
        messages += _messages(result.replies, capabilities, base_url, len(messages))
    frame = session.frame
    return Glance(view=chat_view(messages, library.guides, library.words), at=f"{frame.guide}/{frame.at}" if frame else "")


def _event(one: Said, channel: str, now: datetime, number: int) -> Event:
    text, payload, kind = (one.value, "", Kind.TEXT) if one.kind == "text" else ("", one.value, Kind.TAP)
    return Event(id=str(number), channel=channel, account="studio", contact="studio", at=now, kind=kind, text=text, payload=payload)


def _messages(replies: Sequence[Reply], capabilities: Capabilities, base_url: str, count: int) -> list[Message]:
    """The bubbles as the app shows them. Our own pictures are fetched from here, wherever the server will be."""
    bubbles = fit_turn(replies, capabilities, base_url)
    here = (replace(one, media=tuple(replace(media, url=media.url.removeprefix(base_url)) for media in one.media)) for one in bubbles)
    return [one.as_message() | {"id": count + number, "from": "bot"} for number, one in enumerate(here, 1)]
