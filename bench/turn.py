"""The pure turn: microseconds for one event of a walk through a guide, without and with the session's way to JSON and back."""

from __future__ import annotations

import timeit
from dataclasses import dataclass

from bench.talk import NOW, walk
from bot.dialogue import engine
from bot.dialogue.event import Parse
from bot.dialogue.library import Library
from bot.dialogue.session import Session
from bot.nlu.classifier import Classifier

REPEAT, NUMBER = 7, 100
UTTERANCES = ("cai vneid", "con toi moi sinh thi lam giay khai sinh o dau", "may khong nhan the", "cho toi gap nguoi ho tro")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pure:
    """Microseconds, the best of several runs."""

    turn: float
    with_session: float
    parse: float


def measure(library: Library, classifier: Classifier, guide: str, steps: int) -> Pure:
    events = walk(library, guide, steps)

    def turns() -> None:
        session = Session.new()
        for event in events:
            session = engine.turn(library, session, event, NOW).session

    def turns_and_sessions() -> None:
        stored = Session.new().to_json()
        for event in events:
            stored = engine.turn(library, Session.from_json(stored), event, NOW).session.to_json()

    def parses() -> list[Parse]:
        return [classifier.parse(text) for text in UTTERANCES]

    return Pure(turn=_best(turns, len(events)), with_session=_best(turns_and_sessions, len(events)), parse=_best(parses, len(UTTERANCES)))


def _best(work: object, parts: int) -> float:
    return min(timeit.repeat(work, repeat=REPEAT, number=NUMBER)) / NUMBER / parts * 1e6  # type: ignore[arg-type]  # a callable
