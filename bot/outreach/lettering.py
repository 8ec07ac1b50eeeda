"""Words in drawings: how wide they run in our font, where they break, and their SVG."""

from __future__ import annotations

from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import fontpkg_be_vietnam_pro

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FONTS = Path(fontpkg_be_vietnam_pro.__file__).parent / "files"
FAMILY = "'Be Vietnam Pro', sans-serif"
INK = "#1b2333"
SMALLEST = 0.7  # words are never set smaller than this part of their size
SIZES = (1, 0.92, 0.85, 0.78, SMALLEST)


class TooLong(Exception):
    """Words that do not fit into the picture even in the smallest letters; the sentence names the words."""


@cache
def font(weight: int) -> FreeTypeFont:
    """The font at 1000 units an em, where advances are exact."""
    from PIL import ImageFont  # as in `illustrations.png`

    return ImageFont.truetype(FONTS / f"BeVietnamPro-{'Bold' if weight == 700 else 'Regular'}.ttf", 1000, layout_engine=ImageFont.Layout.BASIC)


def text_width(text: str, size: float, weight: int) -> float:
    """How wide `text` runs at this size."""
    return _length(text, weight) * size / 1000


@lru_cache(maxsize=1024)
def _length(text: str, weight: int) -> float:
    """In thousandths of an em. Rows are measured again and again while a column gets narrower."""
    return font(weight).getlength(text)


def widest(rows: list[str], size: float, weight: int) -> float:
    return max(text_width(row, size, weight) for row in rows)


def _fill(text: str, size: float, room: float, weight: int) -> list[str]:
    rows: list[str] = []
    row = ""
    for word in text.split():
        if row and text_width(f"{row} {word}", size, weight) > room:
            rows.append(row)
            row = word
        else:
            row = f"{row} {word}".strip()
    return [*rows, row]


def wrap(text: str, size: float, room: float, weight: int, lines: int) -> tuple[list[str], float]:
    """Break at spaces into even lines; when `lines` are not enough, go down in size. Raises `TooLong`."""
    for scale in SIZES:
        rows = _fill(text, size * scale, room, weight)
        if len(rows) <= lines and widest(rows, size * scale, weight) <= room:
            return _even(rows, text, size * scale, room, weight), size * scale
    raise TooLong(f"“{text}”")


def _even(rows: list[str], text: str, size: float, room: float, weight: int) -> list[str]:
    """The narrowest column that needs no further line."""
    while len(rows) > 1:
        room *= 0.97
        narrower = _fill(text, size, room, weight)
        if len(narrower) > len(rows) or widest(narrower, size, weight) > room:
            break
        rows = narrower
    return rows


def label(x: float, y: float, text: str, size: float, *, color: str = INK, weight: int = 400, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" font-weight="{weight}" fill="{color}" text-anchor="{anchor}">{escape(text)}</text>'
