"""A first guide from a few answers: it passes the checks without errors, and its warnings tell what to write next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from bot.flows.links import fault
from bot.flows.model import ID_PATTERN

MAX_ID = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What the maintainer said. `things` one has to have; `tasks` in their order; `checked`: the day on which the source was read."""

    guide: str
    title: str
    minutes: int
    source_title: str
    source_url: str
    things: Sequence[str] = ()
    tasks: Sequence[str] = ()
    question: str = ""
    checked: date | None = field(default=None)


def is_id(text: str) -> bool:
    """Whether `text` can be a guide's name."""
    return len(text) <= MAX_ID and re.fullmatch(ID_PATTERN, text) is not None


def is_official(url: str) -> bool:
    """Whether `url` leads to an official page."""
    return fault(url) is None


def first_guide(told: Beginning) -> str:
    """The file: a question whether one has all that is needed, a step for each task, the end."""
    tasks = list(told.tasks) or ["Mở Cổng Dịch vụ công quốc gia."]
    names = [f"viec-{number}" for number in range(1, len(tasks) + 1)]
    lines = [
        "# yaml-language-server: $schema=guide.schema.json",
        "#",
        "# Bản nháp đầu tiên. Sửa từng câu cho giống lời nói của bà con, thêm chỗ hay vướng (stuck), rồi chạy: danloi check",
        f"guide: {told.guide}",
        f"title: {_text(told.title)}",
        f"summary: {_text(f'Làm xong: {told.title[:1].lower()}{told.title[1:]}.')}",
        f"minutes: {told.minutes}",
        *(["prepare:", *(f"  - {_text(one)}" for one in told.things)] if told.things else []),
        "sources:",
        "  - id: nguon",
        f"    title: {_text(told.source_title)}",
        f"    url: {_text(told.source_url)}",
        *([f"    checked: {told.checked.isoformat()}"] if told.checked else []),
        "start: san-sang",
        "steps:",
        "  san-sang:",
        f"    ask: {_text(told.question or 'Bà con đã có đủ giấy tờ chưa?')}",
        "    choices:",
        f"      - {{label: Có đủ rồi, value: true, next: {names[0]}, says: [có, đủ rồi, rồi]}}",
        "      - {label: Chưa đủ, value: false, next: chua-du, says: [chưa, thiếu, không]}",
        "  chua-du:",
        "    handoff: Không sao. Mình nhờ người ở xã giúp bà con nhé.",
        f"    reason: {_text(f'{told.title}: chưa đủ giấy tờ')}",
        f"    next: {names[0]}",
    ]
    for name, task, onward in zip(names, tasks, [*names[1:], "xong"], strict=True):
        lines += [
            f"  {name}:",
            f"    do: {_text(task)}",
            "    source: nguon",
            "    stuck:",
            "      - problem: Không làm được",
            "        says: [khó quá, không biết làm]",
            "        try: Bà con làm lại chậm từng bước. Vẫn không được thì nhờ người ở xã.",
            f"    next: {onward}",
        ]
    lines += ["  xong:", "    end: Xong rồi, giỏi quá!", "    source: nguon"]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """In quotes always: who edits it later may add a colon."""
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
