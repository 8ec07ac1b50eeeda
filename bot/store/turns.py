"""One batch of turns in memory: which rows it reads, what each turn makes of them, which rows it writes. No database here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from bot.dialogue.event import Event, Kind
from bot.dialogue.reply import Fact, Reply
from bot.dialogue.session import Session
from bot.dialogue.turn import Gap, Turn

TakeTurn = Callable[[Session, Event, datetime], Turn]
Fit = Callable[[str, Sequence[Reply]], Sequence[Reply]]  # (channel, a turn's replies) -> bubbles that the app can show

KEPT_BUBBLES = 4096  # most people at a step get the same words: they are fitted and written as JSON once

SPOKEN = frozenset({Kind.TEXT, Kind.TAP, Kind.MEDIA, Kind.LOCATION, Kind.PERSON_REPLIED})  # kinds that stand in the talk as a message
HIDDEN = "[số đã ẩn]"  # the privacy filter's own word
WEB = "web"  # its page fetches: nothing is sent


class ContactKey(NamedTuple):
    channel: str
    account: str
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What became of one event. `messages`: MESSAGE of the contract with `id`, what the bot says to it."""

    event_id: str
    duplicate: bool = False
    messages: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """One fitted reply, ready to be stored."""

    message: dict[str, Any]
    body: bytes  # the same as JSON
    handoff: str
    key: str


class Bubbles:
    """Fits replies to an app; the same replies are done once."""

    def __init__(self, fit: Fit) -> None:
        self._fit = fit
        self.of = lru_cache(KEPT_BUBBLES)(self._make)

    def _make(self, channel: str, replies: tuple[Reply, ...]) -> tuple[Bubble, ...]:
        messages = [(reply, reply.as_message()) for reply in self._fit(channel, replies)]
        return tuple(Bubble(message=message, body=orjson.dumps(message), handoff=reply.handoff, key=reply.key) for reply, message in messages)


@dataclass(slots=True)
class _Talk:
    """One contact's part of a batch."""

    id: int
    key: ContactKey
    session: Session
    changed: bool = False
    erased: bool = False  # what was kept before this batch must go
    blank: bool = False  # nothing was said since the erasure: no session is kept either


@dataclass(slots=True)
class _Line:
    """One message to write down."""

    event: Event
    contact_id: int
    sender: str
    status: str
    body: bytes
    bubble: Bubble | None = None  # what is said to the contact, by the bot or by a person through us
    vanish: bool = False

    def row(self) -> dict[str, Any]:
        return {"contact_id": self.contact_id, "sender": self.sender, "status": self.status, "body": orjson.Fragment(self.body), "vanish": self.vanish}


