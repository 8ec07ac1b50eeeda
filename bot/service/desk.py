"""The desk where volunteers help: who waits, who helps whom, and a person's words on the road that the bot's take.

An answer is a turn (`Kind.PERSON_ANSWERED`): the session, the message and the mark in the handoff are one transaction, and delivery sends the
message like any other. What was said to the bot is shown only where the citizen agreed that the talk is kept for the one who helps; what they
say after a person has answered is said to that person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.channels.base import ChannelAdapter
from bot.dialogue import consent
from bot.dialogue.codes import is_lone_code
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.reply import Fact
from bot.flows.model import Problem
from bot.service.desk_people import People, Person, said_to_a_person
from bot.service.metrics import Metrics
from bot.store import handoffs
from bot.store.errors import Gone
from bot.store.handoffs import Handoff, Line
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
        self._store, self._understand, self._clock = store, understand, clock
        self._people = People(library, adapters, clock)
        self._count = metrics.handoffs

    async def queue(self, volunteer: Volunteer) -> Queue:
        people = [self._people.person(one, volunteer) for one in await handoffs.every(self._store)]
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
        step, problems = self._people.step(handoff.session.frame)
        return Talk(person=self._people.person(handoff, volunteer), lines=said, hidden=not agreed, step=step, problems=problems)

    async def answer(self, number: int, volunteer: Volunteer, text: str, nonce: str) -> None:
        """Send a person's words, signed with the volunteer's name; the bot is silent from then on. The same text of the same page goes once.

        Raises `Secret` or `WindowClosed`; then nothing was kept or sent.
        """
        handoff = await self._mine(number, volunteer)
        event = self._understand(self._event(handoff, Kind.PERSON_ANSWERED, f"{volunteer.code}:{nonce}:{text}", text[:MAX_CHARS]))
        if event.secret or is_lone_code(text):
            raise Secret("" if is_lone_code(text) else event.text)
        if (hours := self._people.closed_after(handoff)) is not None:
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
