"""From files to guides: everything that is wrong in any of them is found at once, and the good ones are served."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.flows.checks import answer_errors, guide_errors
from bot.flows.diagnostics import Diagnostic, in_order
from bot.flows.draft import Draft
from bot.flows.guides import CompiledGuide, Guides, compile_guide
from bot.flows.hard_words import HardWords
from bot.flows.model import Answer, AnswerFile, CallStep, Guide
from bot.flows.places import Places
from bot.flows.references import House, call_cycles
from bot.flows.salvage import SURE, salvage
from bot.flows.schema_errors import from_pydantic
from bot.flows.slots import Analysis, SlotInfo, analyse
from bot.flows.yaml_tree import Node, read

PLACES_FILE = "places.csv"
HARD_WORDS_FILE = "hard-words.csv"
ANSWERS_FOLDER = "answers/"
YAML_SUFFIXES = (".yaml", ".yml")
M = TypeVar("M", Guide, AnswerFile)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The guides that can be served, and the errors of those that cannot. The drafts are for `check` and are not needed to talk."""

    guides: Guides
    diagnostics: tuple[Diagnostic, ...]
    guide_drafts: tuple[Draft[Guide], ...] = field(default=(), repr=False)
    answer_drafts: tuple[Draft[AnswerFile], ...] = field(default=(), repr=False)
    analyses: Mapping[str, Analysis] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    hard_words: HardWords = field(default_factory=HardWords, repr=False)


def load(files: Mapping[str, bytes]) -> Loaded:
    """Read all files of the flows folder, by their path in it (`vneid.yaml`, `answers/chung.yaml`, `places.csv`).

    Never raises for what stands in them. A guide or answer with an error is left out, and so is a guide that calls one.
    """
    reading = _Reading()
    found = reading.found
    places, hard_words = _places(files, found), _hard_words(files, found)
    guides = _guides(files, reading)
    answers = _answer_drafts(files, reading)
    models = {guide_id: draft.model for guide_id, draft in guides.items()}
    analyses = _analyses(guides)
    house = House(guides=models, unread=reading.unread, has_places=len(places) > 0)
    found += _rest_errors(reading, house)
    broken: set[str] = set()
    for guide_id, draft in guides.items():
        errors = list(guide_errors(draft, analyses[guide_id], house))
        found += errors
        if errors or any(one.file == draft.file for one in found):
            broken.add(guide_id)
    for guide_id, cycle in call_cycles(guides):
        found.append(cycle)
        broken.add(guide_id)
    found += _broken_calls(guides, broken)
    compiled = {guide_id: _compile(draft, analyses[guide_id]) for guide_id, draft in guides.items() if guide_id not in broken}
    return Loaded(
        guides=Guides(by_id=MappingProxyType(compiled), answers=MappingProxyType(_answers(answers, house, compiled, found)), places=places),
        diagnostics=in_order(found),
        guide_drafts=tuple(guides.values()),
        answer_drafts=tuple(answers),
        analyses=MappingProxyType(analyses),
        hard_words=hard_words,
    )


def _is_yaml(name: str) -> bool:
    return name.endswith(YAML_SUFFIXES)


def _is_answers(name: str) -> bool:
    return name.startswith(ANSWERS_FOLDER)


