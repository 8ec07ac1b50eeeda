"""Conversations: what a citizen says, taps and forgets, and where they stand afterwards."""

from __future__ import annotations

import pytest

from bot.dialogue.event import Kind, Parse
from bot.dialogue.library import Library
from bot.dialogue.payload import own_tap
from bot.dialogue.session import Owner
from tests.dialogue.conftest import INTENTS
from tests.dialogue.guides import BIRTH, FILES, PHONE
from tests.dialogue.talking import Chat, library

LOOP = """
guide: loop
title: Vòng
start: a
sources: [{id: s, title: S, url: "https://dichvucong.gov.vn"}]
steps:
  a: {say: A, next: b}
  b: {say: B, next: a}
  z: {end: Z}
"""
DO = ["Xong rồi", "Chưa được", "Nghe", "Gặp người hỗ trợ"]
KINDS = ["Android", "iPhone", "Không biết", "Gặp người hỗ trợ"]


def test_a_guide_is_walked_from_its_first_word_to_its_end(chat: Chat) -> None:
    chat.user("cho hỏi cài máy thế nào")
    chat.bot("Cài máy. Mất khoảng 5 phút.\nCần có bên mình:\n• Thẻ còn hạn")
    first = chat.bot("Điện thoại loại nào?", buttons=KINDS)
    assert first.progress
    assert (first.progress.at, first.progress.of) == (1, 3)
    chat.tap("Android")
    step = chat.bot("Mở CH Play.", buttons=DO)
    assert step.media[0].url.startswith("/media/phone/play-")
    assert step.media[0].alt == "Hình vẽ: CH Play, màn hình Tìm, ngón tay chỉ vào VNeID."
    chat.tap("Xong rồi")
    last = chat.bot("Áp thẻ vào lưng máy.", buttons=DO)
    assert last.progress
    assert (last.progress.at, last.progress.of) == (3, 3)
    chat.user("xong roi a")
    chat.bot("Xong rồi, giỏi quá!")
    chat.bot("Dẫn Lối có giúp được bà con không?", buttons=["👍 Có", "👎 Chưa", "Menu"])
    assert chat.session.frame is None
    chat.tap("👍 Có")
    chat.bot("Cảm ơn bà con.")
    assert [(fact.kind, fact.step, fact.detail) for fact in chat.facts if fact.guide == "phone"] == [
        ("opened", "", ""), ("started", "", ""), ("entered", "kind", ""), ("answered", "kind", "android"), ("entered", "play", ""),
        ("answered", "play", "done"),
        ("entered", "scan", ""), ("answered", "scan", "done"), ("finished", "done", "done"), ("thumb", "", "up"),
    ]  # fmt: skip


def test_the_first_answer_carries_the_privacy_and_the_scam_line(stranger: Chat) -> None:
    stranger.user("khai sinh")
    greeting = stranger.bot("trợ lý tự động")
    assert "Không ai được hỏi mã OTP" in greeting.text
    assert "xóa dữ liệu" in greeting.text
    assert stranger.rest()[-1] == "Cháu sinh ngày nào?"
    stranger.user("5/3/2026")
    stranger.bot("Hạn 60 ngày là 4/5/2026.")
    stranger.bot("xã nào")


@pytest.mark.parametrize("said", ["1", "số 1", "Android", "android", "ANDROID ạ", "máy samsung", "phone/kind/android"])
def test_number_label_own_words_and_payload_choose_the_same(chat: Chat, said: str) -> None:
    chat.open("phone").rest()
    _ = chat.tap(said) if "/" in said else chat.user(said)
    chat.bot("Mở CH Play.")


