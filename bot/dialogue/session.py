"""Where a contact stands: what they answered, in frames of guides; written down and read back without loss.

A frame's place follows from its trail. `at` and `slots` are the trail's outcome, kept beside it so that a turn need not
replay; when the guide's structure has changed since (`revision`), `engine` replays the trail through the new rules.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec.structs import replace

Json = Any  # what JSON can hold; answers and slots are stored as such (dates as "2026-11-24")


class Owner(StrEnum):
    BOT = "bot"
    PERSON = "person"


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What sessions are made of: it never changes, is compared by value, and is written as JSON in microseconds."""


class Visit(Value, frozen=True):
    """One answered step. `answer`: an option's key, a typed value, or what a called guide brought back.

    `went` is the next step, kept instead of the answer where the guide says `keep: never`.
    """

    step: str
    answer: Json = None
    went: str | None = None


class Frame(Value, frozen=True):
    """One guide that is under way. `given` are the slots it began with."""

    guide: str
    revision: str
    at: str
    trail: tuple[Visit, ...] = ()
    given: dict[str, Json] = {}
    slots: dict[str, Json] = {}
    start: str = ""  # the step it began at, where a link led into the middle
    noted: str = ""  # the language in which it was told that not all is translated
    known: tuple[Visit, ...] = ()  # answers from before a structural change that may still be asked for


class Shown(Value, frozen=True):
    """An option of the last message: what a typed number or label means now."""

    label: str
    tap: str


class Pending(Value, frozen=True):
    """A question of the bot itself that waits for a yes or a no, and the tap that each stands for."""

    yes: str
    no: str


class Consent(Value, frozen=True):
    """What a contact said to a question of consent, to which version of its words, and when."""

    given: bool
    version: str
    at: datetime


class Unheard(Value, frozen=True):
    """A sentence that was not understood, and where; kept beyond the session only with consent."""

    text: str
    guide: str = ""
    step: str = ""


class Session(Value, frozen=True):
    """All that is known about one contact's talk; see the module's docstring."""

    frames: tuple[Frame, ...] = ()
    parked: tuple[tuple[Frame, ...], ...] = ()  # talks left for another guide, the newest last
    slots: dict[str, Json] = {}  # known beyond one guide (commune)
    language: str = "vi"
    owner: Owner = Owner.BOT
    paused_until: datetime | None = None
    greeted: bool = False
    helper: bool = False  # a volunteer helps one person after another
    entry: dict[str, str] = {}  # channel, payload, guide, step, volunteer, place, source of the last referral
    shown: tuple[Shown, ...] = ()
    pending: Pending | None = None
    called: bool = False  # the last answer called a person, who may hold the talk now
    misses: int = 0  # utterances in a row that were not understood
    seen: datetime | None = None
    consents: dict[str, Consent] = {}  # by purpose
    asked: dict[str, str] = {}  # by purpose: the version of the question that was put, answered or not
    unheard: tuple[Unheard, ...] = ()

    @classmethod
    def new(cls) -> Session:
        return cls()

    @property
    def frame(self) -> Frame | None:
        return self.frames[-1] if self.frames else None

    def with_frame(self, frame: Frame) -> Session:
        """The same with the top frame replaced."""
        return replace(self, frames=(*self.frames[:-1], frame))

    def to_json(self) -> bytes:
        return _ENCODER.encode(self)

    @classmethod
    def from_json(cls, text: bytes | str | None) -> Session:
        """Read back what `to_json` wrote; None is a new session. Unknown keys of newer versions are left out."""
        return _DECODER.decode(text) if text else cls()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Session)
