"""Guides change under people: whatever maintainers do, nobody meets an error, and nobody is asked again what they have answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from random import Random

from bot.dialogue.engine import turn
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.session import Frame, Session, Visit
from bot.dialogue.talk import Talk
from bot.dialogue.turn import Turn
from bot.dialogue.way import resolve
from bot.flows.guides import ways
from bot.flows.model import AskStep, CallStep, DoStep, EndStep, HandoffStep, LetStep, SayStep
from tests.dialogue.edits import edited, house, library
from tests.dialogue.talking import NOON

COMMANDS = ["quay lại", "quay lại", "nói lại", "menu", "dừng"]
TYPED = ["có", "không", "1", "2", "7", "xong", "chưa được", "abc"]


def take(guides: Library, session: Session, kind: Kind, value: str) -> Turn:
    told = {"text": value} if kind is Kind.TEXT else {"payload": value}
    result = turn(guides, Session.from_json(session.to_json()), Event(id="1", channel="web", account="a", contact="c", at=NOON, kind=kind, **told), NOON)
    assert result.replies
    assert not [fact for fact in result.facts if fact.kind == "trouble"]
    assert Session.from_json(result.session.to_json()) == result.session
    return result


def step_taps(session: Session) -> list[str]:
    """The options of the step at hand."""
    frame = session.frame
    return [one.tap for one in session.shown if frame and one.tap.startswith(f"{frame.guide}/{frame.at}/") and not one.tap.endswith(("/stuck", "/listen"))]


def walked(chance: Random, guides: Library, session: Session, most: int) -> Session:
    """Some turns of somebody who answers, types, goes back and changes their mind."""
    for _ in range(chance.randint(0, most)):
        taps = step_taps(session)
        move = chance.randrange(10)
        if taps and move < 7:
            session = take(guides, session, Kind.TAP, chance.choice(taps)).session
        else:
            session = take(guides, session, Kind.TEXT, chance.choice(TYPED if move < 9 else COMMANDS)).session
    return session


Place = tuple[str, ...]  # the steps of the frames outside, renamed as they are now; the guide and its step


def places(guides: Library, frames: Sequence[Frame]) -> list[Place]:
    """Where the frames stand: a guide that is called twice is another place the second time."""
    known = list(takewhile(lambda frame: frame.guide in guides.guides, frames))
    steps = [_now(guides, frame.guide, frame.at) for frame in known]
    return [(*steps[:number], frame.guide, steps[number]) for number, frame in enumerate(known)]


def _now(guides: Library, guide: str, step: str) -> str:
    model = guides.guides[guide].model
    return step if step in model.steps else model.moved.get(step, step)


def still_good(guides: Library, session: Session) -> Counter[Place]:
    """How often each step has been answered in a way that it still takes."""
    talk = Talk(guides, session, Event(id="1", channel="web", account="a", contact="c", at=NOON, kind=Kind.TEXT), NOON)
    found: Counter[Place] = Counter()
    for frame, place in zip(session.frames, places(guides, session.frames), strict=False):
        for visit in (*frame.trail, *frame.known):
            step_id = _now(guides, frame.guide, visit.step)
            if step_id in guides.guides[frame.guide].model.steps and _holds(talk, frame, step_id, visit):
                found[*place[:-1], step_id] += 1
    return found


def _holds(talk: Talk, frame: Frame, step_id: str, visit: Visit) -> bool:
    guide = talk.library.guides[frame.guide]
    step = guide.step(step_id)
    if visit.went is not None:
        return isinstance(step, AskStep) and visit.went in guide.model.steps
    if isinstance(step, CallStep):
        return isinstance(visit.answer, dict)
    if not isinstance(step, (AskStep, DoStep, HandoffStep)):
        return False
    try:
        resolve(talk, guide, step_id, visit.answer)
    except (ValueError, KeyError):
        return False
    return True


def test_nobody_meets_an_error_whatever_is_edited() -> None:
    """Three days of edits, with people who go on in between."""
    for seed in range(150):
        chance = Random(seed)
        files = house(chance)
        session = take(library(files), Session.new(), Kind.OPENED, "mot").session
        for _ in range(3):
            session = walked(chance, library(files), session, 8)
            files = edited(chance, files)
            guides = library(files)
            session = take(guides, session, Kind.TEXT, "nói lại").session
            if session.frame is not None:
                assert isinstance(guides.guides[session.frame.guide].model.steps[session.frame.at], (AskStep, DoStep, HandoffStep)), seed
                assert session.frame.revision == guides.guides[session.frame.guide].revision, seed


def _would_end(guides: Library, frame: Frame) -> bool:
    """Whether the old answer may end the guide as it is now: then the question is shown again, for nobody's talk ends behind their back."""
    steps = guides.guides[frame.guide].model.steps
    onward = [steps[target] for target in ways(steps[frame.at])]
    return any(visit.step == frame.at for visit in frame.known) and any(isinstance(step, (EndStep, SayStep, LetStep)) for step in onward)


def test_nobody_is_asked_again_what_they_have_answered() -> None:
    """From the edit on, the person answers only what they are asked: never a step whose old answer is still good."""
    for seed in range(500):
        chance = Random(seed)
        files = house(chance)
        before = library(files)
        session = walked(chance, before, take(before, Session.new(), Kind.OPENED, "mot").session, 10)
        if any(frame.at in [visit.step for visit in frame.trail] for frame in session.frames):
            continue  # in the second round of a loop that the edit may have cut: whoever would be at the end by it stands at the last question
        guides = library(edited(chance, files))
        good = still_good(guides, session)
        stood = set(places(guides, session.frames))
        session = take(guides, session, Kind.TEXT, "nói lại").session
        if len(session.frames) > 1 and session.frames[-1].trail and places(guides, session.frames)[-1][0] not in {place[0] for place in stood}:
            continue  # another step calls the same guide now, and what was answered in it counts there
        if session.frame is not None and _would_end(guides, session.frame):
            stood.add(places(guides, session.frames)[-1])
        if chance.random() < 0.3:
            session = take(guides, session, Kind.TEXT, "quay lại").session
            stood |= set(places(guides, session.frames))
        for _ in range(30):
            frame = session.frame
            if frame is None or session.frames[0].guide != "mot":
                break
            if any(outer.at in [visit.step for visit in outer.trail] for outer in session.frames[:-1]):
                break  # a loop has called the other guide anew
            here = places(guides, session.frames)[-1]
            used = sum(visit.step == frame.at for visit in frame.trail)  # in a loop a step is asked again, with its old answers used
            assert here in stood or good[here] <= used, f"seed {seed}: asked again {here}"
            taps = step_taps(session)
            session = (take(guides, session, Kind.TAP, chance.choice(taps)) if taps else take(guides, session, Kind.TEXT, "7")).session
