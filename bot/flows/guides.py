"""Guides ready to be walked: everything that a turn would otherwise have to parse, compile or search for."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import orjson

from bot.flows.expressions import Expression, Json, SlotType, native
from bot.flows.model import Answer, AskStep, Choice, DoStep, EndStep, Guide, HandoffStep, Next, Outcome, Problem, Screen, Step
from bot.flows.places import Places
from bot.i18n.folding import fold

DRAWING = "2"  # how drawings are made; another number when that changes, so that nobody keeps the old ones
_SIMPLE_KEY = re.compile(r"[a-z0-9_-]{1,24}")
_NOT_IN_CODE = re.compile(r"[\s#_-]+")
# What a guide shows and what it is about; all the rest is its structure.
_WORDING_KEYS = frozenset({"title", "summary", "names", "minutes", "prepare", "sources", "source", "link", "screen", "picture", "media"})
_WORDING_KEYS_OF_STEPS = frozenset({"say", "do", "ask", "handoff", "reason", "end", "label", "says", "reask", "problem", "try", "try_"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledGuide:
    """A guide with its derived tables; see the fields. Values never change after loading."""

    id: str
    model: Guide
    file: str
    revision: str  # 16 hex digits of the structure: ids, kinds, rules, values, validity
    wording: str  # 16 hex digits of all that stands in it
    slot_types: Mapping[str, SlotType]
    distance: Mapping[str, int]  # fewest waiting steps from a step to an end, itself included; steps without a way to one are left out
    expressions: Mapping[str, Expression]
    option_keys: Mapping[str, tuple[str, ...]]
    problem_keys: Mapping[str, tuple[str, ...]]
    screen_urls: Mapping[str, str] = field(repr=False)

    def step(self, step_id: str) -> Step:
        """Raises `KeyError` for a step that the guide does not have."""
        return self.model.steps[step_id]

    def native(self, slots: Mapping[str, Json]) -> dict[str, object]:
        """Stored slots as expressions and texts want them: dates as `date`."""
        types = self.slot_types
        return {name: native(value, types[name]) if name in types else value for name, value in slots.items()}

    def screen_url(self, step_id: str) -> str | None:
        """Path of the step's drawing, below the public address; it changes when the drawing does."""
        return self.screen_urls.get(step_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guides:
    """The guides that can be walked, in the order of their files, with the short answers and the places."""

    by_id: Mapping[str, CompiledGuide] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    _codes: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_codes", MappingProxyType({guide_id.replace("-", ""): guide_id for guide_id in self.by_id}))

    def __getitem__(self, guide_id: str) -> CompiledGuide:
        return self.by_id[guide_id]

    def __contains__(self, guide_id: object) -> bool:
        return guide_id in self.by_id

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __len__(self) -> int:
        return len(self.by_id)

    def get(self, guide_id: str) -> CompiledGuide | None:
        return self.by_id.get(guide_id)

    def keys(self) -> Iterable[str]:
        return self.by_id.keys()

    def values(self) -> Iterable[CompiledGuide]:
        return self.by_id.values()

    def items(self) -> Iterable[tuple[str, CompiledGuide]]:
        return self.by_id.items()

    def by_code(self, text: str) -> str | None:
        """The guide whose typed code `text` is: `#KHAI-SINH`, `khaisinh` and `Khai sinh` alike; None if it is none or says more."""
        return self._codes.get(_NOT_IN_CODE.sub("", fold(text)))


def compile_guide(model: Guide, file: str, expressions: Mapping[str, Expression], slot_types: Mapping[str, SlotType]) -> CompiledGuide:
    """Derive the tables of a guide whose references and expressions have been checked."""
    structure, wording = fingerprints(model)
    return CompiledGuide(
        id=model.guide,
        model=model,
        file=file,
        revision=structure,
        wording=wording,
        slot_types=MappingProxyType(dict(slot_types)),
        distance=MappingProxyType(distances(model)),
        expressions=MappingProxyType(dict(expressions)),
        option_keys=MappingProxyType(
            {step_id: option_keys(step.choices) for step_id, step in model.steps.items() if isinstance(step, AskStep) and step.choices}
        ),
        problem_keys=MappingProxyType({step_id: problem_keys(step.stuck) for step_id, step in model.steps.items() if isinstance(step, DoStep | AskStep)}),
        screen_urls=MappingProxyType({step_id: url for step_id, step in model.steps.items() if (url := _screen_url(model.guide, step_id, step))}),
    )


def ways(step: Step) -> tuple[str, ...]:
    """Every step that `step` can lead to, its own `next` first and its problems last."""
    problems = step.stuck if isinstance(step, DoStep | AskStep) else ()
    return tuple(dict.fromkeys((*answer_ways(step), *(problem.next for problem in problems if problem.next))))


def answer_ways(step: Step) -> tuple[str, ...]:
    """Where `step` leads when nothing goes wrong."""
    found = next_steps(getattr(step, "next", None))
    return (*found, *(choice.next for choice in step.choices if choice.next)) if isinstance(step, AskStep) else found


def likely_ways(step: Step) -> tuple[str, ...]:
    """Where `step` leads when the first choice is taken."""
    first = step.choices[0].next if isinstance(step, AskStep) and step.choices else None
    return (first,) if first else next_steps(getattr(step, "next", None))


def next_steps(onward: Next | None) -> tuple[str, ...]:
    """The steps that a `next` names."""
    if onward is None:
        return ()
    if isinstance(onward, str):
        return (onward,)
    return tuple(branch.then or branch.else_ or "" for branch in onward)


def option_keys(choices: Sequence[Choice]) -> tuple[str, ...]:
    """A key for each choice that survives new wording: its value, else where it leads, else its number; `-2`, `-3` where they repeat."""
    return _unique(_option_key(choice, number) for number, choice in enumerate(choices, 1))


def problem_keys(problems: Sequence[Problem]) -> tuple[str, ...]:
    return tuple(f"p{number}" for number in range(1, len(problems) + 1))


def distances(model: Guide) -> dict[str, int]:
    """The fewest waiting steps from each step to an end of the guide, that step included.

    What a citizen expects counts: the first choice of a question, which maintainers make the likeliest; a way that is done before
    one that is referred or given up, one that ends before one that needs a person, and problems only where nothing else leads on.
    Else "step 1 of 2" would stand before fifteen more, because somebody might need only a telephone number.
    """
    done = [step_id for step_id, step in model.steps.items() if isinstance(step, EndStep) and step.outcome is Outcome.DONE]
    ends = [step_id for step_id, step in model.steps.items() if isinstance(step, EndStep)]
    all_ends = [step_id for step_id, step in model.steps.items() if isinstance(step, EndStep | HandoffStep)]
    known: dict[str, int] = {}
    for goals, onward in ((done, likely_ways), (done, answer_ways), (ends, answer_ways), (all_ends, answer_ways), (all_ends, ways)):
        if len(known) < len(model.steps):
            known = _nearest(model, goals, onward) | known
    return {step_id: known[step_id] for step_id in model.steps if step_id in known}


def _nearest(model: Guide, goals: Sequence[str], onward: Callable[[Step], tuple[str, ...]]) -> dict[str, int]:
    before: dict[str, list[str]] = {}
    for step_id, step in model.steps.items():
        for target in onward(step):
            before.setdefault(target, []).append(step_id)
    known = dict.fromkeys(goals, 0)
    todo = deque(goals)
    while todo:  # breadth first, where a step that does not wait costs nothing
        step_id = todo.popleft()
        for earlier in before.get(step_id, ()):
            waits = isinstance(model.steps[earlier], DoStep | AskStep)
            far = known[step_id] + waits
            if far < known.get(earlier, far + 1):
                known[earlier] = far
                (todo.append if waits else todo.appendleft)(earlier)
    return known


def fingerprints(model: Guide) -> tuple[str, str]:
    """Hashes of the structure and of the wording."""
    whole = model.model_dump(mode="json", by_alias=True, exclude_none=True)
    structure = {key: value for key, value in whole.items() if key not in _WORDING_KEYS}
    structure["steps"] = {step_id: _structure(step) for step_id, step in structure["steps"].items()}
    return _hash(structure), _hash(whole)


def _structure(value: Any) -> Any:
    """A step without its words. A key of words stays, with nothing in it: it tells the step's kind."""
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if key not in _WORDING_KEYS}
        # The keys of a `let` are slots, which may be called like one of our own keys.
        return {key: None if key in _WORDING_KEYS_OF_STEPS else one if key == "let" else _structure(one) for key, one in kept.items()}
    return [_structure(one) for one in value] if isinstance(value, list) else value


