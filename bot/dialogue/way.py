"""The way through a guide, as functions of a frame: what comes next, what an answer does, which slots the answers give.

Nothing is said here and nothing counted; `walk` moves the citizen with it, `replay` walks old answers through new rules.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from bot.dialogue.session import Frame, Json, Visit
from bot.dialogue.talk import WAITING, Talk
from bot.flows.expressions import ExpressionFailed, native, stored
from bot.flows.guides import CompiledGuide, ways
from bot.flows.model import AnswerKind, AskStep, Branch, CallStep, DoStep, HandoffStep, Keep, LetStep, Next, SayStep, Step

MAX_STEPS = 1000


class GuideBroken(Exception):
    """The guide cannot go on here; the turn ends with a person."""


def answered(talk: Talk, frame: Frame, value: Json, *, to: str | None = None, slot_value: object = None) -> Frame:
    """The frame after an answer: the trail longer, the slot filled, the next step reached."""
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    slots = frame.slots
    never = False
    if isinstance(step, AskStep) and step.slot and slot_value is not None:
        slots = {**slots, step.slot: stored(slot_value)}
        never = step.keep is Keep.NEVER
    onward: Next | None = to or step.next if isinstance(step, (*WAITING, HandoffStep)) else to
    if onward is None:
        raise GuideBroken
    went = after(talk, guide, frame, onward, slots=slots) if to is None else _own_way(talk, guide, frame, value, to)
    visit = Visit(step=frame.at, answer=None if never else value, went=went if never else None)
    return replace(frame, at=went, slots=frame.slots if never else slots, trail=(*frame.trail, visit))


def after(talk: Talk, guide: CompiledGuide, frame: Frame, onward: Next, *, slots: dict[str, Json] | None = None) -> str:
    """The step that `next` leads to, with these slots, today, in this language."""
    if isinstance(onward, str):
        talk.ways.append((guide.id, ("steps", frame.at, "next")))
        return onward
    values = guide.native(frame.slots if slots is None else slots)
    for number, branch in enumerate(onward):
        if _holds(talk, guide, branch, values):
            talk.ways.append((guide.id, ("steps", frame.at, "next", number, "then" if branch.then else "else")))
            return branch.then or branch.else_ or ""
    raise GuideBroken


def _own_way(talk: Talk, guide: CompiledGuide, frame: Frame, value: Json, to: str) -> str:
    """The way that a choice or a problem has of its own."""
    keys, part, key = guide.option_keys.get(frame.at, ()), "choices", value
    if isinstance(value, str) and value.startswith("problem:"):
        keys, part, key = guide.problem_keys[frame.at], "stuck", value.removeprefix("problem:")
    talk.ways.append((guide.id, ("steps", frame.at, part, keys.index(key), "next")))
    return to


def compute(talk: Talk, guide: CompiledGuide, frame: Frame, step: LetStep) -> dict[str, Json]:
    """The slots after a `let`: each line may use those before it."""
    slots = dict(frame.slots)
    for name, source in step.let.items():
        value = guide.expressions[source].value(guide.native(slots), today=talk.today, language=talk.language)
        slots[name] = stored(value)
    return slots


def follow(talk: Talk, frame: Frame, visit: Visit) -> Frame | None:
    """The frame after an old answer, or None if the guide does not take that answer any more."""
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    rest = _without(frame.known, visit)
    try:
        if isinstance(step, CallStep):
            return _come_back(talk, guide, frame, step, visit, rest)
        if visit.went is not None:
            return replace(frame, at=visit.went, trail=(*frame.trail, visit), known=rest) if visit.went in guide.model.steps else None
        to, slot_value = resolve(talk, guide, frame.at, visit.answer)
        return replace(answered(talk, frame, visit.answer, to=to, slot_value=slot_value), known=rest)
    except (GuideBroken, ExpressionFailed, KeyError, ValueError):
        return None


def resolve(talk: Talk, guide: CompiledGuide, step_id: str, value: Json) -> tuple[str | None, object]:
    """The way of its own and the slot's value that an answer has now; raises `ValueError` where the step does not take it."""
    step = guide.step(step_id)
    if isinstance(value, (dict, list)):  # what a guide brought back, where there is a question now
        raise ValueError("no answer to a question")
    if isinstance(value, str) and value.startswith("problem:") and isinstance(step, (DoStep, AskStep)):
        key = value.removeprefix("problem:")
        problem = dict(zip(guide.problem_keys.get(step_id, ()), step.stuck, strict=True)).get(key)
        if problem is None or problem.next is None:
            raise ValueError(key)
        return problem.next, None
    if isinstance(step, DoStep) and value == "done":
        return None, None
    if isinstance(step, HandoffStep) and value == "on":
        return None, None
    if isinstance(step, AskStep):
        return _resolve_ask(talk, guide, step_id, step, value)
    raise ValueError("this step takes no answer")


