"""Dates as people write them, day first: `5/3/2026`, `5 tháng 3`, `hôm qua`, `mùng 5 tháng trước`, `5 March 2026`.

What could be read in two ways, and every lunar date, is not read at all: the bot asks again rather than compute a wrong deadline.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.i18n.folding import unmark
from bot.i18n.numbers import parse_number

MAX_LENGTH = 200
FIRST_YEAR, LAST_YEAR = 1900, 2100

_ENGLISH_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_DAYS_FROM_TODAY = {
    "hom nay": 0, "ngay hom nay": 0, "bua nay": 0, "sang nay": 0, "chieu nay": 0, "trua nay": 0, "vua xong": 0,
    "hom qua": -1, "ngay hom qua": -1, "bua qua": -1, "toi qua": -1, "dem qua": -1,
    "hom kia": -2, "bua kia": -2, "hom kia kia": -3,
    "today": 0, "yesterday": -1,
    "ngay mai": 1, "hom sau": 1, "ngay kia": 2, "ngay mot": 2,
}  # fmt: skip
_LUNAR = re.compile(r"\b(am lich|lich am|al|thang gieng|thang chap|tet|ram)\b")
_WEEKDAYS = {"2": 0, "hai": 0, "3": 1, "ba": 1, "4": 2, "tu": 2, "5": 3, "nam": 3, "6": 4, "sau": 4, "7": 5, "bay": 5}

_LAST_DIGIT = r"(?: (?:mot|hai|ba|bon|tu|lam|sau|bay|tam|chin))?"
_WORD = rf"(?:\d{{1,2}}|mot|hai (?:muoi|mot|lam){_LAST_DIGIT}|hai|ba (?:muoi mot|muoi|mot)|ba|bon|tu|nam|sau|bay|tam|chin|muoi{_LAST_DIGIT})"
_YEAR = r"(?P<year>\d{4}|\d{2}|nay|ngoai|truoc|sau)"
_ISO = re.compile(r"(?<![\d/.-])(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?![\d/-]|\.\d)")
_SLASHED = re.compile(r"(?<![\d/.-])(?P<day>\d{1,2}) ?[-/.] ?(?P<month>\d{1,2})(?: ?[-/.] ?(?P<year>\d{4}|\d{2}))?(?![\d/-]|\.\d)")
_SPACED = re.compile(r"(?<![\d/.-])(?P<day>\d{1,2}) (?P<month>\d{1,2}) (?P<year>\d{4})(?![\d/-]|\.\d)")
_SQUEEZED = re.compile(r"(?<![\d/.-])(?P<day>\d{2})(?P<month>\d{2})(?P<year>(?:19|20)\d{2})(?![\d/-]|\.\d)")
_WORDED = re.compile(
    rf"\b(?P<day>{_WORD}) ?[,/-]? ?thang ?(?P<month>{_WORD}|nay|truoc|sau|vua roi|vua qua)\b(?: ?[,/-]? ?nam {_YEAR}\b| ?[,/-]? ?(?P<bare>\d{{4}})\b)?"
)
_ENGLISH = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{'|'.join(_ENGLISH_MONTHS)})"
    rf"|(?P<month2>{'|'.join(_ENGLISH_MONTHS)}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?),? (?P<year>\d{{4}})\b"
)  # only with a year: "5 may" is "5 máy", five telephones
_DAY_ONLY = re.compile(rf"\b(?:mung|mong|ngay) (?P<day>{_WORD})\b(?! ?(?:ngay|tuan|thang|nam|gio))")
_WEEKDAY = re.compile(
    r"\b(?:thu (?P<day>[2-7]|hai|ba|tu|nam|sau|bay)|(?P<sunday>chu nhat|cn))(?: (?P<week>tuan truoc|tuan nay|tuan sau|vua roi|vua qua|nay|truoc))?\b"
)
_AGO = re.compile(
    rf"(?<!thu )\b(?P<many>{_WORD}) (?P<unit>ngay|hom|tuan) (?P<way>truoc|nua|roi|sau)\b|\bcach day (?P<many2>{_WORD}) (?P<unit2>ngay|hom|tuan)\b"
)


def parse_date(text: str, today: date) -> date | None:
    """The one date that `text` names, seen from `today`; None when there is none, it does not exist, or two are named.

    A day without a year is the last such day that is not after `today`. Two digits are a year of this century up to ten
    years ahead, else of the last one.
    """
    if len(text) > MAX_LENGTH:
        return None
    plain = " ".join(unmark(text).split())
    if _LUNAR.search(plain):
        return None
    for pattern in (_ISO, _SLASHED, _SPACED, _SQUEEZED, _WORDED):
        matches = list(pattern.finditer(plain))
        if matches:
            found = {_calendar_day(match, today) for match in matches}
            return found.pop() if len(found) == 1 else None
    english = {_english_day(match) for match in _ENGLISH.finditer(plain)}
    if english:
        return english.pop() if len(english) == 1 else None
    return _relative(plain, today)


def format_date(value: date, language: str = "vi") -> str:
    """`5/3/2026`, day first, because that is how the papers write it; in English `5 March 2026`, where 5/3 could be May."""
    if language == "en":
        return f"{value.day} {_ENGLISH_MONTHS[value.month - 1].capitalize()} {value.year}"
    return f"{value.day}/{value.month}/{value.year}"


def _calendar_day(match: re.Match[str], today: date) -> date | None:
    parts = match.groupdict()
    day = _small(parts["day"])
    year = _year(parts.get("year") or parts.get("bare") or "", today)
    month_word = parts["month"]
    if month_word in {"nay", "truoc", "sau", "vua roi", "vua qua"}:
        shift = {"nay": 0, "sau": 1}.get(month_word, -1)
        months = today.year * 12 + today.month - 1 + shift
        return _exact(months // 12, months % 12 + 1, day)
    month = _small("bon" if month_word == "tu" else month_word)
    if year == 0:
        return _last_such_day(month, day, today)
    return _exact(year, month, day)


def _english_day(match: re.Match[str]) -> date | None:
    month = _ENGLISH_MONTHS.index(match["month"] or match["month2"]) + 1
    return _exact(int(match["year"]), month, int(match["day"] or match["day2"]))


def _relative(plain: str, today: date) -> date | None:
    ago = _AGO.search(plain)
    if ago:
        many = _small(ago["many"] or ago["many2"])
        step = (7 if (ago["unit"] or ago["unit2"]) == "tuan" else 1) * many
        return _shifted(today, step if ago["way"] in {"nua", "sau"} else -step)
    for words in sorted(_DAYS_FROM_TODAY, key=len, reverse=True):
        if re.search(rf"\b{words}\b", plain):
            return _shifted(today, _DAYS_FROM_TODAY[words])
    weekday = _WEEKDAY.search(plain)
    if weekday:
        return _weekday(weekday, today)
    alone = list(_DAY_ONLY.finditer(plain))
    if len(alone) == 1:
        return _last_day_of_month(_small(alone[0]["day"]), today)
    return None


def _weekday(match: re.Match[str], today: date) -> date | None:
    wanted = 6 if match["sunday"] else _WEEKDAYS[match["day"]]
    monday = today - timedelta(days=today.weekday())
    week = match["week"] or ""
    if week.startswith("tuan"):
        return _shifted(monday, wanted + {"tuan truoc": -7, "tuan nay": 0, "tuan sau": 7}[week])
    back = (today.weekday() - wanted) % 7
    return _shifted(today, -(back or (7 if week else 0)))


def _year(word: str, today: date) -> int:
    """The year meant, 0 for none."""
    if not word:
        return 0
    if word in {"nay", "ngoai", "truoc", "sau"}:
        return today.year + {"nay": 0, "sau": 1}.get(word, -1)
    if len(word) == 4:
        return int(word)
    year = 2000 + int(word)
    return year if year <= today.year + 10 else year - 100


def _last_such_day(month: int, day: int, today: date) -> date | None:
    # Eight years, because 29 February may be that far away (1896 to 1904).
    candidates = (_exact(today.year - back, month, day) for back in range(9))
    return next((one for one in candidates if one and one <= today), None)


def _last_day_of_month(day: int, today: date) -> date | None:
    months = today.year * 12 + today.month - 1
    candidates = (_exact((months - back) // 12, (months - back) % 12 + 1, day) for back in range(3))
    return next((one for one in candidates if one and one <= today), None)


def _exact(year: int, month: int, day: int) -> date | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shifted(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def _small(word: str) -> int:
    """A day or month in digits or words; 0, which no calendar has, where it is neither."""
    number = parse_number(word.replace("ba mot", "ba muoi mot").replace("hai mot", "hai muoi mot").replace("hai lam", "hai muoi lam"))
    return number if isinstance(number, int) else 0
