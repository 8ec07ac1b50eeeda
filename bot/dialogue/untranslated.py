"""Texts of guides and answers that a reader of another language would get in Vietnamese, told where they stand in the YAML.

One finding for a file, a language and what has happened: in the middle of an edit half of a guide may be untranslated, and a line
for each of its texts would bury what else is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.dialogue.sources import of_answer, of_guide
from bot.flows.diagnostics import Diagnostic
from bot.flows.draft import Draft
from bot.flows.loader import Loaded
from bot.flows.model import AnswerFile, Guide
from bot.i18n.catalogue import NAME_HEADER, SCOPE_HEADER
from bot.i18n.po import INTERFACE, Standing, is_offered, standing
from bot.i18n.sources import SourceText

if TYPE_CHECKING:
    import polib

NAMED = 3  # places that are named; the others are counted
CODES = {Standing.MISSING: "untranslated", Standing.OLD: "translation-old"}


def untranslated(loaded: Loaded, catalogues: Mapping[str, tuple[str, polib.POFile]]) -> Iterator[Diagnostic]:
    """At the first text of each kind; `catalogues`: by language, the file's name as maintainers know it, and what stands in it.

    Languages that are not offered, or that translate the interface only, are left alone. So is a guide with an error: it shows nothing.
    """
    drafts: tuple[Draft[Guide] | Draft[AnswerFile], ...] = (*loaded.guide_drafts, *loaded.answer_drafts)
    texts = [(draft, list(_texts(draft, loaded))) for draft in drafts]
    for code, (file, catalogue) in sorted(catalogues.items()):
        if not is_offered(catalogue) or catalogue.metadata.get(SCOPE_HEADER) == INTERFACE:
            continue
        by_place = {entry.msgctxt: entry for entry in catalogue if not entry.obsolete}
        about = {"language": catalogue.metadata.get(NAME_HEADER, code), "code": code, "file": file}
        for draft, theirs in texts:
            for state, name in CODES.items():
                found = [one for one in theirs if standing(by_place.get(one.context), one.text) is state]
                if found:
                    first = min(found, key=lambda one: draft.tree.place(one.path))
                    yield draft.finding(name, first.path, about, count=str(len(found)), first=_named(found))


def _texts(draft: Draft[Guide] | Draft[AnswerFile], loaded: Loaded) -> Iterator[SourceText]:
    """What the file shows to citizens."""
    if isinstance(draft.model, Guide):
        guide = loaded.guides.get(draft.model.guide)
        if guide is not None:
            yield from of_guide(guide)
        return
    for number, answer in enumerate(draft.model.answers):
        if answer.answer in loaded.guides.answers:
            yield from (replace(one, path=("answers", number, *one.path)) for one in of_answer(answer))


def _named(found: list[SourceText]) -> str:
    names = ", ".join(one.context for one in found[:NAMED])
    return names + (", …" if len(found) > NAMED else "")
