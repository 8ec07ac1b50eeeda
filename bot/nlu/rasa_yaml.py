"""Reads training data in Rasa's own format (3.1): intents with examples, synonyms, regular expressions, lookup tables.

The files train in a Rasa server unchanged. Every mistake in every file is found in one go and told with file, line and column, as
`danloi check` tells it, because the people who write the examples are no programmers.

Format: https://rasa.com/docs/rasa/training-data-format
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import orjson
import yaml

from bot.flows.diagnostics import Diagnostic
from bot.flows.schema_errors import near
from bot.flows.yaml_tree import LOADER, syntax_trouble

MAX_BYTES = 8 << 20  # all data in one file, as it is exported, is a megabyte
SHOWN = 80  # characters of what is wrong, as it is told
_MARKED = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\((?P<entity>[^()]*)\)|(?P<json>\{[^{}]*\}))")
_KINDS = ("intent", "synonym", "regex", "lookup")
_INTENT = re.compile(r"^[a-z0-9_]+(?:[-/][a-z0-9_]+)*$")


class BadNluData(Exception):
    """The training data has mistakes; `problems` holds all of them."""

    def __init__(self, problems: tuple[Diagnostic, ...]):
        self.problems = problems
        super().__init__("\n".join(problem.text() for problem in problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A value that an example points out: `entity`, how it stands in the text, and what it means."""

    entity: str
    text: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One thing that someone said, without its annotations."""

    intent: str
    text: str
    marks: tuple[Mark, ...] = ()
    file: str = ""
    line: int = 0
    column: int = field(default=0, compare=False)

    def finding(self, code: str, **params: str) -> Diagnostic:
        """Something to say of it, at its place."""
        return Diagnostic(file=self.file, line=self.line, column=self.column, code=code, params=params)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """All files of a folder together; order is that of the files' names and lines."""

    examples: tuple[Example, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)  # as written → what it means
    regexes: tuple[tuple[str, str], ...] = ()  # (entity, pattern)
    lookups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # entity → values

    @property
    def intents(self) -> tuple[str, ...]:
        return tuple(sorted({example.intent for example in self.examples}))


def read_folder(folder: Path) -> TrainingData:
    """The training data of every `.yml` directly in `folder`; raises `BadNluData`."""
    return read(folder_files(folder))


def folder_files(folder: Path) -> dict[str, bytes]:
    """The bytes of a folder's data files by name, in order; raises `BadNluData` where there are none."""
    paths = sorted(path for path in folder.glob("*.y*ml") if path.suffix in {".yml", ".yaml"}) if folder.is_dir() else []
    if not paths:
        raise BadNluData((Diagnostic(file=str(folder), line=1, column=1, code="nlu-no-files"),))
    return {path.name: path.read_bytes() for path in paths}


def data_hash(files: Mapping[str, bytes]) -> str:
    """64 hex digits that change with any byte or name of the data."""
    total = sha256()
    for name in sorted(files):
        total.update(f"{name}\0{len(files[name])}\0".encode())
        total.update(files[name])
    return total.hexdigest()


def read(files: Mapping[str, bytes]) -> TrainingData:
    """Read files by name; raises `BadNluData` with all mistakes of all of them."""
    reader = _Reader()
    for name in sorted(files):
        reader.read_file(name, files[name])
    reader.check_whole()
    if reader.problems:
        raise BadNluData(tuple(reader.problems))
    return TrainingData(
        examples=tuple(reader.examples),
        synonyms=reader.synonyms,
        regexes=tuple(reader.regexes),
        lookups={name: tuple(values) for name, values in reader.lookups.items()},
    )


def written(data: TrainingData) -> str:
    """The data as one file in the same format; reading it back gives the same data."""
    blocks: dict[tuple[str, str], list[str]] = {}
    for example in data.examples:
        blocks.setdefault(("intent", example.intent), []).append(_annotated(example))
    for text, value in data.synonyms.items():
        blocks.setdefault(("synonym", value), []).append(text)
    for name, pattern in data.regexes:
        blocks.setdefault(("regex", name), []).append(pattern)
    for name, values in data.lookups.items():
        blocks.setdefault(("lookup", name), []).extend(values)
    lines = ['version: "3.1"', "nlu:"]
    for (kind, name), examples in blocks.items():
        lines += [f"- {kind}: {orjson.dumps(name).decode()}", "  examples: |", *(f"    - {example}" for example in examples)]
    return "\n".join(lines) + "\n"