def test_typed_answers_are_understood_as_people_write_them(chat: Chat) -> None:
    chat.open("khai-sinh").rest()
    chat.user("mai mốt")
    chat.bot("Ngày này chưa đúng.", buttons=["Gặp người hỗ trợ"])
    chat.user("25/12/2027")
    chat.bot("Ngày này chưa đúng.")
    chat.user("hôm qua")
    chat.bot("Hạn 60 ngày là 22/1/2027.")
    chat.bot("Bà con ở xã nào?")
    chat.user("muong te")
    which = chat.bot("Bà con ở nơi nào")
    assert {"Xã Mường Tè", "Xã Bum Tở"} <= {option.label for option in which.options}
    chat.tap("Xã Bum Tở")
    chat.bot("Bà con có tài khoản chưa?", buttons=["Có", "Không", "Gặp người hỗ trợ"])
    chat.user("dạ có")
    chat.bot("Mấy cháu?")
    chat.user("chín mươi")
    chat.bot("Dẫn Lối chưa hiểu. Bà con viết một số")
    chat.user("hai")
    chat.bot("Cháu có giấy chứng sinh không?")
    assert chat.session.frame
    assert chat.session.frame.slots == {"born": "2026-11-23", "deadline": "2027-01-22", "commune": "03463", "account": True, "children": 2}
    assert ("answered", "2") in [(fact.kind, fact.detail) for fact in chat.facts], "keep: count is counted"
    assert not [fact for fact in chat.facts if "2026-11-23" in str(fact)], "a birth date is not"


def test_an_answer_that_is_never_kept_leads_on_and_is_gone(chat: Chat) -> None:
    chat.open("khai-sinh").rest()
    for said in ("5/3/2026", "Bum Nưa", "có", "1"):
        chat.user(said).rest()
    chat.user("không có")
    chat.bot("Cán bộ hộ tịch sẽ giúp.", buttons=["Làm tiếp với Dẫn Lối", "Menu", "Đồng ý", "Không đồng ý"])
    assert chat.session.frame
    assert "paper" not in chat.session.frame.slots
    assert chat.session.frame.trail[-1].answer is None
    chat.tap("Làm tiếp với Dẫn Lối")
    chat.bot("Xong, đến nhận giấy.")
    chat.rest()


def test_a_called_guide_comes_back_to_where_it_was_called(chat: Chat) -> None:
    chat.open("khai-sinh").rest()
    for said in ("5/3/2026", "Bum Nưa", "chưa"):
        chat.user(said)
        if said != "chưa":
            chat.rest()
    chat.bot("Điện thoại loại nào?")
    assert chat.at == "phone/kind"
    chat.tap("iPhone").rest()
    chat.user("quay lại")
    chat.bot("Điện thoại loại nào?")
    chat.user("quay lại")
    chat.bot("Bà con có tài khoản chưa?")
    chat.user("không").rest()
    chat.tap("iPhone").rest()
    chat.user("xong").rest()
    chat.user("xong")
    chat.bot("Xong rồi, giỏi quá!")
    chat.bot("Mấy cháu?")
    assert chat.at == "khai-sinh/children"
    assert chat.session.frame
    assert chat.session.frame.slots["kind"] == "ios"
    chat.user("quay lại")
    chat.bot("Bà con có tài khoản chưa?")


def test_back_forgets_the_answer_and_what_was_computed_from_it(chat: Chat) -> None:
    chat.open("khai-sinh").rest()
    chat.user("5/3/2026").rest()
    chat.user("quay lại")
    chat.bot("Cháu sinh ngày nào?")
    assert chat.session.frame
    assert chat.session.frame.slots == {}
    chat.user("quay lại")
    chat.bot("Đây là bước đầu tiên rồi.")
    chat.bot("Cháu sinh ngày nào?")
    chat.user("6/3/2026")
    chat.bot("Hạn 60 ngày là 5/5/2026.")
    chat.rest()


def test_stuck_shows_the_steps_own_problems_and_never_blames(chat: Chat) -> None:
    chat.open("phone_play").rest()
    chat.tap("Chưa được")
    chat.bot("Không sao. Bà con vướng ở chỗ nào?", buttons=["Không thấy CH Play", "Máy hỏng", "Chỗ khác"])
    chat.user("1")
    chat.bot("Vuốt lên để thấy hết các ứng dụng.", buttons=DO)
    chat.user("khong co ch play")
    chat.bot("Vuốt lên")
    chat.tap("phone/play/p2")
    chat.bot("Bà con đến công an xã.")
    chat.rest()
    assert [fact.detail for fact in chat.facts if fact.kind == "stuck"] == ["", "p1", "p1", "p2"]
    assert [fact.detail for fact in chat.facts if fact.kind == "finished"] == ["referred"]


