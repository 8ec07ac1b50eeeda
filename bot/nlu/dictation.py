"""Digits that people part by commas, words or pictures, or say in words: “bốn tám hai, chín một ba”, `4,8,2 rồi 9`, “four eight two nine”.

Works on the text with one plain character for each (small letters without marks), as `privacy.py` makes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

_DIGIT_OF = {
    "khong": "0", "mot": "1", "hai": "2", "ba": "3", "bon": "4", "tu": "4", "nam": "5", "lam": "5", "nham": "5", "sau": "6", "bay": "7",
    "tam": "8", "chin": "9", "muoi": "0", "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
# Where a word has its marks, they must be those of the number: “sau” and “bày” are other words than “sáu” and “bảy”.
_MARKED = frozenset("không một mốt hai ba bốn tư năm lăm nhăm sáu bảy bẩy tám chín mười mươi".split())  # noqa: SIM905

_SPOKEN = "|".join(_DIGIT_OF)
_TOKEN = rf"(?:(?:{_SPOKEN})(?![^\W_])|\d{{1,4}}(?!\w))"
_BETWEEN = r"[\W_]{1,6}(?:(?:va|roi|so|tiep|tiep theo|den|toi|xong|voi|and|then|dau|cham|phay|gach|cach|la|den so|dash|space)(?![^\W_])[\W_]{1,6})?"
_CHAIN = re.compile(rf"(?<![^\W_]){_TOKEN}(?:{_BETWEEN}{_TOKEN})+")
_ONE = re.compile(_TOKEN)

_PUBLIC = re.compile(r"11[345]|156|5656|(?:19|20)\d\d|nam")  # hotlines, years (and their word); a row of them alone is no secret
_HOTLINE = re.compile(r"11[345]|156|5656|18001096|19000368|19006769")

_PIECE = re.compile(r"[a-z]+|\d+")


def may_be(plain: str) -> bool:
    """Whether two numbers or words for digits stand in the text at all: quick, for the many texts where none do."""
    return sum(1 for piece in _PIECE.findall(plain) if piece in _DIGIT_OF or piece.isdigit()) > 1


def chains(text: str, plain: str) -> Iterator[tuple[int, int, str, bool, bool]]:
    """Each chain's start, end, digits, whether it is said digit by digit, and whether it only counts up (“1, 2, 3”)."""
    for match in _CHAIN.finditer(plain):
        part: list[re.Match[str]] = []
        for token in _ONE.finditer(plain, *match.span()):
            if _is_number(text, token):
                if part and token.group() == "khong" and _HOTLINE.fullmatch(part[-1].group()):
                    yield from _told(part)  # “gọi 156 không được”: a no, and not a nought
                    part = []
                part.append(token)
            else:
                yield from _told(part)
                part = []
        yield from _told(part)


def _is_number(text: str, token: re.Match[str]) -> bool:
    word = text[token.start() : token.end()].lower()
    return token.group().isdigit() or word.isascii() or word in _MARKED


def _told(tokens: list[re.Match[str]]) -> Iterator[tuple[int, int, str, bool, bool]]:
    if len(tokens) < 2 or all(_PUBLIC.fullmatch(token.group()) for token in tokens):
        return
    digits = [_DIGIT_OF.get(token.group(), token.group()) for token in tokens]
    values = [int(one) for one in digits]
    counts_up = values[0] <= 1 and all(later - former == 1 for former, later in pairwise(values))
    yield tokens[0].start(), tokens[-1].end(), "".join(digits), all(len(one) == 1 for one in digits), counts_up
