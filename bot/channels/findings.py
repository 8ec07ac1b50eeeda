"""What `danloi channels setup` and `doctor` found out, in words for the operator, the same for every app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.channels.base import SendFailed

Level = Literal["ok", "warning", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was done or looked at, in words; `mend` says what to do about it."""

    level: Level
    about: str
    sentence: str
    mend: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideItem:
    """A guide for an app's menu."""

    id: str
    title: str


def tried(about: str, done: str, attempt: Callable[[], object]) -> Finding:
    """What came of one call of the platform's API."""
    try:
        attempt()
    except SendFailed as failure:
        return refused(about, failure)
    return Finding(level="ok", about=about, sentence=done)


def refused(about: str, failure: SendFailed) -> Finding:
    return Finding(level="bad", about=about, sentence=failure.sentence, mend=f"Mã lỗi của nền tảng: {failure.code}." if failure.code else "")
