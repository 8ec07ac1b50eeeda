"""Expressions in guides: CEL over slots and today, compiled once when a guide is loaded.

`slots.NAME` becomes a variable of its own before compiling: handing CEL the few values that an expression reads costs half
of what handing it all slots does. Dates travel as CEL timestamps at midnight UTC and come back as `date`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from bot.flows.cel_core import compile_cel
from bot.flows.working_days import nth_working_day

Json = Any

VARIABLES = frozenset({"slots", "today", "language", "answer"})
FUNCTIONS = frozenset({"days", "working_days", "date"})
_STANDARD_FUNCTIONS = frozenset(
    {"size", "startsWith", "endsWith", "contains", "matches", "int", "double", "string", "bool", "duration", "timestamp"}
    | {"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"}
)
MAX_DAYS = 36_525  # a hundred years; more is a slip of the keyboard
MAX_WORKING_DAYS = 1_000
# What cel raises on evaluation: no overload, unknown index, division by zero, overflow, a function's own error.
_CEL_ERRORS = (TypeError, ValueError, LookupError, ArithmeticError, RuntimeError)

_STRING = re.compile(r"""[rRbB]{0,2}(?:"{3}.*?"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.DOTALL)
_SLOT = re.compile(r"(?<![\w.])slots\s*\.\s*([A-Za-z_]\w*)(?!\w|\s*\()")
_BARE_SLOTS = re.compile(r"(?<![\w.])slots\b")
_WHOLE_DAYS = re.compile(r"(?<![\w.])days\(\s*(\d{1,5})\s*\)")
_WHOLE_NUMBER = re.compile(r"(?<![\w.])(?:\d+(?:\.\d+)?[eE][+-]?\d+|(\d+)(?![\w.]))")  # 1e+100 is taken whole and left as it is
_POSITION = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)")


class SlotType(StrEnum):
    STRING = "string"
    NUMBER = "number"
    BOOL = "bool"
    DATE = "date"


class BadExpression(Exception):
    """An expression that does not compile. `code` and `params` choose the sentence in `messages`; `offset` counts characters."""

    def __init__(self, code: str, message: str, *, offset: int = 0, **params: str):
        self.code, self.message, self.offset, self.params = code, message, offset, params
        super().__init__(message)


class ExpressionFailed(Exception):
    """An expression met values that it cannot work with, such as a slot not filled yet. It does not repeat the values."""

    def __init__(self, source: str):
        self.source = source
        super().__init__(f"cannot evaluate: {source}")


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; `slots` are the names that it reads."""

    source: str
    slots: frozenset[str]
    variables: frozenset[str]
    _program: Any = field(repr=False, compare=False)
    _wide: Any = field(repr=False, compare=False)  # the same with whole numbers written as decimals
    _reads: tuple[tuple[str, str], ...] = field(repr=False, compare=False)  # slot, its variable
    _functions: Mapping[str, Callable[..., object]] = field(repr=False, compare=False)
    _extras: tuple[str, ...] = field(repr=False, compare=False)  # what it reads beside slots

    def value(self, slots: Mapping[str, object], *, today: date, language: str = "vi", answer: object = None) -> object:
        """The result as `str`, `int`, `float`, `bool`, `date` or None; raises `ExpressionFailed`.

        A slot that is not filled is null. A difference of dates is a number of days.
        """
        values: dict[str, object] = {}
        for name, variable in self._reads:
            value = slots.get(name)
            values[variable] = _midnight(value) if isinstance(value, date) else value
        for name in self._extras:
            extra = today if name == "today" else language if name == "language" else answer
            values[name] = _midnight(extra) if isinstance(extra, date) else extra
        if self._functions:
            values |= self._functions
        try:
            return _native(self._program.execute(values))
        except _CEL_ERRORS:
            return self._wide_value(values)

    def _wide_value(self, values: dict[str, object]) -> object:
        """CEL does not mix whole numbers and decimals: where a slot holds decimals, all numbers become decimals."""
        if not any(isinstance(value, float) for value in values.values()):
            raise ExpressionFailed(self.source) from None
        try:
            return _native(self._wide.execute({name: float(value) if type(value) is int else value for name, value in values.items()}))
        except _CEL_ERRORS:
            raise ExpressionFailed(self.source) from None


@lru_cache(maxsize=4096)
def compile_expression(source: str) -> Expression:
    """Compile `source`; raises `BadExpression` for what CEL cannot read, and for names and functions that guides don't have."""
    blanked = _STRING.sub(lambda match: " " * len(match[0]), source)
    _check_equals(blanked)
    _check_slots(blanked)
    names = frozenset(match[1] for match in _SLOT.finditer(blanked))
    flat = _outside_strings(source, _flattened)
    program = _compiled(flat, source)
    own = {_variable(name) for name in names}
    _check_names(program, own, blanked)
    variables = frozenset({"slots" if name in own else name for name in program.variables()})
    functions = {name: _FUNCTIONS[name] for name in program.functions() if name in FUNCTIONS}
    wide = _outside_strings(flat, _widened)
    return Expression(
        source=source,
        slots=names,
        variables=variables,
        _program=program,
        _wide=program if wide == flat else compile_cel(wide),
        _reads=tuple((name, _variable(name)) for name in sorted(names)),
        _functions=functions,
        _extras=tuple(sorted(variables - {"slots"})),
    )


def native(value: Json, type: SlotType) -> object:
    """What a stored `value` is in expressions: ISO text of a date slot becomes a `date`."""
    if type is SlotType.DATE and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value