def test_words_of_a_problem_may_stand_in_any_order(chat: Chat) -> None:
    chat.open("phone_scan").rest()
    chat.user("e bi loi nfc roi")
    chat.bot("Tháo ốp lưng, rồi áp lại.", buttons=DO)


def test_a_question_in_the_middle_keeps_the_place(chat: Chat) -> None:
    chat.open("phone_scan").rest()
    chat.user("có mất tiền không")
    chat.bot("Không thấy nêu lệ phí.\nTheo: Thủ tục 1.011410.")
    chat.bot("Mình làm tiếp bước đang làm nhé.")
    chat.bot("Áp thẻ vào lưng máy.", buttons=DO)
    chat.tap("Xong rồi")
    chat.bot("Xong rồi, giỏi quá!")
    chat.rest()


def test_a_question_outside_a_guide_offers_the_guide_it_belongs_to(chat: Chat) -> None:
    chat.user("có mất tiền không")
    chat.bot("Không thấy nêu lệ phí.", buttons=["Làm: Cài máy", "Gặp người hỗ trợ", "Menu"])
    chat.tap("Làm: Cài máy")
    chat.bot("Cài máy.")
    chat.bot("Điện thoại loại nào?")


def test_an_open_question_is_about_the_guide_in_hand(chat: Chat) -> None:
    """“Bao lâu?” is asked at every guide; the NLU, which does not know at which one, takes it for one of them."""
    chat = Chat(chat.library, intents=INTENTS | dict.fromkeys(("mất bao lâu", "làm định danh mất bao lâu"), "hoi/cai-bao-lau"))
    chat.open("khai-sinh").rest()
    chat.user("mất bao lâu")
    chat.bot("Trong ngày.\nTheo: Luật Hộ tịch.")
    chat.rest()
    chat.unclear("bao lâu ấy nhỉ", "hoi/khai-sinh-bao-lau", "hoi/cai-bao-lau")
    chat.bot("Trong ngày.")
    chat.rest()
    chat.user("làm định danh mất bao lâu")
    chat.bot("Năm phút.")
    chat.rest()
    chat.unclear("đẻ con mất bao lâu", "hoi/cai-bao-lau", "khai-sinh")
    chat.bot("Bà con muốn hỏi việc nào?")


def test_an_open_question_outside_a_guide_is_asked_back(chat: Chat) -> None:
    chat = Chat(chat.library, intents=INTENTS | dict.fromkeys(("mất bao lâu", "đẻ con thì bao lâu có giấy"), "hoi/cai-bao-lau"))
    chat.user("mất bao lâu")
    chat.bot("Bà con muốn hỏi việc nào?", buttons=["Cài VNeID mất bao lâu?", "Bao lâu có giấy khai sinh?", "Việc khác", "Gặp người hỗ trợ"])
    chat.user("2")
    chat.bot("Trong ngày.", buttons=["Làm: Khai sinh", "Gặp người hỗ trợ", "Menu"])
    chat.user("đẻ con thì bao lâu có giấy")
    chat.bot("Trong ngày.")


def test_another_guide_asks_first_and_the_first_is_offered_again(chat: Chat) -> None:
    chat.open("khai-sinh").rest()
    chat.user("5/3/2026").rest()
    chat.user("cho hỏi cài máy thế nào")
    chat.bot("Bà con đang làm: Khai sinh, bước 2/5. Chuyển sang: Cài máy?", buttons=["Chuyển", "Không, làm tiếp", "Gặp người hỗ trợ"])
    chat.user("không")
    chat.bot("Mình làm tiếp nhé.")
    chat.bot("xã nào")
    chat.open("phone")
    chat.bot("Chuyển sang: Cài máy?")
    chat.user("ừ").rest()
    chat.tap("iPhone").rest()
    chat.user("xong").rest()
    chat.user("xong")
    chat.bot("Xong rồi, giỏi quá!")
    chat.bot("Dẫn Lối có giúp được", buttons=["👍 Có", "👎 Chưa", "Làm tiếp: Khai sinh", "Menu"])
    chat.user("3")
    chat.bot("Mình làm tiếp nhé.")
    chat.bot("Bà con ở xã nào?")