def _places(files: Mapping[str, bytes], found: list[Diagnostic]) -> Places:
    content = files.get(PLACES_FILE)
    if content is None:
        return Places()
    try:
        return Places.from_csv(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        found.append(Diagnostic(file=PLACES_FILE, line=1, column=1, code="not-utf8"))
    except ValueError as error:
        line, _, problem = str(error).partition(": ")
        found.append(Diagnostic(file=PLACES_FILE, line=int(line), column=1, code="bad-places", params={"problem": problem}))
    return Places()


def _hard_words(files: Mapping[str, bytes], found: list[Diagnostic]) -> HardWords:
    content = files.get(HARD_WORDS_FILE)
    if content is None:
        return HardWords()
    try:
        return HardWords.from_csv(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        found.append(Diagnostic(file=HARD_WORDS_FILE, line=1, column=1, code="not-utf8"))
    except (ValueError, csv.Error) as error:
        line, _, problem = str(error).partition(": ")
        line = line if line.isdecimal() else "1"
        found.append(Diagnostic(file=HARD_WORDS_FILE, line=int(line), column=1, code="bad-hard-words", params={"problem": problem}))
    return HardWords()


@dataclass(slots=True)
class _Reading:
    """What comes together while the files are read."""

    found: list[Diagnostic] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)  # guides that do not fit the model, with their files
    guide_rests: list[Draft[Guide]] = field(default_factory=list)
    answer_rests: list[Draft[AnswerFile]] = field(default_factory=list)

    def draft(self, name: str, content: bytes, model: type[M]) -> Draft[M] | None:
        """The file as a draft, or None where it does not fit the model."""
        tree, troubles = read(content)
        self.found += [Diagnostic(file=name, line=one.line, column=one.column, code=one.code, params=one.params) for one in troubles]
        if tree is None:
            return None
        try:
            built: Any = model.model_validate(tree.value)
        except ValidationError as error:
            self.found += from_pydantic(error, name, tree, model)
            self._keep_rest(name, tree, model)
            return None
        return Draft(file=name, tree=tree, model=built)

    def _keep_rest(self, name: str, tree: Node, model: type[M]) -> None:
        guide_id = tree.child("guide")
        if guide_id is not None:
            self.unread[str(guide_id.value)] = name
        rest = salvage(name, tree, model)
        rests: Any = self.guide_rests if model is Guide else self.answer_rests
        if rest is not None:
            rests.append(rest)


def _rest_errors(reading: _Reading, house: House) -> Iterator[Diagnostic]:
    """What else is wrong in files that do not fit the model."""
    for guide in reading.guide_rests:
        written = guide.tree.value.get("sources")
        sources_read = isinstance(written, list) and len(written) == len(guide.model.sources)
        for one in guide_errors(guide, analyse(guide, {}), house):
            if one.code in SURE and (one.code != "unknown-source" or sources_read):
                yield one
    for answers in reading.answer_rests:
        yield from (one for _, one in answer_errors(answers, house) if one.code in SURE)


def _guides(files: Mapping[str, bytes], reading: _Reading) -> dict[str, Draft[Guide]]:
    guides: dict[str, Draft[Guide]] = {}
    codes: dict[str, str] = {}
    for name in sorted(files):
        draft = reading.draft(name, files[name], Guide) if _is_yaml(name) and not _is_answers(name) else None
        if draft is None:
            continue
        guide_id, code = draft.model.guide, draft.model.guide.replace("-", "")
        if guide_id in guides:
            reading.found.append(draft.finding("duplicate-guide", ("guide",), name=guide_id, first=guides[guide_id].file))
        elif code in codes:
            reading.found.append(draft.finding("duplicate-code", ("guide",), code=code.upper(), first=codes[code]))
        else:
            guides[guide_id], codes[code] = draft, guide_id
    return guides


def _answer_drafts(files: Mapping[str, bytes], reading: _Reading) -> list[Draft[AnswerFile]]:
    drafts = (reading.draft(name, files[name], AnswerFile) for name in sorted(files) if _is_yaml(name) and _is_answers(name))
    return [draft for draft in drafts if draft is not None]


def _analyses(guides: Mapping[str, Draft[Guide]]) -> dict[str, Analysis]:
    """Called guides before those that call them, because their slots come back; a circle of calls is told elsewhere."""
    done: dict[str, Analysis] = {}
    under_way: set[str] = set()

    def visit(guide_id: str) -> None:
        if guide_id in done or guide_id in under_way:
            return
        under_way.add(guide_id)
        called: dict[str, SlotInfo] = {}
        for step in guides[guide_id].model.steps.values():
            if isinstance(step, CallStep) and step.call in guides:
                visit(step.call)
                called |= done[step.call].slots if step.call in done else {}
        done[guide_id] = analyse(guides[guide_id], called)

    for guide_id in guides:
        visit(guide_id)
    return done


def _broken_calls(guides: Mapping[str, Draft[Guide]], broken: set[str]) -> list[Diagnostic]:
    """Add to `broken` whoever calls a broken guide, and say so."""
    found: list[Diagnostic] = []
    growing = True
    while growing:
        growing = False
        for guide_id, draft in guides.items():
            if guide_id in broken:
                continue
            for step_id, step in draft.model.steps.items():
                if isinstance(step, CallStep) and step.call in broken:
                    found.append(draft.finding("call-broken", ("steps", step_id, "call"), name=step.call, file=guides[step.call].file))
                    broken.add(guide_id)
                    growing = True
    return found


def _compile(draft: Draft[Guide], analysis: Analysis) -> CompiledGuide:
    return compile_guide(draft.model, draft.file, analysis.expressions, analysis.types)


def _answers(drafts: list[Draft[AnswerFile]], house: House, compiled: Mapping[str, CompiledGuide], found: list[Diagnostic]) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    first_in: dict[str, str] = {}
    for draft in drafts:
        errors = list(answer_errors(draft, house))
        found += [one for _, one in errors]
        wrong = {answer_id for answer_id, _ in errors}
        for number, answer in enumerate(draft.model.answers):
            if answer.answer in first_in:
                found.append(draft.finding("duplicate-answer", ("answers", number, "answer"), name=answer.answer, first=first_in[answer.answer]))
                continue
            first_in[answer.answer] = draft.file
            if answer.answer not in wrong:
                # An answer stays true while its guide is being mended; it only does not lead there.
                answers[answer.answer] = answer if answer.guide in compiled else answer.model_copy(update={"guide": None})
    return answers
