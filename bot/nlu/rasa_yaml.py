"""Reads training data in Rasa's own format (3.1): intents with examples, synonyms, regular expressions, lookup tables.

The files train in a Rasa server unchanged. Every mistake in every file is found in one go and told with file and line, in
Vietnamese, because the people who write the examples are no programmers.

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

MAX_BYTES = 1 << 20
_MARKED = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\((?P<entity>[^()]*)\)|(?P<json>\{[^{}]*\}))")
_KINDS = ("intent", "synonym", "regex", "lookup")
_INTENT = re.compile(r"^[a-z0-9_]+(?:[-/][a-z0-9_]+)*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataProblem:
    """One mistake in one line of the training data."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}  {self.message}"


class BadNluData(Exception):
    """The training data has mistakes; `problems` holds all of them."""

    def __init__(self, problems: tuple[DataProblem, ...]):
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


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
        raise BadNluData((DataProblem(file=str(folder), line=1, message="không có tệp .yml nào → đặt dữ liệu huấn luyện vào thư mục này"),))
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
        self.problems: list[DataProblem] = []
        self.examples: list[Example] = []
        self.synonyms: dict[str, str] = {}
        self.regexes: list[tuple[str, str]] = []
        self.lookups: dict[str, list[str]] = {}

    def read_file(self, file: str, raw: bytes) -> None:
        root = self._root(file, raw)
        if root is None:
            return
        for key, value in self._pairs(file, root):
            if key.value == "nlu":
                self._blocks(file, value)
            elif key.value != "version":
                self._wrong(file, key, f"không biết mục “{key.value}” → tệp này chỉ có version và nlu")

    def check_whole(self) -> None:
        """Mistakes that only show when all files are read."""
        seen: dict[str, Example] = {}
        for example in self.examples:
            first = seen.setdefault(example.text.casefold(), example)
            if first.intent != example.intent:
                where = f"{first.file}:{first.line}"
                message = f"câu “{example.text}” đã là ví dụ của “{first.intent}” ({where}) → chỉ để ở một ý định"
                self.problems.append(DataProblem(file=example.file, line=example.line, message=message))
        if not self.examples and not self.problems:
            self.problems.append(DataProblem(file="nlu", line=1, message="không có ví dụ nào → viết ít nhất hai ý định"))

    def _root(self, file: str, raw: bytes) -> yaml.Node | None:
        if len(raw) > MAX_BYTES:
            self.problems.append(DataProblem(file=file, line=1, message="tệp lớn hơn 1 MiB → chia thành nhiều tệp"))
            return None
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.problems.append(DataProblem(file=file, line=line, message="không phải UTF-8 → lưu lại tệp bằng bảng mã UTF-8"))
            return None
        try:
            return self._composed(file, text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            message = f"YAML hỏng ({getattr(error, 'problem', None) or 'không đọc được'}) → xem lại dấu cách đầu dòng và dấu hai chấm"
            self.problems.append(DataProblem(file=file, line=mark.line + 1 if mark else 1, message=message))
            return None

    def _composed(self, file: str, text: str) -> yaml.Node | None:
        # Aliases are refused while they are still events: a few lines of them can name a billion values.
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                self._wrong(file, event, f"“*{event.anchor}” → viết thẳng ra, không dùng tham chiếu YAML")
                return None
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            self.problems.append(DataProblem(file=file, line=1, message='tệp phải bắt đầu bằng version: "3.1" và nlu: → xem tệp khác làm mẫu'))
            return None
        return root

    def _blocks(self, file: str, node: yaml.Node) -> None:
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(file, node, "nlu phải là một danh sách → mỗi mục bắt đầu bằng “- intent: …”")
            return
        for block in node.value:
            self._block(file, block)

    def _block(self, file: str, node: yaml.Node) -> None:
        pairs = {key.value: (key, value) for key, value in self._pairs(file, node)}
        kinds = [kind for kind in _KINDS if kind in pairs]
        if len(kinds) != 1:
            self._wrong(file, node, f"mỗi mục cần đúng một trong: {', '.join(_KINDS)}")
            return
        for extra in pairs.keys() - {kinds[0], "examples", "metadata"}:
            self._wrong(file, pairs[extra][0], f"không biết “{extra}” → chỉ dùng {kinds[0]} và examples")
        name = str(pairs[kinds[0]][1].value).strip()
        if "examples" not in pairs:
            self._wrong(file, node, f"“{name}” chưa có ví dụ → thêm examples: |")
            return
        for line, text in self._lines(file, pairs["examples"][1]):
            self._take(kinds[0], name, file, line, text)
        if kinds[0] == "intent" and not _INTENT.match(name):
            self._wrong(file, pairs["intent"][1], f"tên ý định “{name}” → chỉ dùng a-z, 0-9, “-”, “_”, và “/” sau hoi")

    def _take(self, kind: str, name: str, file: str, line: int, text: str) -> None:
        if kind == "intent":
            self.examples.append(self._example(name, text, file, line))
        elif kind == "synonym":
            self.synonyms[text] = name
        elif kind == "lookup":
            self.lookups.setdefault(name, []).append(text)
        else:
            try:
                re.compile(text)
            except re.error as error:
                self.problems.append(DataProblem(file=file, line=line, message=f"biểu thức “{text}” hỏng ({error.msg}) → sửa lại"))
            else:
                self.regexes.append((name, text))

    def _example(self, intent: str, text: str, file: str, line: int) -> Example:
        marks: list[Mark] = []

        def unmark(match: re.Match[str]) -> str:
            mark = _mark(match)
            if mark is None:
                self.problems.append(DataProblem(file=file, line=line, message=f'“{match.group()}” → viết [chữ](tên) hoặc [chữ]{{"entity": "tên"}}'))
            else:
                marks.append(mark)
            return match["text"]

        plain = _MARKED.sub(unmark, text)
        if "](" in plain or "]{" in plain:
            self.problems.append(DataProblem(file=file, line=line, message="dấu ngoặc đánh dấu chưa đóng → viết [chữ](tên)"))
        for mark in marks:
            self.synonyms.update({mark.text: mark.value} if mark.text != mark.value else {})
        return Example(intent=intent, text=plain.strip(), marks=tuple(marks), file=file, line=line)

    def _lines(self, file: str, node: yaml.Node) -> Iterator[tuple[int, str]]:
        """Examples with their lines, from a block of `- …` lines or from a list with `text`."""
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
                self.problems.append(DataProblem(file=file, line=first + offset, message=f"“{line}” → mỗi ví dụ bắt đầu bằng “- ” rồi đến câu nói"))
                continue
            yield first + offset, line[2:].strip()

    def _listed(self, file: str, node: yaml.SequenceNode) -> Iterator[tuple[int, str]]:
        for item in node.value:
            value = next((value for key, value in self._pairs(file, item) if key.value == "text"), None) if isinstance(item, yaml.MappingNode) else item
            text = str(value.value).strip() if isinstance(value, yaml.ScalarNode) else ""
            if text:
                yield item.start_mark.line + 1, text.removeprefix("- ").strip()
            else:
                self._wrong(file, item, "ví dụ trống → viết “- text: câu nói”")

    def _pairs(self, file: str, node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(file, node, "cần “tên: giá trị” ở đây → xem lại dấu cách đầu dòng")
            return []
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                self._wrong(file, key, f"“{key.value}” viết hai lần trong cùng một mục → bỏ một")
            seen.add(str(key.value))
        return list(node.value)

    def _wrong(self, file: str, at: yaml.Node | yaml.Event, message: str) -> None:
        self.problems.append(DataProblem(file=file, line=at.start_mark.line + 1 if at.start_mark else 1, message=message))


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