def _hash(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _option_key(choice: Choice, number: int) -> str:
    if isinstance(choice.value, bool):
        return "yes" if choice.value else "no"
    if choice.value is not None and _SIMPLE_KEY.fullmatch(str(choice.value)):
        return str(choice.value)
    return choice.next or f"c{number}"


def _unique(keys: Iterable[str]) -> tuple[str, ...]:
    taken: set[str] = set()
    unique = []
    for key in keys:
        one, count = key, 1
        while one in taken:
            count += 1
            one = f"{key}-{count}"
        taken.add(one)
        unique.append(one)
    return tuple(unique)


def _screen_url(guide_id: str, step_id: str, step: Step) -> str | None:
    if step.screen is not None:
        return f"/media/{guide_id}/{step_id}-{screen_hash(step.screen)}.png"
    return picture_url(step.picture) if step.picture else None


def picture_url(name: str, *note: str) -> str:
    """Path of a picture that is drawn by hand; in another language its `note` that it is a drawing."""
    return f"/media/picture/{name}-{drawing_hash(name, *note)}.png"


def screen_hash(screen: Screen, *note: str) -> str:
    return drawing_hash(screen.model_dump_json(), *note)


def drawing_hash(*shown: str) -> str:
    """Ten hex digits of what a drawing shows, and of how drawings are made."""
    return hashlib.sha256("\0".join((DRAWING, *shown)).encode()).hexdigest()[:10]
