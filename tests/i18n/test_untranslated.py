"""What is not translated is said in Vietnamese, with one calm note in the citizen's language."""

from __future__ import annotations

from bot.i18n.catalogue import Catalogues, Language
from bot.i18n.phrases import PHRASES
from tests.dialogue.talking import Chat, library

GUIDES = {
    "a.yaml": """
        guide: a
        title: Việc A
        sources: [{id: s, title: Nguồn, url: "https://dichvucong.gov.vn", checked: 2026-11-24}]
        start: one
        steps:
          one: {do: Làm một., next: two, source: s, stuck: [{problem: Hỏng, try: Chữa.}]}
          two: {do: Làm hai., next: three, source: s}
          three: {do: Làm ba., next: end}
          end: {end: Xong.}
        """,
    "b.yaml": """
        guide: b
        title: Việc B
        sources: [{id: s, title: Nguồn, url: "https://dichvucong.gov.vn", checked: 2026-11-24}]
        start: one
        steps:
          one: {do: Làm bê., next: end}
          end: {end: Xong.}
        """,
    "answers/c.yaml": """
        answers:
          - answer: phi
            question: Có mất tiền không?
            text: Không mất tiền.
            source: {title: Nguồn, url: "https://dichvucong.gov.vn", checked: 2026-11-24}
        """,
}
NOTE = "This part is not translated yet"
TRANSLATED = {
    ("a.one.do", "Làm một."): "Do one.",
    ("bot.untranslated-note", PHRASES["untranslated-note"]): NOTE,
    ("bot.going-on", PHRASES["going-on"]): "Let us go on.",
    ("bot.offer-language", PHRASES["offer-language"]): "Would you like to go on in English?",
    ("bot.language-set", PHRASES["language-set"]): "All right.",
}


def english(texts: dict[tuple[str, str], str] | None = None) -> Chat:
    words = Catalogues((Language(code="en", name="English"),), {"en": TRANSLATED if texts is None else texts})
    chat = Chat(library(GUIDES, words), intents={"mat tien khong": "hoi/phi"})
    chat.tap("/language/en")
    chat.rest()
    return chat


def test_the_note_comes_once_in_a_guide() -> None:
    chat = english()
    chat.open("a")
    chat.rest()
    assert chat.at == "a/one"
    chat.tap("done")
    assert chat.rest() == [NOTE, "Làm hai."]
    chat.tap("done")
    assert chat.rest() == ["Làm ba."]
    chat.tap("back")
    assert chat.rest() == ["Làm hai."]


def test_the_end_of_a_guide_does_not_say_it_again_and_another_guide_does() -> None:
    chat = english()
    chat.open("a")
    for _ in range(3):
        chat.rest()
        chat.tap("done")
    assert NOTE not in chat.rest()
    chat.open("b")
    assert chat.rest()[0] == NOTE


def test_help_with_a_problem_is_noted_too() -> None:
    chat = english()
    chat.open("a")
    chat.rest()
    chat.tap("a/one/p1")
    assert chat.rest() == [NOTE, "Chữa."]


def test_an_answer_outside_of_a_guide_brings_its_own_note() -> None:
    chat = english()
    chat.user("mat tien khong")
    assert chat.rest()[0] == NOTE


def test_without_words_for_the_note_there_is_none() -> None:
    """A note in Vietnamese would tell nobody anything."""
    chat = english({})
    chat.open("b")
    assert not [text for text in chat.rest() if text == PHRASES["untranslated-note"]]


def test_in_vietnamese_nothing_is_noted_and_replies_name_no_language() -> None:
    chat = Chat(library(GUIDES))
    chat.open("a")
    assert chat.bot("Việc A").language == ""
    assert chat.rest() == ["Làm một."]


def test_replies_tell_their_language() -> None:
    chat = english()
    chat.open("a")
    assert chat.bot("Việc A").as_message()["language"] == "en"
    chat.rest()


def test_a_page_hands_its_language_on() -> None:
    """Where someone read a page in English and began there; a language that is not offered changes nothing."""
    words = Catalogues((Language(code="en", name="English"),), {"en": TRANSLATED})
    chat = Chat(library(GUIDES, words))
    chat.open("a", language="mww")
    chat.rest()
    assert chat.session.language == "vi"
    chat.open("a", language="en")
    assert "Do one." in chat.rest()
    assert chat.session.language == "en"


def test_clear_english_is_offered_and_taken_with_yes() -> None:
    words = Catalogues((Language(code="en", name="English"),), {"en": TRANSLATED})
    chat = Chat(library(GUIDES, words))
    chat.open("a")
    chat.rest()
    chat.user("sorry I don't understand what this is")
    chat.bot("Would you like to go on in English?", buttons=["English", "Làm tiếp", "Gặp người hỗ trợ"])
    assert chat.session.language == "vi"
    chat.user("yes")
    assert chat.rest() == ["All right.", "Do one."]
    assert chat.session.language == "en"


def test_the_offer_can_be_turned_down() -> None:
    words = Catalogues((Language(code="en", name="English"),), {"en": TRANSLATED})
    chat = Chat(library(GUIDES, words))
    chat.open("a")
    chat.rest()
    chat.user("sorry I don't understand what this is")
    chat.rest()
    chat.user("no")
    assert chat.rest() == ["Làm một."]
    assert chat.session.language == "vi"
