"""The many spellings of one sentence end up the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.normalise import exact_key, normalise


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Làm khai sinh cho con", "lam khai sinh cho con"),
        ("k nhan dc ma", "không nhận được mã"),
        ("e mún đk ks", "em mún đăng ký khai sinh"),
        ("đẹp quáááá", "đẹp quá"),
        ("mần răng cài vneid", "làm sao cài vneid"),
        ("cài vn e id", "cài VNeID"),
        ("cài\u200b vneid", "cài vneid"),
        ("hoà bình", "hòa bình"),
        ("xong rồi 👍", "xong rồi"),
        ("👍🏽", "đồng ý"),
        ("✅", "xong rồi"),
        ("1️⃣", "1"),
        ("máy có NFC ko?", "máy có nfc không"),
    ],
)
def test_spellings_meet(written: str, same: str) -> None:
    """Marks, case, shorthand, dialect, stretched letters, emoji and invisible characters make no difference."""
    assert normalise(written) == normalise(same)


def test_shorthand_is_looked_up_with_its_marks() -> None:
    """`răng` is the dialect's “sao”; `rang` may be a roasted peanut."""
    assert normalise("răng") == "sao"
    assert normalise("rang") == "rang"


def test_marks_that_were_typed_are_respected() -> None:
    """The exact key tells `dừng` from `đúng`, which the folded text cannot."""
    assert exact_key("Dừng!") != exact_key("Đúng!")
    assert normalise("Dừng!") == normalise("Đúng!")


@given(st.text(max_size=60))
def test_any_text_is_normalised(text: str) -> None:
    """No text fails, and decomposed text is the same as composed."""
    assert normalise(unicodedata.normalize("NFD", text)) == normalise(unicodedata.normalize("NFC", text))
