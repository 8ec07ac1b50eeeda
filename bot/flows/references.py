"""Whether the parts of a guide fit together: every name leads somewhere and every way ends. What is found here breaks a talk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from bot.flows.diagnostics import Diagnostic
from bot.flows.draft import Draft, Path
from bot.flows.guides import ways
from bot.flows.model import AnswerKind, AskStep, Branch, CallStep, Choice, DoStep, EndStep, Guide, HandoffStep, Keep, LetStep, SayStep, Step
from bot.flows.schema_errors import near
from bot.flows.slots import Analysis, uses
from bot.flows.texts import PLACEHOLDER
from bot.i18n.folding import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What a guide may refer to beyond itself."""

    guides: Mapping[str, Guide]
    unread: Mapping[str, str]  # guides that do not fit the model, with their files
    has_places: bool

    def knows(self, guide_id: str) -> bool:
        return guide_id in self.guides or guide_id in self.unread


def check_references(draft: Draft[Guide], analysis: Analysis, house: House) -> Iterator[Diagnostic]:
    """Everything in one guide that would break a talk."""
    yield from _unknown_steps(draft)
    yield from _sources(draft)
    for step_id, step in draft.model.steps.items():
        yield from _branches(draft, step_id, step)
        if isinstance(step, AskStep):
            yield from _dead_ends(draft, step_id, step)
            yield from _same_choices(draft, step_id, step)
            if step.answer is AnswerKind.PLACE and not house.has_places:
                yield draft.finding("no-places", ("steps", step_id, "answer"))
        if isinstance(step, CallStep) and step.call in house.unread:
            yield draft.finding("call-broken", ("steps", step_id, "call"), name=step.call, file=house.unread[step.call])
        elif isinstance(step, CallStep) and step.call not in house.guides:
            yield draft.finding("unknown-guide", ("steps", step_id, "call"), name=step.call, near=near(step.call, house.guides))
        if step.valid is not None and getattr(step, "next", None) is None:
            yield draft.finding("valid-no-way", ("steps", step_id, "valid"), at_key=True)
    yield from _unknown_slots(draft, analysis)
    yield from _gone_slots(draft, analysis)
    yield from _silent_loops(draft, house)
    yield from _endless(draft)


def targets(step_id: str, step: Step) -> Iterator[tuple[Path, str]]:
    """Every step that a step names, with the place where it is named."""
    path: Path = ("steps", step_id, "next")
    onward = getattr(step, "next", None)
    if isinstance(onward, str):
        yield path, onward
    elif onward:
        for number, branch in enumerate(onward):
            yield (*path, number, "then" if branch.then else "else"), branch.then or branch.else_ or ""
    for number, choice in enumerate(getattr(step, "choices", ())):
        if choice.next:
            yield ("steps", step_id, "choices", number, "next"), choice.next
    for number, problem in enumerate(getattr(step, "stuck", ())):
        if problem.next:
            yield ("steps", step_id, "stuck", number, "next"), problem.next


def reachable(model: Guide) -> set[str]:
    """The steps that some way from the start leads to."""
    found = {model.start}
    todo = [model.start]
    while todo:
        step = model.steps.get(todo.pop())
        for target in ways(step) if step else ():
            if target not in found:
                found.add(target)
                todo.append(target)
    return found & model.steps.keys()


def _unknown_steps(draft: Draft[Guide]) -> Iterator[Diagnostic]:
    steps = draft.model.steps
    named: list[tuple[Path, str]] = [(("start",), draft.model.start)]
    named += [(("moved", old), new) for old, new in draft.model.moved.items()]
    for step_id, step in steps.items():
        named += targets(step_id, step)
    for path, name in named:
        if name not in steps:
            yield draft.finding("unknown-step", path, name=name, near=near(name, steps))


def _sources(draft: Draft[Guide]) -> Iterator[Diagnostic]:
    known: set[str] = set()
    for number, source in enumerate(draft.model.sources):
        if source.id in known:
            yield draft.finding("duplicate-source", ("sources", number, "id"), name=source.id)
        known.add(source.id)
    for step_id, step in draft.model.steps.items():
        cited: list[tuple[Path, str | tuple[str, ...]]] = [(("steps", step_id, "source"), step.source)]
        cited += [(("steps", step_id, "stuck", number, "source"), problem.source) for number, problem in enumerate(getattr(step, "stuck", ()))]
        for path, names in cited:
            for index, name in enumerate((names,) if isinstance(names, str) else names):
                if name not in known:
                    place = path if isinstance(names, str) else (*path, index)
                    yield draft.finding("unknown-source", place, name=name, near=near(name, known))


def _branches(draft: Draft[Guide], step_id: str, step: Step) -> Iterator[Diagnostic]:
    branches: tuple[Branch, ...] | str | None = getattr(step, "next", None)
    if not isinstance(branches, tuple):
        return
    path: Path = ("steps", step_id, "next")
    if not any(branch.else_ for branch in branches):
        yield draft.finding("missing-else", path, at_key=True)
    elif any(branch.else_ for branch in branches[:-1]):
        number = next(number for number, branch in enumerate(branches) if branch.else_)
        yield draft.finding("else-not-last", (*path, number))


def _dead_ends(draft: Draft[Guide], step_id: str, step: AskStep) -> Iterator[Diagnostic]:
    if step.next is not None:
        return
    if step.answer is not None:
        yield draft.finding("missing-key", ("steps", step_id), key="next")
    for number, choice in enumerate(step.choices):
        if choice.next is None:
            yield draft.finding("dead-end", ("steps", step_id, "choices", number), label=choice.label)