def _annotated(example: Example) -> str:
    text = example.text
    at = 0
    for mark in example.marks:
        start = text.find(mark.text, at)
        shown = (
            f"[{mark.text}]({mark.entity})"
            if mark.value == mark.text
            else f"[{mark.text}]{orjson.dumps({'entity': mark.entity, 'value': mark.value}).decode()}"
        )
        text = text[:start] + shown + text[start + len(mark.text) :]
        at = start + len(shown)
    return text


class _Reader:
    """Collects what the files say and what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Diagnostic] = []
        self.examples: list[Example] = []
        self.synonyms: dict[str, str] = {}
        self.regexes: list[tuple[str, str]] = []
        self.lookups: dict[str, list[str]] = {}
        self._lines: list[str] = []  # of the file at hand, as they are written

    def read_file(self, file: str, raw: bytes) -> None:
        root = self._root(file, raw)
        if root is None:
            return
        for key, value in self._pairs(file, root):
            if key.value == "nlu":
                self._blocks(file, value)
            elif key.value != "version":
                self._unknown_key(file, key, ("version", "nlu"))

    def check_whole(self) -> None:
        """Mistakes that only show when all files are read."""
        seen: dict[str, Example] = {}
        for example in self.examples:
            first = seen.setdefault(example.text.casefold(), example)
            if first.intent != example.intent:
                where = f"{first.file}:{first.line}"
                self.problems.append(example.finding("nlu-two-intents", text=example.text, first=first.intent, where=where, intent=example.intent))
        if not self.examples and not self.problems:
            self.problems.append(Diagnostic(file="nlu", line=1, column=1, code="nlu-nothing"))

    def _root(self, file: str, raw: bytes) -> yaml.Node | None:
        if len(raw) > MAX_BYTES:
            self._at(file, 1, 1, "file-too-large", limit="8 MiB")
            return None
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            before = raw[: error.start]
            self._at(file, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"), "not-utf8")
            return None
        self._lines = text.split("\n")
        try:
            return self._composed(file, text)
        except yaml.YAMLError as error:
            trouble = syntax_trouble(error, text)
            self._at(file, trouble.line, trouble.column, trouble.code, **trouble.params)
            return None

    def _composed(self, file: str, text: str) -> yaml.Node | None:
        # Aliases are refused while they are still events: a few lines of them can name a billion values.
        for event in yaml.parse(text, Loader=LOADER):
            if isinstance(event, yaml.AliasEvent):
                self._wrong(file, event, "nlu-alias", name=str(event.anchor))
                return None
        root = yaml.compose(text, Loader=LOADER)
        if not isinstance(root, yaml.MappingNode):
            self._at(file, 1, 1, "nlu-root")
            return None
        return root

    def _blocks(self, file: str, node: yaml.Node) -> None:
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(file, node, "nlu-list")
            return
        for block in node.value:
            self._block(file, block)

    def _block(self, file: str, node: yaml.Node) -> None:
        pairs = {key.value: (key, value) for key, value in self._pairs(file, node)}
        kinds = [kind for kind in _KINDS if kind in pairs]
        if len(kinds) != 1:
            self._wrong(file, node, "nlu-block", known=", ".join(_KINDS))
            return
        for extra in pairs.keys() - {kinds[0], "examples", "metadata"}:
            self._unknown_key(file, pairs[extra][0], (kinds[0], "examples"))
        key, value = pairs[kinds[0]]
        name = str(value.value).strip()
        lines = list(self._examples(file, pairs["examples"][1])) if "examples" in pairs else []
        for line, column, text in lines:
            self._take(kinds[0], name, file, line, column, text)
        if not lines and not any(problem.file == file and problem.line > key.start_mark.line for problem in self.problems):
            self._wrong(file, key, "nlu-no-examples", name=name)
        if kinds[0] == "intent" and not _INTENT.match(name):
            self._wrong(file, value, "nlu-name", name=name)

    def _take(self, kind: str, name: str, file: str, line: int, column: int, text: str) -> None:
        if kind == "intent":
            self.examples.append(self._example(name, text, file, line, column))
        elif kind == "synonym":
            self.synonyms[text] = name
        elif kind == "lookup":
            self.lookups.setdefault(name, []).append(text)
        else:
            try:
                re.compile(text)
            except re.error as error:
                self._at(file, line, column, "nlu-regex", text=text, problem=error.msg)
            else:
                self.regexes.append((name, text))

    def _example(self, intent: str, text: str, file: str, line: int, column: int) -> Example:
        marks: list[Mark] = []

        def unmark(match: re.Match[str]) -> str:
            mark = _mark(match)
            if mark is None:
                self._at(file, line, column + match.start(), "nlu-mark", text=match.group())
            else:
                marks.append(mark)
            return match["text"]

        plain = _MARKED.sub(unmark, text)
        if "](" in plain or "]{" in plain:
            self._at(file, line, column, "nlu-mark-open")
        for mark in marks:
            self.synonyms.update({mark.text: mark.value} if mark.text != mark.value else {})
        return Example(intent=intent, text=plain.strip(), marks=tuple(marks), file=file, line=line, column=column)

    def _examples(self, file: str, node: yaml.Node) -> Iterator[tuple[int, int, str]]:
        """Examples with their lines and columns, from a block of `- …` lines or from a list with `text`."""
        if isinstance(node, yaml.SequenceNode):
            yield from self._listed(file, node)
            return
        # A block's first line stands below its `|`; a plain scalar stands where it begins.
        first = node.start_mark.line + (2 if getattr(node, "style", None) in {"|", ">"} else 1)
        for offset, raw in enumerate(str(node.value).split("\n")):
            line = raw.strip()
            if not line or line.startswith("#"):
                continue
            if not line.startswith("- ") or not line[2:].strip():
                self._at(file, first + offset, self._column(first + offset, line), "nlu-line", text=line)
                continue
            text = line[2:].strip()
            yield first + offset, self._column(first + offset, text), text

    def _listed(self, file: str, node: yaml.SequenceNode) -> Iterator[tuple[int, int, str]]:
        for item in node.value:
            value = next((value for key, value in self._pairs(file, item) if key.value == "text"), None) if isinstance(item, yaml.MappingNode) else item
            text = str(value.value).strip() if isinstance(value, yaml.ScalarNode) else ""
            if text:
                yield item.start_mark.line + 1, item.start_mark.column + 1, text.removeprefix("- ").strip()
            else:
                self._wrong(file, item, "nlu-empty")

    def _column(self, line: int, text: str) -> int:
        """Where `text` begins in a line of the file at hand."""
        written = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        return max(written.find(text), 0) + 1

    def _pairs(self, file: str, node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(file, node, "nlu-pairs")
            return []
        seen: dict[str, int] = {}
        for key, _ in node.value:
            if str(key.value) in seen:
                self._wrong(file, key, "duplicate-key", key=str(key.value), first=str(seen[str(key.value)]))
            seen.setdefault(str(key.value), key.start_mark.line + 1)
        return list(node.value)

    def _unknown_key(self, file: str, key: yaml.Node, known: tuple[str, ...]) -> None:
        name = str(key.value)
        self._wrong(file, key, "unknown-key", key=name, known=", ".join(known), near=near(name, known))

    def _wrong(self, file: str, at: yaml.Node | yaml.Event, code: str, **params: str) -> None:
        mark = at.start_mark
        self._at(file, mark.line + 1 if mark else 1, mark.column + 1 if mark else 1, code, **params)

    def _at(self, file: str, line: int, column: int, code: str, **params: str) -> None:
        shortened = {name: value if len(value) <= SHOWN else value[: SHOWN - 1] + "…" for name, value in params.items()}
        self.problems.append(Diagnostic(file=file, line=line, column=column, code=code, params=shortened))


def _mark(match: re.Match[str]) -> Mark | None:
    text, entity, value = match["text"], match["entity"], None
    if match["json"]:
        try:
            given = orjson.loads(match["json"])
        except orjson.JSONDecodeError:
            return None
        entity, value = given.get("entity"), given.get("value")
    elif entity and ":" in entity:
        entity, _, value = entity.partition(":")
    return Mark(entity=str(entity), text=text, value=str(value or text)) if entity else None