def test_days_later_the_place_is_offered_not_lost(chat: Chat) -> None:
    chat.open("phone").rest()
    chat.tap("Android").rest()
    chat.later(days=2)
    chat.user("chào em")
    chat.bot("Hôm kia bà con đang làm: Cài máy, đến bước 2/3.", buttons=["Làm tiếp", "Làm lại từ đầu", "Việc khác", "Gặp người hỗ trợ"])
    chat.user("vâng")
    chat.bot("Mình làm tiếp nhé.")
    chat.bot("Mở CH Play.")
    chat.later(days=5)
    chat.open()
    chat.bot("5 hôm trước")
    chat.later(days=1).tap("Xong rồi")
    chat.bot("Áp thẻ")


def test_taps_on_old_messages_are_understood_or_explained(chat: Chat) -> None:
    chat.open("phone").rest()
    chat.tap("Android").rest()
    chat.tap("phone/kind/android")
    chat.bot("Nút này của bước đã qua.")
    chat.bot("Mở CH Play.")
    chat.tap("phone/kind/ios")
    chat.bot("Mình sửa lại câu trả lời nhé.")
    chat.bot("Mở App Store.")
    chat.tap("phone/play/done")
    chat.bot("Nút này của bước đã qua.")
    chat.bot("Mở App Store.")
    chat.tap("khai-sinh/where/=03466")
    chat.bot("Nút này của bước đã qua.")
    chat.bot("Mở App Store.")
    chat.tap("no-such/step/done")
    chat.bot("không có hướng dẫn này")
    chat.bot("Bà con cần làm việc gì?")
    assert chat.at == "phone/store"


def test_an_old_button_of_a_guide_that_is_over_opens_it_there(chat: Chat) -> None:
    chat.tap("phone/scan/done")
    chat.bot("Áp thẻ vào lưng máy.")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("menu", "Bà con cần làm việc gì?"), ("QUAY LAI", "Đây là bước đầu tiên"), ("làm lại", "Làm lại từ đầu: Khai sinh?"),
        ("nói lại", "Cháu sinh ngày nào?"),
        ("dừng", "Mình dừng ở đây: Khai sinh, bước 1/5."), ("tiếng", "Bà con muốn dùng tiếng nào?"), ("gặp người hỗ trợ", "1900 0368"),
        ("giúp người khác", "Đã xóa câu trả lời của người trước."), ("xóa dữ liệu", "Xóa hết những gì Dẫn Lối nhớ"),
        ("dữ liệu của tôi", "Dẫn Lối đang nhớ về bà con"),
        ("cho tôi gặp cán bộ với", "1900 0368"), ("làm tiếp", "Mình làm tiếp nhé."), ("/xoa", "Xóa hết"), ("/dulieu", "Dẫn Lối đang nhớ"),
    ],
)  # fmt: skip
def test_global_commands_are_heard_everywhere(chat: Chat, said: str, answer: str) -> None:
    chat.open("khai-sinh").rest()
    chat.user(said)
    chat.bot(answer)
    chat.rest()
    if said not in ("giúp người khác", "dừng"):
        assert chat.at == "khai-sinh/born"


def test_who_stops_has_stopped_until_they_go_on(chat: Chat) -> None:
    """Nothing comes back to the step by itself; “làm tiếp”, its button and the buttons of the step itself do."""
    chat = Chat(chat.library, intents=INTENTS | {"mất bao lâu có giấy": "hoi/khai-sinh-bao-lau"})
    chat.open("khai-sinh").rest()
    chat.user("5/3/2026").rest()
    chat.user("dừng")
    chat.bot("Mình dừng ở đây: Khai sinh, bước 2/5.", buttons=["Làm tiếp", "Menu", "Gặp người hỗ trợ"])
    chat.user("mất bao lâu có giấy")
    chat.bot("Trong ngày.", buttons=["Làm: Khai sinh", "Gặp người hỗ trợ", "Menu"])
    chat.rest()
    chat.user("trời hôm nay đẹp nhỉ")
    chat.bot("Dẫn Lối chưa hiểu", buttons=["Làm tiếp: Khai sinh", "Cài máy", "Gặp người hỗ trợ"])
    chat.user("làm tiếp")
    chat.bot("Mình làm tiếp nhé.")
    chat.bot("Bà con ở xã nào?")
    chat.user("dừng").rest()
    chat.tap("khai-sinh/where/=03466")
    chat.bot("Bà con có tài khoản chưa?")


