"""Conditions of a guide as a reader on paper can check them: “bước 4 chọn “Mức 1, ở nhà””, “ngày ở bước 2 chưa quá 60 ngày”."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.flows.expressions import BadExpression, ExpressionFailed, compile_expression
from bot.flows.guides import CompiledGuide
from bot.flows.model import AnswerKind, AskStep, LetStep, SlotValue

Say = Callable[..., str]  # (name in WORDS, values of its slots) -> the words in the reader's language

# `at-`: of a question elsewhere on the page; `here-`: of the one that the reader stands at.
WORDS = {
    "at-chosen": "bước {step} chọn “{value}”",
    "at-not-chosen": "bước {step} không chọn “{value}”",
    "at-said": "bước {step} trả lời “{value}”",
    "at-below": "bước {step} trả lời dưới {value}",
    "at-from": "bước {step} trả lời từ {value} trở lên",
    "at-to": "bước {step} trả lời từ {value} trở xuống",
    "at-above": "bước {step} trả lời trên {value}",
    "at-within": "ngày ở bước {step} chưa quá {value}",
    "at-over": "ngày ở bước {step} đã quá {value}",
    "at-undone": "chưa làm bước {step}",
    "at-done": "đã làm bước {step}",
    "here-chosen": "chọn “{value}”",
    "here-not-chosen": "không chọn “{value}”",
    "here-said": "trả lời “{value}”",
    "here-below": "trả lời dưới {value}",
    "here-from": "trả lời từ {value} trở lên",
    "here-to": "trả lời từ {value} trở xuống",
    "here-above": "trả lời trên {value}",
    "here-within": "ngày này chưa quá {value}",
    "here-over": "ngày này đã quá {value}",
    "settled-chosen": "đã định “{value}”",
    "settled-not-chosen": "chưa định “{value}”",
    "years": "{count} năm",
    "days": "{count} ngày",
    "yes": "Có",
    "no": "Không",
    "or": "{one} hoặc {other}",
}
OPPOSITES = {"chosen": "not-chosen", "below": "from", "from": "below", "to": "above", "above": "to", "within": "over", "over": "within", "undone": "done"}
_NULL = re.compile(r"slots\.(\w+) == null")
_EQUAL = re.compile(r"""slots\.(\w+) == (?:"([^"]*)"|(true|false)|(\d+))""")
_NUMBER = re.compile(r"slots\.(\w+) (<|<=|>|>=) (\d+)")
_DAYS = r"slots\.(\w+) \+ days\((\d+)\)"
_WITHIN = re.compile(rf"today <=? {_DAYS}")
_OVER = re.compile(rf"{_DAYS} <=? today")
_SIGNS = {"<": "below", "<=": "to", ">": "above", ">=": "from"}
_YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that must hold about the answer to the question `step`; `kind` "" where it cannot be told in words."""

    step: str = ""
    kind: str = ""
    value: str | bool | int = ""  # an answer's label; yes or no; a number, of days where it is about a date
    key: str = ""  # of the choice
    other: Condition | None = None  # or this

    def told(self, numbers: Mapping[str, int], here: str, say: Say, label: Callable[[str, str, str], str]) -> str:
        """In words for a reader who stands at the step `here`; `label(step, key, label)` is a choice in the reader's language."""
        number = numbers.get(self.step)
        if not number or not self.kind:
            return ""
        value = say("yes" if self.value else "no") if isinstance(self.value, bool) else label(self.step, self.key, str(self.value))
        if self.kind in ("within", "over"):
            value = _span(int(self.value), say)
        # Where the question comes only later on the page, the guide has settled the answer before anybody is asked.
        settled = self.kind in ("chosen", "not-chosen") and number > numbers.get(here, number)
        words = say(f"{'here' if self.step == here else 'settled' if settled else 'at'}-{self.kind}", step=number, value=value)
        return words if self.other is None else say("or", one=words, other=self.other.told(numbers, here, say, label))

    def negated(self) -> Condition | None:
        """The opposite; None where that has no words."""
        if self.kind == "said":
            return Condition(step=self.step, kind="said", value=not self.value)
        kind = OPPOSITES.get(self.kind)
        return Condition(step=self.step, kind=kind, value=self.value, key=self.key) if kind and self.other is None else None


def parts(source: str) -> tuple[str, ...]:
    """The conditions that must all hold; alternatives stay in one part."""
    return (source,) if "||" in source else tuple(part.strip() for part in source.split("&&"))


def decided(part: str, known: Mapping[str, object], today: date) -> bool | None:
    """Whether a condition holds with what is known; None where that depends on something else."""
    try:
        expression = compile_expression(part)
        if not expression.slots <= known.keys():
            return None
        return expression.value(known, today=today) is True
    except (BadExpression, ExpressionFailed):
        return None


def condition(guide: CompiledGuide, part: str) -> Condition:
    """A part of an expression; without a `kind` where it is more than these patterns know."""
    first, bar, rest = part.partition("||")
    one = _simple(guide, _without_lets(guide, first.strip()))
    if not bar:
        return one
    other = condition(guide, rest.strip())
    return Condition(step=one.step, kind=one.kind, value=one.value, key=one.key, other=other) if one.kind and other.kind else Condition()


def _simple(guide: CompiledGuide, part: str) -> Condition:
    if found := _NULL.fullmatch(part):
        return Condition(step=_question(guide, found[1]), kind="undone")
    if found := _EQUAL.fullmatch(part):
        text, truth, number = found.groups()[1:]
        value: SlotValue = text if text is not None else truth == "true" if truth else int(number)
        return _chosen(guide, found[1], value)
    if found := _NUMBER.fullmatch(part):
        return Condition(step=_question(guide, found[1]), kind=_SIGNS[found[2]], value=int(found[3]))
    for pattern, kind in ((_WITHIN, "within"), (_OVER, "over")):
        if found := pattern.fullmatch(part):
            return Condition(step=_question(guide, found[1]), kind=kind, value=int(found[2]))
    return Condition()


def _span(days: int, say: Say) -> str:
    years = days / _YEAR_DAYS
    return say("years", count=round(years)) if days > 365 and abs(years - round(years)) < 0.02 else say("days", count=days)


def _chosen(guide: CompiledGuide, slot: str, value: SlotValue) -> Condition:
    """The answer that gives a slot this value."""
    for step_id, step in guide.model.steps.items():
        if not isinstance(step, AskStep) or step.slot != slot:
            continue
        if step.answer is AnswerKind.YES_NO and isinstance(value, bool):
            return Condition(step=step_id, kind="said", value=value)
        for key, choice in zip(guide.option_keys.get(step_id, ()), step.choices, strict=False):
            if choice.value == value and type(choice.value) is type(value):
                return Condition(step=step_id, kind="chosen", value=choice.label, key=key)
    return Condition()


def _question(guide: CompiledGuide, slot: str) -> str:
    return next((step_id for step_id, step in guide.model.steps.items() if isinstance(step, AskStep) and step.slot == slot), "")


def _without_lets(guide: CompiledGuide, part: str) -> str:
    """The part with computed slots written out: `slots.deadline` becomes `slots.born + days(60)`."""
    computed = {name: source for step in guide.model.steps.values() if isinstance(step, LetStep) for name, source in step.let.items() if "slots." in source}
    return re.sub(r"slots\.(\w+)", lambda match: computed.get(match[1], match[0]), part)
