"""Consent: asked once, below an answer, by two buttons; silence is none; it can be taken back, and nobody is helped less without it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.dialogue.consent import VERSION
from bot.dialogue.event import Kind
from bot.dialogue.library import Library
from bot.dialogue.turn import Turn
from tests.dialogue.guides import FILES
from tests.dialogue.talking import Chat, library

LEARN = "Có câu Dẫn Lối chưa hiểu"
TALK = "cho giữ cuộc trò chuyện này 7 ngày"


def gaps(chat: Chat) -> list[tuple[str, str]]:
    return [(gap.text, f"{gap.guide}/{gap.step}") for turn in chat.turns for gap in turn.gaps]


def last(chat: Chat) -> Turn:
    return chat.turns[-1]


def test_nobody_is_asked_before_they_are_helped(stranger: Chat) -> None:
    """Not at the first word, not while something is not understood, not in the middle of a guide."""
    stranger.user("ngô nhà em bị sâu")
    assert not [text for text in stranger.rest() if "đồng ý" in text.lower()]
    stranger.open("phone_scan")
    assert not [text for text in stranger.rest() if "đồng ý" in text.lower()]
    stranger.tap("Xong rồi")
    assert not [text for text in stranger.rest() if "đồng ý" in text.lower()]


def not_understood_once(chat: Chat) -> None:
    """Something is said in a guide that nobody understands; then the guide goes to its end."""
    chat.open("phone_scan").rest()
    chat.user("cái chi chi rứa").rest()
    chat.tap("Xong rồi").rest()
    assert chat.at is None


def test_who_agrees_gives_what_was_not_understood(chat: Chat) -> None:
    """After the end of the guide, with the thanks for the thumb; yes keeps the sentence, with the version and the time of the consent."""
    not_understood_once(chat)
    assert gaps(chat) == []
    chat.tap("👍 Có")
    chat.bot(LEARN, buttons=["Menu", "Đồng ý", "Không đồng ý"])
    chat.tap("Đồng ý")
    chat.bot("Cảm ơn bà con.", buttons=["Menu"])
    assert gaps(chat) == [("cái chi chi rứa", "phone/scan")]
    assert last(chat).gaps[0].consent.startswith(f"{VERSION} 2026-11-24 05:00")
    assert chat.session.consents["learn"].given
    assert chat.session.unheard == ()
    chat.user("cái nớ là cái chi").rest()
    assert gaps(chat)[1:] == [("cái nớ là cái chi", "/")]


def test_silence_is_no_consent_and_the_question_comes_once(chat: Chat) -> None:
    """Whoever goes on without an answer is not asked again, and nothing is kept."""
    not_understood_once(chat)
    chat.tap("👍 Có").bot(LEARN)
    not_understood_once(chat)
    chat.tap("👍 Có").bot("Cảm ơn bà con.", buttons=["Menu"])
    chat.user("vâng").rest()
    assert gaps(chat) == []
    assert chat.session.consents == {}


def test_no_is_written_down_and_changes_nothing_in_the_help(chat: Chat) -> None:
    not_understood_once(chat)
    chat.tap("👍 Có").bot(LEARN)
    chat.user("không đồng ý")
    chat.bot("Vâng, Dẫn Lối không giữ.")
    assert chat.session.unheard == ()
    assert not chat.session.consents["learn"].given
    not_understood_once(chat)
    assert gaps(chat) == []
    chat.tap("👍 Có").bot("Cảm ơn bà con.", buttons=["Menu"])


def test_a_person_is_called_first_and_the_question_stands_below(chat: Chat) -> None:
    """The help and the way on are the first buttons; asked once; the answer does not take the talk back from the person."""
    chat.open("phone_scan").rest()
    chat.tap("Gặp người hỗ trợ")
    chat.bot(TALK, buttons=["Làm tiếp với Dẫn Lối", "Menu", "Đồng ý", "Không đồng ý"])
    chat.tap("Đồng ý")
    assert not chat.bot("Cảm ơn bà con.", buttons=["Làm tiếp", "Menu"]).takes_back
    assert chat.session.consents["talk"].at == chat.now
    assert chat.session.called
    chat.event(Kind.PERSON_REPLIED)
    chat.later(minutes=5).tap("/consent/talk/no/1").silent()
    assert not chat.session.consents["talk"].given
    assert chat.session.paused_until is not None


def test_consent_can_be_seen_and_taken_back(chat: Chat) -> None:
    """By a button under “dữ liệu của tôi” or by its words; what was kept goes."""
    for back in ("Rút lại đồng ý", "rút lại đồng ý"):
        not_understood_once(chat)
        chat.event(Kind.TAP, payload=f"/consent/learn/yes/{VERSION}").rest()
        chat.user("dữ liệu của tôi")
        chat.bot("Ngày 24/11/2026 bà con đồng ý cho giữ những câu Dẫn Lối chưa hiểu", buttons=["Xóa hết", "Rút lại đồng ý", "Menu"])
        assert not last(chat).withdraws
        chat.user(back)
        chat.bot("Vâng, Dẫn Lối không giữ.")
        assert last(chat).withdraws
    chat.user("dữ liệu của tôi").bot("Dẫn Lối đang nhớ", buttons=["Xóa hết", "Menu"])


def test_the_words_that_were_agreed_to_are_the_words_that_count(chat: Chat) -> None:
    """A button of a question with other words, or one that we never made, is no consent."""
    for payload in ("/consent/learn/yes/0", "/consent/learn/yes", "/consent/everything/yes/1", "/consent", "/consent/learn/maybe/1"):
        chat.tap(payload).rest()
        assert chat.session.consents == {}


def test_the_next_person_is_asked_anew(chat: Chat) -> None:
    """A volunteer's phone helps one after another; what one agreed to holds for nobody else."""
    chat.tap(f"/consent/talk/yes/{VERSION}").rest()
    chat.user("giúp người khác").rest()
    assert chat.session.consents == {}
    chat.tap("Gặp người hỗ trợ").bot(TALK)


