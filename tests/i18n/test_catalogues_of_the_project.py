"""The catalogues that travel with the project: the template is current, English is whole, and nobody is offered a language without a reader."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.i18n import FEW_PLACES, _texts, app
from bot.i18n import po
from bot.i18n.catalogue import Catalogues
from bot.i18n.sources import SourceText, same_placeholders

LOCALES = Path(__file__).parents[2] / "locales"
WAITING = ("blt", "hni", "ium", "mww", "twh")


@pytest.fixture(scope="module")
def texts() -> list[SourceText]:
    assert not [name for name in os.environ if name.startswith("DANLOI_")]
    return _texts()


def test_the_template_is_current() -> None:
    """Else: danloi i18n update."""
    result = CliRunner().invoke(app, ["extract", "--check"])
    assert result.exit_code == 0, result.output


def test_english_is_whole(texts: list[SourceText]) -> None:
    state = po.state(po.read(po.path_of(LOCALES, "en")), "en", texts)
    assert (state.percent, state.fuzzy, state.missing, state.offered) == (100, 0, 0, True)


def test_every_place_stands_once_and_is_what_the_bot_looks_up(texts: list[SourceText]) -> None:
    places = [one.context for one in texts]
    assert len(set(places)) == len(places)
    words = Catalogues.load(LOCALES)
    assert [one.context for one in texts if not words.speaks("en", one.context, one.text)] == []


@pytest.mark.parametrize("language", WAITING)
def test_languages_without_a_reader_hold_the_few_words_and_are_not_offered(texts: list[SourceText], language: str) -> None:
    catalogue = po.read(po.path_of(LOCALES, language))
    assert {entry.msgctxt for entry in catalogue} == FEW_PLACES
    assert not po.state(catalogue, language, po.wanted(catalogue, texts, FEW_PLACES)).offered
    assert language not in Catalogues.load(LOCALES)


@pytest.mark.parametrize("path", sorted(LOCALES.glob("*/LC_MESSAGES/*.po")), ids=lambda path: path.parent.parent.name)
def test_translations_have_the_slots_of_their_source(path: Path) -> None:
    assert [entry.msgctxt for entry in po.read(path) if entry.msgstr and not same_placeholders(entry.msgid, entry.msgstr)] == []
