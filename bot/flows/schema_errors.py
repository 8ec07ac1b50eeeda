"""What pydantic found wrong, told at the place in the file and in our own sentences."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from rapidfuzz import fuzz, process

from bot.flows.diagnostics import Diagnostic
from bot.flows.model import SLOT_PATTERN, STEP_KINDS, AskStep, CallStep, DoStep, EndStep, HandoffStep, LetStep, Part, SayStep, step_kind
from bot.flows.yaml_tree import Node
from bot.i18n.dates import parse_date
from bot.i18n.folding import fold

STEP_CLASSES: Mapping[str, type[Part]] = dict(zip(STEP_KINDS, (SayStep, DoStep, AskStep, LetStep, CallStep, HandoffStep, EndStep), strict=True))
MAX_GUESSED = 80
MAX_CANDIDATES = 2000
CLOSE_ENOUGH = 60.0  # of 100
MAX_FINDINGS = 200  # of one file: who has more begins with the first
_SAMPLE_DAY = date(2026, 1, 1)  # only for "24/11/2026" to "2026-11-24": no part of it is guessed
_SIMPLE: Mapping[str, str] = {
    "string_too_short": "empty-value",
    "string_too_long": "too-long",
    "tuple_type": "wrong-list",
    "model_type": "wrong-mapping",
    "mapping_type": "wrong-mapping",
    "dict_type": "wrong-mapping",
    "model_attributes_type": "wrong-mapping",
    "int_parsing": "wrong-number",
    "int_type": "wrong-number",
    "int_from_float": "wrong-number",
    "too_long": "too-many",
    "too_short": "too-few",
}

_SCALAR_TAGS = frozenset({"str", "int", "float", "bool"})


def near(word: str, known: Collection[str]) -> str:
    """What was probably meant by `word`, or nothing."""
    if len(word) > MAX_GUESSED or len(known) > MAX_CANDIDATES:
        return ""
    best = process.extractOne(word, sorted(known), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
    return best[0] if best else ""


def from_pydantic(error: ValidationError, file: str, tree: Node, model: type[Part]) -> Iterator[Diagnostic]:
    """One finding for each mistake: those that pydantic reports for the wrong half of an either-or are left out."""
    seen: set[tuple[int, int, str, str]] = set()
    confused = _steps_of_two_kinds(tree)
    for path, first, second in confused.values():
        line, column = tree.place((*path, second), key=True)
        yield Diagnostic(file=file, line=line, column=column, code="two-kinds", params={"first": first, "second": second})
    findings = [_Finding(one, tree.value) for one in error.errors(include_url=False)]
    told = [(one, *one.told(model)) for one in findings if not one.beside_the_point and one.path[:2] not in confused]
    misspelt = {(one.path[:-1], params["near"]) for one, code, params in told if code == "unknown-key"}
    for found, code, params in told:
        if len(seen) >= MAX_FINDINGS:
            return
        if code == "missing-key" and (found.path, found.missing) in misspelt:
            continue  # it is there, under the wrong name
        line, column = tree.place(found.path, key=found.at_key)
        mark = (line, column, code, params.get("key", ""))
        if mark not in seen:
            seen.add(mark)
            yield Diagnostic(file=file, line=line, column=column, code=code, params=params)


def located(error: ValidationError, raw: Any) -> Iterator[tuple[str, tuple[str | int, ...], str]]:
    """Pydantic's kind, the path in `raw`, and the missing key of every mistake."""
    for one in error.errors(include_url=False, include_input=False)[:MAX_FINDINGS]:
        found = _Finding(one, raw)
        if not found.beside_the_point:
            yield found.type, found.path, found.missing


