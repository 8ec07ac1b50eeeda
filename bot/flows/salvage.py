"""What can still be checked in a file that does not fit the model, so that a maintainer sees all mistakes at once.

What is wrong is cut out or filled with a stub until the rest fits. Nothing of it is ever served; only findings that do not
depend on what was cut are reported.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.flows.draft import Draft
from bot.flows.model import AnswerFile, Guide
from bot.flows.schema_errors import located
from bot.flows.yaml_tree import Node

M = TypeVar("M", Guide, AnswerFile)
Path = tuple[str | int, ...]

MAX_ROUNDS = 12
# Findings that stand on one value, whatever became of the others.
SURE = frozenset(
    {"unknown-step", "unknown-guide", "unknown-source", "call-broken", "missing-else", "else-not-last"}
    | {"expression-syntax", "expression-equals", "expression-name", "expression-function", "expression-slots", "expression-has"}
    | {"link-https", "link-address", "link-shortener", "link-domain", "media-address", "asks-secret"}
)
_STUB_STEP = {"end": "…"}
_STUBS: dict[str, Any] = {"guide": "x", "id": "x", "answer": "x", "url": "https://moj.gov.vn", "kind": "image"}
_STUB_TEXTS = frozenset({"title", "label", "problem", "app", "highlight", "alt", "reason", "text", "question"})


def salvage(file: str, tree: Node, model: type[M]) -> Draft[M] | None:
    """A draft of what fits, with the places of the original; None where too little is left."""
    raw = copy.deepcopy(tree.value)
    for _ in range(MAX_ROUNDS):
        try:
            built: Any = model.model_validate(raw)
        except ValidationError as error:
            for kind, path, missing in list(located(error, raw)):  # all places first: mending moves things
                _mend(raw, kind, path, missing)
        else:
            return Draft(file=file, tree=tree, model=built)
    return None


def _mend(raw: Any, kind: str, path: Path, missing: str) -> None:
    if missing:
        part = _at(raw, path)
        if isinstance(part, dict):
            stub = _stub(raw, path, missing)
            if stub is not None:
                part[missing] = stub
                return
    if kind == "extra_forbidden" and path:
        part = _at(raw, path[:-1])
        if isinstance(part, dict):
            part.pop(path[-1], None)
        return
    _cut(raw, path)


def _stub(raw: Any, path: Path, missing: str) -> Any:
    steps = raw.get("steps") if isinstance(raw, dict) else None
    if missing in _STUB_TEXTS:
        return "…"
    if missing == "next" and path[:1] == ("steps",):
        return path[1]
    if missing == "start" and isinstance(steps, dict) and steps:
        return next(iter(steps))
    return _STUBS.get(missing)


def _cut(raw: Any, path: Path) -> None:
    """Take out the value at `path`. Of a list all of it, or the others would move to other places; of a step all but its name."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    parent = _at(raw, path[:-1])
    if not path or not isinstance(parent, dict) or path[-1] not in parent:
        return
    if len(path) == 2 and path[0] == "steps":
        parent[path[-1]] = dict(_STUB_STEP)
    else:
        del parent[path[-1]]


def _at(raw: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        inside = (isinstance(raw, dict) and part in raw) or (isinstance(raw, list) and isinstance(part, int) and part < len(raw))
        if not inside:
            return None
        raw = raw[part]
    return raw
