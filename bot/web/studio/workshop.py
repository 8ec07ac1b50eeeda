"""The content as it lies on the disk, read again whenever it changes, with all that a maintainer wants to know of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from threading import Lock

from bot.dialogue.library import Library
from bot.dialogue.sources import of_guide
from bot.dialogue.talk import VIET_NAM
from bot.flows.checks import STALE_AFTER, check
from bot.flows.diagnostics import Diagnostic, in_order
from bot.flows.draft import Draft, Path, said_in_guide, said_in_step
from bot.flows.guides import CompiledGuide, Guides
from bot.flows.loader import PLACES_FILE, Loaded, load
from bot.flows.model import AnswerFile, CallStep, Guide, HandoffStep, Step
from bot.i18n.catalogue import SOURCE_LANGUAGE, Catalogues
from bot.service.content import catalogue_files, examples_hash, guide_files, texts_hash
from bot.service.last_good import Shelf, settle
from bot.settings import Settings
from bot.web.studio.editing import NotEditable, diff, value_with, with_day, with_texts

Texts = Mapping[Path, str]
MoreChecks = Callable[[Loaded], Iterable[Diagnostic]]

LABELS = {
    "title": "Tên hướng dẫn", "summary": "Làm xong thì được gì", "prepare": "Cần chuẩn bị", "say": "Lời nói", "do": "Việc phải làm", "ask": "Câu hỏi",
    "handoff": "Lời khi nhờ người", "end": "Lời kết thúc", "reask": "Hỏi lại", "label": "Chữ trên nút", "problem": "Lỗi hay gặp", "try": "Cách thử",
    "reason": "Lý do, cho người hỗ trợ", "highlight": "Hình vẽ: nút cần bấm", "hint": "Hình vẽ: lời chỉ dẫn",
}  # fmt: skip


class Conflict(Exception):
    """What is on the disk is no longer what the maintainer was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A text that can be changed without knowing YAML."""

    path: Path
    label: str
    text: str
    line: int

    @property
    def key(self) -> str:
        """The path as a page hands it back."""
        return json.dumps(self.path, ensure_ascii=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """An official source, and whether somebody has looked at it lately: "good", "stale" or "never"."""

    file: str
    path: Path
    title: str
    url: str
    checked: date | None
    state: str

    @property
    def key(self) -> str:
        return json.dumps(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What saving would write: the file, its new bytes, and what is wrong in it then that is not wrong now."""

    file: str
    before: bytes
    after: bytes
    errors: tuple[Diagnostic, ...]

    @property
    def token(self) -> str:
        """Names exactly this change: what was shown is what is saved."""
        return sha256(self.before + b"\0" + self.after).hexdigest()[:32]


