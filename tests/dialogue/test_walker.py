"""Walk every way of every guide, as citizens would tap and type, and look at each bubble as every app would show it.

States that differ only in answers on which no rule depends are one state. What nobody can reach, a branch that is never
taken, or a bubble that an app cannot show fails here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.base import Capabilities
from bot.channels.fit import fit
from bot.channels.registry import CAPABILITIES
from bot.dialogue.engine import turn
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.payload import MAX_PAYLOAD_BYTES
from bot.dialogue.reply import Reply
from bot.dialogue.session import Session
from bot.dialogue.talk import VIET_NAM
from bot.flows.guides import CompiledGuide, next_steps, ways
from bot.flows.loader import load
from bot.flows.model import AnswerKind, AskStep, CallStep, DoStep, EndStep, HandoffStep, LetStep, SayStep, Step
from bot.i18n.catalogue import Catalogues
from tests.dialogue.talking import NOON

FLOWS = Path(__file__).parents[2] / "flows"
TODAY = NOON.astimezone(VIET_NAM).date()
DAYS_AGO = (0, 1, 59, 61, 200, 4 * 365, 7 * 365, 15 * 365, 30 * 365)
MAX_STATES = 20_000


def real_guides() -> Library:
    files = {str(path.relative_to(FLOWS)): path.read_bytes() for path in sorted(FLOWS.rglob("*")) if path.suffix in (".yaml", ".csv")}
    return Library(load(files).guides, Catalogues())


LIBRARY = real_guides()
# The day after a rule changes is walked as well.
BORDERS = sorted(
    {day for guide in LIBRARY.guides.values() for step in guide.model.steps.values() if step.valid for day in (step.valid.from_, step.valid.until) if day}
)


class Walk:
    """Everything seen on all ways through one guide from one day on."""

    def __init__(self, library: Library, guide: CompiledGuide):
        self.library, self.guide = library, guide
        self.seen: set[str] = set()  # steps shown
        self.pairs: set[tuple[str, str]] = set()  # a step shown directly after another
        self.tapped: set[tuple[str, str]] = set()
        self.replies: dict[Reply, str] = {}
        self.outcomes: set[str] = set()
        self.read = slots_read(library)

    def all_ways(self) -> Walk:
        start = self._turn(Session.new(), Kind.OPENED, self.guide.id, before="")
        todo, known = deque([start]), {self._state(start)}
        while todo:
            session = todo.popleft()
            for kind, value in self._moves(session):
                after = self._turn(session, kind, value, before=self._at(session))
                state = self._state(after)
                if after.frames and state not in known:
                    known.add(state)
                    todo.append(after)
                assert len(known) < MAX_STATES
        return self

    def _turn(self, session: Session, kind: Kind, value: str, *, before: str) -> Session:
        event = Event(
            id="1",
            channel="web",
            account="a",
            contact="c",
            at=NOON,
            kind=kind,
            payload=value if kind is not Kind.TEXT else "",
            text=value if kind is Kind.TEXT else "",
        )
        result = turn(self.library, Session.from_json(session.to_json()), event, NOON)
        assert result.replies, (before, value)
        assert not [fact for fact in result.facts if fact.kind == "trouble"], (before, value, result.facts)
        self.outcomes |= {fact.detail for fact in result.facts if fact.kind == "finished" and fact.guide == self.guide.id}
        last = before
        for reply in result.replies:
            self.replies.setdefault(reply, f"{before} ← {value}")
            if "/" in reply.key:
                self.seen.add(reply.key)
                self.pairs.add((last, reply.key))
                last = reply.key
        return result.session

    def _moves(self, session: Session) -> Iterator[tuple[Kind, str]]:
        frame = session.frames[-1]
        guide = self.library.guides[frame.guide]
        step = guide.step(frame.at)
        options = [*guide.option_keys.get(frame.at, ()), *guide.problem_keys.get(frame.at, ())]
        options += ["done", "stuck"] if isinstance(step, DoStep) else ["on"] if isinstance(step, HandoffStep) and step.next else []
        for option in options:
            self.tapped.add((f"{guide.id}/{frame.at}", option))
            yield Kind.TAP, f"{guide.id}/{frame.at}/{option}"
        if isinstance(step, AskStep):
            for text in self._texts(step):
                yield Kind.TEXT, text

    def _texts(self, step: AskStep) -> list[str]:
        match step.answer:
            case AnswerKind.DATE:
                return [(TODAY - timedelta(days=days)).strftime("%d/%m/%Y") for days in DAYS_AGO] + ["hôm qua", "xyz"]
            case AnswerKind.NUMBER:
                return ["0", "1", "2", "5", "6", "13", "14", "16", "20", "100", "xyz"]
            case AnswerKind.PLACE:
                return ["Bum Nưa", "Mường Tè", "xyz"]
            case AnswerKind.YES_NO:
                return ["có", "không"]
            case AnswerKind.TEXT:
                return ["chữ gì đó"]
        return ["không biết gì cả xyz"]

    def _at(self, session: Session) -> str:
        frame = session.frames[-1]
        return f"{frame.guide}/{frame.at}"

    def _state(self, session: Session) -> tuple[object, ...]:
        """Where the session stands, with those answers that a rule further on still reads."""
        state = []
        outer: frozenset[str] = frozenset()  # a called guide brings its slots back
        for frame in session.frames:
            outer |= self.read[frame.guide, frame.at]
            state.append((frame.guide, frame.at, tuple(sorted((name, str(value)) for name, value in frame.slots.items() if name in outer))))
        return tuple(state)


def slots_read(library: Library) -> dict[tuple[str, str], frozenset[str]]:
    """For each step the slots that rules read from it on, before they are filled anew."""
    found = {(guide.id, step_id): frozenset[str]() for guide in library.guides.values() for step_id in guide.model.steps}
    changed = True
    while changed:
        changed = False
        for guide in library.guides.values():
            for step_id, step in guide.model.steps.items():
                names = _read_at(library, guide, step, found)
                changed = changed or names != found[guide.id, step_id]
                found[guide.id, step_id] = names
    return found


def _read_at(library: Library, guide: CompiledGuide, step: Step, found: dict[tuple[str, str], frozenset[str]]) -> frozenset[str]:
    onward = getattr(step, "next", None)
    rules = [branch.if_ for branch in onward if branch.if_] if onward and not isinstance(onward, str) else []
    later = frozenset().union(*(found[guide.id, target] for target in ways(step)), *(guide.expressions[rule].slots for rule in rules))
    if isinstance(step, LetStep):
        return (later - set(step.let)) | frozenset().union(*(guide.expressions[source].slots for source in step.let.values()))
    if isinstance(step, CallStep):
        return later | found[step.call, library.guides[step.call].model.start]
    if isinstance(step, AskStep):
        around = frozenset().union(*(found[guide.id, problem.next] for problem in step.stuck if problem.next))
        return (later - {step.slot}) | around | (guide.expressions[step.accept].slots if step.accept else frozenset())
    return later


@pytest.fixture(scope="module", params=list(LIBRARY.guides))
def walk(request: pytest.FixtureRequest) -> Walk:
    return Walk(LIBRARY, LIBRARY.guides[request.param]).all_ways()


def test_there_are_three_guides() -> None:
    assert {"vneid", "khai-sinh", "thanh-toan"} <= set(LIBRARY.guides)


def test_every_step_is_reached_and_every_option_tapped(walk: Walk) -> None:
    guide = walk.guide
    silent = (LetStep, CallStep)
    today = {step_id for step_id, step in guide.model.steps.items() if step.valid is None or step.valid.holds(TODAY)}
    shown = {f"{guide.id}/{step_id}" for step_id in today if not isinstance(guide.step(step_id), silent)}
    assert shown - walk.seen == set()
    assert "done" in walk.outcomes


def test_every_branch_is_taken(walk: Walk) -> None:
    guide = walk.guide
    missing = []
    for step_id, step in guide.model.steps.items():
        if not isinstance(step, (SayStep, DoStep, AskStep)):
            continue
        targets = [
            *next_steps(step.next),
            *(choice.next for choice in getattr(step, "choices", ()) if choice.next),
            *(one.next for one in getattr(step, "stuck", ()) if one.next),
        ]
        for target in targets:
            visible = {f"{guide.id}/{one}" if "/" not in one else one for one in _visible(walk.library, guide, target)}
            if not any((f"{guide.id}/{step_id}", one) in walk.pairs for one in visible):
                missing.append((step_id, target))
    assert missing == []


def _visible(library: Library, guide: CompiledGuide, step_id: str, depth: int = 0) -> set[str]:
    """The steps that can be the next thing seen when the talk comes to `step_id`."""
    step = guide.step(step_id)
    if isinstance(step, CallStep):
        called = library.guides[step.call]
        return {f"{called.id}/{one}" if "/" not in one else one for one in _visible(library, called, called.model.start, depth + 1)}
    if isinstance(step, LetStep) or (step.valid and not step.valid.holds(TODAY)):
        return set().union(*(_visible(library, guide, one, depth + 1) for one in next_steps(getattr(step, "next", None)))) if depth < 50 else set()
    return {step_id}


@pytest.mark.parametrize("channel", sorted(CAPABILITIES))
def test_every_bubble_fits_every_app(walk: Walk, channel: str) -> None:
    limits = CAPABILITIES[channel]
    for reply, where in walk.replies.items():
        for piece in fit(reply, limits):
            problems = list(_violations(piece, limits))
            assert not problems, (where, problems, piece)


def _violations(piece: Reply, limits: Capabilities) -> Iterator[str]:
    most = limits.max_text_chars_with_buttons if piece.links and limits.max_text_chars_with_buttons else limits.max_text_chars
    if len(piece.text) > most:
        yield f"text of {len(piece.text)}"
    if len(piece.options) > limits.max_quick_replies:
        yield f"{len(piece.options)} options"
    for option in piece.options:
        if len(option.label) > limits.max_title_chars:
            yield f"label {option.label!r}"
        if len(option.tap.encode()) > min(limits.max_payload_bytes, MAX_PAYLOAD_BYTES):
            yield f"payload {option.tap!r}"
    if len(piece.links) > limits.max_link_buttons:
        yield f"{len(piece.links)} links"
    if piece.media and not limits.images:
        yield "media"
    if not (piece.text or piece.media):
        yield "nothing to show"


def test_an_end_of_each_guide_is_reached_by_tapping_the_first_answer(walk: Walk) -> None:
    """What a stranger does who taps the first button every time."""
    session = Session(greeted=True)
    kind, value = Kind.OPENED, walk.guide.id
    for _ in range(80):
        event = Event(
            id="1",
            channel="web",
            account="a",
            contact="c",
            at=NOON,
            kind=kind,
            payload=value if kind is not Kind.TEXT else "",
            text=value if kind is Kind.TEXT else "",
        )
        result = turn(walk.library, session, event, NOON)
        session = result.session
        if not session.frames:
            assert any(isinstance(walk.guide.model.steps.get(reply.key.partition("/")[2]), EndStep) for reply in result.replies)
            return
        options = [one for one in result.replies[-1].options if not one.tap.startswith("/")]
        kind, value = (Kind.TAP, options[0].tap) if options else (Kind.TEXT, _typed(walk, session))
    pytest.fail("eighty taps and no end")


def _typed(walk: Walk, session: Session) -> str:
    frame = session.frames[-1]
    step = walk.library.guides[frame.guide].step(frame.at)
    assert isinstance(step, AskStep)
    kinds = {AnswerKind.DATE: "hôm qua", AnswerKind.NUMBER: "1", AnswerKind.PLACE: "Bum Nưa", AnswerKind.TEXT: "chữ"}
    return kinds[step.answer or AnswerKind.TEXT]