def _same_choices(draft: Draft[Guide], step_id: str, step: AskStep) -> Iterator[Diagnostic]:
    # A choice with `valid` may stand twice: it changes its meaning on a day.
    lasting = [(number, choice) for number, choice in enumerate(step.choices) if choice.valid is None]
    for index, (number, choice) in enumerate(lasting):
        for earlier, other in lasting[:index]:
            if _same(choice, other):
                first, _ = draft.tree.place(("steps", step_id, "choices", earlier))
                yield draft.finding("duplicate-choice", ("steps", step_id, "choices", number), label=choice.label, first=str(first))
                break


def _same(one: Choice, other: Choice) -> bool:
    same_value = one.value is not None and type(one.value) is type(other.value) and one.value == other.value
    return same_value or fold(one.label) == fold(other.label)


def _unknown_slots(draft: Draft[Guide], analysis: Analysis) -> Iterator[Diagnostic]:
    for said in draft.said_in_steps():
        for match in PLACEHOLDER.finditer(said.text):
            if match[1] not in analysis.slots:
                yield draft.finding("unknown-slot", said.path, offset=match.start(), name=match[1], near=near(match[1], analysis.slots))


def _gone_slots(draft: Draft[Guide], analysis: Analysis) -> Iterator[Diagnostic]:
    """Slots that are never kept, read where they are gone."""
    asks = [(step_id, step) for step_id, step in draft.model.steps.items() if isinstance(step, AskStep) and step.slot]
    kept = {step.slot for _, step in asks if step.keep is not Keep.NEVER} | {
        name for step in draft.model.steps.values() if isinstance(step, LetStep) for name in step.let
    }
    gone = {step.slot for _, step in asks} - kept
    for said in draft.said_in_steps() if gone else ():
        for match in PLACEHOLDER.finditer(said.text):
            if match[1] in gone:
                yield draft.finding("slot-not-kept", said.path, offset=match.start(), name=match[1])
    for use in uses(draft.model) if gone else ():
        own = getattr(draft.model.steps[use.step_id], "slot", None) if use.role == "if" else None
        expression = analysis.expressions.get(use.source)
        for name in sorted(expression.slots if expression else ()):
            if name in gone and name != own:
                yield draft.finding("slot-not-kept", use.path, name=name)


def _silent_loops(draft: Draft[Guide], house: House) -> Iterator[Diagnostic]:
    """Steps that go round by themselves. A called guide that waits for the citizen breaks the loop."""
    steps = draft.model.steps

    def silent(step_id: str) -> bool:
        step = steps.get(step_id)
        if isinstance(step, CallStep):
            called = house.guides.get(step.call)
            return called is not None and not any(isinstance(one, DoStep | AskStep) for one in called.steps.values())
        return isinstance(step, SayStep | LetStep)

    graph = {step_id: [target for target in ways(step) if silent(target)] for step_id, step in steps.items() if silent(step_id)}
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            loop = error.args[1][::-1]
            first = min(range(len(loop) - 1), key=lambda index: draft.tree.place(("steps", loop[index]), key=True))
            loop = loop[first:-1] + loop[: first + 1]
            yield draft.finding("loop-without-wait", ("steps", loop[0]), at_key=True, way=" → ".join(loop))
            graph = {step_id: onward for step_id, onward in graph.items() if step_id not in loop}
        else:
            return


def _endless(draft: Draft[Guide]) -> Iterator[Diagnostic]:
    """The first step from which no way ends, although every name leads somewhere."""
    steps = draft.model.steps
    if any(target not in steps for step in steps.values() for target in ways(step)):
        return
    before: dict[str, list[str]] = {}
    for step_id, step in steps.items():
        for target in ways(step):
            before.setdefault(target, []).append(step_id)
    todo = [step_id for step_id, step in steps.items() if isinstance(step, EndStep | HandoffStep)]
    ending = set(todo)
    while todo:
        earlier = [step_id for step_id in before.get(todo.pop(), ()) if step_id not in ending]
        ending.update(earlier)
        todo += earlier
    if len(ending) == len(steps):
        return
    stranded = [step_id for step_id in steps if step_id not in ending and step_id in reachable(draft.model)]
    for step_id in stranded[:1]:
        if ways(steps[step_id]):
            yield draft.finding("never-ends", ("steps", step_id), at_key=True)


def call_cycles(drafts: Mapping[str, Draft[Guide]]) -> Iterator[tuple[str, Diagnostic]]:
    """Every guide that calls itself through others, with the finding at its call."""
    calls = {
        guide_id: [(step_id, step.call) for step_id, step in draft.model.steps.items() if isinstance(step, CallStep)] for guide_id, draft in drafts.items()
    }
    for guide_id, draft in drafts.items():
        for step_id, called in calls[guide_id]:
            way = _way_back(calls, called, guide_id)
            if way:
                yield guide_id, draft.finding("call-cycle", ("steps", step_id, "call"), way=" → ".join((guide_id, *way)))


def _way_back(calls: Mapping[str, list[tuple[str, str]]], start: str, goal: str) -> list[str]:
    """The shortest way of calls from `start` to `goal`, both included; empty if there is none."""
    came_from: dict[str, str | None] = {start: None}
    todo = [start]
    for guide_id in todo:
        if guide_id == goal:
            way: list[str] = []
            at: str | None = guide_id
            while at is not None:
                way.append(at)
                at = came_from[at]
            return way[::-1]
        for _, called in calls.get(guide_id, ()):
            if called not in came_from:
                came_from[called] = guide_id
                todo.append(called)
    return []
