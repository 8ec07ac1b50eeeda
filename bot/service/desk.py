"""The desk where volunteers help: who waits, who helps whom, and a person's words on the road that the bot's take.

An answer is a turn (`Kind.PERSON_ANSWERED`): the session, the message and the mark in the handoff are one transaction, and delivery sends the
message like any other. What was said to the bot is shown only where the citizen agreed that the talk is kept for the one who helps; what they
say after a person has answered is said to that person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.channels.base import ChannelAdapter
from bot.dialogue import consent
from bot.dialogue.codes import is_lone_code
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.reply import Fact
from bot.dialogue.session import Frame, Owner, Session
from bot.flows.model import Problem, step_kind
from bot.flows.places import Place
from bot.service.metrics import Metrics
from bot.store import handoffs
from bot.store.errors import Gone
from bot.store.handoffs import Handoff, Line
from bot.store.turns import WEB
from bot.store.volunteers import Volunteer

if TYPE_CHECKING:
    import asyncpg

    from bot.store.store import Store

__all__ = ["Desk", "Gone", "Helped", "Person", "Queue", "Secret", "Taken", "Talk", "WindowClosed"]

MAX_CHARS = 2000


class Taken(Exception):
    """Another volunteer helps already; `name` is who."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__("another volunteer helps already")


class Secret(Exception):
    """What the volunteer wrote holds a number that must not be kept or sent; `masked` is the same without it."""

    def __init__(self, masked: str) -> None:
        self.masked = masked
        super().__init__("a secret number; nothing was kept or sent")


class WindowClosed(Exception):
    """The app takes nothing for this citizen until they write again; `hours` is how long it would have."""

    def __init__(self, hours: int) -> None:
        self.hours = hours
        super().__init__(f"closed {hours} hours after the last word")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on the list, as a volunteer may see them. `number` is all the name they have."""

    number: int
    title: str  # of the guide, "" outside of guides
    at: int
    of: int
    channel: str
    place: Place | None
    near: bool  # in the volunteer's own commune
    waits: timedelta  # for an answer
    said: str  # "" where it may not be shown
    language: str  # its own name, "" for Vietnamese
    helper: str  # who helps; "" while nobody does, or nothing came of it
    mine: bool
    answered: bool
    unanswered: bool  # the last word is theirs
    bot_back: bool  # a person has answered, and the citizen called the bot back since
    hours: int | None  # how long after their last word the app lets us answer; None: always
    closed: bool  # that time is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The list: those whom this volunteer helps, those who wait (the own commune first, then the longest), those whom others help."""

    mine: tuple[Person, ...]
    waiting: tuple[Person, ...]
    others: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """One citizen's talk. `hidden`: what was said before a person answered is not shown, for they have not agreed to that."""

    person: Person
    lines: Sequence[Line]
    hidden: bool
    step: str  # the words of the step at which they stand
    problems: tuple[Problem, ...]  # and what often goes wrong there


@dataclass(frozen=True, slots=True, kw_only=True)
class Helped:
    """How a talk was closed."""

    answered: bool


