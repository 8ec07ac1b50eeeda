"""The mark: stepping stones on indigo."""

from __future__ import annotations

CHAM, NGHE = "#24407a", "#f0a83a"
STONES = (
    f'<g fill="{NGHE}"><ellipse cx="25" cy="9.5" rx="4" ry="2.2"/><ellipse cx="16" cy="17.5" rx="6" ry="3.2"/>'
    '<ellipse cx="22.5" cy="29" rx="9.5" ry="4.8"/></g>'
)


def draw_mark() -> str:
    """The mark in a square of 40, without an `<svg>` around it."""
    return f'<rect width="40" height="40" rx="11" fill="{CHAM}"/>{STONES}'


def draw_icon(*, maskable: bool = False) -> str:
    """The SVG of the application's icon; `maskable` fills the square and keeps the stones where any mask leaves them."""
    inside = f'<rect x="-6" y="-6" width="52" height="52" fill="{CHAM}"/>{STONES}' if maskable else draw_mark()
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{"-6 -6 52 52" if maskable else "0 0 40 40"}">{inside}</svg>'
