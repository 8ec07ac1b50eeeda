"""What happened in a chat app, told the same for every app."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    TEXT = "text"
    TAP = "tap"
    MEDIA = "media"
    LOCATION = "location"
    OPENED = "opened"  # the talk was opened: a get-started button, a web page, `/start`
    REFERRAL = "referral"  # a deep link brought someone who is already in the talk
    PERSON_REPLIED = "person_replied"  # a person of the office wrote from the app's own inbox
    PERSON_ANSWERED = "person_answered"  # a volunteer wrote in our own console: the words are ours to send
    GIVEN_BACK = "given_back"  # that person, or the app, gave the talk back to the bot
    LEFT = "left"
    ERASE = "erase"


class Parse(msgspec.Struct, frozen=True, kw_only=True):
    """What the NLU found in a text: intents best first with confidences of 0 to 1, and whether the best may be believed."""

    ranking: tuple[tuple[str, float], ...] = ()
    entities: tuple[tuple[str, str], ...] = ()  # (entity, value)
    sure: bool = False
    close: tuple[str, ...] = ()  # where not sure: the two or three intents that are near enough to ask between

    @property
    def intent(self) -> str | None:
        """The intent to act on; None where the model should not guess."""
        return self.ranking[0][0] if self.sure and self.ranking else None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a contact (or the platform about them) did.

    `id` is unique within channel and account and is what makes a repeated delivery harmless. `payload` is what came back from
    a button (`tap`) or a deep link (`opened`, `referral`), in the forms that `dialogue.payload` reads. `text` has passed the
    privacy filter. `secret` names what the filter masked ("otp", "citizen_id", …), so that the engine can warn.
    """

    id: str
    channel: str
    account: str
    contact: str
    at: datetime
    kind: Kind
    text: str = ""
    payload: str = ""
    media: tuple[str, ...] = ()  # kinds of attachments: "image", "audio", …
    secret: str = ""
    source: str = ""  # where a referral came from, as the platform names it ("SHORTLINK", "ADS", "QR")
    parse: Parse | None = None
    maybe_ours: bool = False  # an echo that nobody signed: only the outbox can tell whether it is of a message of ours
    language: str = ""  # of the page where the talk was opened, where the citizen chose one