def test_a_late_yes_answers_no_old_question(chat: Chat) -> None:
    """“Ok” much later, to something else, must not erase or leave anything."""
    chat.open("khai-sinh").rest()
    chat.user("xóa dữ liệu").rest()
    chat.user("trời đẹp nhỉ").rest()
    chat.user("ok")
    assert chat.at == "khai-sinh/born"
    assert not chat.turns[-1].erased
    chat.rest()


def test_a_choice_in_a_long_question_is_no_choice(chat: Chat) -> None:
    """A sentence that holds a choice's words, and of which the NLU is sure."""
    question = "máy samsung cũ của mẹ em cài cái này có mất tiền không hả chú"
    chat = Chat(chat.library, intents=INTENTS | {question: "hoi/mat-tien-khong"})
    chat.open("phone").rest()
    chat.user(question)
    chat.bot("Không thấy nêu lệ phí.")
    assert chat.at == "phone/kind"
    chat.rest()
    chat.user("máy samsung")
    assert chat.at == "phone/play"


def test_redo_asks_before_it_forgets(chat: Chat) -> None:
    chat.open("phone").rest()
    chat.tap("Android").rest()
    chat.user("làm lại")
    chat.bot("Làm lại từ đầu: Cài máy?")
    chat.user("không")
    chat.bot("Mình làm tiếp nhé.")
    chat.bot("Mở CH Play.")
    chat.user("làm lại").rest()
    chat.tap("Làm lại từ đầu")
    chat.bot("Cài máy.")
    chat.bot("Điện thoại loại nào?")


def test_erase_asks_once_and_leaves_nothing(chat: Chat) -> None:
    chat.open("khai-sinh").rest()
    chat.user("5/3/2026").rest()
    chat.user("xóa dữ liệu")
    chat.bot("Xóa hết", buttons=["Không xóa", "Xóa hết", "Gặp người hỗ trợ"])
    chat.user("có")
    chat.bot("Đã xóa")
    assert chat.session.frames == ()
    assert chat.session.slots == {}
    assert chat.session.entry == {}


def test_the_helper_mode_erases_one_person_before_the_next(chat: Chat) -> None:
    chat.open("khai-sinh__tt7k").rest()
    chat.user("5/3/2026").rest()
    chat.user("giúp người khác")
    chat.bot("Đã xóa câu trả lời của người trước.")
    chat.bot("Bà con cần làm việc gì?")
    assert chat.session.helper
    assert chat.session.frames == ()
    chat.open("phone_scan").rest()
    chat.tap("Xong rồi")
    chat.bot("Xong rồi, giỏi quá!")
    chat.bot("có giúp được", buttons=["👍 Có", "👎 Chưa", "Giúp người khác", "Menu"])


def test_what_is_not_understood_is_not_guessed(chat: Chat) -> None:
    chat.user("asdf qwer")
    chat.bot("Dẫn Lối chưa hiểu.", buttons=["Khai sinh", "Cài máy", "Gặp người hỗ trợ"])
    chat.open("phone").rest()
    chat.user("blah blah")
    chat.bot("Dẫn Lối chưa hiểu. Bà con chọn một số", buttons=KINDS)
    chat.user("blah")
    chat.bot("Dẫn Lối chưa hiểu. Bà con chọn một số")
    chat.user("blah blah blah")
    chat.bot("chưa hiểu mấy lần rồi", buttons=["Gặp người hỗ trợ"])
    chat.bot("Điện thoại loại nào?", buttons=KINDS)
    assert chat.at == "phone/kind"


