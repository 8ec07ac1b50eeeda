"""A file that has been read and fits the model, with the places of its values: what the checks look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from bot.flows.diagnostics import Diagnostic
from bot.flows.model import AnswerFile, AnswerKind, AskStep, DoStep, Guide, Step, step_kind
from bot.flows.yaml_tree import Node

Path = tuple[str | int, ...]
M = TypeVar("M", Guide, AnswerFile)


@dataclass(frozen=True, kw_only=True)
class Draft(Generic[M]):
    """`tree` tells where each value of `model` stands in `file`."""

    file: str
    tree: Node
    model: M

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """Every text of a guide that citizens read. Many checks look at them."""
        return tuple(said_in_guide(self.model)) if isinstance(self.model, Guide) else ()

    def said_in_steps(self) -> Iterator[Said]:
        return (said for said in self.said if said.path[0] == "steps")

    def finding(
        self, code: str, path: Sequence[str | int], params: Mapping[str, str] | None = None, /, *, at_key: bool = False, offset: int | None = None, **more: str
    ) -> Diagnostic:
        """A finding at the value at `path` (`at_key`: at its key; `offset`: so many characters into a text of one line)."""
        line, column = self.tree.place(path, key=at_key)
        if offset is not None:
            node: Node | None = self.tree
            for part in path:
                node = node.child(part) if node else None
            if node is not None and node.indent is not None:
                column += node.indent + offset
        return Diagnostic(file=self.file, line=line, column=column, code=code, params={**(params or {}), **more})


@dataclass(frozen=True, slots=True)
class Said:
    """A text that citizens read: where it stands, whether it asks something, and whether the answer is typed."""

    path: Path
    text: str
    is_question: bool = False
    is_typed: bool = False


def said_in_step(step_id: str, step: Step) -> Iterator[Said]:
    """Every text of a step that citizens read."""
    kind = step_kind(step) or ""
    text = getattr(step, kind)
    if isinstance(text, str) and kind != "call":
        typed = isinstance(step, AskStep) and step.answer in {AnswerKind.TEXT, AnswerKind.NUMBER}
        yield Said(("steps", step_id, kind), text, is_question=kind == "ask", is_typed=typed)
    if isinstance(step, AskStep):
        if step.reask:
            yield Said(("steps", step_id, "reask"), step.reask, is_question=True)
        for number, choice in enumerate(step.choices):
            yield Said(("steps", step_id, "choices", number, "label"), choice.label)
    if isinstance(step, AskStep | DoStep):
        for number, problem in enumerate(step.stuck):
            yield Said(("steps", step_id, "stuck", number, "problem"), problem.problem)
            if problem.try_:
                yield Said(("steps", step_id, "stuck", number, "try"), problem.try_)


def said_in_guide(model: Guide) -> Iterator[Said]:
    """Every text of a guide that citizens read, its title and checklist included."""
    yield Said(("title",), model.title)
    if model.summary:
        yield Said(("summary",), model.summary)
    for number, text in enumerate(model.prepare):
        yield Said(("prepare", number), text)
    for step_id, step in model.steps.items():
        yield from said_in_step(step_id, step)


def urls_in_step(step_id: str, step: Step) -> Iterator[tuple[Path, str]]:
    """The address of every link of a step."""
    single = not isinstance(step.link, tuple)
    for number, link in enumerate(step.links):
        yield ("steps", step_id, "link", *(() if single else (number,)), "url"), link.url
