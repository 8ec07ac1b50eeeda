"""`python -m tests.flows.holiday_table` writes the days off of `bot/flows/working_days.py` anew from the package `holidays`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import holidays

from bot.flows import working_days

YEARS = range(2024, 2051)


def by_year(days: Iterable[date]) -> str:
    """`2026 01-01 02-16 …`, a year a line."""
    lines: dict[int, list[str]] = {}
    for day in sorted(days):
        lines.setdefault(day.year, [f"{day:%Y}"]).append(f"{day:%m-%d}")
    return "\n".join(" ".join(line) for line in lines.values())


def tables() -> dict[str, str]:
    """What the package knows: holidays that fall on working days, and days of a weekend that are worked instead of another day."""
    known = holidays.country_holidays("VN", years=YEARS)
    return {
        "OFF": by_year(day for day in known if day.weekday() < 5 and day.year in YEARS),
        "WORKED": by_year(day for day in known.weekend_workdays if day.year in YEARS),
    }


def main() -> None:
    path = Path(working_days.__file__)
    source = path.read_text(encoding="utf-8")
    for name, table in tables().items():
        source = re.sub(rf'(?s)(?<=\n{name} = _days\("""\n).*?(?=\n"""\))', table, source)
    path.write_text(source, encoding="utf-8")


if __name__ == "__main__":
    main()