class Workshop:
    """One maintainer's folders. `more_checks` finds what the loader and `check` do not look for."""

    def __init__(self, settings: Settings, *, more_checks: MoreChecks = lambda _loaded: (), today: Callable[[], date] | None = None) -> None:
        self.settings = settings
        self._more_checks = more_checks
        self.today = today or (lambda: datetime.now(VIET_NAM).date())
        self.files: dict[str, bytes] = {}
        self.loaded = load({})
        self.problems: tuple[Diagnostic, ...] = ()
        self.revision = ""
        self._shelf = Shelf()
        self._shown: tuple[str, Texts, Edit] | None = None  # what was shown last is likely saved next
        self._alone = Lock()  # pages are made in threads
        self.library = Library(self._shelf.guides, Catalogues())
        self.read()

    @property
    def content(self) -> Workshop:
        """What pages and pictures read of a running service."""
        return self

    def read(self) -> bool:
        """Read the folders; whether anything has changed. What is broken stays to be looked at as it last was good."""
        with self._alone:
            return self._read()

    def _read(self) -> bool:
        files = guide_files(self.settings.flows_dir)
        revision = texts_hash(files, catalogue_files(self.settings.locales_dir)) + examples_hash(self.settings)
        if revision == self.revision:
            return False
        self.files, self.revision = files, revision
        self._shown = None
        self.loaded = load(files)
        self.problems = self._check(self.loaded)
        self._shelf = settle(files, self._shelf)
        self.library = Library(self._shelf.guides, Catalogues.load(self.settings.locales_dir))
        return True

    def _check(self, loaded: Loaded) -> tuple[Diagnostic, ...]:
        return in_order([*check(loaded, today=self.today()), *self._more_checks(loaded)])

    # --- what there is ---

    def guide(self, guide_id: str) -> CompiledGuide | None:
        return self.library.guides.get(guide_id)

    def draft(self, guide_id: str) -> Draft[Guide] | None:
        """The guide as it lies there, also where it cannot be served; None where it does not fit the language of guides."""
        return next((one for one in self.loaded.guide_drafts if one.model.guide == guide_id), None)

    def guide_ids(self) -> list[str]:
        """Of all that can be shown, in the order of their files."""
        named = {draft.model.guide: draft.file for draft in self.loaded.guide_drafts}
        named |= {guide_id: guide.file for guide_id, guide in self.library.guides.items()}
        return sorted(named, key=lambda guide_id: named[guide_id])

    def file_of(self, guide_id: str) -> str:
        draft, guide = self.draft(guide_id), self.guide(guide_id)
        return draft.file if draft else guide.file if guide else ""

    def model(self, guide_id: str) -> Guide | None:
        draft, guide = self.draft(guide_id), self.guide(guide_id)
        return draft.model if draft else guide.model if guide else None

    def problems_of(self, file: str) -> list[Diagnostic]:
        return [one for one in self.problems if one.file == file]

    def other_problems(self) -> list[Diagnostic]:
        """Those of files that are no guide that can be opened, errors first."""
        shown = {self.file_of(guide_id) for guide_id in self.guide_ids()}
        return sorted((one for one in self.problems if one.file not in shown), key=lambda one: one.severity != "error")

    def step_at(self, guide_id: str, line: int) -> str:
        """The step in which a line stands; empty above the first one."""
        draft = self.draft(guide_id)
        steps = draft.tree.child("steps") if draft else None
        if steps is None or steps.entries is None:
            return ""
        return next((step_id for step_id, (begins, _, _) in reversed(steps.entries.items()) if begins <= line), "")

    def line_of(self, guide_id: str, step_id: str) -> int:
        draft = self.draft(guide_id)
        return draft.tree.place(("steps", step_id) if step_id else ("title",), key=True)[0] if draft else 1

    # --- texts ---

    def fields(self, guide_id: str, step_id: str) -> list[Field]:
        """The texts of a step, or of the guide's head where no step is named."""
        draft = self.draft(guide_id)
        if draft is None or (step_id and step_id not in draft.model.steps):
            return []
        paths = _step_paths(step_id, draft.model.steps[step_id]) if step_id else _head_paths(draft.model)
        found = []
        for path in paths:
            node = draft.tree
            for part in path:
                child = node.child(part)
                if child is None:
                    break
                node = child
            else:
                if isinstance(node.value, str):
                    found.append(Field(path=path, label=_label(path), text=node.value, line=node.line))
        return found

    def trial(self, guide_id: str, texts: Texts) -> Library:
        """The library as it would be with these texts; raises `NotEditable`."""
        if not texts:
            return self.library
        file = self._editable(guide_id, texts)
        # Only this guide and those it calls: fast enough to follow somebody who types.
        files = {name: self.files[name] for name in {PLACES_FILE, *self._called_files(guide_id)} if name in self.files}
        written = load(files | {file: json.dumps(value_with(self.files[file], texts), ensure_ascii=False).encode()}).guides
        if guide_id not in written:
            raise NotEditable("viết thế này thì hướng dẫn có lỗi, bà con sẽ không thấy → xem các lỗi bên dưới")
        guides = self.library.guides
        return Library(Guides(by_id={**guides.by_id, guide_id: written[guide_id]}, answers=guides.answers, places=guides.places), self.library.words)

    def _called_files(self, guide_id: str) -> set[str]:
        """The files of the guides that this one calls, and that those call."""
        found: set[str] = set()
        todo = [guide_id]
        while todo:
            model = self.model(todo.pop())
            for step in model.steps.values() if model else ():
                if isinstance(step, CallStep) and (file := self.file_of(step.call)) not in found:
                    found.add(file)
                    todo.append(step.call)
        return found

    def edit(self, guide_id: str, texts: Texts) -> Edit:
        """What saving these texts would do; raises `NotEditable`."""
        file = self._editable(guide_id, texts)
        before = self.files[file]
        if self._shown and (self._shown[0], self._shown[1], self._shown[2].before) == (guide_id, texts, before):
            return self._shown[2]
        after = with_texts(before, texts)
        known = {(one.code, tuple(sorted(one.params.items()))) for one in self.problems}
        errors = tuple(one for one in self._check(load(self.files | {file: after})) if one.severity == "error")
        errors = tuple(one for one in errors if (one.code, tuple(sorted(one.params.items()))) not in known)
        edit = Edit(file=file, before=before, after=after, errors=errors)
        self._shown = (guide_id, dict(texts), edit)
        return edit

    def save(self, guide_id: str, texts: Texts, token: str) -> Edit:
        """Write the change that `token` names; raises `Conflict` where the file has become another one since it was shown."""
        edit = self.edit(guide_id, texts)
        if edit.token != token or edit.errors:
            raise Conflict
        self._write(edit.file, edit.before, edit.after)
        return edit

    def _editable(self, guide_id: str, texts: Texts) -> str:
        draft = self.draft(guide_id)
        if draft is None:
            raise NotEditable("hướng dẫn này đang có lỗi, chưa sửa ở đây được → sửa trong trình soạn thảo trước")
        steps = {str(path[1]) if path[0] == "steps" else "" for path in texts}
        known = {field.path for step_id in steps for field in self.fields(guide_id, step_id)}
        if not texts.keys() <= known:
            raise NotEditable("không còn chỗ này trong tệp → tải lại trang")
        return draft.file

    # --- sources ---

    def origins(self, guide_id: str) -> list[Origin]:
        """The sources of a guide, and of the short answers that belong to it; those that need a look first."""
        draft = self.draft(guide_id)
        found = []
        for number, source in enumerate(draft.model.sources if draft else ()):
            found.append(self._origin(draft, ("sources", number), source.title, source.url, source.checked))
        for answers in self.loaded.answer_drafts:
            for number, answer in enumerate(answers.model.answers):
                if answer.guide == guide_id:
                    its = answer.source
                    found.append(self._origin(answers, ("answers", number, "source"), f"{its.title} ({answer.question})", its.url, its.checked))
        return sorted(found, key=lambda one: ("never", "stale", "good").index(one.state))

    def _origin(self, draft: Draft[Guide] | Draft[AnswerFile] | None, path: Path, title: str, url: str, checked: date | None) -> Origin:
        state = "never" if checked is None else "stale" if self.today() - checked > STALE_AFTER else "good"
        return Origin(file=draft.file if draft else "", path=path, title=title, url=url, checked=checked, state=state)

    def verified(self, file: str, path: Path) -> list[str]:
        """Write today's date beside a source; the lines that changed. Raises `NotEditable`."""
        if not any(one.file == file and one.path == path for guide_id in self.guide_ids() for one in self.origins(guide_id)):
            raise NotEditable("không còn nguồn này trong tệp → tải lại trang")
        before = self.files[file]
        after = with_day(before, (*path, "checked"), self.today())
        self._write(file, before, after)
        return [line.text.strip() for line in diff(before, after) if line.sign == "+"]

    def _write(self, file: str, before: bytes, after: bytes) -> None:
        """Replace the file at once, if it still is what we have read."""
        path = self.settings.flows_dir / file
        with self._alone:
            if path.read_bytes() != before:
                self._read()
                raise Conflict
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            draft.write_bytes(after)
            draft.chmod(path.stat().st_mode)
            draft.replace(path)
            self._read()

    # --- translations ---

    def translated(self, guide_id: str) -> list[tuple[str, int, int]]:
        """For each language: its name, how many texts of the guide are there in it, and how many there are."""
        guide, words = self.guide(guide_id), self.library.words
        texts = list(of_guide(guide)) if guide else []
        others = [one for one in words.languages if one.code != SOURCE_LANGUAGE]
        return [(one.name, sum(words.speaks(one.code, text.context, text.text) for text in texts), len(texts)) for one in others]


def _step_paths(step_id: str, step: Step) -> Iterator[Path]:
    yield from (said.path for said in said_in_step(step_id, step))
    base: Path = ("steps", step_id)
    if isinstance(step, HandoffStep):
        yield (*base, "reason")
    for number, _ in enumerate(step.links):
        yield (*base, "link", *(() if not isinstance(step.link, tuple) else (number,)), "label")
    if step.screen:
        yield from ((*base, "screen", key) for key in ("title", "highlight", "hint"))


def _head_paths(model: Guide) -> Iterator[Path]:
    yield from (said.path for said in said_in_guide(model) if said.path[0] != "steps")


def _label(path: Path) -> str:
    if path[-2:] == ("screen", "title"):
        return "Hình vẽ: tên màn hình"
    if len(path) > 2 and path[-1] == "label" and "link" in path:
        return "Chữ trên nút mở trang"
    number = next((f" {part + 1}" for part in reversed(path) if isinstance(part, int)), "")
    name = next(str(part) for part in reversed(path) if isinstance(part, str))
    return LABELS[name] + number
