"""Changes values in a YAML file and nothing else: comments, order, quotes and line breaks stay as the maintainer wrote them."""

from __future__ import annotations

import copy
import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, LiteralScalarString, ScalarString

from bot.flows.draft import Path
from bot.flows.yaml_tree import read

BOM = "\ufeff"
NEVER_BREAK = 1_000_000  # columns
LISTS = ((4, 2), (2, 0))  # how deep lists are indented: (with what is in them, the dash alone)


class NotEditable(Exception):
    """The file cannot be changed here without changing more than was asked for; the sentence is for the maintainer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A line of a diff: `sign` is "+", "-", " ", or "@" where lines are left out; `number` is its line in that version of the file."""

    sign: str
    number: int
    text: str


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def with_texts(content: bytes, texts: Mapping[Path, str]) -> bytes:
    """The file with these values changed; raises `NotEditable`."""
    if any(CONTROL.search(text) for text in texts.values()):
        raise NotEditable("câu có ký tự không đọc được (thường do dán từ nơi khác) → gõ lại câu này")

    def change(root: Any) -> None:
        for path, text in texts.items():
            parent = _at(root, path[:-1])
            parent[path[-1]] = _in_style(parent[path[-1]], text, parent)

    return _changed(content, change, texts)


def with_day(content: bytes, path: Path, day: date) -> bytes:
    """The file with the date at `path` (`…, "checked"`) set or added; raises `NotEditable`."""

    def change(root: Any) -> None:
        parent, key = _at(root, path[:-1]), path[-1]
        if key in parent:
            parent[key] = day
        else:
            _append(parent, str(key), day)

    return _changed(content, change, {path: day.isoformat()})


def value_with(content: bytes, texts: Mapping[Path, str]) -> Any:
    """What the file says with these values changed, without writing it: quick enough for every letter that is typed."""
    tree, _ = read(content)
    if tree is None:
        raise NotEditable("tệp đang có lỗi cú pháp → sửa trong trình soạn thảo trước")
    value = copy.deepcopy(tree.value)
    for path, text in texts.items():
        _at(value, path[:-1])[path[-1]] = text
    return value


def diff(before: bytes, after: bytes) -> list[DiffLine]:
    """What changes, with a line before and after each place."""
    old, new = (content.decode("utf-8-sig").splitlines() for content in (before, after))
    found: list[DiffLine] = []
    for number, group in enumerate(difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_grouped_opcodes(1)):
        if number:
            found.append(DiffLine(sign="@", number=0, text="…"))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                found += [DiffLine(sign=" ", number=at + 1, text=new[at]) for at in range(new_start, new_end)]
            else:
                found += [DiffLine(sign="-", number=at + 1, text=old[at]) for at in range(old_start, old_end)]
                found += [DiffLine(sign="+", number=at + 1, text=new[at]) for at in range(new_start, new_end)]
    return found


def _changed(content: bytes, change: Callable[[Any], None], expected: Mapping[Path, str]) -> bytes:
    """Write the file anew; what comes out must say the same as before, but for what was asked for."""
    text = content.decode("utf-8")
    mark, text = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
    windows = "\r\n" in text
    text = text.replace("\r\n", "\n")
    try:
        yaml, root = _faithful(text)
        change(root)
        new = _written(yaml, root)
    except YAMLError as error:
        raise NotEditable("tệp đang có lỗi cú pháp → sửa trong trình soạn thảo trước") from error
    after = (mark + (new.replace("\n", "\r\n") if windows else new)).encode()
    tree, troubles = read(after)
    wanted = value_with(content, {})
    for path, value in expected.items():
        _at(wanted, path[:-1])[path[-1]] = value
    if troubles or tree is None or not _same(tree.value, wanted):
        raise NotEditable("chỗ này viết khác thường, sửa ở đây có thể làm sai chỗ khác → sửa trong trình soạn thảo")
    return after


def _faithful(text: str) -> tuple[YAML, Any]:
    """A writer that gives this very text back, and what it has read; raises `NotEditable` where there is none."""
    layout = _layout(text)
    if layout is None:
        raise NotEditable("tệp này có cách dòng khác thường, lưu ở đây sẽ xếp lại cả tệp → sửa trong trình soạn thảo")
    yaml = _writer(layout)
    return yaml, yaml.load(text)


@lru_cache(maxsize=16)
def _layout(text: str) -> tuple[int, int] | None:
    """How the lists of this text are indented, of the ways in which it would be written back as it is. Found once for all letters of an edit."""
    for layout in LISTS:
        yaml = _writer(layout)
        if _written(yaml, yaml.load(text)) == text:
            return layout
    return None


def _writer(layout: tuple[int, int]) -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = NEVER_BREAK
    yaml.indent(mapping=2, sequence=layout[0], offset=layout[1])
    return yaml


def _written(yaml: YAML, root: Any) -> str:
    out = StringIO()
    yaml.dump(root, out)
    return out.getvalue()


def _in_style(old: Any, text: str, parent: Any) -> Any:
    """`text` written as the former value was; several lines as a block where there is room for one."""
    if "\n" in text:
        return DoubleQuotedScalarString(text) if parent.fa.flow_style() else LiteralScalarString(text)
    if isinstance(old, ScalarString) and not isinstance(old, (FoldedScalarString, LiteralScalarString)):
        written = type(old)(text)
        if old.anchor.value is not None:
            written.yaml_set_anchor(old.anchor.value, always_dump=old.anchor.always_dump)
        return written
    return text


def _append(parent: CommentedMap, key: str, value: Any) -> None:
    """Behind the last key, before the blank lines and comments that follow the mapping: those hang on the key that was the last."""
    last = next(reversed(parent))
    after = parent.ca.items.get(last)
    parent[key] = value
    if after and after[2] is not None:
        comment = after[2].value
        same_line, newline, rest = comment.partition("\n")
        if same_line.strip():
            if not rest.strip() and not newline:
                return
            # A remark beside the last value stays there; what stands below it moves on.
            beside, below = copy.copy(after[2]), copy.copy(after[2])
            beside._value, below._value = same_line + "\n", "\n" + rest
            parent.ca.items[last] = [None, None, beside, None]
            if rest:
                parent.ca.items[key] = [None, None, below, None]
        else:
            parent.ca.items[key] = parent.ca.items.pop(last)


def _at(root: Any, path: Path) -> Any:
    for part in path:
        root = root[part]
    return root


def _same(one: Any, other: Any) -> bool:
    """Also in kind: a 1 is not a true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
