"""A lone number is a code while the step speaks of one; elsewhere it is what it says."""

from __future__ import annotations

import pytest

from bot.dialogue.codes import is_lone_code
from tests.dialogue.talking import Chat, library

GUIDE = """
guide: code
title: Nhận mã
summary: Chờ mã.
sources: [{id: a, title: Nguồn, url: "https://dichvucong.gov.vn", checked: 2026-11-24}]
start: wait
steps:
  wait:
    do: Đợi mã OTP về máy. Tự gõ mã vào VNeID.
    next: how-many
    stuck:
      - {problem: Không có mã gửi về, try: Chờ thêm một lúc.}
  how-many:
    ask: Mã có mấy số?
    slot: digits
    answer: number
    next: office
  office:
    do: Đến công an xã.
    next: done
  done:
    end: Xong.
"""


@pytest.fixture
def chat() -> Chat:
    return Chat(library({"code.yaml": GUIDE}))


@pytest.mark.parametrize("code", ["4829", "48 29", "48291", "1234567", "18001096", "４８２９", "4-8-2-9"])
def test_a_lone_number_at_a_step_that_speaks_of_a_code_is_not_kept(chat: Chat, code: str) -> None:
    """It is answered like any secret, and what was said is hidden."""
    chat.open("code").rest()
    chat.user(code)
    chat.bot("Dẫn Lối không giữ mã hay số này.")
    chat.bot("Đợi mã OTP")
    assert chat.turns[-1].hides
    assert code not in chat.session.to_json().decode()
    assert not chat.turns[-1].gaps


def test_a_choice_a_date_and_a_number_that_was_asked_for_are_none(chat: Chat) -> None:
    chat.open("code").rest()
    chat.user("1").bot("Mã có mấy số?")
    assert not chat.turns[-1].hides
    chat.user("1234")
    assert not chat.turns[-1].hides
    chat.bot("Đến công an xã.")
    chat.user("1990").rest()
    assert not chat.turns[-1].hides


@pytest.mark.parametrize("text", ["", "12", "123", "123456789", "5/3/2026 4829 nhé", "mã 4829", "xong"])
def test_what_is_no_lone_number(text: str) -> None:
    assert not is_lone_code(text)
