"""A broken edit changes nothing for citizens: the files that it touched are served as they last were good, the others as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.flows.diagnostics import Diagnostic
from bot.flows.guides import CompiledGuide, Guides
from bot.flows.loader import Loaded, load
from bot.flows.model import CallStep

OF_OTHERS = {"call-broken", "unknown-guide"}  # errors that may come from another file


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is served of a flows folder, and what is wrong in the folder as it lies there."""

    guides: Guides = field(default_factory=Guides)
    diagnostics: tuple[Diagnostic, ...] = ()
    good: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}), repr=False)  # files as they are served, without those that have errors
    old: frozenset[str] = frozenset()  # files of which an earlier version is served


def settle(files: Mapping[str, bytes], former: Shelf | None = None) -> Shelf:
    """The guides of `files`; where one of them got lost to a mistake since `former`, its last good version takes its place.

    A guide whose file was deleted is taken down, unless another one still calls it, or an unreadable new file may hold it, or nothing is left.
    """
    loaded = load(files)
    found = loaded.diagnostics
    served = dict(files)
    reverted: set[str] = set()
    while former and (again := _to_revert(loaded, former, files, reverted)):
        reverted |= again
        served |= {name: former.good[name] for name in again}
        loaded = load(served)
    wrong = _errors(loaded).keys()
    return Shelf(
        guides=loaded.guides,
        diagnostics=found,
        good=MappingProxyType({name: content for name, content in served.items() if name not in wrong}),
        old=frozenset(name for name in reverted if files.get(name) != served[name]),
    )


def _to_revert(loaded: Loaded, former: Shelf, files: Mapping[str, bytes], reverted: set[str]) -> set[str]:
    """The next files to be taken in their earlier version: those that are wrong themselves before those that only suffer from others."""
    errors, good = _errors(loaded), former.good.keys()
    lost = [guide for guide_id, guide in former.guides.items() if guide_id not in loaded.guides and _missed(guide, loaded, files, former)]
    guide_files = {guide.file for guide in former.guides.values()}
    stages: tuple[Iterable[str], ...] = (
        errors.keys() - guide_files,
        (guide.file for guide in lost if errors.get(guide.file, set()) - OF_OTHERS),
        (former.guides[called].file for guide in lost for called in _calls(guide) if called in former.guides and called not in loaded.guides),
        (guide.file for guide in lost),
        good if lost else (),
    )
    return next((names for stage in stages if (names := (set(stage) & good) - reverted)), set())


def _missed(guide: CompiledGuide, loaded: Loaded, files: Mapping[str, bytes], former: Shelf) -> bool:
    """Whether it is gone by mistake."""
    errors = _errors(loaded)
    if guide.file in files:
        return guide.file in errors  # else the file is another guide now
    return not loaded.guides or bool(errors.keys() - former.good.keys())


def _errors(loaded: Loaded) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in loaded.diagnostics:
        if one.severity == "error":
            found.setdefault(one.file, set()).add(one.code)
    return found


def _calls(guide: CompiledGuide) -> set[str]:
    return {step.call for step in guide.model.steps.values() if isinstance(step, CallStep)}
