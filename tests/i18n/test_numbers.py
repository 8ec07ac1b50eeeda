"""Numbers are read in digits and in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n.numbers import parse_number

NUMBER_WORDS = ["không", "một", "hai", "ba", "mười", "mươi", "lăm", "tư", "trăm", "linh", "nghìn", "triệu", "rưỡi", "tỷ", "5", ",", ".", "k"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("12", 12), ("012", 12), ("-3", -3), ("1.500", 1500), ("1.500.000 đồng", 1_500_000), ("1 000 000", 1_000_000), ("1,5", 1.5), ("1.5", 1.5),
        ("1.250,5", 1250.5),
        ("1,500", 1500), ("1,5 triệu", 1_500_000), ("500k", 500_000), ("2tr", 2_000_000), ("khoảng 12 tuổi ạ", 12), ("được 3 cháu", 3), ("100%", 100),
    ],
)  # fmt: skip
def test_digits(said: str, meant: float) -> None:
    """A point groups thousands, a comma begins decimals."""
    assert parse_number(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("không", 0), ("một", 1), ("hai", 2), ("năm", 5), ("mười", 10), ("mười lăm", 15), ("muoi lam", 15), ("mười năm", 10), ("hai mươi tư", 24),
        ("hai mươi lăm", 25),
        ("ba mươi mốt", 31), ("một trăm", 100),
        ("một trăm linh hai", 102), ("ba trăm lẻ năm", 305), ("hai trăm rưỡi", 250), ("hai trăm năm mươi", 250),
        ("một nghìn hai trăm", 1200), ("hai triệu rưỡi", 2_500_000), ("một triệu hai trăm nghìn", 1_200_000), ("ba đứa con", 3),
        ("hai năm", 2), ("có hai cháu", 2), ("một chục", 10),
    ],
)  # fmt: skip
def test_words(said: str, meant: float) -> None:
    """With and without diacritics; after a ten, five is "lăm" and "năm" is a year."""
    assert parse_number(said) == meant


@pytest.mark.parametrize(
    "said", ["", "xin chào", "2 3", "từ 2 đến 3", "hai ba", "5/3", "5/3/2026", "ba của cháu", "trăm", "hai nghìn ba triệu", "1" * 20, "1" * 300, "v1.2.3.4"]
)
def test_what_is_no_number_or_two_is_not_guessed(said: str) -> None:
    """The bot asks again."""
    assert parse_number(said) is None


@given(st.integers(min_value=0, max_value=10**12))
def test_grouped_digits_are_read_again(number: int) -> None:
    """As bills write them."""
    assert parse_number(f"{number:,}".replace(",", ".")) == number
    assert parse_number(str(number)) == number


@given(
    st.one_of(
        st.text(max_size=220),
        st.lists(st.sampled_from(NUMBER_WORDS), max_size=12).map(" ".join),
    )
)
def test_no_text_breaks_it(text: str) -> None:
    """Whatever is typed, the answer is a number or nothing."""
    found = parse_number(text)
    assert found is None or isinstance(found, int | float)
