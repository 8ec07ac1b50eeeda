"""Slips of the fingers are mended where it is plain what was meant, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.syllables import Mender, is_syllable, without_telex

COUNTS = {"khai": 9, "sinh": 9, "mat": 9, "khau": 9, "vneid": 9, "cai": 9, "dang": 9, "ky": 9, "hiem": 1}
MENDER = Mender(COUNTS, {*COUNTS, "khai sinh", "mat khau", "cai vneid", "dang ky"})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ddawng", "dang"), ("kys", "ky"), ("caif", "cai"), ("toasn", "toan"), ("dduwowcj", "duoc"), ("khai", "khai"), ("zalo", "zalo"), ("nfc", "nfc")],
)
def test_text_of_a_sleeping_telex_keyboard(typed: str, meant: str) -> None:
    """The keys of marks are taken out where a syllable stays; apps and English words stay as they are."""
    assert without_telex(typed) == meant


@pytest.mark.parametrize("word", ["nghieng", "giuong", "quyen", "gi", "a", "khuya", "huou"])
def test_syllables(word: str) -> None:
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["vneid", "sihn", "hello", "ngk", "", "khaisinh"])
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("khai sihn", "khai sinh"),  # swapped
        ("kahi sinh", "khai sinh"),
        ("mat khua", "mat khau"),  # a syllable too, but its neighbour tells
        ("khaisinh", "khai sinh"),  # no space
        ("cai vneiid", "cai vneid"),  # one too many
        ("dng ky", "dang ky"),  # one missing
        ("khua chan", "khua chan"),  # a syllable we do not know, and no neighbour
        ("hiem", "hiem"),
        ("xyzq", "xyzq"),
        ("", ""),
    ],
)
def test_slips_are_mended(typed: str, meant: str) -> None:
    assert MENDER.mend(typed) == meant


@given(st.text(alphabet="abcdeghiklmnou ", max_size=40))
def test_mending_ends(text: str) -> None:
    """Mended text is known, or stays; mending it again changes nothing more."""
    once = MENDER.mend(" ".join(text.split()))
    assert MENDER.mend(once) == once