@dataclass(slots=True)
class Batch:
    """The rows of a batch's turns, filled by `run`."""

    take_turn: TakeTurn
    bubbles: Bubbles
    now: datetime
    talks: dict[ContactKey, _Talk] = field(default_factory=dict)
    lines: list[_Line] = field(default_factory=list)
    facts: list[tuple[str, Fact, str]] = field(default_factory=list)
    entries: list[tuple[int, Event, Mapping[str, str]]] = field(default_factory=list)
    handoffs: dict[int, tuple[str, str]] = field(default_factory=dict)  # contact -> (reason, place)
    gaps: list[tuple[ContactKey, Gap]] = field(default_factory=list)
    withdrawn: list[ContactKey] = field(default_factory=list)  # took back what they had agreed to
    failed: list[tuple[Event, Exception]] = field(default_factory=list)

    def run(self, events: Iterable[Event], ids: Mapping[ContactKey, int], states: Mapping[int, str | None]) -> None:
        """Every event's turn, a contact's in the order of their times; equal times keep the order of arrival."""
        for key, theirs in by_contact(events).items():
            contact_id = ids[key]
            talk = self.talks[key] = _Talk(contact_id, key, Session.from_json(states[contact_id]))
            for event in theirs if len(theirs) == 1 else sorted(theirs, key=lambda one: one.at):
                try:
                    turn = self.take_turn(talk.session, event, self.now)
                    bubbles = self.bubbles.of(event.channel, turn.replies) if turn.replies else ()
                except Exception as error:  # one event must not fail the others: it is parked
                    self.failed.append((event, error))
                else:
                    self._note(talk, event, turn, bubbles)

    def _note(self, talk: _Talk, event: Event, turn: Turn, bubbles: Sequence[Bubble]) -> None:
        if turn.erased or turn.forgets:
            self._forget(talk)
        elif event.kind in SPOKEN:
            sender = "person" if event.kind is Kind.PERSON_REPLIED else "me"
            self.lines.append(_Line(event, talk.id, sender, "sent", orjson.dumps(_said(event, talk.session, hides=turn.hides))))
        talk.session, talk.changed, talk.blank = turn.session, True, turn.erased
        status = "sent" if event.channel == WEB else "pending"
        for bubble in bubbles:
            self.lines.append(_Line(event, talk.id, bubble.message["from"], status, bubble.body, bubble, vanish=turn.erased))
            if bubble.handoff:
                self.handoffs[talk.id] = (bubble.handoff, bubble.key)
        volunteer = turn.session.entry.get("volunteer", "") if turn.facts else ""
        if turn.withdraws:
            self.withdrawn.append(talk.key)
            self.gaps = [gap for gap in self.gaps if gap[0] != talk.key]
        self.gaps.extend((talk.key, gap) for gap in turn.gaps)
        self.facts.extend((event.channel, fact, volunteer) for fact in turn.facts)
        if _is_entry(event, turn) and not turn.erased:
            self.entries.append((talk.id, event, turn.session.entry))

    def _forget(self, talk: _Talk) -> None:
        """The erasure takes what this batch had to say before it, too."""
        talk.erased = True
        self.lines = [line for line in self.lines if line.contact_id != talk.id]
        self.entries = [entry for entry in self.entries if entry[0] != talk.id]
        self.gaps = [gap for gap in self.gaps if gap[0] != talk.key]
        self.handoffs.pop(talk.id, None)

    @property
    def erased(self) -> list[int]:
        return sorted(talk.id for talk in self.talks.values() if talk.erased)

    def write_parameters(self) -> tuple[str, list[int], str]:
        """The parameters of `queries.WRITE_TURNS`."""
        document = {
            "sessions": [
                {"contact_id": talk.id, "state": orjson.Fragment(talk.session.to_json())} for talk in self.talks.values() if talk.changed and not talk.blank
            ],
            "messages": [line.row() for line in self.lines],
            "facts": [
                {
                    "channel": channel,
                    "kind": fact.kind,
                    "guide": fact.guide,
                    "step": fact.step,
                    "detail": fact.detail,
                    "volunteer": volunteer,
                    "data": fact.data,
                }
                for channel, fact, volunteer in self.facts
            ],
        }
        spoken = {line.contact_id for line in self.lines if line.status == "pending"}
        seen = sorted({talk.id for key, talk in self.talks.items() if key.channel == WEB})
        return orjson.dumps(document).decode(), sorted(spoken), ",".join(map(str, seen))

    def entry_parameters(self) -> tuple[list[Any], ...]:
        rows = [
            (
                contact_id,
                event.channel,
                event.payload or event.text,
                *(entry.get(name, "") for name in ("guide", "step", "volunteer")),
                event.source,
                entry.get("place", ""),
            )
            for contact_id, event, entry in self.entries
        ]
        return tuple(map(list, zip(*rows, strict=True)))

    def gap_parameters(self, tag: Callable[[ContactKey], bytes]) -> tuple[list[Any], ...]:
        rows = [(tag(key), gap.language, gap.guide, gap.step, gap.text, gap.consent) for key, gap in self.gaps]
        return tuple(map(list, zip(*rows, strict=True)))

    def handoff_parameters(self) -> tuple[list[Any], ...]:
        rows = [(contact_id, reason, *_place(key)) for contact_id, (reason, key) in sorted(self.handoffs.items())]
        return tuple(map(list, zip(*rows, strict=True)))

    def answers(self, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
        """By event (`id(event)`): what the bot said to each event, with the ids that the database gave."""
        said: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for number, line in zip(ids, self.lines, strict=True):
            if line.bubble:
                said[id(line.event)].append(line.bubble.message | {"id": number})
        return said


def no_turn(session: Session, _event: Event, _now: datetime) -> Turn:
    """For those who open the store without taking turns."""
    return Turn(session=session)


def contact_key(event: Event) -> ContactKey:
    return ContactKey(event.channel, event.account, event.contact)


def _is_entry(event: Event, turn: Turn) -> bool:
    """Whether a link, or a typed code that does the same, brought the contact."""
    if event.kind in (Kind.OPENED, Kind.REFERRAL):
        return bool(event.payload)
    return event.kind is Kind.TEXT and event.text.lstrip().startswith("#") and any(fact.kind == "opened" for fact in turn.facts)


def by_contact(events: Iterable[Event]) -> dict[ContactKey, list[Event]]:
    """The events in the order of arrival, each contact's together."""
    found: dict[ContactKey, list[Event]] = {}
    for event in events:
        found.setdefault(contact_key(event), []).append(event)
    return found


def _said(event: Event, session: Session, *, hides: bool) -> dict[str, Any]:
    """The citizen's side of the talk as MESSAGE: their words (masked; `hides`: not at all), or the label of what they tapped."""
    text = HIDDEN if hides else event.text
    if not text and event.payload:
        text = next((option.label for option in session.shown if option.tap == event.payload), "")
    message: dict[str, Any] = {"text": text, "choices": [], "links": [], "media": []}
    if event.payload:
        message["tap"] = event.payload
    if event.media:
        message["attached"] = list(event.media)
    if event.kind is Kind.LOCATION:
        message["attached"] = ["location"]
    return message


def _place(key: str) -> tuple[str, str]:
    guide, _, step = key.partition("/")
    return guide, step