def stored(value: object) -> Json:
    """What JSON keeps of a native value: dates as ISO text."""
    return value.isoformat() if isinstance(value, date) else value


def slot_type(value: object) -> SlotType | None:
    """The type of a native value; None for null."""
    if isinstance(value, bool):
        return SlotType.BOOL
    if isinstance(value, int | float):
        return SlotType.NUMBER
    if isinstance(value, date):
        return SlotType.DATE
    return SlotType.STRING if isinstance(value, str) else None


def compared_values(source: str) -> tuple[tuple[str, object, int], ...]:
    """Every (slot, value, offset) that `source` compares for equality: `slots.phone == "android"`, `slots.level in [1, 2]`."""
    found = [(match[1], _literal(match[2]), match.start(2)) for match in _COMPARED.finditer(source)]
    for match in _LISTED.finditer(source):
        found += [(match[1], _literal(one[0]), match.start(2) + one.start()) for one in _LITERAL.finditer(match[2])]
    return tuple(found)


_A_LITERAL = r"""(?:"[^"\\\n]*"|'[^'\\\n]*'|-?\d+(?:\.\d+)?|\btrue\b|\bfalse\b)"""
_LITERAL = re.compile(_A_LITERAL)
# A sum after the literal makes it another value, which only evaluation can tell.
_COMPARED = re.compile(rf"(?<![\w.])slots\.(\w+)\s*[!=]=\s*({_A_LITERAL})(?!\s*[-+*/%.\w])")
_LISTED = re.compile(rf"(?<![\w.])slots\.(\w+)\s+in\s+\[\s*({_A_LITERAL}(?:\s*,\s*{_A_LITERAL})*)[\s,]*\]")


def _literal(text: str) -> object:
    if text[0] in "\"'":
        return text[1:-1]
    if text in {"true", "false"}:
        return text == "true"
    return float(text) if "." in text else int(text)


def _compiled(flat: str, source: str) -> Any:
    try:
        return compile_cel(flat)
    except ValueError:
        raise _syntax_error(source) from None


def _syntax_error(source: str) -> BadExpression:
    """What is wrong with `source`, at its place in what the maintainer wrote rather than in what we made of it."""
    try:
        compile_cel(source)
    except ValueError as error:
        position = _POSITION.search(str(error))
        offset = int(position[2]) - 1 if position and position[1] == "1" else 0
        detail = re.sub(r" expecting \{.*", "", position[3]) if position else "syntax error"
        return BadExpression("expression-syntax", detail, offset=min(offset, len(source)), detail=detail)
    return BadExpression("expression-slots", "slots are read as slots.NAME")


def _check_equals(blanked: str) -> None:
    single = re.search(r"(?<![=!<>])=(?!=)", blanked)
    if single:
        raise BadExpression("expression-equals", "values are compared with ==", offset=single.start())


def _check_slots(blanked: str) -> None:
    asked = re.search(r"(?<![\w.])has\s*\(", blanked)
    if asked:  # an unfilled slot is null here, so `has` would always be true
        raise BadExpression("expression-has", "has() is not needed: compare with null", offset=asked.start())
    dotted = {match.start() for match in _SLOT.finditer(blanked)}
    for match in _BARE_SLOTS.finditer(blanked):
        if match.start() not in dotted:
            raise BadExpression("expression-slots", "slots are read as slots.NAME", offset=match.start())


def _check_names(program: Any, own: set[str], blanked: str) -> None:
    for name in sorted(set(program.variables()) - VARIABLES - own):
        raise BadExpression("expression-name", f"unknown name {name!r}", offset=_offset(name, blanked), name=name)
    for name in sorted(program.functions()):
        if name[0].isalpha() and name not in FUNCTIONS | _STANDARD_FUNCTIONS:
            raise BadExpression("expression-function", f"unknown function {name!r}", offset=_offset(name, blanked), name=name)


def _offset(name: str, blanked: str) -> int:
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", blanked)
    return found.start() if found else 0


def _outside_strings(source: str, change: Callable[[str], str]) -> str:
    parts, at = [], 0
    for match in _STRING.finditer(source):
        parts += [change(source[at : match.start()]), match[0]]
        at = match.end()
    return "".join([*parts, change(source[at:])])


def _flattened(code: str) -> str:
    return _WHOLE_DAYS.sub(lambda match: f'duration("{int(match[1]) * 24}h")', _SLOT.sub(lambda match: _variable(match[1]), code))


def _widened(code: str) -> str:
    return _WHOLE_NUMBER.sub(lambda match: f"{match[1]}.0" if match[1] else match[0], code)


def _variable(slot: str) -> str:
    return f"slot_{slot}"


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  # cel reads it as UTC


def _native(value: object) -> object:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, timedelta):
        return value.days
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


# cel writes a failing function's error, with the values in it, to the log: so these answer null instead of raising, and the
# comparison or sum around them fails.


def _whole(number: object, limit: int) -> int | None:
    if isinstance(number, bool) or not isinstance(number, int | float) or not abs(number) <= limit:
        return None
    return int(number)


def _days(number: object) -> timedelta | None:
    whole = _whole(number, MAX_DAYS)
    return None if whole is None else timedelta(days=whole)


def _working_days(start: object, number: object) -> datetime | None:
    whole = _whole(number, MAX_WORKING_DAYS)
    if whole is None or not isinstance(start, datetime):
        return None
    return _midnight(nth_working_day(start.date(), whole))


def _date(text: object) -> datetime | None:
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


_FUNCTIONS: Mapping[str, Callable[..., object]] = {"days": _days, "working_days": _working_days, "date": _date}
