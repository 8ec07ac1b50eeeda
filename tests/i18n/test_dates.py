"""Dates are read as people write them, day first; what can be read in two ways is not read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n.dates import format_date, parse_date

TODAY = date(2026, 11, 24)  # a Tuesday


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("5/3/2026", date(2026, 3, 5)),
        ("05/03/2026", date(2026, 3, 5)),
        ("5-3-26", date(2026, 3, 5)),
        ("5.3.2026", date(2026, 3, 5)),
        ("5 / 3 / 2026", date(2026, 3, 5)),
        ("5 3 2026", date(2026, 3, 5)),
        ("05032026", date(2026, 3, 5)),
        ("2026-03-05", date(2026, 3, 5)),
        ("5/3/85", date(1985, 3, 5)),
        ("Cháu sinh ngày 5/3/2026 ạ.", date(2026, 3, 5)),
        ("5 tháng 3 năm 2026", date(2026, 3, 5)),
        ("ngày 05 tháng 03, năm 2026", date(2026, 3, 5)),
        ("ngay 5 thang 3 nam 2026", date(2026, 3, 5)),
        ("5 tháng 3 2026", date(2026, 3, 5)),
        ("mười lăm tháng ba", date(2026, 3, 15)),
        ("hai mươi mốt tháng tư năm ngoái", date(2025, 4, 21)),
        ("ba mốt tháng mười hai", date(2025, 12, 31)),
        ("ngày 10 tháng 10 năm nay", date(2026, 10, 10)),
        ("mùng 5 tháng trước", date(2026, 10, 5)),
        ("ngày 2 tháng này", date(2026, 11, 2)),
        ("mồng 1 tháng sau", date(2026, 12, 1)),
    ],
)
def test_a_day_of_the_calendar(said: str, meant: date) -> None:
    """Strokes, points, hyphens, blanks, words, with and without diacritics."""
    assert parse_date(said, TODAY) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("hôm nay", date(2026, 11, 24)),
        ("mới sinh hôm qua", date(2026, 11, 23)),
        ("hom kia", date(2026, 11, 22)),
        ("ngày mai", date(2026, 11, 25)),
        ("3 ngày trước", date(2026, 11, 21)),
        ("cách đây hai tuần", date(2026, 11, 10)),
        ("2 tuần nữa", date(2026, 12, 8)),
        ("thứ hai", date(2026, 11, 23)),
        ("thứ 3", date(2026, 11, 24)),
        ("chủ nhật vừa rồi", date(2026, 11, 22)),
        ("thứ ba tuần trước", date(2026, 11, 17)),
        ("thứ sáu tuần sau", date(2026, 12, 4)),
    ],
)
def test_a_day_seen_from_today(said: str, meant: date) -> None:
    """Yesterday, three days ago, last Sunday."""
    assert parse_date(said, TODAY) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("20/11", date(2026, 11, 20)),
        ("24/11", TODAY),
        ("25/11", date(2025, 11, 25)),
        ("29/2", date(2024, 2, 29)),
        ("mùng 5", date(2026, 11, 5)),
        ("ngày 30", date(2026, 10, 30)),
    ],
)
def test_without_a_year_it_is_the_last_such_day(said: str, meant: date) -> None:
    """Births, deaths and losses lie behind us."""
    assert parse_date(said, TODAY) == meant


@pytest.mark.parametrize(
    "said",
    [
        "", "xin chào", "5", "tháng 3", "năm 2026", "31/2/2026", "3/15/2026", "0/0/2026", "5/3/2026 và 6/3/2026", "5/3/1234", "1.2.3.4", "12/3/4/5",
        "mùng 5 tháng giêng", "rằm tháng bảy", "5/3 âm lịch", "5/3 al", "mùng 1 tết", "99 ngày 99", "0912/345/678", "/" * 300,
    ],
)  # fmt: skip
def test_what_is_no_date_or_two_is_not_guessed(said: str) -> None:
    """The bot asks again rather than compute a wrong deadline; lunar dates are never taken for solar ones."""
    assert parse_date(said, TODAY) is None


def test_the_last_29_february_may_be_eight_years_ago() -> None:
    """1900 had none."""
    assert parse_date("29/2", date(1904, 2, 28)) is None  # the one before, 1896, lies before all that we read
    assert parse_date("29/2", date(2104, 2, 28)) == date(2096, 2, 29)


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31)))
def test_a_date_that_we_wrote_is_read_again(day: date) -> None:
    """Citizens copy what they saw."""
    assert parse_date(format_date(day), TODAY) == day
    assert parse_date(f"ngày {day.day} tháng {day.month} năm {day.year}", TODAY) == day


@given(st.one_of(st.text(max_size=220), st.text(alphabet="0123456789/-. thángnmùgôqu", max_size=60)), st.dates())
def test_no_text_breaks_it(text: str, today: date) -> None:
    """Whatever is typed, on whatever day, the answer is a date or nothing."""
    found = parse_date(text, today)
    assert found is None or isinstance(found, date)


def test_dates_are_written_day_first() -> None:
    """As on the papers; with the month's name where 5/3 could be the third of May."""
    assert format_date(date(2026, 3, 5)) == format_date(date(2026, 3, 5), "mww") == "5/3/2026"
    assert format_date(date(2026, 3, 5), "en") == "5 March 2026"


@pytest.mark.parametrize("text", ["5 March 2026", "March 5, 2026", "it was the 5th of march 2026", "5 MARCH 2026."])
def test_english_dates_are_read_where_they_name_a_year(text: str) -> None:
    """Without one, "5 may" is "5 máy" (five telephones)."""
    assert parse_date(text, TODAY) == date(2026, 3, 5)


def test_english_words_that_are_no_date() -> None:
    """No such day, two days, no year."""
    assert [parse_date(text, TODAY) for text in ("31 June 2026", "5 March 2026 or 6 March 2026", "5 may", "may")] == [None] * 4
    assert parse_date("yesterday", TODAY) == TODAY - timedelta(days=1)
