"""YAML with the line and column of every key and value, read safely.

Plain values are read as YAML 1.2 does, which is also what editors show: only `true` and `false` are yes or no, `no` stays the
word "no", dates stay text, and `03390` keeps its zero. Aliases work up to a limit; merges and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000  # aliases counted as often as they are used
MAX_DEPTH = 40
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster, where the wheel has it

_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9]\d*)\.\d+(?:[eE][-+]?\d{1,2})?")
_CONSTANTS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False} | dict.fromkeys(("", "~", "null", "Null", "NULL"))


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong at a place of the text; lines and columns begin at 1."""

    code: str
    line: int
    column: int
    params: dict[str, str] = field(default_factory=dict)


class Node:
    """A value and where it stands; `entries` are those of a mapping, `items` those of a list."""

    __slots__ = ("column", "depth", "entries", "indent", "items", "line", "size", "value")

    def __init__(self, value: Any, mark: Any, indent: int | None = 0):
        self.value = value
        self.line, self.column = mark.line + 1, mark.column + 1
        self.entries: dict[str, tuple[int, int, Node]] | None = None
        self.items: list[Node] | None = None
        self.indent = indent  # characters before the text of a one-line scalar; None where it goes over several lines
        self.size = self.depth = 1

    def child(self, part: str | int) -> Node | None:
        if self.entries is not None and part in self.entries:
            return self.entries[str(part)][2]
        if self.items is not None and isinstance(part, int) and 0 <= part < len(self.items):
            return self.items[part]
        return None

    def place(self, path: Sequence[str | int], *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at `path`, or of its `key`; where there is none, of the last part that is there."""
        node, at = self, (self.line, self.column)
        for number, part in enumerate(path, 1):
            child = node.child(part)
            if child is None:
                break
            # A step's own value begins a line below; its key is where a reader looks.
            by_key = node.entries is not None and (child.entries is not None or child.items is not None or (key and number == len(path)))
            at = node.entries[str(part)][:2] if by_key and node.entries is not None else (child.line, child.column)
            node = child
        return at


class _Stop(Exception):
    """The text cannot be read beyond this."""

    def __init__(self, trouble: Trouble):
        self.trouble = trouble


def read(content: bytes) -> tuple[Node | None, list[Trouble]]:
    """The tree of `content`, and all that is wrong with it. The tree is None where nothing can be made of it."""
    if len(content) > MAX_BYTES:
        return None, [Trouble("file-too-large", 1, 1, {"limit": "1 MiB"})]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        return None, [Trouble("not-utf8", before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))]
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except _Stop as stop:
        return None, [*builder.troubles, stop.trouble]
    except yaml.YAMLError as error:
        return None, [*builder.troubles, syntax_trouble(error, text, builder.quoted)]
    if builder.root is None:
        return None, [Trouble("file-empty", 1, 1)]
    return builder.root, builder.troubles


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read; `key` is the one that waits for its value."""

    node: Node
    anchor: str | None
    key: tuple[str, int, int] | None = None
    keyed: bool = False


class _Builder:
    """Puts the tree together from the parser's events; no recursion, so that nesting cannot exhaust the stack."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.troubles: list[Trouble] = []
        self.quoted: Any = None  # the last text in quotes that goes over several lines, as its event
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            if event.style in ("'", '"') and event.start_mark.line != event.end_mark.line:
                self.quoted = event
            self._take_scalar(event)
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._open_collection(event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            closed = self._open.pop()
            self._add(closed.node, closed.anchor)
        elif kind is yaml.AliasEvent:
            self._take_alias(event)
        elif kind is yaml.DocumentStartEvent and self.root is not None:
            raise _Stop(_trouble("yaml-documents", event.start_mark))

    def _take_scalar(self, event: Any) -> None:
        if self._expects_key():
            self._take_key(event)
            return
        mark, style, text = event.start_mark, event.style, event.value
        if event.tag is not None:
            self.troubles.append(_trouble("yaml-tag", mark, tag=event.tag.replace("tag:yaml.org,2002:", "!!")[:60]))
        if not style:
            self._add(Node(_plain(text), mark, 0 if mark.line == event.end_mark.line else None), event.anchor)
        else:
            one_line = style not in "|>" and mark.line == event.end_mark.line
            self._add(Node(text, mark, 1 if one_line else None), event.anchor)

    def _take_key(self, event: Any) -> None:
        mapping = self._open[-1]
        key, mark = event.value, event.start_mark
        if key == "<<" and not event.style:
            self.troubles.append(_trouble("yaml-merge", mark))
        entries = mapping.node.entries
        if entries is not None and key in entries:
            self.troubles.append(_trouble("duplicate-key", mark, key=key[:60], first=str(entries[key][0])))
        mapping.key, mapping.keyed = (key, mark.line + 1, mark.column + 1), True

    def _open_collection(self, event: Any) -> None:
        if self._expects_key():
            raise _Stop(_trouble("yaml-key", event.start_mark))
        if len(self._open) >= MAX_DEPTH:
            raise _Stop(_trouble("yaml-deep", event.start_mark, limit=str(MAX_DEPTH)))
        if event.tag is not None:
            self.troubles.append(_trouble("yaml-tag", event.start_mark, tag=event.tag.replace("tag:yaml.org,2002:", "!!")[:60]))
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        node = Node({} if is_mapping else [], event.start_mark)
        if is_mapping:
            node.entries = {}
        else:
            node.items = []
        self._open.append(_Open(node, event.anchor))

    def _take_alias(self, event: Any) -> None:
        node = self._anchors.get(event.anchor)
        if node is None:  # unknown, or an alias inside of what it stands for
            raise _Stop(_trouble("yaml-alias", event.start_mark, name=event.anchor[:60]))
        if self._expects_key():
            raise _Stop(_trouble("yaml-key", event.start_mark))
        if len(self._open) + node.depth > MAX_DEPTH:
            raise _Stop(_trouble("yaml-deep", event.start_mark, limit=str(MAX_DEPTH)))
        self._put(node, event.start_mark)

    def _expects_key(self) -> bool:
        return bool(self._open) and self._open[-1].node.entries is not None and not self._open[-1].keyed

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        self._put(node, None)

    def _put(self, node: Node, alias_mark: Any) -> None:
        """Hang `node` into what is open, counting an alias with all that it brings."""
        self._count += node.size if alias_mark is not None else 1
        if self._count > MAX_NODES:
            line, column = (node.line, node.column) if alias_mark is None else (alias_mark.line + 1, alias_mark.column + 1)
            raise _Stop(Trouble("yaml-large", line, column, {"limit": str(MAX_NODES)}))
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        parent.node.size += node.size
        if parent.node.depth <= node.depth:
            parent.node.depth = node.depth + 1
        if parent.node.items is not None:
            parent.node.items.append(node)
            parent.node.value.append(node.value)
        elif parent.node.entries is not None and parent.key is not None:
            key, line, column = parent.key
            if key not in parent.node.entries:  # the first of two equal keys counts; the second has been reported
                parent.node.entries[key] = (line, column, node)
                parent.node.value[key] = node.value
            parent.keyed = False


def _plain(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "-+0123456789":
        return text
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _trouble(code: str, mark: Any, **params: str) -> Trouble:
    return Trouble(code, mark.line + 1, mark.column + 1, params)


def syntax_trouble(error: yaml.YAMLError, text: str, quoted: Any = None) -> Trouble:
    """What a person does who makes this mistake, rather than what the parser expected."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "")
    if mark is None:
        position = getattr(error, "position", 0)
        before = text[: position if isinstance(position, int) else 0]
        return Trouble("yaml-character", before.count("\n") + 1, len(before) - before.rfind("\n"))
    code = next((code for words, code in _SYNTAX if words in problem), "yaml-syntax")
    lines = text.splitlines()
    if code == "yaml-start":
        found = lines[mark.line][mark.column : mark.column + 1]
        return _trouble("yaml-tab", mark) if found == "\t" else _trouble(code, mark, found=found)
    if quoted is not None and quoted.end_mark.line == mark.line:
        # A quote that was never closed ends where the next one begins, lines below.
        return _trouble("yaml-quote", quoted.start_mark)
    context = getattr(error, "context_mark", None)
    return _trouble(code, context if context is not None and _began_wrong(code, context, mark, lines) else mark, problem=problem)


def _began_wrong(code: str, began: Any, noticed: Any, lines: Sequence[str]) -> bool:
    """Whether a mistake is better shown where it began than where the parser noticed it, perhaps at the end of the file."""
    if code == "yaml-bracket":
        # Whoever ends a line inside of brackets without a comma has forgotten the bracket there.
        return began.line < noticed.line and not lines[began.line].split(" #")[0].rstrip().endswith((",", "[", "{"))
    return code in ("yaml-quote", "yaml-no-colon")


_SYNTAX = (
    ("mapping values are not allowed", "yaml-colon"),
    ("tab character", "yaml-tab"),
    ("cannot start any token", "yaml-start"),
    ("unexpected end of stream", "yaml-quote"),
    ("did not find expected key", "yaml-indent"),
    ("did not find expected '-' indicator", "yaml-indent"),
    ("block sequence entries are not allowed", "yaml-indent"),
    ("could not find expected ':'", "yaml-no-colon"),
    ("did not find expected ','", "yaml-bracket"),
    ("did not find expected node content", "yaml-bracket"),
)


def texts(node: Node) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text in the tree with its path."""
    todo: list[tuple[tuple[str | int, ...], Node]] = [((), node)]
    while todo:
        path, one = todo.pop()
        if isinstance(one.value, str):
            yield path, one.value
        for key, entry in (one.entries or {}).items():
            todo.append(((*path, key), entry[2]))
        for number, item in enumerate(one.items or ()):
            todo.append(((*path, number), item))
