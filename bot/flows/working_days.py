"""Viet Nam's working days, Monday to Friday without public holidays.

The table is made from the package `holidays` by `python -m tests.flows.holiday_table`, and a test compares the two day by day:
that package takes 8 MB of a server's memory for what is a few hundred dates. It also carries what the government decides for
single years, a Saturday worked for a Monday off. After the table's last year only weekends are left out.
"""

from __future__ import annotations

from datetime import date, timedelta

SATURDAY = 5


def nth_working_day(start: date, number: int) -> date:
    """The working day that is `number` working days after `start`, or before it where negative; `start` itself for 0."""
    step = timedelta(days=1 if number > 0 else -1)
    day = start
    for _ in range(abs(number)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def is_working_day(day: date) -> bool:
    return day in WORKED if day.weekday() >= SATURDAY else day not in OFF


def _days(table: str) -> frozenset[date]:
    """From lines `YEAR MONTH-DAY MONTH-DAY …`."""
    return frozenset(date.fromisoformat(f"{year}-{day}") for year, *days in map(str.split, table.strip().splitlines()) for day in days)


# Holidays that fall on Monday to Friday.
OFF = _days("""
2024 01-01 02-08 02-09 02-12 02-13 02-14 04-18 04-29 04-30 05-01 09-02 09-03
2025 01-01 01-27 01-28 01-29 01-30 01-31 04-07 04-30 05-01 05-02 09-01 09-02
2026 01-01 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31 09-01 09-02 11-24
2027 01-01 02-04 02-05 02-08 02-09 02-10 04-16 04-30 05-03 09-02 09-03 11-24
2028 01-03 01-24 01-25 01-26 01-27 01-28 04-04 05-01 05-02 09-01 09-04 11-24
2029 01-01 02-12 02-13 02-14 02-15 02-16 04-23 04-30 05-01 09-03 09-04 11-26
2030 01-01 01-31 02-01 02-04 02-05 02-06 04-12 04-30 05-01 09-02 09-03 11-25
2031 01-01 01-21 01-22 01-23 01-24 01-27 04-01 04-30 05-01 09-01 09-02 11-24
2032 01-01 02-09 02-10 02-11 02-12 02-13 04-19 04-30 05-03 09-02 09-03 11-24
2033 01-03 01-31 02-01 02-02 02-03 02-04 04-11 05-02 05-03 09-01 09-02 11-24
2034 01-02 02-17 02-20 02-21 02-22 02-23 04-28 05-01 05-02 09-01 09-04 11-24
2035 01-01 02-06 02-07 02-08 02-09 02-12 04-17 04-30 05-01 09-03 09-04 11-26
2036 01-01 01-28 01-29 01-30 01-31 02-01 04-07 04-30 05-01 09-01 09-02 11-24
2037 01-01 02-13 02-16 02-17 02-18 02-19 04-24 04-30 05-01 09-01 09-02 11-24
2038 01-01 02-02 02-03 02-04 02-05 02-08 04-13 04-30 05-03 09-02 09-03 11-24
2039 01-03 01-24 01-25 01-26 01-27 01-28 04-04 05-02 05-03 09-01 09-02 11-24
2040 01-02 02-10 02-13 02-14 02-15 02-16 04-20 04-30 05-01 09-03 09-04 11-26
2041 01-01 01-30 01-31 02-01 02-04 02-05 04-10 04-30 05-01 09-02 09-03 11-25
2042 01-01 01-20 01-21 01-22 01-23 01-24 04-29 04-30 05-01 09-01 09-02 11-24
2043 01-01 02-09 02-10 02-11 02-12 02-13 04-20 04-30 05-01 09-01 09-02 11-24
2044 01-01 01-28 01-29 02-01 02-02 02-03 04-07 05-02 05-03 09-01 09-02 11-24
2045 01-02 02-15 02-16 02-17 02-20 02-21 04-26 05-01 05-02 09-01 09-04 11-24
2046 01-01 02-05 02-06 02-07 02-08 02-09 04-16 04-30 05-01 09-03 09-04 11-26
2047 01-01 01-24 01-25 01-28 01-29 01-30 04-04 04-30 05-01 09-02 09-03 11-25
2048 01-01 02-12 02-13 02-14 02-17 02-18 04-22 04-30 05-01 09-01 09-02 11-24
2049 01-01 02-01 02-02 02-03 02-04 02-05 04-12 04-30 05-03 09-02 09-03 11-24
2050 01-03 01-21 01-24 01-25 01-26 01-27 04-01 05-02 05-03 09-01 09-02 11-24
""")

# Days of a weekend that are worked for another day off.
WORKED = _days("""
2024 05-04
2025 04-26
2026 08-22
""")
