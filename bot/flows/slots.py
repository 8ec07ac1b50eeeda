"""What the slots of a guide hold, and whether its expressions work with it.

CEL has no static types: each expression is evaluated at load with sample values of every slot that it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice, product
from types import MappingProxyType

from bot.flows.diagnostics import Diagnostic
from bot.flows.draft import Draft, Path
from bot.flows.expressions import FUNCTIONS, BadExpression, Expression, ExpressionFailed, SlotType, compared_values, compile_expression, slot_type
from bot.flows.guides import answer_ways, option_keys
from bot.flows.model import AnswerKind, AskStep, CallStep, Guide, Keep, LetStep, Step
from bot.flows.schema_errors import near
from bot.flows.texts import PLACEHOLDER

MAX_SAMPLES = 64  # combinations of values tried for one expression
SAMPLE_TODAY = date(2026, 1, 15)
COMMUNE = "commune"  # known beyond one guide, once a citizen has said it
_SAMPLES: Mapping[SlotType, tuple[object, ...]] = {
    SlotType.STRING: ("x",),
    SlotType.NUMBER: (3, 2.5),
    SlotType.BOOL: (True, False),
    SlotType.DATE: (date(2026, 1, 5), date(2026, 6, 30)),
}
_ANSWER_TYPES: Mapping[AnswerKind, SlotType] = {
    AnswerKind.DATE: SlotType.DATE,
    AnswerKind.NUMBER: SlotType.NUMBER,
    AnswerKind.PLACE: SlotType.STRING,
    AnswerKind.YES_NO: SlotType.BOOL,
    AnswerKind.TEXT: SlotType.STRING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotInfo:
    """What one slot can hold. `closed`: nothing but these values, because only choices fill it."""

    type: SlotType
    values: tuple[object, ...]
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """One expression in a guide: where, what for, and in which step."""

    path: Path
    source: str
    role: str  # "if", "accept" or "let"
    step_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The slots and compiled expressions of a guide, and what is wrong with them."""

    slots: Mapping[str, SlotInfo] = field(default_factory=lambda: MappingProxyType({}))
    expressions: Mapping[str, Expression] = field(default_factory=lambda: MappingProxyType({}))
    findings: tuple[Diagnostic, ...] = ()

    @property
    def types(self) -> dict[str, SlotType]:
        return {name: info.type for name, info in self.slots.items()}


def analyse(draft: Draft[Guide], called: Mapping[str, SlotInfo]) -> Analysis:
    """Compile and try every expression; `called` are the slots that called guides bring back."""
    findings: list[Diagnostic] = []
    expressions: dict[str, Expression] = {}
    for use in uses(draft.model):
        if use.source not in expressions:
            try:
                expressions[use.source] = compile_expression(use.source)
            except BadExpression as error:
                findings.append(_bad_expression(draft, use, error))
    slots = _asked(draft, findings)
    for name, info in ({COMMUNE: SlotInfo(type=SlotType.STRING, values=("03388",))} | dict(called)).items():
        slots[name] = _merged(slots[name], info) if name in slots else info
    _compute(draft, slots, expressions, findings)
    for use in uses(draft.model):
        if use.source in expressions:
            findings += _try(draft, use, expressions[use.source], slots)
    return Analysis(slots=MappingProxyType(slots), expressions=MappingProxyType(expressions), findings=tuple(findings))


def uses(model: Guide) -> Iterator[Use]:
    """Every expression of a guide, in the order of the file."""
    for step_id, step in model.steps.items():
        if isinstance(step, LetStep):
            for name, source in step.let.items():
                yield Use(("steps", step_id, "let", name), source, "let", step_id)
        if isinstance(step, AskStep) and step.accept:
            yield Use(("steps", step_id, "accept"), step.accept, "accept", step_id)
        onward = getattr(step, "next", None)
        for number, branch in enumerate(onward if isinstance(onward, tuple) else ()):
            if branch.if_ is not None:
                yield Use(("steps", step_id, "next", number, "if"), branch.if_, "if", step_id)


def asked_values(step: AskStep) -> tuple[SlotType | None, tuple[object, ...]]:
    """Type and values that a question's slot can get; the type is None where its choices are of several types.

    A choice without a value gives its key. Where others have values, one that leads elsewhere ("I don't know") says nothing
    about the slot.
    """
    if step.answer is not None:
        kind = _ANSWER_TYPES[step.answer]
        return kind, _SAMPLES[kind]
    given = [choice.value for choice in step.choices if choice.value is not None]
    keyed = [key for key, choice in zip(option_keys(step.choices), step.choices, strict=True) if choice.value is None and not (given and choice.next)]
    types = {slot_type(value) for value in (*given, *keyed)}
    return (types.pop() if len(types) == 1 else None), (*given, *keyed)


