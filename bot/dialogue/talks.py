"""Runs a talk that stands in a file against the guides, turn by turn as the server does, and tells what was not as expected.

Pure like the engine: what understands words and what fits a bubble to an app is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from bot.dialogue.commands import COMMANDS
from bot.dialogue.engine import turn
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.payload import OwnTap, StepTap, read_tap
from bot.dialogue.reply import Option, Reply
from bot.dialogue.session import Session
from bot.dialogue.talk import VIET_NAM
from bot.dialogue.turn import Turn, Way
from bot.flows.draft import Draft, Path
from bot.flows.guides import CompiledGuide
from bot.flows.model import Guide, Outcome
from bot.flows.references import targets
from bot.flows.talks import TalkDraft, TalkTurn

KINDS: Mapping[str, Kind] = {"user": Kind.TEXT, "tap": Kind.TAP, "open": Kind.OPENED}
NOON = time(12, 0)
SHOWN_CHARS = 60  # of a bubble, in a recorded talk
_BARE_TAPS = COMMANDS | {"done", "stuck", "listen", "on", "yes", "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a talk needs around the engine: `understand` masks and parses an event, `fit` shows a reply as one of the `channels` does."""

    library: Library
    channels: Collection[str]
    understand: Callable[[Event], Event]
    fit: Callable[[str, Reply], Iterable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What was not as the talk expects, at its place in the file; in words for the maintainer."""

    file: str
    line: int
    column: int
    message: str

    def text(self) -> str:
        return f"{self.file}:{self.line}:{self.column}  {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One talk that was run: the first turn that went wrong ends it. `ways` and `steps` are what it visited until then."""

    file: str
    title: str
    failures: tuple[Failure, ...]
    ways: frozenset[Way]
    steps: frozenset[tuple[str, str]]

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Unvisited:
    """A step, or a way out of one, that no talk visits; `target` is where the way leads."""

    file: str
    line: int
    column: int
    step: str
    target: str = ""

    def text(self) -> str:
        return f"{self.file}:{self.line}:{self.column}  {f'{self.step} → {self.target}' if self.target else self.step}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of one guide the talks visit."""

    guide: str
    steps: int
    edges: int
    missed_steps: tuple[Unvisited, ...]
    missed_edges: tuple[Unvisited, ...]

    @property
    def step_share(self) -> float:
        return 1 - len(self.missed_steps) / self.steps

    @property
    def edge_share(self) -> float:
        return 1 - len(self.missed_edges) / self.edges if self.edges else 1.0


class Conversation:
    """One contact's talk, in memory; the session is written down and read back between turns, as on the server."""

    def __init__(self, around: Surroundings, *, channel: str, language: str, now: datetime):
        self.around, self.channel, self.now = around, channel, now
        self.options: dict[str, Option] = {}  # by label; the newest of a name counts
        self.last: Turn | None = None
        self.heard: Event | None = None  # the last event as the engine got it, without secrets
        self.ways: set[Way] = set()
        self.steps: set[tuple[str, str]] = set()
        self.at = self.before = ""  # `guide/step` where the contact stands, and stood before the last turn
        self._stored = Session(language=language).to_json()
        self._count = 0

    @property
    def session(self) -> Session:
        return Session.from_json(self._stored)

    def take(self, action: str, value: str) -> tuple[Reply, ...]:
        """The bubbles that answer one event, as the app shows them."""
        self._count += 1
        text, payload = (value, "") if action == "user" else ("", value)
        event = Event(id=str(self._count), channel=self.channel, account="talk", contact="talk", at=self.now, kind=KINDS[action], text=text, payload=payload)
        self.heard = self.around.understand(event)
        result = turn(self.around.library, self.session, self.heard, self.now)
        self.last, self._stored = result, result.session.to_json()
        frame = result.session.frame
        self.before, self.at = self.at, f"{frame.guide}/{frame.at}" if frame else ""
        self._note(result)
        bubbles = tuple(piece for reply in result.replies for piece in self.around.fit(self.channel, reply))
        self.options |= {option.label: option for reply in (*result.replies, *bubbles) for option in reply.options}
        return bubbles

    def _note(self, result: Turn) -> None:
        self.ways |= set(result.ways)
        self.steps |= {(guide, str(path[1])) for guide, path in result.ways}
        self.steps |= {(frame.guide, frame.at) for frame in result.session.frames}
        self.steps |= {(fact.guide, fact.step) for fact in result.facts if fact.guide and fact.step}


def run_talk(draft: TalkDraft, around: Surroundings, today: date) -> Result:
    """The talk from its first turn; `today` where it names no day."""
    model = draft.model
    start = datetime.combine(model.today or today, NOON, VIET_NAM).astimezone(UTC)
    unknown = _unknown(draft, around)
    if unknown:
        return Result(file=draft.file, title=model.talk, failures=(unknown,), ways=frozenset(), steps=frozenset())
    talk = Conversation(around, channel=model.channel, language=model.language, now=start)
    failures: tuple[Failure, ...] = ()
    for number, expected in enumerate(model.turns):
        talk.now += expected.pause
        failures = tuple(Failure(file=draft.file, **_place(draft, number, key), message=message) for key, message in _turn(talk, expected))
        if failures:
            break
    return Result(file=draft.file, title=model.talk, failures=failures, ways=frozenset(talk.ways), steps=frozenset(talk.steps))


def recorded_turn(talk: Conversation, action: str, label: str, bubbles: Sequence[Reply]) -> TalkTurn:
    """The turn just taken as a file tells it: what was done, where that led, and what the bot said that the place does not tell.

    A step's own words are left out: a maintainer who betters a sentence should not have to change the talks.
    """
    ended = next((fact.detail for fact in reversed(talk.last.facts if talk.last else ()) if fact.kind == "finished"), None)
    done = {action: talk.heard.text if action == "user" and talk.heard else label}
    said = tuple(dict.fromkeys(_beginning(bubble.text) for bubble in _telling(talk, bubbles)))
    return TalkTurn(**done, bot=said, at=talk.at or None, outcome=Outcome(ended) if ended else None)


def _telling(talk: Conversation, bubbles: Sequence[Reply]) -> Sequence[Reply]:
    if not talk.at:
        return bubbles[:1]
    others = [bubble for bubble in bubbles if bubble.text and bubble.key != talk.at and bubble.key not in ("greeting", *talk.around.library.guides)]
    return others or (bubbles[-1:] if talk.at == talk.before else ())


def _beginning(text: str) -> str:
    """The first line, or its first sentences, or so much of it as a reader needs to know it again."""
    line = text.strip().split("\n", 1)[0].strip()
    if len(line) <= SHOWN_CHARS:
        return line
    sentences = re.match(rf".{{10,{SHOWN_CHARS}}}[.?!]", line)
    return sentences[0] if sentences else line[:SHOWN_CHARS].rsplit(" ", 1)[0]


def coverage(draft: Draft[Guide], guide: CompiledGuide, results: Sequence[Result]) -> Coverage:
    """What of `guide` some of the talks visit."""
    ways = frozenset[Way]().union(*(result.ways for result in results))
    steps = frozenset[tuple[str, str]]().union(*(result.steps for result in results))
    edges = [(step_id, path, target) for step_id, step in guide.model.steps.items() for path, target in targets(step_id, step)]
    return Coverage(
        guide=guide.id,
        steps=len(guide.model.steps),
        edges=len(edges),
        missed_steps=tuple(_unvisited(draft, ("steps", step_id), step_id) for step_id in guide.model.steps if (guide.id, step_id) not in steps),
        missed_edges=tuple(_unvisited(draft, path, step_id, target) for step_id, path, target in edges if (guide.id, path) not in ways),
    )


def _unvisited(draft: Draft[Guide], path: Path, step_id: str, target: str = "") -> Unvisited:
    line, column = draft.tree.place(path, key=not target)
    return Unvisited(file=draft.file, line=line, column=column, step=step_id, target=target)


def _unknown(draft: TalkDraft, around: Surroundings) -> Failure | None:
    """A channel or a language that there is not."""
    languages = [one.code for one in around.library.words.languages]
    for key, known in (("channel", around.channels), ("language", languages)):
        value = getattr(draft.model, key)
        if value not in known:
            line, column = draft.tree.place((key,))
            return Failure(file=draft.file, line=line, column=column, message=f"không có {key} “{value}”; dùng một trong: {', '.join(sorted(known))}")
    return None


def _place(draft: TalkDraft, number: int, key: str) -> dict[str, int]:
    line, column = draft.place(number, key)
    return {"line": line, "column": column}


def _turn(talk: Conversation, expected: TalkTurn) -> list[tuple[str, str]]:
    """Take one turn. The key and the sentence of everything that is not as expected come back."""
    action, value = expected.action
    if action == "tap":
        option = talk.options.get(value)
        if option is None and not _is_payload(value):
            return [("tap", f"không có nút “{value}”; đang có: {_listed(talk.options)}")]
        value = option.tap if option else value
    bubbles = talk.take(action, value)
    checks = (_said(bubbles, expected), _choices(bubbles, expected), _at(talk, expected), _outcome(talk, expected))
    return [one for one in checks if one is not None]


def _is_payload(value: str) -> bool:
    return isinstance(read_tap(value), StepTap | OwnTap) or value in _BARE_TAPS


def _said(bubbles: Sequence[Reply], expected: TalkTurn) -> tuple[str, str] | None:
    """Each text in its order, in this bubble or a later one."""
    told = "\n".join(bubble.text for bubble in bubbles)
    rest = told
    for text in expected.said:
        _, found, rest = rest.partition(text)
        if not found:
            return "bot", f"Dẫn Lối không nói “{text}”, mà nói: “{told.replace(chr(10), ' / ')}”"
    return None


def _choices(bubbles: Sequence[Reply], expected: TalkTurn) -> tuple[str, str] | None:
    shown = next(([option.label for option in bubble.options] for bubble in reversed(bubbles) if bubble.options), [])
    if expected.choices is None or list(expected.choices) == shown:
        return None
    return "choices", f"các nút là: {_listed(shown)}"


def _at(talk: Conversation, expected: TalkTurn) -> tuple[str, str] | None:
    if expected.at is None:
        return None
    stands = talk.at
    if expected.at in (stands, stands.partition("/")[2]):
        return None
    return "at", f"bà con đứng ở “{stands}”, không phải “{expected.at}”" if stands else f"bà con không đứng ở bước nào, không phải ở “{expected.at}”"


def _outcome(talk: Conversation, expected: TalkTurn) -> tuple[str, str] | None:
    if expected.outcome is None:
        return None
    facts = talk.last.facts if talk.last else ()
    ended = next((fact.detail for fact in reversed(facts) if fact.kind == "finished"), "")
    if ended == expected.outcome.value:
        return None
    return "outcome", f"hướng dẫn kết thúc là “{ended}”" if ended else "hướng dẫn chưa kết thúc ở lượt này"


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(f"“{label}”" for label in labels) or "không có nút nào"
