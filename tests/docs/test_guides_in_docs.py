"""The guides that `docs/maintainers.md` shows are real ones, and what it says `danloi check` prints is what it prints."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from datetime import date

import pytest
import yaml
from pydantic import BaseModel

from bot.dialogue.library import Library
from bot.dialogue.talks import Surroundings, run_talk
from bot.flows import model
from bot.flows.checks import check
from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import load
from bot.flows.talks import read_talks
from bot.i18n.catalogue import Catalogues
from tests.docs.pages import HOUSE, Page
from tests.pictures import PICTURES, changed_guide, diagrams

PATH = HOUSE / "docs/maintainers.md"
PAGE = Page(path=PATH, text=PATH.read_text(encoding="utf-8"))
TODAY = date(2026, 11, 24)


def blocks(kind: str) -> list[str]:
    return [text for info, text in PAGE.blocks if info == kind]


def findings(name: str, text: str) -> tuple[Diagnostic, ...]:
    loaded = load({name: text.encode(), "places.csv": (HOUSE / "flows/places.csv").read_bytes()})
    return check(loaded, today=TODAY)


@pytest.mark.parametrize("text", blocks("yaml guide"))
def test_the_guide_that_is_shown_has_no_mistakes(text: str) -> None:
    assert [one.text() for one in findings("xin-vi-du.yaml", text)] == []


@pytest.mark.parametrize("text", blocks("yaml answers"))
def test_the_answers_that_are_shown_have_no_mistakes(text: str) -> None:
    assert [one.text() for one in findings("answers/vi-du.yaml", text) if one.severity == "error"] == []


def test_the_mistake_that_is_shown_reads_as_it_is_printed() -> None:
    (broken,), (printed,) = blocks("yaml broken"), blocks("text")

    assert "\n".join(one.text() for one in findings("sai-ten.yaml", broken)) == printed.strip()


def test_the_changes_that_are_shown_can_be_made_and_have_no_mistakes() -> None:
    """“Sửa một câu”, “Thêm một bước”, “Thêm một lỗi hay gặp”, one after the other."""
    text = changed_guide()
    assert "trên điện thoại" in text
    assert "log-in" in text
    assert "Trang hỏi tài khoản" in text
    assert [one.text() for one in findings("xin-vi-du.yaml", text)] == []


def test_the_diagrams_that_are_shown_are_those_of_the_guide() -> None:
    """If not: `python -m tests.pictures`, and look at them."""
    for name, drawn in diagrams().items():
        assert (PICTURES / name).read_text(encoding="utf-8") == drawn, name


@pytest.mark.parametrize("text", blocks("yaml part"))
def test_the_parts_that_are_shown_use_words_of_the_language(text: str) -> None:
    (guide,) = blocks("yaml guide")
    steps = set(yaml.safe_load(guide)["steps"])

    assert not set(keys(yaml.safe_load(textwrap.dedent(text)))) - words() - steps


def test_the_words_that_the_text_explains_are_words_of_the_language() -> None:
    named = {span.partition(":")[0] for span in PAGE.spans if ": " in span or span.endswith(":")}

    assert not named - words() - {"deadline"}


def words() -> set[str]:
    """Every key that the guide language knows."""
    return {field.alias or name for part in parts(model.Part) for name, field in part.model_fields.items()}


def parts(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in base.__subclasses__():
        yield one
        yield from parts(one)


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def edited() -> str:
    """The guide that is shown, after every edit that the page walks through."""
    (text,) = blocks("yaml guide")
    for diff in re.findall(r"^ *```diff\n(.*?)^ *```$", PAGE.text, re.DOTALL | re.MULTILINE):
        lines = textwrap.dedent(diff).splitlines()
        old = "".join(f"{line[1:]}\n" for line in lines if line.startswith("-"))
        new = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_the_edits_that_are_shown_can_be_made_one_after_another() -> None:
    text = edited()
    assert all(words in text for words in ("trên điện thoại", "log-in:", "Trang hỏi tài khoản"))
    assert [one.text() for one in findings("xin-vi-du.yaml", text)] == []


def test_the_talk_that_is_shown_goes_as_it_is_written() -> None:
    """With the edited guide, as `danloi test` runs it; the classifier is not needed for words that the step knows."""
    (written,) = re.findall(r"^ *```yaml talk\n(.*?)^ *```$", PAGE.text, re.DOTALL | re.MULTILINE)
    (talk,), found = read_talks({"a.yaml": textwrap.dedent(written).encode()})
    library = Library(load({"xin-vi-du.yaml": edited().encode()}).guides, Catalogues())
    around = Surroundings(library=library, channels=("web",), understand=lambda event: event, fit=lambda _, reply: (reply,))
    assert not found
    assert [failure.text() for failure in run_talk(talk, around, TODAY).failures] == []


def test_the_picture_that_is_shown_is_of_the_guide_that_is_shown() -> None:
    (text,) = blocks("yaml guide")
    drawn = re.findall(r'data-step="([^"]+)"', (HOUSE / "docs/pictures/xin-vi-du.svg").read_text(encoding="utf-8"))
    assert drawn == list(yaml.safe_load(text)["steps"])
