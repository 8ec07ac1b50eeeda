"""Text is compared without diacritics, case, punctuation and invisible characters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.i18n.folding import fold, unmark


@pytest.mark.parametrize(
    ("said", "folded"),
    [
        ("Làm khai sinh cho con ở đâu?", "lam khai sinh cho con o dau"),
        ("  ĐĂNG-KÝ\u200b, khai sinh!! ", "dang ky khai sinh"),
        ("#KHAI-SINH", "khai sinh"),
        ("Ðăng ký", "dang ky"),  # Eth, which some keyboards write for Đ
        ("“Xong rồi”…", "xong roi"),
        ("5/3/2026", "5 3 2026"),
        ("👍", ""),
        ("", ""),
        ("snake_case", "snake case"),
        ("ＶＮｅＩＤ", "vneid"),
    ],
)
def test_what_people_type_becomes_the_same_words(said: str, folded: str) -> None:
    """With or without diacritics, in any case, the words are the same."""
    assert fold(said) == folded


def test_composed_and_decomposed_text_are_the_same() -> None:
    """Phones send both forms of Unicode."""
    text = "Giấy chứng sinh của cháu ở đường Nguyễn Huệ"
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == "giay chung sinh cua chau o duong nguyen hue"


def test_other_scripts_keep_their_vowels() -> None:
    """Lao and Tai Viet write vowels as marks; dropping them would leave other words."""
    assert fold("ຂ້ອຍ ບໍ່ຮູ້") == "ຂ້ອຍ ບໍ່ຮູ້"


def test_unmark_keeps_punctuation() -> None:
    """Dates and numbers need their strokes and points."""
    assert unmark("Ngày 5/3, khoảng 1.500 Đồng") == "ngay 5/3, khoang 1.500 dong"


@given(st.text(max_size=300))
@example("0:_µ")  # a stroke and another sign beside each other, in text that is not ASCII
def test_folding_never_fails_and_is_stable(text: str) -> None:
    """Folding a folded text changes nothing."""
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert "  " not in once
