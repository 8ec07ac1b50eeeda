"""What a volunteer may see of somebody who wants a person: no name, where they stand, and of their words what is theirs to read.

Pure: a handoff, the guides and the time go in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.base import ChannelAdapter
from bot.dialogue import consent
from bot.dialogue.library import Library
from bot.dialogue.session import Frame, Owner, Session
from bot.flows.model import Problem, step_kind
from bot.flows.places import Place
from bot.flows.texts import fill
from bot.store import handoffs
from bot.store.handoffs import Handoff, Line
from bot.store.turns import WEB
from bot.store.volunteers import Volunteer


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


class People:
    """Looks at handoffs for volunteers."""

    def __init__(self, library: Callable[[], Library], adapters: Mapping[str, ChannelAdapter], clock: Callable[[], datetime]) -> None:
        self._library, self._adapters, self._clock = library, adapters, clock

    def person(self, handoff: Handoff, volunteer: Volunteer) -> Person:
        """Them as this volunteer may see them, now."""
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
            closed=self.closed_after(handoff) is not None,
        )

    def _where(self, frame: Frame | None) -> tuple[str, int, int]:
        """The guide's title and how far; nothing where they stand in no guide that there is."""
        if frame is None or not self._stands(frame):
            return "", 0, 0
        progress = self._library().progress("vi", frame)
        return progress.title, progress.at, progress.of

    def step(self, frame: Frame | None) -> tuple[str, tuple[Problem, ...]]:
        """The words of the step at which they stand, without their answers in it, and what often goes wrong there and can be tried."""
        if frame is None or not self._stands(frame):
            return "", ()
        step = self._library().guides[frame.guide].step(frame.at)
        text = getattr(step, step_kind(step) or "", "")
        return fill(text, {}) if isinstance(text, str) else "", tuple(one for one in getattr(step, "stuck", ()) if one.try_)

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

    def closed_after(self, handoff: Handoff) -> int | None:
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
