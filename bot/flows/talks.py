"""Tests as data: a conversation a file, written by a maintainer or recorded from a talk (`tests/talks/*.yaml`).

Each turn is one thing that a citizen does, with what is expected of the bot: words that occur in its bubbles, in this order; the
buttons; where the citizen stands; how the guide ended. Mistakes in a file are told at their place like those in guides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from bot.flows.diagnostics import Diagnostic, in_order
from bot.flows.model import ID_PATTERN, Outcome, Part, Text
from bot.flows.schema_errors import from_pydantic
from bot.flows.yaml_tree import Node, read

_LATER = re.compile(r"[0-9]{1,4} (?:phút|giờ|ngày)")
AT_PATTERN = rf"^({ID_PATTERN[1:-1]}/)?{ID_PATTERN[1:-1]}$"
_UNITS: Mapping[str, timedelta] = {"phút": timedelta(minutes=1), "giờ": timedelta(hours=1), "ngày": timedelta(days=1)}
_PAYLOAD = r"^[ -~]+$"
ACTIONS = ("user", "tap", "open")


def _length_of_time(text: str) -> str:
    if not _LATER.fullmatch(text):
        raise ValueError("bad-later")
    return text


Later = Annotated[str, AfterValidator(_length_of_time), Field(json_schema_extra={"pattern": f"^{_LATER.pattern}$"})]
At = Annotated[str, StringConstraints(pattern=AT_PATTERN)]
Payload = Annotated[str, StringConstraints(pattern=_PAYLOAD, max_length=64)]


class TalkTurn(Part):
    """One thing that a citizen does, and what is expected of the bot."""

    user: Text | None = Field(None, description="Bà con gõ câu này.", examples=["máy không nhận thẻ"])
    tap: Text | None = Field(None, description="Bà con bấm nút có chữ này (hoặc mã của nút).", examples=["Xong rồi"])
    open: Payload | None = Field(None, description="Bà con mở đường dẫn có mã này.", examples=["vneid_scan"])
    later: Later | None = Field(None, description="Trước đó để lâu bao nhiêu: số phút, giờ hoặc ngày.", examples=["3 ngày"])
    bot: tuple[Text, ...] | Text = Field((), description="Chữ phải có trong lời Dẫn Lối, theo thứ tự.", examples=["Áp thẻ căn cước"])
    choices: tuple[Text, ...] | None = Field(None, description="Đúng các nút phải hiện, theo thứ tự.")
    at: At | None = Field(None, description="Bước bà con phải đang đứng: tên-bước hoặc hướng-dẫn/tên-bước.", examples=["vneid/scan"])
    outcome: Outcome | None = Field(None, description="Hướng dẫn phải kết thúc thế này: done, referred hoặc gave_up.")

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if sum(getattr(self, action) is not None for action in ACTIONS) != 1:
            raise ValueError("turn-shape")
        return self

    @property
    def action(self) -> tuple[str, str]:
        """`user`, `tap` or `open`, and the words or the payload."""
        return next((action, value) for action in ACTIONS if (value := getattr(self, action)) is not None)

    @property
    def pause(self) -> timedelta:
        """The time that passes before the turn."""
        if self.later is None:
            return timedelta()
        count, unit = self.later.split()
        return int(count) * _UNITS[unit]

    @property
    def said(self) -> tuple[str, ...]:
        """What the bot must say."""
        return (self.bot,) if isinstance(self.bot, str) else self.bot


def _not_empty(turns: tuple[TalkTurn, ...]) -> tuple[TalkTurn, ...]:
    # Not `min_length`: pydantic would call the list too short as soon as one of its turns is wrong.
    if not turns:
        raise ValueError("too-few")
    return turns


class TalkFile(Part):
    """One conversation."""

    talk: Text = Field(description="Cuộc trò chuyện này thử điều gì.", examples=["Máy không có NFC, quét mã QR thay"])
    today: date | None = Field(None, description="Ngày diễn ra, viết năm-tháng-ngày; bỏ trống thì là hôm nay.", examples=["2026-11-24"])
    channel: Text = Field("web", description="Ứng dụng trò chuyện: web, messenger, zalo-oa, zalo-bot hoặc telegram.")
    language: Text = Field("vi", description="Tiếng của bà con.")
    turns: Annotated[tuple[TalkTurn, ...], AfterValidator(_not_empty)] = Field(
        description="Từng lượt: bà con làm gì, Dẫn Lối phải đáp gì.", json_schema_extra={"minItems": 1}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkDraft:
    """A talk that has been read. `tree` tells where each of its values stands in `file`."""

    file: str
    tree: Node
    model: TalkFile

    def place(self, number: int, key: str = "") -> tuple[int, int]:
        """Line and column of a turn, or of a value in it."""
        return self.tree.place(("turns", number, key) if key else ("turns", number), key=True)


def read_talks(files: Mapping[str, bytes]) -> tuple[tuple[TalkDraft, ...], tuple[Diagnostic, ...]]:
    """The talks that can be run, and all that is wrong in the others. Never raises for what stands in the files."""
    talks: list[TalkDraft] = []
    found: list[Diagnostic] = []
    for name, content in sorted(files.items()):
        tree, troubles = read(content)
        found += [Diagnostic(file=name, line=one.line, column=one.column, code=one.code, params=one.params) for one in troubles]
        if tree is None or troubles:
            continue
        try:
            talks.append(TalkDraft(file=name, tree=tree, model=TalkFile.model_validate(tree.value)))
        except ValidationError as error:
            found += from_pydantic(error, name, tree, TalkFile)
    return tuple(talks), in_order(found)


def written_talk(talk: TalkFile, modeline: str = "") -> str:
    """The talk as a file: a turn in a line or a few, as somebody would write it by hand."""
    head = [f"# yaml-language-server: $schema={modeline}"] if modeline else []
    head.append(f"talk: {_scalar(talk.talk)}")
    head += [f"today: {talk.today.isoformat()}"] if talk.today else []
    head += [f"{key}: {getattr(talk, key)}" for key, usual in (("channel", "web"), ("language", "vi")) if getattr(talk, key) != usual]
    lines = [*head, "turns:"]
    for turn in talk.turns:
        pairs = [(key, value) for key, value in turn.model_dump(mode="json", exclude_none=True).items() if value not in ((), [])]
        lines += [
            f"{'  - ' if number == 0 else '    '}{key}: {_written(value, may_be_single=key == 'bot')}".replace(": \n", ":\n")
            for number, (key, value) in enumerate(_action_first(pairs))
        ]
    return "\n".join(lines) + "\n"


def _action_first(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return sorted(pairs, key=lambda pair: ("later", *ACTIONS).index(pair[0]) if pair[0] in ("later", *ACTIONS) else 9)


def _written(value: Any, *, may_be_single: bool) -> str:
    if not isinstance(value, list):
        return _scalar(str(value))
    if len(value) == 1 and may_be_single:
        return _scalar(value[0])
    return "".join(f"\n      - {_scalar(one)}" for one in value)


def _scalar(text: str) -> str:
    """`text` as YAML: bare where it stays what it is, else in quotes."""
    if re.fullmatch(r"[^\W\d_][^\n\"\\]*", text) and not re.search(r": |:$| #|\s$", text):
        node, troubles = read(f"a: {text}\n".encode())
        if node is not None and not troubles and node.value == {"a": text}:
            return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
