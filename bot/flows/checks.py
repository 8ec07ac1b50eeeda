"""All that is checked in guides and answers that fit the model.

Errors are looked for at load, and a guide that has one is not served: it could mislead or endanger a citizen, or break a talk.
Warnings are looked for by `check`, for the maintainer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.flows import links
from bot.flows.diagnostics import Diagnostic, in_order
from bot.flows.draft import Draft, Path, Said, urls_in_step
from bot.flows.guides import ways
from bot.flows.hard_words import HardWords
from bot.flows.model import AnswerFile, AnswerSource, AskStep, CallStep, DoStep, Guide, Source, Step, Validity
from bot.flows.references import House, check_references, reachable
from bot.flows.schema_errors import near
from bot.flows.secrecy import is_secret_slot, secret_asked
from bot.flows.slots import Analysis, possibly_empty, uses
from bot.flows.texts import slot_names
from bot.i18n.folding import fold

if TYPE_CHECKING:
    from bot.flows.loader import Loaded

MAX_BUTTON = 20  # what Messenger shows of a quick reply's title
MAX_WORDS = 60  # of one message
MAX_SENTENCE = 20
STALE_AFTER = timedelta(days=365)
_SENTENCE_ENDS = re.compile(r"(?<=[.!?…;:])\s+|\n+")
_MEDIA_FILE = re.compile(r"[\w-]+(?:\.[\w-]+)+")


def check(loaded: Loaded, *, today: date) -> tuple[Diagnostic, ...]:
    """Everything that is wrong or poor in the content, what `load` found included, by file and line."""
    found = list(loaded.diagnostics)
    for guide in loaded.guide_drafts:
        found += _guide_warnings(guide, loaded.analyses[guide.model.guide], today)
        found += (one for said in guide.said for one in _hard_words(guide, said, loaded.hard_words))
    for answers in loaded.answer_drafts:
        found += _answer_warnings(answers, today)
        for number, answer in enumerate(answers.model.answers):
            found += _hard_words(answers, Said(("answers", number, "text"), answer.text), loaded.hard_words)
    return in_order(found)


def guide_errors(draft: Draft[Guide], analysis: Analysis, house: House) -> Iterator[Diagnostic]:
    """What keeps a guide from being served."""
    yield from analysis.findings
    yield from check_references(draft, analysis, house)
    if not draft.model.sources:
        yield draft.finding("no-source", ("sources",) if draft.tree.child("sources") else ("guide",), at_key=True)
    for number, source in enumerate(draft.model.sources):
        yield from _address_error(draft, ("sources", number, "url"), links.shape_fault(source.url))
    for step_id, step in draft.model.steps.items():
        for path, url in urls_in_step(step_id, step):
            yield from _address_error(draft, path, links.fault(url))
        for number, media in enumerate(step.media):
            if not _MEDIA_FILE.fullmatch(media.url) and links.fault(media.url):
                yield draft.finding("media-address", ("steps", step_id, "media", number, "url"), url=media.url[:80])
        if isinstance(step, AskStep) and step.slot and step.answer and is_secret_slot(step.slot):
            yield draft.finding("asks-secret", ("steps", step_id, "slot"), secret=step.slot)
    for said in draft.said:
        yield from _said_errors(draft, said)


def answer_errors(draft: Draft[AnswerFile], house: House) -> Iterator[tuple[str, Diagnostic]]:
    """What keeps an answer from being given, with the answer's id."""
    for number, answer in enumerate(draft.model.answers):
        path: Path = ("answers", number)
        if answer.guide is not None and not house.knows(answer.guide):
            yield answer.answer, draft.finding("unknown-guide", (*path, "guide"), name=answer.guide, near=near(answer.guide, house.guides))
        found = list(_address_error(draft, (*path, "source", "url"), links.shape_fault(answer.source.url)))
        if answer.link:
            found += _address_error(draft, (*path, "link", "url"), links.fault(answer.link.url))
        found += _said_errors(draft, Said((*path, "text"), answer.text))
        found += [draft.finding("unknown-slot", (*path, "text"), name=name, near="") for name in sorted(slot_names(answer.text))]
        yield from ((answer.answer, one) for one in found)


def _said_errors(draft: Draft[Guide] | Draft[AnswerFile], said: Said) -> Iterator[Diagnostic]:
    secret = secret_asked(said.text, is_question=said.is_question, is_typed=said.is_typed)
    if secret:
        yield draft.finding("asks-secret", said.path, secret=secret)
    for address in links.addresses(said.text) if "://" in said.text else ():
        yield from _address_error(draft, said.path, links.fault(address))


def _address_error(draft: Draft[Guide] | Draft[AnswerFile], path: Path, wrong: tuple[str, dict[str, str]] | None) -> Iterator[Diagnostic]:
    if wrong:
        code, params = wrong
        yield draft.finding(code, path, params)


def _guide_warnings(draft: Draft[Guide], analysis: Analysis, today: date) -> Iterator[Diagnostic]:
    model = draft.model
    # Where a way leads to a step that is not there, the steps behind it are cut off only by that mistake.
    whole = all(target in model.steps for target in (model.start, *(way for step in model.steps.values() for way in ways(step))))
    reached = reachable(model) if whole else model.steps.keys()
    for step_id, step in model.steps.items():
        if step_id not in reached:
            yield draft.finding("unreachable-step", ("steps", step_id), at_key=True, name=step_id)
        yield from _step_warnings(draft, step_id, step, today)
    for old in model.moved:
        if old in model.steps:
            yield draft.finding("moved-still-there", ("moved", old), at_key=True, name=old)
    for number, source in enumerate(model.sources):
        yield from _source_warnings(draft, ("sources", number), source, source.id, today)
        yield from _expired(draft, ("sources", number), source.valid, today)
    yield from _expired(draft, (), model.valid, today)
    yield from possibly_empty(draft, analysis)
    yield from _unused_slots(draft)
    for said in draft.said:
        yield from _said_warnings(draft, said)


