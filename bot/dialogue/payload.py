"""What stands behind a button or a link: written here, read back here, the same in every app.

- inside a guide: `GUIDE/STEP/OPTION`; a typed value that was offered: `GUIDE/STEP/=VALUE`
- the bot's own: `/menu`, `/person`, `/leave/GUIDE`
- a deep link: `GUIDE[_STEP[_VOLUNTEER[_PLACE]]]`

All are ASCII of at most 64 characters, which the narrowest platform allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.i18n.folding import fold

MAX_PAYLOAD_BYTES = 64
_ENTRY = re.compile(r"[a-z0-9-]+(?:_[a-z0-9-]*(?:_[a-z0-9-]*(?:_[0-9]{5})?)?)?\Z")
_VOLUNTEER = re.compile(r"[a-z0-9]{4,8}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTap:
    """An option of a step. `value` is set instead of `option` where a value was offered."""

    guide: str
    step: str
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTap:
    """A command of the bot, with what it is about."""

    command: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where a link leads, who shared it, and the commune where it hangs (its code)."""

    guide: str
    step: str = ""
    volunteer: str = ""
    place: str = ""


def step_tap(guide: str, step: str, option: str) -> str:
    return f"{guide}/{step}/{option}"


def own_tap(command: str, *about: str) -> str:
    return "/" + "/".join((command, *about))


def entry_payload(guide: str, step: str = "", volunteer: str = "", place: str = "") -> str:
    """`vneid`, `vneid_scan`, `vneid__tt7k`, `vneid___03433`."""
    return "_".join((guide, step, volunteer, place)).rstrip("_")


def read_tap(payload: str) -> StepTap | OwnTap | Entry | None:
    """What a payload that came back means; None when it is none of ours."""
    if payload.startswith("/"):
        command, *about = payload[1:].split("/")
        return OwnTap(command=command, about=tuple(about)) if command else None
    parts = payload.split("/")
    if len(parts) == 3 and all(parts):
        return StepTap(guide=parts[0], step=parts[1], option=parts[2])
    return read_entry(payload)


def read_entry(payload: str) -> Entry | None:
    """The deep link's payload; None when it has another shape."""
    payload = payload.strip().lower()
    if len(payload) > MAX_PAYLOAD_BYTES or not _ENTRY.match(payload):
        return None
    guide, step, volunteer, place = (*payload.split("_"), "", "", "")[:4]
    return Entry(guide=guide, step=step, volunteer=volunteer, place=place)


def is_volunteer(code: str) -> bool:
    """Whether `code` has the form of a volunteer's code."""
    return _VOLUNTEER.match(code) is not None


def read_code(text: str) -> tuple[str, str]:
    """A typed code's guide part and volunteer part: `#VNEID TT7K` is `("vneid", "tt7k")`; without one the second is empty.

    A last word counts as a volunteer's only if it has a digit or the text begins with `#`: “khai sinh muon” is a sentence.
    """
    words = fold(text.replace("#", " ")).split()
    if len(words) > 1 and _VOLUNTEER.match(words[-1]) and (text.lstrip().startswith("#") or any(sign.isdigit() for sign in words[-1])):
        return " ".join(words[:-1]), words[-1]
    return " ".join(words), ""


def read_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """A typed code with all that may stand behind the guide: `#VNEID SCAN TT7K` is `("vneid", ("scan", "tt7k"))`; empty without a `#`."""
    words = fold(text.replace("#", " ")).split() if text.lstrip().startswith("#") else []
    return (words[0], tuple(words[1:4])) if 1 < len(words) <= 4 else ("", ())