def test_erasing_says_what_went(chat: Chat) -> None:
    """The place, the answers, the consent, the messages; the session is a new one."""
    chat.open("khai-sinh").rest()
    chat.user("5/3/2026").rest()
    chat.tap(f"/consent/talk/yes/{VERSION}").rest()
    chat.user("xóa dữ liệu").rest()
    chat.user("có")
    erased = chat.bot("Đã xóa những gì Dẫn Lối nhớ về bà con:")
    for line in ("Đang làm: Khai sinh, bước 2/5", "Số câu đã trả lời: 1", "Các tin đã nhắn", "đồng ý cho giữ cuộc trò chuyện"):
        assert line in erased.text
    assert chat.session.consents == {}
    assert last(chat).erased


def test_a_secret_is_never_a_sentence_to_learn_from(chat: Chat) -> None:
    """What the filter masked is answered with a warning, not collected."""
    chat.tap(f"/consent/learn/yes/{VERSION}").rest()
    chat.event(Kind.TEXT, text="mã [số đã ẩn] là chi", secret="otp").rest()
    assert gaps(chat) == []


@pytest.mark.parametrize("days", [0, 1])
def test_where_talks_are_not_kept_nobody_is_asked_for_them(days: int, guides: Library) -> None:
    chat = Chat(Library(guides.guides, guides.words, keeps_days=days))
    chat.tap("/person").bot("1900 0368", buttons=["Menu"])


def test_the_question_names_who_keeps_the_data() -> None:
    built = library(FILES)
    chat = Chat(Library(built.guides, built.words, office="UBND xã Bum Nưa, 0213 000 000", takeover=timedelta(hours=1)))
    chat.tap("/person").bot("Nơi giữ: UBND xã Bum Nưa, 0213 000 000.")
