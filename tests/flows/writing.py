"""Small guides for tests: a maintainer's file with one thing in it that matters."""

from __future__ import annotations

from datetime import date
from textwrap import dedent, indent

from bot.flows.checks import check
from bot.flows.diagnostics import Diagnostic
from bot.flows.guides import CompiledGuide
from bot.flows.loader import Loaded, load

TODAY = date(2026, 11, 24)
SOURCES = "sources: [{id: cong, title: Cổng Dịch vụ công, url: https://dichvucong.gov.vn, checked: 2026-11-24}]"
END = "e: {end: Xong rồi.}"


def guide_text(steps: str, *, name: str = "thu", start: str = "a", more: str = SOURCES) -> str:
    """A guide file with these steps; its steps begin in line 6."""
    head = f"guide: {name}\ntitle: Hướng dẫn thử\n{more}\nstart: {start}\nsteps:\n"
    return head + indent(dedent(steps).strip("\n"), "  ") + "\n"


def loaded(*texts: str, **files: str) -> Loaded:
    """Load guide texts, and files by name (`answers__chung` is `answers/chung.yaml`)."""
    named = {f"g{number}.yaml": text.encode() for number, text in enumerate(texts)}
    return load(named | {f"{name.replace('__', '/')}.yaml": text.encode() for name, text in files.items()})


def good(steps: str, **how: str) -> CompiledGuide:
    """A guide that must load."""
    result = loaded(guide_text(steps, **how))
    assert not result.diagnostics, [one.text("en") for one in result.diagnostics]
    return result.guides[how.get("name", "thu")]


def errors(steps: str, **how: str) -> list[str]:
    """The codes that stop a guide with these steps."""
    result = loaded(guide_text(steps, **how))
    assert bool(result.diagnostics) != (len(result.guides) == 1), "a guide is served exactly if it has no error"
    return [one.code for one in result.diagnostics]


def first_error(steps: str, **how: str) -> Diagnostic:
    return loaded(guide_text(steps, **how)).diagnostics[0]


def warnings(steps: str, **how: str) -> list[str]:
    """The codes of all findings in a guide that is served."""
    result = loaded(guide_text(steps, **how))
    assert not result.diagnostics, [one.text("en") for one in result.diagnostics]
    return [one.code for one in check(result, today=TODAY)]