def possibly_empty(draft: Draft[Guide], analysis: Analysis) -> Iterator[Diagnostic]:
    """Expressions that fail, and texts that show a gap, because a way leads to them on which a slot was not filled."""
    before = _filled_before(draft.model)
    yield from _empty_in_texts(draft, analysis, before)
    for use in uses(draft.model):
        expression = analysis.expressions.get(use.source)
        if expression is None or use.step_id not in before or not expression.slots <= analysis.slots.keys():
            continue
        filled = before[use.step_id]
        step = draft.model.steps[use.step_id]
        if isinstance(step, AskStep) and step.slot and use.role == "if":
            filled = filled | {step.slot}
        if isinstance(step, LetStep):
            filled = filled | set(step.let if use.role == "if" else _earlier(step, str(use.path[-1])))
        for name in sorted(expression.slots - filled):
            if _failing(expression, analysis.slots, empty=name) is not None:
                yield draft.finding("slot-maybe-empty", use.path, offset=_slot_offset(use.source, name), name=name)


def _empty_in_texts(draft: Draft[Guide], analysis: Analysis, before: Mapping[str, frozenset[str]]) -> Iterator[Diagnostic]:
    for said in draft.said_in_steps():
        if said.path[1] not in before:
            continue
        filled = before[str(said.path[1])]
        for match in PLACEHOLDER.finditer(said.text):
            if match[1] not in filled and match[1] in analysis.slots:
                yield draft.finding("slot-maybe-unsaid", said.path, offset=match.start(), name=match[1])


def _bad_expression(draft: Draft[Guide], use: Use, error: BadExpression) -> Diagnostic:
    params = dict(error.params)
    if error.code == "expression-name":
        params["near"] = near(params["name"], _slot_names(draft.model))
    if error.code == "expression-function":
        params["near"] = near(params["name"], FUNCTIONS)
    return draft.finding(error.code, use.path, params, offset=error.offset)


def _slot_names(model: Guide) -> set[str]:
    asked = {step.slot for step in model.steps.values() if isinstance(step, AskStep) and step.slot}
    return asked | {name for step in model.steps.values() if isinstance(step, LetStep) for name in step.let}


def _asked(draft: Draft[Guide], findings: list[Diagnostic]) -> dict[str, SlotInfo]:
    slots: dict[str, SlotInfo] = {}
    for step_id, step in draft.model.steps.items():
        if not isinstance(step, AskStep) or step.slot is None:
            continue
        kind, values = asked_values(step)
        if kind is None:
            kinds = [str(slot_type(value)) for value in values]
            other = next(one for one in kinds if one != kinds[0])
            findings.append(draft.finding("slot-types", ("steps", step_id, "slot"), name=step.slot, type=kinds[0], other=other))
            kind = slot_type(values[0]) or SlotType.STRING
        info = SlotInfo(type=kind, values=values, closed=bool(step.choices))
        known = slots.get(step.slot)
        if known and known.type is not info.type:
            findings.append(draft.finding("slot-types", ("steps", step_id, "slot"), name=step.slot, type=info.type.value, other=known.type.value))
        slots[step.slot] = _merged(known, info) if known else info
    return slots


def _compute(draft: Draft[Guide], slots: dict[str, SlotInfo], expressions: Mapping[str, Expression], findings: list[Diagnostic]) -> None:
    """Add what `let`s compute; one may use another's slot, so go round until nothing is new."""
    waiting = [use for use in uses(draft.model) if use.role == "let" and use.source in expressions]
    while True:
        ready = [use for use in waiting if expressions[use.source].slots <= slots.keys()]
        if not ready:
            break
        waiting = [use for use in waiting if use not in ready]
        for use in ready:
            _add_computed(draft, use, expressions[use.source], slots, findings)
    computed = {str(use.path[-1]) for use in waiting}
    for use in waiting:
        missing = expressions[use.source].slots - slots.keys()
        if missing <= computed:  # they wait for each other
            name = min(missing)
            findings.append(draft.finding("unknown-slot", use.path, offset=_slot_offset(use.source, name), name=name, near=""))
    for use in waiting:  # reads a slot that nobody fills, which is told elsewhere; whoever reads this one is not to blame
        slots.setdefault(str(use.path[-1]), SlotInfo(type=SlotType.STRING, values=()))


def _add_computed(draft: Draft[Guide], use: Use, expression: Expression, slots: dict[str, SlotInfo], findings: list[Diagnostic]) -> None:
    name = str(use.path[-1])
    values = tuple(dict.fromkeys(value for _, value in _results(expression, slots)))
    types = {kind for value in values if (kind := slot_type(value))}
    known = slots.get(name)
    if not types:
        if any(value is None for value in values):
            findings.append(draft.finding("expression-null", use.path))
        slots.setdefault(name, SlotInfo(type=SlotType.STRING, values=()))
        return
    kind, *others = sorted(types)
    if others or (known and known.values and known.type is not kind):
        other = others[0] if others else known.type if known else kind
        findings.append(draft.finding("slot-types", use.path, name=name, type=kind.value, other=other.value))
    info = SlotInfo(type=kind, values=_SAMPLES[kind] if kind is not SlotType.STRING else tuple(value for value in values if isinstance(value, str)))
    slots[name] = _merged(known, info) if known else info


