"""Where a contact stands: what they answered, in frames of guides; written down and read back without loss.

A frame's place follows from its trail. `at` and `slots` are the trail's outcome, kept beside it so that a turn need not
replay; when the guide's structure has changed since (`revision`), `engine` replays the trail through the new rules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

Json = Any  # what JSON can hold; answers and slots are stored as such (dates as "2026-11-24")


class Owner(StrEnum):
    BOT = "bot"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One answered step. `answer`: an option's key, a typed value, or what a called guide brought back.

    `went` is the next step, kept instead of the answer where the guide says `keep: never`.
    """

    step: str
    answer: Json = None
    went: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One guide that is under way. `given` are the slots it began with."""

    guide: str
    revision: str
    at: str
    trail: tuple[Visit, ...] = ()
    given: dict[str, Json]
    slots: dict[str, Json]
    start: str = ""  # the step it began at, where a link led into the middle
    known: tuple[Visit, ...] = ()  # answers from before a structural change that may still be asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An option of the last message: what a typed number or label means now."""

    label: str
    tap: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A question of the bot itself that waits for an answer: leave the guide? erase? resume? which of two?"""

    kind: str
    data: dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """All that is known about one contact's talk; see the module's docstring."""

    frames: tuple[Frame, ...] = ()
    parked: tuple[tuple[Frame, ...], ...] = ()  # talks left for another guide, the newest last
    slots: dict[str, Json]  # known beyond one guide (commune)
    language: str = "vi"
    owner: Owner = Owner.BOT
    paused_until: str | None = None
    greeted: bool = False
    helper: bool = False  # a volunteer helps one person after another
    entry: dict[str, str]  # channel, payload, guide, step, volunteer, source of the last referral
    shown: tuple[Shown, ...] = ()
    pending: Pending | None = None
    misses: int = 0  # utterances in a row that were not understood
    seen: str | None = None  # ISO time of the last event

    @classmethod
    def new(cls) -> Session:
        return cls(slots={}, entry={})

    @property
    def frame(self) -> Frame | None:
        return self.frames[-1] if self.frames else None

    def with_frame(self, frame: Frame) -> Session:
        """The same with the top frame replaced."""
        return replace(self, frames=(*self.frames[:-1], frame))

    def to_json(self) -> bytes:
        return orjson.dumps(self)

    @classmethod
    def from_json(cls, text: bytes | str | None) -> Session:
        """Read back what `to_json` wrote; None is a new session. Unknown keys of newer versions are left out."""
        if not text:
            return cls.new()
        raw = orjson.loads(text)
        pending = raw.get("pending")
        return cls(
            frames=tuple(_frame(one) for one in raw.get("frames", ())),
            parked=tuple(tuple(_frame(one) for one in stack) for stack in raw.get("parked", ())),
            slots=raw.get("slots") or {},
            language=raw.get("language", "vi"),
            owner=Owner(raw.get("owner", "bot")),
            paused_until=raw.get("paused_until"),
            greeted=raw.get("greeted", False),
            helper=raw.get("helper", False),
            entry=raw.get("entry") or {},
            shown=tuple(Shown(label=one["label"], tap=one["tap"]) for one in raw.get("shown", ())),
            pending=Pending(kind=pending["kind"], data=pending["data"]) if pending else None,
            misses=raw.get("misses", 0),
            seen=raw.get("seen"),
        )


def _frame(raw: dict[str, Any]) -> Frame:
    return Frame(
        guide=raw["guide"],
        revision=raw["revision"],
        at=raw["at"],
        trail=tuple(Visit(step=one["step"], answer=one.get("answer"), went=one.get("went")) for one in raw["trail"]),
        given=raw["given"],
        slots=raw["slots"],
        start=raw.get("start", ""),
        known=tuple(Visit(step=one["step"], answer=one.get("answer"), went=one.get("went")) for one in raw.get("known", ())),
    )


def moment(text: str | None) -> datetime | None:
    """An ISO time that a session holds."""
    return datetime.fromisoformat(text) if text else None
