"""How a guide looks in an app, as text: each step's bubbles as they are sent, with what is a button, a link, a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bot.channels.fit import fit_turn
from bot.channels.registry import CAPABILITIES
from bot.dialogue import engine
from bot.dialogue.event import Event, Kind
from bot.dialogue.library import Library
from bot.dialogue.reply import Reply
from bot.dialogue.session import Session
from bot.flows.expressions import SlotType
from bot.flows.loader import load
from bot.flows.model import LetStep
from bot.i18n.catalogue import Catalogues
from bot.service.content import guide_files

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SAMPLES = {SlotType.STRING: "", SlotType.NUMBER: 3, SlotType.BOOL: True, SlotType.DATE: "2026-11-20"}
BASE_URL = "https://danloi.example"


@cache
def library() -> Library:
    return Library(load(guide_files(ROOT / "flows")).guides, Catalogues.load(ROOT / "locales"))


@cache
def snapshots() -> dict[str, str]:
    """File name to content: one file for each guide."""
    return {f"{guide}.txt": "".join(_pages(guide)) for guide in library().guides}


def _pages(guide: str) -> Iterator[str]:
    """Each step once for all apps in which it looks the same."""
    yield f"# {guide}   (python -m tests.snapshots writes this; [picture] (button) <link>, ┌ begins a bubble)\n"
    before: dict[str, list[str]] = {}
    for step, kind in library().guides[guide].model.steps.items():
        if isinstance(kind, LetStep):
            continue  # shows nothing, and no link stands on it
        turn = _turn(guide, step)
        drawn: dict[str, list[str]] = {}
        for app, can in CAPABILITIES.items():
            drawn.setdefault("".join(map(_bubble, fit_turn(turn, can, BASE_URL))), []).append(app)
        if drawn != before:  # a step that says nothing shows the next one, which follows
            yield "".join(f"\n== {step} · {', '.join(apps)}\n{look}" for look, apps in drawn.items() if look)
        before = drawn


def _turn(guide: str, step: str) -> Sequence[Reply]:
    """What somebody sees who comes to this step; the greeting is the same for all."""
    compiled = library().guides[guide]
    slots = {name: SAMPLES[kind] for name, kind in compiled.slot_types.items()}
    event = Event(id="1", channel="web", account="1", contact="1", at=NOW, kind=Kind.REFERRAL, payload=f"{guide}_{step}")
    return engine.turn(library(), Session(greeted=True, slots=slots), event, NOW).replies


def _bubble(reply: Reply) -> str:
    lines = [f"[{one.kind}: {one.alt}]" for one in reply.media]
    lines += reply.text.splitlines()
    lines += [f"({option.label})" for option in reply.options]
    lines += [f"<{link.label}: {link.url}>" for link in reply.links]
    return "".join(f"{'┌' if number == 0 else '│'} {line}".rstrip() + "\n" for number, line in enumerate(lines))