class Desk:
    """What the console does. Everything raises `Unavailable`; what is about one citizen raises `Gone` where they are not this volunteer's."""

    def __init__(
        self,
        store: Store,
        library: Callable[[], Library],
        understand: Callable[[Event], Event],
        adapters: Mapping[str, ChannelAdapter],
        metrics: Metrics,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store, self._library, self._understand, self._adapters, self._clock = store, library, understand, adapters, clock
        self._count = metrics.handoffs

    async def queue(self, volunteer: Volunteer) -> Queue:
        people = [self._person(one, volunteer) for one in await handoffs.every(self._store)]
        waiting = [one for one in people if not one.mine and not one.helper]
        return Queue(
            mine=tuple(one for one in people if one.mine),
            waiting=tuple(sorted(waiting, key=lambda one: not one.near)),  # each part stays in its order: longest first
            others=tuple(one for one in people if one.helper),
        )

    async def take(self, number: int, volunteer: Volunteer) -> None:
        """Exactly one volunteer gets somebody; raises `Taken` for the others."""
        if await handoffs.take(self._store, number, volunteer.code):
            self._count.labels("taken").inc()
            return
        raise Taken((await self._find(number)).taker)

    async def talk(self, number: int, volunteer: Volunteer) -> Talk:
        handoff = await self._mine(number, volunteer)
        agreed = consent.agreed(handoff.session, consent.TALK)
        if agreed:
            said: Sequence[Line] = await handoffs.lines(self._store, handoff, None)
        else:
            said = said_to_a_person(await handoffs.lines(self._store, handoff, handoff.answered_at)) if handoff.answered_at else ()
        step, problems = self._step(handoff.session.frame)
        return Talk(person=self._person(handoff, volunteer), lines=said, hidden=not agreed, step=step, problems=problems)

    async def answer(self, number: int, volunteer: Volunteer, text: str, nonce: str) -> None:
        """Send a person's words, signed with the volunteer's name; the bot is silent from then on. The same text of the same page goes once.

        Raises `Secret` or `WindowClosed`; then nothing was kept or sent.
        """
        handoff = await self._mine(number, volunteer)
        event = self._understand(self._event(handoff, Kind.PERSON_ANSWERED, f"{volunteer.code}:{nonce}:{text}", text[:MAX_CHARS]))
        if event.secret or is_lone_code(text):
            raise Secret("" if is_lone_code(text) else event.text)
        if (hours := self._closed(handoff)) is not None:
            raise WindowClosed(hours)
        signed = f"{volunteer.name}: {event.text}"

        async def allowed(connection: asyncpg.Connection) -> Sequence[tuple[Fact, str]]:
            await handoffs.mark(connection, handoffs.ANSWERED, number, volunteer.code)
            return ()

        await self._store.step_in(handoff.contact_id, replace(event, text=signed), allowed)
        self._count.labels("answered").inc()

    async def give_back(self, number: int, volunteer: Volunteer) -> Helped:
        """Close it. Where a person has answered, the bot speaks again and somebody was helped; else nothing is told to anybody."""
        handoff = await self._mine(number, volunteer)
        if handoff.answered_at is None:
            if not await handoffs.close(self._store, number, volunteer.code):
                raise Gone
            self._count.labels("closed").inc()
            return Helped(answered=False)
        place = handoff.session.entry.get("place")
        frame = handoff.session.frame
        guide, step = (frame.guide, frame.at) if frame else (handoff.guide, handoff.step)
        helped = Fact(kind="helped", guide=guide, step=step, data={"place": place} if place else {})

        async def allowed(connection: asyncpg.Connection) -> Sequence[tuple[Fact, str]]:
            await handoffs.mark(connection, handoffs.CLOSE, number, volunteer.code)
            return [(helped, volunteer.code)]

        await self._store.step_in(handoff.contact_id, self._event(handoff, Kind.GIVEN_BACK, f"back:{number}"), allowed)
        self._count.labels("given_back").inc()
        return Helped(answered=True)

    async def release(self, number: int, volunteer: Volunteer) -> None:
        """Let another volunteer help; the citizen stands on the list again."""
        if not await handoffs.release(self._store, number, volunteer.code):
            raise Gone
        self._count.labels("released").inc()

    async def _find(self, number: int) -> Handoff:
        handoff = await handoffs.find(self._store, number)
        if handoff is None:
            raise Gone
        return handoff

    async def _mine(self, number: int, volunteer: Volunteer) -> Handoff:
        handoff = await self._find(number)
        if handoff.taken_by != volunteer.code:
            raise Gone
        return handoff

    def _event(self, handoff: Handoff, kind: Kind, id: str, text: str = "") -> Event:
        digest = sha256(id.encode(errors="replace")).hexdigest()[:32]
        return Event(id=f"desk:{handoff.id}:{digest}", channel=handoff.channel, account=handoff.account, contact="", at=self._clock(), kind=kind, text=text)

    def _person(self, handoff: Handoff, volunteer: Volunteer) -> Person:
        session, now = handoff.session, self._clock()
        title, at, of = self._where(session.frame)
        place = self._place(handoff)
        unanswered = handoff.said_at is not None and (handoff.person_at is None or handoff.said_at > handoff.person_at)
        idle = handoff.acted_at is None or now - handoff.acted_at > handoffs.IDLE
        mine = handoff.taken_by == volunteer.code
        bot_back = handoff.answered_at is not None and not _is_persons(session, now)
        to_us = mine and not bot_back and handoff.answered_at and handoff.said_at and handoff.said_at > handoff.answered_at
        return Person(
            number=handoff.id,
            title=title,
            at=at,
            of=of,
            channel=handoff.channel,
            place=place,
            near=place is not None and place.code == volunteer.commune,
            waits=max(now - handoff.asked_at, timedelta(0)),
            said=handoff.said if to_us or consent.agreed(session, consent.TALK) else "",
            language=next((one.name for one in self._library().words.languages if one.code == session.language != "vi"), ""),
            helper="" if mine or (idle and (unanswered or handoff.answered_at is None)) else handoff.taker,
            mine=mine,
            answered=handoff.answered_at is not None,
            unanswered=unanswered,
            bot_back=bot_back,
            hours=self._hours(handoff),
            closed=self._closed(handoff) is not None,
        )

    def _where(self, frame: Frame | None) -> tuple[str, int, int]:
        """The guide's title and how far; nothing where they stand in no guide that there is."""
        if frame is None or not self._stands(frame):
            return "", 0, 0
        progress = self._library().progress("vi", frame)
        return progress.title, progress.at, progress.of

    def _step(self, frame: Frame | None) -> tuple[str, tuple[Problem, ...]]:
        if frame is None or not self._stands(frame):
            return "", ()
        step = self._library().guides[frame.guide].step(frame.at)
        text = getattr(step, step_kind(step) or "", "")
        return text if isinstance(text, str) else "", tuple(one for one in getattr(step, "stuck", ()) if one.try_)

    def _stands(self, frame: Frame) -> bool:
        guides = self._library().guides
        return frame.guide in guides and frame.at in guides[frame.guide].model.steps

    def _place(self, handoff: Handoff) -> Place | None:
        """What they said, else where the link hangs that brought them, else the commune of the volunteer who shared it."""
        session, places = handoff.session, self._library().guides.places
        slots = [session.slots, *(frame.slots for frame in reversed(session.frames))]
        given = [str(one["commune"]) for one in slots if one.get("commune")]
        known = (places.get(code) for code in (*given, session.entry.get("place", ""), handoff.brought))
        return next((place for place in known if place), None)

    def _hours(self, handoff: Handoff) -> int | None:
        adapter = self._adapters.get(handoff.channel)
        return adapter.capabilities.sending_hours if adapter else None

    def _closed(self, handoff: Handoff) -> int | None:
        """The hours of a window that is over; None while an answer can go."""
        hours = self._hours(handoff)
        if hours is None or handoff.channel == WEB:
            return None
        return hours if self._clock() - (handoff.said_at or handoff.asked_at) > timedelta(hours=hours) else None


def said_to_a_person(lines: Sequence[Line]) -> Sequence[Line]:
    """Of a talk from a person's first answer on: what stands between a person's word and the bot's next one; the rest is said to the bot."""
    held, found = False, []
    for line in lines:
        held = line.sender == "person" or (held and line.sender != "bot")
        if held:
            found.append(line)
    return found


def _is_persons(session: Session, now: datetime) -> bool:
    return session.owner is Owner.PERSON and (session.paused_until is None or now < session.paused_until)
