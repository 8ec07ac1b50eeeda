"""Somebody who reads English walks every way of every guide and meets no Vietnamese sentence, only names as they stand on the screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.channels.fit import fit
from bot.channels.registry import CAPABILITIES
from bot.dialogue.drawings import drawing_note, screen_in
from bot.dialogue.event import Kind
from bot.dialogue.library import Library
from bot.dialogue.reply import Reply
from bot.dialogue.session import Session
from bot.i18n.catalogue import Catalogues
from bot.outreach.illustrations import draw
from tests.dialogue.talking import Chat
from tests.dialogue.test_walker import LIBRARY, Walk, _violations

ROOT = Path(__file__).parents[2]
ENGLISH = Library(LIBRARY.guides, Catalogues.load(ROOT / "locales"))
VIETNAMESE_LETTER = re.compile("[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE)
NAMES = ("Dẫn Lối", "Lai Châu", "Tiếng / Language", "Tiếng Việt", "đồng", *(place.name for place in LIBRARY.guides.places))


class InEnglish(Walk):
    def _turn(self, session: Session, kind: Kind, value: str, *, before: str) -> Session:
        return super()._turn(replace(session, language="en"), kind, value, before=before)


@pytest.fixture(scope="module", params=list(LIBRARY.guides))
def walk(request: pytest.FixtureRequest) -> Walk:
    return InEnglish(ENGLISH, ENGLISH.guides[request.param]).all_ways()


def vietnamese(text: str) -> str:
    """What is Vietnamese in `text`, quoted labels and names left out; nothing where it is English."""
    rest = re.sub("“[^”]*”", "", text)
    for name in NAMES:
        rest = rest.replace(name, "")
    return rest if VIETNAMESE_LETTER.search(rest) else ""


def words_of(reply: Reply) -> list[str]:
    alts = [one.alt for one in reply.media]
    title = [reply.progress.title] if reply.progress else []
    return [reply.text, *(one.label for one in reply.options), *(one.label for one in reply.links), *alts, *title]


def test_no_vietnamese_sentence_is_met(walk: Walk) -> None:
    found = {text: where for reply, where in walk.replies.items() for text in words_of(reply) if vietnamese(text)}
    assert found == {}
    note = ENGLISH.phrase("en", "untranslated-note")
    assert note not in {reply.text for reply in walk.replies}


def test_every_english_bubble_fits_every_app(walk: Walk) -> None:
    """English is often longer than Vietnamese."""
    for name, limits in CAPABILITIES.items():
        for reply, where in walk.replies.items():
            for piece in fit(reply, limits):
                assert not list(_violations(piece, limits)), (name, where, piece)


def test_deadlines_and_fees_are_written_as_in_english(walk: Walk) -> None:
    texts = " ".join(reply.text for reply in walk.replies)
    assert "…" not in re.sub("“[^”]*”", "", texts)
    if walk.guide.id == "khai-sinh":
        assert re.search(r"The last day is \d{1,2} [A-Z][a-z]+ \d{4}\.", texts)
        assert "Together: 16,000 đồng" in texts


def test_answers_and_their_questions_are_english() -> None:
    words = ENGLISH.words
    found = {}
    for name, answer in ENGLISH.guides.answers.items():
        texts = [words.text("en", f"answers.{name}.question", answer.question), words.text("en", f"answers.{name}.text", answer.text)]
        texts += [words.text("en", f"answers.{name}.link", answer.link.label)] if answer.link else []
        found |= {text: name for text in texts if vietnamese(text)}
    assert found == {}


def test_english_hints_fit_their_drawings() -> None:
    """At the size in which chat apps show them."""
    for guide in ENGLISH.guides.values():
        for step_id in guide.model.steps:
            screen = screen_in(ENGLISH.words, "en", guide, step_id)
            if screen:
                draw(screen, drawing_note(ENGLISH.words, "en"))


def test_a_language_that_is_named_is_taken() -> None:
    """And one that is not offered yet shows those that are."""
    chat = Chat(ENGLISH)
    chat.user("tiếng anh").rest()
    assert chat.session.language == "en"
    chat.user("tieng viet").rest()
    assert chat.session.language == "vi"
    chat.user("tiếng Thái")
    chat.bot("Bà con muốn dùng tiếng nào?", buttons=["Tiếng Việt", "English", "Gặp người hỗ trợ"])