def test_between_two_meanings_the_bot_asks(chat: Chat) -> None:
    chat.open("phone_scan").rest()
    chat.unclear("cài cho con thì mất tiền không", "hoi/mat-tien-khong", "khai-sinh", "out_of_scope")
    chat.bot("Bà con muốn hỏi việc nào?", buttons=["Cài VNeID có mất tiền không?", "Khai sinh", "Việc khác", "Gặp người hỗ trợ"])
    chat.user("1")
    chat.bot("Không thấy nêu lệ phí.")
    chat.bot("Mình làm tiếp")
    chat.bot("Áp thẻ")


def test_what_no_guide_is_about_is_told_with_where_to_ask(chat: Chat) -> None:
    chat.event(Kind.TEXT, text="đổi bằng lái xe ở đâu", parse=Parse(ranking=(("out_of_scope", 0.93),)))
    chat.bot("Việc này Dẫn Lối chưa chỉ được.", buttons=["Khai sinh", "Cài máy", "Gặp người hỗ trợ"])
    chat.event(Kind.TEXT, text="bằng lái", parse=Parse(ranking=(("out_of_scope", 0.5),)))
    chat.bot("Dẫn Lối chưa hiểu.")


def test_a_nod_is_not_taken_for_done(chat: Chat) -> None:
    chat = Chat(chat.library, intents=INTENTS | {"vâng ạ để em làm": "affirm"})
    chat.open("phone_scan").rest()
    chat.user("vâng ạ để em làm")
    chat.bot("Vâng, bà con cứ làm.")
    chat.bot("Áp thẻ")


def test_a_photo_or_a_secret_is_answered_kindly_and_keeps_the_place(chat: Chat) -> None:
    chat.open("phone_scan").rest()
    chat.event(Kind.MEDIA, media=("image",))
    chat.bot("không xem ảnh")
    chat.bot("Áp thẻ")
    chat.event(Kind.TEXT, text="ma otp la [số đã ẩn]", secret="otp")
    chat.bot("Dẫn Lối không giữ mã hay số này.", buttons=["Có người đòi mã", "Gặp người hỗ trợ"])
    chat.bot("Áp thẻ")
    chat.event(Kind.TAP, payload=own_tap("scam"))
    chat.bot("Bà con cúp máy ngay")
    chat.bot("Áp thẻ")
    chat.event(Kind.LOCATION)
    chat.bot("không cần vị trí")
    chat.bot("Áp thẻ")


def test_the_bot_is_silent_while_a_person_has_the_talk(chat: Chat) -> None:
    chat.open("phone").rest()
    chat.event(Kind.PERSON_REPLIED)
    chat.user("cảm ơn em nhé").silent()
    chat.later(hours=11).user("Android").silent()
    assert chat.session.owner is Owner.PERSON
    chat.user("menu")
    chat.bot("Bà con cần làm việc gì?", buttons=["Làm tiếp: Cài máy", "Khai sinh", "Gặp người hỗ trợ"])
    chat.event(Kind.PERSON_REPLIED)
    chat.later(hours=13).user("Android")
    chat.bot("Mở CH Play.")


def test_the_bot_takes_the_talk_back_only_when_it_is_called(chat: Chat) -> None:
    chat.open("phone_scan").rest()
    chat.tap("Gặp người hỗ trợ")
    asked = chat.bot("1900 0368", buttons=["Làm tiếp với Dẫn Lối", "Menu", "Đồng ý", "Không đồng ý"])
    assert asked.handoff == "asked"
    assert not asked.takes_back
    chat.tap("Làm tiếp với Dẫn Lối")
    assert chat.bot("Mình làm tiếp nhé.").takes_back
    assert not chat.bot("Áp thẻ").takes_back
    chat.event(Kind.PERSON_REPLIED).event(Kind.GIVEN_BACK)
    chat.user("xong")
    chat.bot("Xong rồi, giỏi quá!")
    chat.rest()