def _resolve_ask(talk: Talk, guide: CompiledGuide, step_id: str, step: AskStep, value: Json) -> tuple[str | None, object]:
    if step.choices:
        choice = dict(zip(guide.option_keys[step_id], step.choices, strict=True)).get(value)
        if choice is None or (choice.valid is not None and not choice.valid.holds(talk.today)):
            raise ValueError("no such choice")
        return choice.next, choice.value if choice.value is not None else value
    kinds: Mapping[AnswerKind, tuple[type, ...]] = {AnswerKind.YES_NO: (bool,), AnswerKind.NUMBER: (int, float)}
    if step.answer is None or not isinstance(value, kinds.get(step.answer, (str,))) or (step.answer is AnswerKind.NUMBER and isinstance(value, bool)):
        raise ValueError("another kind of answer")
    if step.answer is AnswerKind.PLACE and talk.library.guides.places.get(str(value)) is None:
        raise ValueError("no such place")
    typed = native(value, guide.slot_types[step.slot]) if step.slot else value
    if step.accept and guide.expressions[step.accept].value({}, today=talk.today, language=talk.language, answer=typed) is not True:
        raise ValueError("not accepted")
    return None, typed


def slots_of(talk: Talk, frame: Frame, trail: tuple[Visit, ...]) -> dict[str, Json]:
    """The slots that these answers give, `let`s included."""
    guide = talk.guide_of(frame)
    walker = replace(frame, at=frame.start or guide.model.start, trail=(), slots=frame.given, known=trail)
    for _ in range(MAX_STEPS):
        if not walker.known:
            break
        onward = follow(talk, walker, walker.known[0]) if walker.known[0].step == walker.at else silently(talk, guide, walker)
        if onward is None:
            break
        walker = onward
    return walker.slots


def stand_at(talk: Talk, frame: Frame, count: int) -> Frame:
    """The frame as it was before its answer number `count`: slots come from the answers that remain."""
    trail = frame.trail[:count]
    at = frame.trail[count].step
    known = tuple(one for one in frame.known if one.step != at)
    return replace(frame, at=at, trail=trail, slots=slots_of(talk, frame, trail), known=known)


def reach(guide: CompiledGuide, step_id: str) -> frozenset[str]:
    """Every step that can come after `step_id`."""
    found: set[str] = set()
    todo = [step_id]
    while todo:
        step = guide.model.steps.get(todo.pop())
        for target in ways(step) if step else ():
            if target not in found:
                found.add(target)
                todo.append(target)
    return frozenset(found)


def around(talk: Talk, guide: CompiledGuide, step: Step, frame: Frame) -> str:
    """Where to go instead of a step that does not hold today."""
    onward = getattr(step, "next", None)
    if onward is None:
        raise GuideBroken
    return after(talk, guide, frame, onward)


def silently(talk: Talk, guide: CompiledGuide, frame: Frame) -> Frame | None:
    """The frame after a step that needs nobody; None where it needs someone or cannot go on."""
    step = guide.step(frame.at)
    try:
        if step.valid is not None and not step.valid.holds(talk.today):
            return replace(frame, at=around(talk, guide, step, frame))
        if isinstance(step, LetStep):
            slots = compute(talk, guide, frame, step)
            return replace(frame, slots=slots, at=after(talk, guide, frame, step.next, slots=slots))
        return replace(frame, at=after(talk, guide, frame, step.next)) if isinstance(step, SayStep) else None
    except (GuideBroken, ExpressionFailed, KeyError):
        return None


def _holds(talk: Talk, guide: CompiledGuide, branch: Branch, values: dict[str, object]) -> bool:
    if branch.if_ is None:
        return True
    return guide.expressions[branch.if_].value(values, today=talk.today, language=talk.language) is True


def _come_back(talk: Talk, guide: CompiledGuide, frame: Frame, step: CallStep, visit: Visit, rest: tuple[Visit, ...]) -> Frame | None:
    if not isinstance(visit.answer, dict) or "outcome" not in visit.answer:
        return None
    slots = frame.slots | {name: stored(value) for name, value in visit.answer.get("slots", {}).items()}
    return replace(frame, at=after(talk, guide, frame, step.next, slots=slots), slots=slots, trail=(*frame.trail, visit), known=rest)


def _without(known: tuple[Visit, ...], visit: Visit) -> tuple[Visit, ...]:
    """The rest once `visit` is used: the first of its step, for a step in a loop has several."""
    index = next((index for index, one in enumerate(known) if one is visit), None)
    return known if index is None else (*known[:index], *known[index + 1 :])