class _Finding:
    """One error of pydantic, with its location freed from the names that pydantic puts in for unions."""

    def __init__(self, error: Any, root: Any):
        self.type: str = error["type"]
        self.context: dict[str, Any] = error.get("ctx", {})
        self.is_key = False
        self.missing = ""
        self.path: tuple[str | int, ...] = ()
        self.beside_the_point = False
        self.is_scalar = False
        self._root = root
        raw = self._root
        loc: Sequence[str | int] = error["loc"]
        for number, part in enumerate(loc):
            last = number + 1 == len(loc)
            if part == "[key]":
                self.is_key = True
            elif part in STEP_KINDS and len(self.path) == 2 and self.path[0] == "steps" and loc[2:3] == (part,) and number == 2:
                continue  # the tag of the step's class
            elif (isinstance(raw, dict) and part in raw) or (isinstance(raw, list) and isinstance(part, int) and part < len(raw)):
                self.path, raw = (*self.path, part), _inside(raw, part)
            elif last and self.type == "missing":
                self.missing = str(part)
            elif isinstance(part, str):
                self._take_tag(part, raw)
        self.raw = raw

    def _take_tag(self, tag: str, raw: Any) -> None:
        """`next` may be a name or a list: where it is a list, what is wrong with it as a name does not matter, and so on."""
        if tag in _SCALAR_TAGS:
            self.is_scalar = True
        elif tag.startswith("tuple[") != isinstance(raw, list):
            # A mapping is neither: it is told once, by the branch that is not a list.
            self.beside_the_point = True

    @property
    def at_key(self) -> bool:
        return self.is_key or bool(self.missing) or self.type in {"extra_forbidden", "union_tag_not_found"}

    @property
    def key(self) -> str:
        """The key that the mistake belongs to, for the sentence."""
        return _short(next((part for part in reversed(self.path) if isinstance(part, str)), ""))

    def told(self, model: type[Part]) -> tuple[str, dict[str, str]]:
        params = {"key": self.key, "value": _short(self.raw)}
        if self.missing:
            return "missing-key", {"key": self.missing}
        if self.type == "extra_forbidden":
            known = _keys_at(model, self.path[:-1], self._root)
            return "unknown-key", {"key": self.key, "near": near(self.key, known), "known": ", ".join(known)}
        if self.type == "union_tag_not_found":
            found, close = _kind_meant(self.raw)
            return "step-kind", {"found": found, "near": close}
        if self.type == "string_pattern_mismatch":
            return self._bad_name(str(self.path[-1]) if self.is_key else str(self.raw))
        if self.type == "value_error":
            return str(self.context["error"]), params
        return self._wrong_value(params)

    def _bad_name(self, name: str) -> tuple[str, dict[str, str]]:
        if self.context.get("pattern") == SLOT_PATTERN:
            better = fold(name).replace(" ", "_")[:32].strip("_")
            return "bad-slot-name", {"value": _short(name), "near": better if better[:1].isalpha() else ""}
        return "bad-id", {"value": _short(name), "near": fold(name).replace(" ", "-")[:32].strip("-")}

    def _wrong_value(self, params: dict[str, str]) -> tuple[str, dict[str, str]]:
        key = self.key
        if self.raw is None or self.raw == "":
            return "empty-value", params
        if self.is_scalar:
            return "wrong-type", params
        if self.type.startswith("date"):
            day = parse_date(str(self.raw), _SAMPLE_DAY) if re.search(r"\d{4}", str(self.raw)) else None
            return "bad-date", params | {"near": day.isoformat() if day else ""}
        if self.type in {"literal_error", "enum"}:
            known = [one.strip(" '") for one in str(self.context["expected"]).replace(" or ", ",").split(",") if one.strip()]
            return "wrong-value", params | {"near": near(str(self.raw), known), "known": ", ".join(known)}
        if self.type == "string_type" and key == "next":
            return "next-shape", params
        if self.type == "string_type":
            return ("wrong-text" if not isinstance(self.raw, dict | list) else "wrong-type"), params
        if self.type in {"greater_than_equal", "less_than_equal"}:
            return "out-of-range", params | {"limit": f"≥ {self.context['ge']}" if "ge" in self.context else f"≤ {self.context['le']}"}
        return _SIMPLE.get(self.type, "bad-value"), params | {"limit": str(self.context.get("max_length", ""))}


def _keys_at(model: type[Part], path: Sequence[str | int], raw: Any) -> list[str]:
    """The keys that the part at `path` knows, as they are written in YAML."""
    part: type[Part] | None = model
    inside: list[type[Part]] | None = None  # parts that a list or mapping may hold, while we stand on it
    for step in path:
        raw = _inside(raw, step)
        if inside is None and part is not None:
            annotation = next((field.annotation for name, field in part.model_fields.items() if (field.alias or name) == step), None)
            found = list(dict.fromkeys(_parts_in(annotation)))
            is_container = isinstance(raw, list) or (isinstance(raw, dict) and any(get_origin(one) is Mapping for one in (annotation, *get_args(annotation))))
            part, inside = (None, found) if is_container else (_choose(found, raw), None)
        else:
            part, inside = _choose(inside or [], raw), None
    return [field.alias or name for name, field in part.model_fields.items()] if part else []


def _parts_in(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation  # type: ignore[misc]  # every model of the guide language is a Part
    for one in get_args(annotation):
        yield from _parts_in(one)


def _choose(parts: Sequence[type[Part]], raw: Any) -> type[Part] | None:
    if len(parts) > 1:
        return STEP_CLASSES.get(step_kind(raw) or "")
    return parts[0] if parts else None


def _inside(raw: Any, part: str | int) -> Any:
    return raw[part]


def _short(value: Any) -> str:
    text = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _kind_meant(raw: Any) -> tuple[str, str]:
    if isinstance(raw, dict):
        for key in raw:
            close = near(str(key).lower(), STEP_KINDS)
            if close:
                return str(key), close
    return "", ""


def _steps_of_two_kinds(tree: Node) -> dict[tuple[str | int, ...], tuple[tuple[str | int, ...], str, str]]:
    steps = tree.value.get("steps") if isinstance(tree.value, dict) else None
    confused: dict[tuple[str | int, ...], tuple[tuple[str | int, ...], str, str]] = {}
    for step_id, step in steps.items() if isinstance(steps, dict) else ():
        kinds = [key for key in step if key in STEP_KINDS] if isinstance(step, dict) else []
        if len(kinds) > 1:
            confused["steps", step_id] = (("steps", step_id), kinds[0], kinds[1])
    return confused
