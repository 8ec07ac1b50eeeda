"""Where each step of a guide can lead, without a talk: for reading a guide on paper.

`let` steps and steps that do not hold today are passed through. The usual way answers every question as most people do: the
first choice, yes, a date of the last days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.flows.expressions import ExpressionFailed
from bot.flows.guides import CompiledGuide
from bot.flows.model import AnswerKind, AskStep, DoStep, LetStep, Next
from bot.outreach.conditions import Condition, condition, decided, parts

Slots = Mapping[str, object]
YES, NO = "Có", "Không"  # the labels of a question that takes yes or no
USUAL_NUMBERS = (30, 8, 2, 1, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way out of a step: by an answer (`label`), by a problem, or on a condition."""

    to: str
    slots: Slots
    label: str = ""
    problem: str = ""
    conditions: tuple[Condition, ...] = ()
    otherwise: bool = False  # what is left when none of the conditions before holds
    known: Slots = field(default_factory=dict)  # what the answer alone decides


class Ways:
    """The ways of one guide on one day."""

    def __init__(self, guide: CompiledGuide, today: date):
        self.guide, self.today = guide, today
        self._steps = guide.model.steps

    def out(self, step_id: str, slots: Slots) -> list[Way]:
        """Every way out, the answers' first and the problems' last."""
        step = self._steps[step_id]
        found: list[Way] = []
        for label, value, to in self._answers(step_id):
            after = {**slots, step.slot: value} if isinstance(step, AskStep) and step.slot else slots
            known = {step.slot: value} if isinstance(step, AskStep) and step.slot and label else {}
            ways = [Way(to=to, slots=after)] if to else self._onward(getattr(step, "next", None), after, known)
            found += [replace(way, label=label, known=known) for way in ways]
        for problem in step.stuck if isinstance(step, DoStep | AskStep) else ():
            if problem.next:
                found.append(Way(to=problem.next, slots=slots, problem=problem.problem))
        return [one for way in found for one in self._through(way)]

    def usual(self, step_id: str, slots: Slots) -> Way | None:
        """The way that most people go; None at an end."""
        _, value, to = next(iter(self._answers(step_id)))
        step = self._steps[step_id]
        after = {**slots, step.slot: value} if isinstance(step, AskStep) and step.slot else slots
        way = Way(to=to or self._taken(getattr(step, "next", None), after), slots=after)
        for _ in self._steps:  # never more than there are
            if not way.to or not self._passed(way.to):
                break
            after = self._computed(way.to, way.slots)
            way = Way(to=self._taken(getattr(self._steps[way.to], "next", None), after), slots=after)
        return way if way.to else None

    def _answers(self, step_id: str) -> list[tuple[str, object, str]]:
        """Label, value and own target of each answer; one nameless answer where there is nothing to choose."""
        step = self._steps[step_id]
        if not isinstance(step, AskStep):
            return [("", None, "")]
        held = [choice for choice in step.choices if choice.valid is None or choice.valid.holds(self.today)]
        if held:
            return [(choice.label, choice.value, choice.next or "") for choice in held]
        if step.answer is AnswerKind.YES_NO:
            return [(YES, True, ""), (NO, False, "")]
        return [("", self._typed(step), "")]

    def _typed(self, step: AskStep) -> object:
        """An answer that the question takes."""
        if step.answer is AnswerKind.DATE:
            return self.today - timedelta(days=10)
        if step.answer is not AnswerKind.NUMBER:
            return "…"
        for number in USUAL_NUMBERS:
            try:
                if step.accept is None or self.guide.expressions[step.accept].value({}, today=self.today, answer=number):
                    return number
            except ExpressionFailed:
                continue
        return 1

    def _onward(self, onward: Next | None, slots: Slots, known: Slots) -> Iterator[Way]:
        """Every way that `next` may go; what is `known` decides where it can."""
        if isinstance(onward, str):
            yield Way(to=onward, slots=slots)
        elif onward is not None:
            before: list[tuple[Condition, ...]] = []  # of the branches that may have been taken instead
            for branch in onward:
                answers = [(part, decided(part, known, self.today)) for part in parts(branch.if_ or "")] if branch.if_ else []
                if any(answer is False for _, answer in answers):
                    continue
                left = tuple(condition(self.guide, part) for part, answer in answers if answer is None)
                only = before[0][0].negated() if not left and len(before) == 1 and len(before[0]) == 1 else None
                conditions = left or ((only,) if only else ())
                yield Way(to=branch.then or branch.else_ or "", slots=slots, conditions=conditions, otherwise=bool(before) and not conditions)
                if not left:
                    return
                before.append(left)

    def _taken(self, onward: Next | None, slots: Slots) -> str:
        if onward is None or isinstance(onward, str):
            return onward or ""
        for branch in onward:
            try:
                if branch.if_ is None or self.guide.expressions[branch.if_].value(slots, today=self.today) is True:
                    return branch.then or branch.else_ or ""
            except ExpressionFailed:
                continue
        return ""

    def _passed(self, step_id: str) -> bool:
        step = self._steps[step_id]
        return isinstance(step, LetStep) or not (step.valid is None or step.valid.holds(self.today))

    def _through(self, way: Way, hops: int = 0) -> list[Way]:
        """The way on through steps that show nothing."""
        if not way.to or not self._passed(way.to) or hops > len(self._steps):
            return [way]
        after = self._computed(way.to, way.slots)
        onward = self._onward(getattr(self._steps[way.to], "next", None), after, {**way.known, **self._constants(way.to)})
        return [
            done
            for more in onward
            for done in self._through(
                replace(way, to=more.to, slots=after, conditions=(*way.conditions, *more.conditions), otherwise=way.otherwise or more.otherwise), hops + 1
            )
        ]

    def _constants(self, step_id: str) -> Slots:
        """What a `let` sets without looking at anything."""
        step = self._steps[step_id]
        lets = step.let if isinstance(step, LetStep) else {}
        return {name: self._computed(step_id, {})[name] for name, source in lets.items() if not self.guide.expressions[source].variables}

    def _computed(self, step_id: str, slots: Slots) -> Slots:
        step = self._steps[step_id]
        values = dict(slots)
        for name, source in step.let.items() if isinstance(step, LetStep) else ():
            try:
                values[name] = self.guide.expressions[source].value(values, today=self.today)
            except ExpressionFailed:
                values[name] = None
        return values