def test_typed_codes_open_guides_and_sentences_do_not(chat: Chat) -> None:
    for said in ("#KHAISINH", "#KHAI-SINH", "khaisinh", "Khai sinh", "# khai sinh"):
        chat.user(said)
        chat.bot("Khai sinh.")
        chat.bot("Cháu sinh ngày nào?")
        chat.user("giúp người khác").rest()
    chat.user("#KHAISINH TT7K").rest()
    assert chat.session.entry["volunteer"] == "tt7k"
    chat.user("giúp người khác").rest()
    chat.user("khai sinh muon")
    chat.bot("Dẫn Lối chưa hiểu.")


def test_a_scam_report_is_answered_at_once(chat: Chat) -> None:
    chat.user("có người gọi bảo cập nhật")
    chat.bot("cúp máy ngay")
    chat.open("phone_scan").rest()
    chat.user("có người gọi bảo cập nhật")
    chat.bot("cúp máy ngay")
    chat.bot("Mình làm tiếp")
    chat.bot("Áp thẻ")


def test_a_guide_that_loops_for_ever_ends_in_a_person(chat: Chat) -> None:
    files = {"loop.yaml": LOOP}
    from bot.flows.loader import load

    loaded = load({name: text.encode() for name, text in files.items()})
    if "loop" not in loaded.guides:  # the checks refuse it already: nothing can loop
        assert any(one.severity == "error" for one in loaded.diagnostics)
        return
    talk = Chat(Library(loaded.guides, chat.library.words))
    talk.open("loop")
    assert "gặp người hỗ trợ" in talk.rest()[-1]


def test_a_link_to_a_step_that_computes_opens_the_guide_from_its_beginning(chat: Chat) -> None:
    chat.open("khai-sinh_count")
    chat.bot("Khai sinh.")
    chat.bot("Cháu sinh ngày nào?")


def test_dated_steps_and_choices_hold_only_in_their_time() -> None:
    guide = PHONE.replace("- {label: iPhone, value: ios}", "- {label: iPhone, value: ios, valid: {until: 2026-11-30}}").replace(
        "do: Áp thẻ vào lưng máy.", "do: Áp thẻ vào lưng máy.\n    valid: {from: 2026-12-01}"
    )
    chat = Chat(library({"phone.yaml": guide}))
    chat.open("phone")
    chat.bot("Cài máy")
    chat.bot("Điện thoại loại nào?", buttons=KINDS)
    chat.tap("iPhone").rest()
    chat.tap("Xong rồi")
    chat.bot("Xong rồi, giỏi quá!")
    chat.rest()
    chat.later(days=10).open("phone")
    chat.bot("Cài máy")
    chat.bot("Điện thoại loại nào?", buttons=["Android", "Không biết", "Gặp người hỗ trợ"])
    chat.user("iphone")
    chat.bot("chưa hiểu")
    chat.tap("Android").rest()
    chat.tap("Xong rồi")
    chat.bot("Áp thẻ")