def _merged(one: SlotInfo, other: SlotInfo) -> SlotInfo:
    return SlotInfo(type=one.type, values=tuple(dict.fromkeys((*one.values, *other.values))), closed=one.closed and other.closed)


def _results(
    expression: Expression, slots: Mapping[str, SlotInfo], *, empty: str = "", answers: Sequence[object] = (None,)
) -> Iterator[tuple[dict[str, object], object]]:
    """Sample values and what the expression makes of them; an `ExpressionFailed` where it fails."""
    names = sorted(expression.slots)
    choices = [(None,) if name == empty else slots[name].values or (None,) for name in names]
    for *values, answer in islice(product(*choices, answers), MAX_SAMPLES):
        sample = dict(zip(names, values, strict=True))
        shown = sample | ({"answer": answer} if "answer" in expression.variables else {})
        try:
            yield shown, expression.value(sample, today=SAMPLE_TODAY, answer=answer)
        except ExpressionFailed as failed:
            yield shown, failed


def _failing(expression: Expression, slots: Mapping[str, SlotInfo], **how: str) -> dict[str, object] | None:
    return next((sample for sample, result in _results(expression, slots, **how) if isinstance(result, ExpressionFailed)), None)


def _try(draft: Draft[Guide], use: Use, expression: Expression, slots: Mapping[str, SlotInfo]) -> Iterator[Diagnostic]:
    unknown = sorted(expression.slots - slots.keys())
    for name in unknown:
        yield draft.finding("unknown-slot", use.path, offset=_slot_offset(use.source, name), name=name, near=near(name, slots))
    if use.role == "accept" and expression.slots:
        yield draft.finding("accept-slots", use.path)
    if unknown or any(not slots[name].values for name in expression.slots):
        return
    step = draft.model.steps[use.step_id]
    answers = asked_values(step)[1] if use.role == "accept" and isinstance(step, AskStep) else (None,)
    for sample, result in _results(expression, slots, answers=answers):
        if isinstance(result, ExpressionFailed):
            yield draft.finding("expression-type", use.path, values=_shown(sample))
            return
        if use.role != "let" and not isinstance(result, bool):
            yield draft.finding("expression-not-bool", use.path, type=slot_type(result) or "null")
            return
    yield from _never(draft, use, slots)


def _never(draft: Draft[Guide], use: Use, slots: Mapping[str, SlotInfo]) -> Iterator[Diagnostic]:
    """Comparisons with a value that the slot never holds: a typing mistake that would lead everybody the wrong way."""
    for name, value, offset in compared_values(use.source):
        info, kind = slots.get(name), slot_type(value)
        if info is None or kind is None:
            continue
        if kind is not info.type:
            yield draft.finding("compared-types", use.path, offset=offset, name=name, type=info.type.value, value=_plain(value), other=kind.value)
        elif info.closed and value not in info.values:
            known = [_plain(one) for one in info.values]
            yield draft.finding("value-never", use.path, offset=offset, name=name, value=_plain(value), near=near(_plain(value), known), known=", ".join(known))


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(sample: Mapping[str, object]) -> str:
    shown = {name if name == "answer" else f"slots.{name}": value for name, value in sample.items()} or {"today": SAMPLE_TODAY}
    return ", ".join(f"{name} = {_plain(value)}" for name, value in shown.items())


def _slot_offset(source: str, name: str) -> int | None:
    at = source.find(f"slots.{name}")
    return None if at < 0 else at


def _earlier(step: LetStep, name: str) -> list[str]:
    names = list(step.let)
    return names[: names.index(name)]


def _filled_before(model: Guide) -> dict[str, frozenset[str]]:
    """For each reachable step the slots that are filled whichever way led to it; called guides are trusted to fill theirs."""
    everything = frozenset(_slot_names(model)) | {COMMUNE}
    before: dict[str, frozenset[str]] = {model.start: frozenset()}
    todo = [model.start]
    while todo:
        step_id = todo.pop()
        step = model.steps.get(step_id)
        if step is None:
            continue
        for target, filled in _leaves(step, before[step_id], everything):
            merged = before.get(target, filled) & filled
            if before.get(target) != merged:
                before[target] = merged
                todo.append(target)
    return before


def _leaves(step: Step, filled: frozenset[str], everything: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    onward = filled
    if isinstance(step, AskStep) and step.slot and step.keep is not Keep.NEVER:
        onward = filled | {step.slot}
    if isinstance(step, LetStep):
        onward = filled | set(step.let)
    if isinstance(step, CallStep):
        onward = everything
    for target in answer_ways(step):
        yield target, onward
    for problem in getattr(step, "stuck", ()):
        if problem.next:
            yield problem.next, filled
