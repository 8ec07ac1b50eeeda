"""What every chat app's adapter offers, and how a send can fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from bot.dialogue.event import Event
from bot.dialogue.reply import Reply


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What an app can show, counted the way its platform counts. 0 means: not at all."""

    max_text_chars: int
    utf16: bool = False  # characters are counted in UTF-16 units: an emoji is two
    max_quick_replies: int = 0  # under a message; 0: the options become a numbered menu in the text
    max_title_chars: int = 20
    max_payload_bytes: int = 1000  # UTF-8 bytes
    max_link_buttons: int = 0  # 0: links stand in the text
    max_text_chars_with_buttons: int = 0  # of a message that carries link buttons
    quick_replies_with_links: bool = False  # whether one bubble may carry both
    links_count_as_options: bool = False  # one row of buttons for both: together at most `max_quick_replies`
    images: bool = False
    audio: bool = False
    video: bool = False
    text_with_media: bool = False  # whether a picture and words fit into one bubble
    buttons_with_media: bool = True  # whether a bubble with a picture may carry options and link buttons
    menu_with_media: bool = False  # beside a picture the options are a numbered menu, where that saves a bubble
    max_caption_chars: int = 0  # of the words beside a picture; 0: as long as any text
    max_media: int = 1  # pictures in one bubble
    relative_urls: bool = False  # addresses that begin with "/" are understood as they are
    typing: bool = False
    merge_bubbles: bool = False  # the platform counts messages: a turn's replies become one where possible
    window_hours: int | None = None  # how long after the person's last word we may send
    free_hours: int | None = None  # how long of that without being charged; None: all of it
    may_cost: bool = False  # whether what is charged is sent all the same
    phone_buttons: bool = False  # whether a link button may hold a telephone number ("tel:…")

    @property
    def sending_hours(self) -> int | None:
        """How long after the person's last word we send: as long as the platform lets us, or while it is free. None: always."""
        return self.window_hours if self.free_hours is None or self.may_cost else self.free_hours


class Failure(StrEnum):
    """What is to be done about a failed send."""

    RETRY = "retry"  # again later, with backoff or after `retry_after` seconds
    TOKEN = "token"  # noqa: S105  # the channel's token is dead: refresh once, then the channel waits
    GONE = "gone"  # the person cannot be reached: close what waits for them
    WINDOW = "window"  # the platform's sending window is closed: close what waits
    HUMAN = "human"  # another app or a person controls the talk
    MEDIA = "media"  # the picture cannot be sent: send the words and a link
    STOP = "stop"  # the channel is restricted or not allowed: it waits, the operator must act
    PERMANENT = "permanent"  # this message can never be sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A row of a platform's table of errors. `max_retries` None: as often as the service likes."""

    failure: Failure
    sentence: str
    max_retries: int | None = None


class SendFailed(Exception):
    """A platform did not take a message. `sentence` tells the operator what happened and what to do; it holds no citizen's words."""

    def __init__(
        self, failure: Failure, sentence: str, *, retry_after: float | None = None, code: str = "", ambiguous: bool = False, max_retries: int | None = None
    ):
        self.failure, self.sentence, self.retry_after, self.code = failure, sentence, retry_after, code
        self.ambiguous = ambiguous  # the platform may have taken it (a time-out after sending): try at most once more
        self.max_retries = max_retries  # None: as often as the service likes
        super().__init__(f"{failure}: {sentence}")


class BadSignature(Exception):
    """The delivery is not signed by the platform; nothing of it may be used."""


class NotUnderstood(Exception):
    """A signed delivery whose body is not what the platform promises; `status` is the answer (400 or 404)."""

    def __init__(self, why: str, status: int = 400):
        self.status = status
        super().__init__(why)


class ChannelAdapter(Protocol):
    """One messaging platform, translated to and from our events and replies."""

    name: str
    account: str
    capabilities: Capabilities

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `BadSignature` unless the platform signed exactly these bytes."""

    def events(self, body: bytes) -> Sequence[Event]:
        """Every event in the delivery; raises `NotUnderstood`. Unknown kinds are left out."""

    async def send(self, contact: str, reply: Reply, key: str) -> str:
        """Deliver one fitted reply, marked with our own `key`, and return the platform's message id, or raise `SendFailed`."""

    async def typing(self, contact: str) -> None:
        """Show that an answer is on its way; failures do not matter and are not raised."""

    async def close(self) -> None:
        """Give back connections."""