class TestLiveChange:
    """A guide changes under people who are in the middle of it."""

    def change(self, chat: Chat, old: str, new: str, *, file: str = "phone.yaml") -> None:
        source = {"phone.yaml": PHONE, "khai-sinh.yaml": BIRTH}[file]
        assert old in source
        chat.library = library(FILES | {file: source.replace(old, new)})

    def test_wording_is_seen_at_once(self, chat: Chat) -> None:
        chat.open("phone_scan").rest()
        self.change(chat, "Áp thẻ vào lưng máy.", "Để thẻ sát lưng máy.")
        chat.user("nói lại")
        chat.bot("Để thẻ sát lưng máy.")

    def test_a_new_step_before_does_not_send_anyone_back(self, chat: Chat) -> None:
        chat.open("phone").rest()
        chat.tap("Android").rest()
        chat.tap("Xong rồi").rest()
        self.change(chat, "    next: scan\n  store:", "    next: wifi\n  wifi:\n    do: Bật Wi-Fi.\n    next: scan\n  store:")
        chat.user("nói lại")
        chat.bot("Áp thẻ vào lưng máy.")
        chat.user("quay lại")
        chat.bot("Bật Wi-Fi.")

    def test_a_renamed_step_is_found(self, chat: Chat) -> None:
        chat.open("phone").rest()
        chat.tap("Android").rest()
        new = PHONE.replace("  play:", "  open-play:").replace("then: play", "then: open-play").replace("start: kind", "start: kind\nmoved: {play: open-play}")
        chat.library = library(FILES | {"phone.yaml": new})
        chat.tap("phone/play/done")
        assert "Mở CH Play." in chat.rest()[-1] or chat.at == "phone/scan"

    def test_a_removed_step_leads_to_the_last_that_holds(self, chat: Chat) -> None:
        chat.open("phone").rest()
        chat.tap("Android").rest()
        i, j = PHONE.index("  play:"), PHONE.index("  store:")
        chat.library = library(
            FILES
            | {
                "phone.yaml": (PHONE[:i] + PHONE[j:])
                .replace("then: play", "then: store")
                .replace("  office:\n    end: Bà con đến công an xã.\n    outcome: referred\n", "")
            }
        )
        chat.user("nói lại")
        chat.bot("Cách làm vừa đổi một chút.")
        chat.bot("Mở App Store.")

    def test_a_new_question_is_asked_and_the_old_answers_are_kept(self, chat: Chat) -> None:
        chat.open("khai-sinh").rest()
        for said in ("5/3/2026", "Bum Nưa", "có"):
            chat.user(said).rest()
        self.change(
            chat,
            "    next: where\n",
            "    next: twins\n  twins:\n    ask: Sinh đôi không?\n    slot: twins\n    answer: yes_no\n    next: where\n",
            file="khai-sinh.yaml",
        )
        chat.user("nói lại")
        chat.bot("Cách làm vừa đổi một chút.")
        chat.bot("Sinh đôi không?")
        chat.user("không")
        chat.bot("Mấy cháu?")
        assert chat.session.frame
        assert chat.session.frame.slots["commune"] == "03466"

    def test_a_new_question_before_a_call_keeps_the_place_in_the_called_guide(self, chat: Chat) -> None:
        chat.open("khai-sinh").rest()
        for said in ("5/3/2026", "Bum Nưa", "chưa"):
            chat.user(said).rest()
        chat.tap("Android").rest()
        assert chat.at == "phone/play"
        self.change(
            chat,
            "    next: where\n",
            "    next: twins\n  twins:\n    ask: Sinh đôi không?\n    slot: twins\n    answer: yes_no\n    next: where\n",
            file="khai-sinh.yaml",
        )
        chat.user("nói lại")
        chat.bot("Cách làm vừa đổi một chút.")
        chat.bot("Sinh đôi không?")
        chat.user("quay lại")
        chat.bot("Cháu sinh ngày nào?")
        chat.user("6/3/2026").rest()
        chat.user("không")
        chat.bot("Mở CH Play.")
        assert chat.at == "phone/play"

    def test_a_step_that_becomes_a_call_is_called(self, chat: Chat) -> None:
        """And the other way round: what a guide brought back is no answer to a question."""
        chat.open("khai-sinh").rest()
        for said in ("5/3/2026", "Bum Nưa", "có"):
            chat.user(said).rest()
        self.change(
            chat,
            "    ask: Mấy cháu?\n    slot: children\n    answer: number\n    accept: answer >= 1 && answer <= 9\n    keep: count\n",
            "    call: phone\n",
            file="khai-sinh.yaml",
        )
        chat.user("nói lại")
        assert "Điện thoại loại nào?" in chat.rest()
        assert chat.at == "phone/kind"
        for said in ("iphone", "xong", "xong"):
            chat.user(said).rest()
        chat.library = library(FILES)
        chat.user("nói lại")
        assert chat.rest()[-1] == "Mấy cháu?"

    def test_a_guide_that_is_gone_is_told(self, chat: Chat) -> None:
        chat.open("phone_scan").rest()
        chat.library = library(
            {
                "khai-sinh.yaml": BIRTH.replace("call: phone", "call: khai-sinh-2").replace("call: khai-sinh-2", "say: Làm tài khoản ở xã."),
                "places.csv": FILES["places.csv"],
            }
        )
        chat.user("xong")
        chat.bot("không còn nữa")
        chat.rest()
        assert chat.session.frame is None
