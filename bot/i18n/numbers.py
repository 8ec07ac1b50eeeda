"""Numbers as people write them: `12`, `1.500`, `1,5 triệu`, `500k`, `hai mươi lăm`, `khoảng ba đứa`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.i18n.folding import fold, unmark

MAX_LENGTH = 200  # whoever writes more does not answer with a number

_UNITS = {"khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9}
_LAST = _UNITS | {"tu": 4, "lam": 5, "nham": 5}  # only after a ten: hai mươi tư, mười lăm
_SCALES = {"nghin": 1_000, "ngan": 1_000, "trieu": 1_000_000, "cu": 1_000_000, "ty": 1_000_000_000, "ti": 1_000_000_000}
_SHORT_SCALES = {"k": 1_000, "tr": 1_000_000} | _SCALES
_NUMBER_WORDS = set(_UNITS) | set(_SCALES) | {"muoi", "chuc", "tram"}
# What may stand around a number without changing it.
_FILLERS = """
    a ah da vang u uh thua co la duoc khoang tam chung tren hon gan moi ro so tat ca minh em nha gia dinh chi thoi roi nhe
    tuoi dua con chau be nguoi lan cai ban to trang dong vnd d kg gam gram cm m ngay tuan thang nam gio phut
"""
_AROUND = frozenset(_FILLERS.split())
_DIGITS = re.compile(
    r"(?<![\w.,/])(-?)(\d{1,3}(?:[. ]\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:[.,]\d+)?)\s*(k|tr|nghin|ngan|trieu|cu|ty|ti)?(?![\w/]|[.,]\d)"
)


def parse_number(text: str) -> int | float | None:
    """The one number that `text` says, in digits or words; None when there is none, or more than one.

    A point groups thousands and a comma begins decimals, as in Vietnam; `1,500` is still read as one thousand five hundred,
    because three decimals are rarer than an English keyboard.
    """
    if len(text) > MAX_LENGTH:
        return None
    plain = unmark(text)
    if any(character.isdigit() for character in plain):
        found = _DIGITS.findall(plain)
        leftover = _DIGITS.sub(" ", plain)
        return _from_digits(*found[0]) if len(found) == 1 and not re.search(r"\d", leftover) else None
    return _from_words(fold(text).split())


def _from_digits(sign: str, digits: str, scale: str) -> int | float | None:
    grouped = re.fullmatch(r"\d{1,3}(?:[. ]\d{3})+(?:,\d+)?", digits)
    if grouped:
        digits = re.sub(r"[. ]", "", digits)
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})+", digits):
        digits = digits.replace(",", "")
    whole, _, decimals = digits.replace(",", ".").partition(".")
    if len(whole) > 15:
        return None
    value = float(f"{whole}.{decimals}") if decimals else int(whole)
    value *= _SHORT_SCALES.get(scale, 1)
    return _whole(-value if sign else value)


def _from_words(words: Sequence[str]) -> int | float | None:
    start = next((at for at, word in enumerate(words) if word in _NUMBER_WORDS and not (word == "nam" and at == len(words) - 1 and at > 0)), None)
    if start is None or any(word not in _AROUND for word in words[:start]):
        return None
    value, end = _amount(words, start)
    if value is None or any(word not in _AROUND for word in words[end:]):
        return None
    return _whole(value)


def _amount(words: Sequence[str], at: int) -> tuple[int | float | None, int]:
    """The value of the number words from `at` on, and where they end: groups of hundreds, each with its scale."""
    total: int | float = 0
    seen = False
    below: float = float("inf")
    while at < len(words):
        group, after = _hundreds(words, at)
        if group is None:
            break
        scale = _SCALES.get(words[after], 0) if after < len(words) else 0
        if (scale or 1) >= below:  # "hai ba" and "hai nghìn ba triệu" are not numbers
            return None, at
        total, seen, at, below = total + group * (scale or 1), True, after + bool(scale), scale or 1
        if at < len(words) and words[at] == "ruoi" and scale:
            return total + scale / 2, at + 1
        if not scale:
            break
    return (total if seen else None), at


def _hundreds(words: Sequence[str], at: int) -> tuple[int | None, int]:
    """0 to 999 from `at` on: `ba trăm linh hai`, `hai mươi tư`, `mười lăm`, `năm`."""

    def word(index: int) -> str:
        return words[index] if index < len(words) else ""

    hundreds: int | None = None
    if word(at) in _UNITS and word(at + 1) == "tram":
        hundreds, at = _UNITS[word(at)] * 100, at + 2
        if word(at) in {"linh", "le"} and word(at + 1) in _LAST:
            return hundreds + _LAST[word(at + 1)], at + 2
        if word(at) == "ruoi":
            return hundreds + 50, at + 1
    tens, after = _tens(word, at)
    if tens is None:
        return hundreds, at
    return (hundreds or 0) + tens, after


def _tens(word: Callable[[int], str], at: int) -> tuple[int | None, int]:
    if word(at) in {"muoi", "chuc"}:
        tens, at = 10, at + 1
    elif word(at) in _UNITS and word(at + 1) in {"muoi", "chuc"}:
        tens, at = _UNITS[word(at)] * 10, at + 2
    elif word(at) in _UNITS:
        return _UNITS[word(at)], at + 1
    else:
        return None, at
    # "mười năm" is ten years: after a ten, five is "lăm".
    if word(at) in _LAST and word(at) != "nam":
        return tens + _LAST[word(at)], at + 1
    return tens, at


def _whole(value: int | float) -> int | float:
    return int(value) if isinstance(value, float) and value.is_integer() else value