def _step_warnings(draft: Draft[Guide], step_id: str, step: Step, today: date) -> Iterator[Diagnostic]:
    path: Path = ("steps", step_id)
    yield from _expired(draft, path, step.valid, today)
    if isinstance(step, DoStep) and not step.stuck:
        yield draft.finding("do-without-stuck", path, at_key=True)
    if isinstance(step, AskStep):
        for number, choice in enumerate(step.choices):
            yield from _expired(draft, (*path, "choices", number), choice.valid, today)
            yield from _button_warnings(draft, (*path, "choices", number, "label"), choice.label)
    yield from _said_twice(draft, step_id, step)
    for number, problem in enumerate(getattr(step, "stuck", ())):
        yield from _button_warnings(draft, (*path, "stuck", number, "problem"), problem.problem)
    for number, link in enumerate(step.links):
        place = ("link", "label") if not isinstance(step.link, tuple) else ("link", number, "label")
        yield from _button_warnings(draft, (*path, *place), link.label)


def _said_twice(draft: Draft[Guide], step_id: str, step: Step) -> Iterator[Diagnostic]:
    """The same words for two choices or problems of one step: the bot could only guess."""
    meaning: dict[str, str] = {}
    for key, name in (("choices", "label"), ("stuck", "problem")):
        for number, one in enumerate(getattr(step, key, ())):
            label: str = getattr(one, name)
            for place, words in [((name,), label), *((("says", index), words) for index, words in enumerate(one.says))]:
                first = meaning.setdefault(fold(words), label)
                if first != label and getattr(one, "valid", None) is None:
                    yield draft.finding("says-twice", ("steps", step_id, key, number, *place), words=words, first=first)


def _answer_warnings(draft: Draft[AnswerFile], today: date) -> Iterator[Diagnostic]:
    for number, answer in enumerate(draft.model.answers):
        path: Path = ("answers", number)
        yield from _source_warnings(draft, (*path, "source"), answer.source, answer.source.title, today)
        yield from _expired(draft, path, answer.valid, today)
        yield from _said_warnings(draft, Said((*path, "text"), answer.text))
        if answer.link:
            yield from _button_warnings(draft, (*path, "link", "label"), answer.link.label)


def _source_warnings(draft: Draft[Guide] | Draft[AnswerFile], path: Path, source: Source | AnswerSource, name: str, today: date) -> Iterator[Diagnostic]:
    if source.checked is None:
        yield draft.finding("source-unverified", path, name=name)
    elif source.checked > today:
        yield draft.finding("source-future", (*path, "checked"), name=name)
    elif today - source.checked > STALE_AFTER:
        yield draft.finding("source-stale", (*path, "checked"), name=name, days=str(STALE_AFTER.days))
    if not links.shape_fault(source.url) and not links.official(links.host_of(source.url)):
        yield draft.finding("source-domain", (*path, "url"), name=name, host=links.host_of(source.url))


def _expired(draft: Draft[Guide] | Draft[AnswerFile], path: Path, valid: Validity | None, today: date) -> Iterator[Diagnostic]:
    if valid and valid.until and valid.until < today:
        yield draft.finding("expired", (*path, "valid"), at_key=True, until=valid.until.isoformat())


def _button_warnings(draft: Draft[Guide] | Draft[AnswerFile], path: Path, label: str) -> Iterator[Diagnostic]:
    length = len(unicodedata.normalize("NFC", label))
    if length > MAX_BUTTON:
        yield draft.finding("button-too-long", path, length=str(length), limit=str(MAX_BUTTON))


def _said_warnings(draft: Draft[Guide] | Draft[AnswerFile], said: Said) -> Iterator[Diagnostic]:
    words = len(said.text.split())
    if words > MAX_WORDS:
        yield draft.finding("text-long", said.path, words=str(words), limit=str(MAX_WORDS))
    for sentence in _SENTENCE_ENDS.split(said.text):
        length = len(sentence.split())
        if length > MAX_SENTENCE:
            yield draft.finding("sentence-hard", said.path, words=str(length), limit=str(MAX_SENTENCE), start=" ".join(sentence.split()[:5]))


def _hard_words(draft: Draft[Guide] | Draft[AnswerFile], said: Said, words: HardWords) -> Iterator[Diagnostic]:
    for start, word, instead in words.found(said.text):
        yield draft.finding("word-hard", said.path, {"word": word, "instead": instead}, offset=start)


def _unused_slots(draft: Draft[Guide]) -> Iterator[Diagnostic]:
    """Slots that are asked for, and neither read nor counted: what is not needed should not be collected."""
    model = draft.model
    read = {name for use in uses(model) for name in re.findall(r"slots\s*\.\s*(\w+)", use.source)}
    read |= {name for said in draft.said for name in slot_names(said.text)}
    calls = any(isinstance(step, CallStep) for step in model.steps.values())
    for step_id, step in model.steps.items():
        if isinstance(step, AskStep) and step.slot and step.keep.value == "session" and step.slot not in read and step.slot != "commune" and not calls:
            yield draft.finding("unused-slot", ("steps", step_id, "slot"), name=step.slot)
