"""What a text means to the step at hand: its choices, its problems, done or stuck, yes or no, a date, a number, a place.

The step listens before the whole bot does. What it hears is an option's tap or a typed value; what it does not hear is left
to the NLU's intents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.dialogue.commands import AFFIRM, DENY, DONE, STUCK
from bot.dialogue.session import Frame, Json
from bot.dialogue.talk import Talk
from bot.flows.guides import CompiledGuide
from bot.flows.model import AnswerKind, AskStep, DoStep
from bot.i18n.dates import parse_date
from bot.i18n.folding import fold
from bot.i18n.numbers import parse_number

MAX_ANSWER_CHARS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`option` of the step that was meant, or a typed `value`, or several `places` of which one is meant.

    `share`: how much of what was said are the option's own words, 1 where the whole of it was understood.
    """

    option: str = ""
    share: float = 1.0
    value: Json = None
    places: tuple[str, ...] = ()


def hear(talk: Talk, frame: Frame, text: str, folded: str) -> Heard | None:
    """What the step at hand makes of the text; None where it makes nothing of it."""
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    if isinstance(step, DoStep):
        return _hear_do(talk, guide, frame.at, step, text, folded)
    if isinstance(step, AskStep):
        return _hear_choice(talk, guide, frame.at, step, text, folded) if step.choices else _hear_value(talk, guide, frame.at, step, text, folded)
    return None


def said_yes_or_no(talk: Talk, text: str, folded: str) -> bool | None:
    """Yes, no, or neither; by the exact words first, then by the NLU."""
    bare = text.strip()
    if folded in AFFIRM or bare in AFFIRM:
        return True
    if folded in DENY or bare in DENY:
        return False
    intent = talk.event.parse.intent if talk.event.parse else None
    return {"affirm": True, "done": True, "deny": False}.get(intent or "")


def _hear_do(talk: Talk, guide: CompiledGuide, step_id: str, step: DoStep, text: str, folded: str) -> Heard | None:
    bare = text.strip()
    if folded in DONE or bare in DONE:
        return Heard(option="done")
    if folded in STUCK or bare in STUCK:
        return Heard(option="stuck")
    problem = _problem(guide, step_id, step, folded)
    if problem:
        return problem
    intent = talk.event.parse.intent if talk.event.parse else None
    return {"done": Heard(option="done"), "stuck": Heard(option="stuck"), "deny": Heard(option="stuck")}.get(intent or "")


def _hear_choice(talk: Talk, guide: CompiledGuide, step_id: str, step: AskStep, text: str, folded: str) -> Heard | None:
    shape = talk.library.shape(talk.language, guide, step_id)
    keys = guide.option_keys[step_id]
    valid = [(key, choice) for key, choice in zip(keys, step.choices, strict=True) if choice.valid is None or choice.valid.holds(talk.today)]
    labels = {one.tap.rsplit("/", 1)[-1]: fold(one.label) for one in shape.options}
    exact = [key for key, choice in valid if folded in (labels[key], *map(fold, choice.says))]
    if exact:
        return Heard(option=exact[0])
    if {key for key, _ in valid} == {"yes", "no"}:
        said = said_yes_or_no(talk, text, folded)
        if said is not None:
            return Heard(option="yes" if said else "no")
    meant = _best([(key, [labels[key], *map(fold, choice.says)]) for key, choice in valid], folded)
    return meant or _problem(guide, step_id, step, folded)


def _hear_value(talk: Talk, guide: CompiledGuide, step_id: str, step: AskStep, text: str, folded: str) -> Heard | None:
    match step.answer:
        case AnswerKind.YES_NO:
            said = said_yes_or_no(talk, text, folded)
            if said is not None:
                return Heard(value=said)
        case AnswerKind.DATE:
            day = parse_date(text, talk.today)
            if day is not None:
                return Heard(value=day.isoformat())
        case AnswerKind.NUMBER:
            number = parse_number(text)
            if number is not None:
                return Heard(value=number)
        case AnswerKind.PLACE:
            found = talk.library.guides.places.match(text)
            if found:
                return Heard(value=found[0].code) if len(found) == 1 else Heard(places=tuple(one.code for one in found[:6]))
        case _:
            if folded:
                return Heard(value=text.strip()[:MAX_ANSWER_CHARS])
    return _problem(guide, step_id, step, folded)


def _problem(guide: CompiledGuide, step_id: str, step: DoStep | AskStep, folded: str) -> Heard | None:
    """The problem whose own words are in the text; the order in the YAML decides between equals."""
    keys = guide.problem_keys.get(step_id, ())
    return _best([(key, [fold(problem.problem), *map(fold, problem.says)]) for key, problem in zip(keys, step.stuck, strict=True)], folded)


def _best(candidates: Iterable[tuple[str, Sequence[str]]], folded: str) -> Heard | None:
    """The candidate with the longest words that all occur in the text, whatever their order; None without one, or with a tie of different ones."""
    words = frozenset(folded.split())
    padded = f" {folded} "
    best: dict[str, int] = {}
    for key, many in candidates:
        for one in many:
            parts = one.split()
            # One word must stand by itself in the text; two and more may stand apart (“e bị lỗi nfc” is “nfc lỗi”).
            if parts and (f" {one} " in padded or (len(parts) > 1 and words.issuperset(parts))):
                best[key] = max(best.get(key, 0), len(parts))
    if not best:
        return None
    longest = max(best.values())
    winners = [key for key, size in best.items() if size == longest]
    return Heard(option=winners[0], share=longest / len(padded.split())) if len(winners) == 1 or longest > 1 else None
