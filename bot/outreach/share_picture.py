"""The picture that Zalo and Facebook show beside a shared link: title, how long it takes, and one step of the guide.

1200 x 630, which is what Facebook asks for (https://developers.facebook.com/docs/sharing/best-practices, 2026-11-24).
"""

from __future__ import annotations

from bot.flows.guides import CompiledGuide
from bot.flows.model import Screen
from bot.outreach.illustrations import GREY, NGHE, PALE, PAPER, gesture_drawing, screen_drawing
from bot.outreach.lettering import FAMILY, INK, TooLong, label, text_width, wrap
from bot.outreach.mark import draw_mark

SHARE_WIDTH, SHARE_HEIGHT = 1200, 630
LEFT, ROOM = 64, 690  # the column of words
HILLS = (
    f'<path fill="#e9dfc8" d="M0 470C150 410 260 400 390 440c120 36 210 6 340-30 150-40 300-20 470 60v160H0z"/>'
    f'<path fill="#d9dcc0" d="M0 520c180-50 330-50 500-10 190 44 330 10 460-14 100-18 180-10 240 10v124H0z"/>'
    f'<path fill="#b9c9b0" d="M0 566c240-40 400-34 590-8 220 30 420 2 610-32v104H0z"/>'
    '<g fill="none" stroke="#7fa08f" stroke-width="3" opacity=".75">'
    '<path d="M0 586c240-38 400-30 590-6 220 26 420 0 610-30M0 608c240-34 400-26 590-4 220 24 420 0 610-26"/></g>'
    f'<g fill="{NGHE}" stroke="{INK}" stroke-width="3"><ellipse cx="700" cy="472" rx="11" ry="5"/><ellipse cx="668" cy="496" rx="15" ry="7"/>'
    '<ellipse cx="704" cy="526" rx="19" ry="9"/><ellipse cx="650" cy="560" rx="25" ry="11"/><ellipse cx="704" cy="602" rx="32" ry="13"/></g>'
)
MARK = f'<g transform="translate({LEFT} 52) scale(1.8)">{draw_mark()}</g>'


def draw_share(guide: CompiledGuide, code: str) -> str:
    """The SVG; `code` is what can be typed instead."""
    words = MARK + label(LEFT + 94, 102, "Dẫn Lối", 44, weight=700) + _title(guide.model.title) + _facts(guide) + _code(code)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SHARE_WIDTH} {SHARE_HEIGHT}" font-family="{FAMILY}">'
        f'<rect width="{SHARE_WIDTH}" height="{SHARE_HEIGHT}" fill="{PAPER}"/>{HILLS}{words}{_picture(guide)}</svg>'
    )


def _title(title: str) -> str:
    try:
        rows, size = wrap(title, 72, ROOM, 700, 2)
    except TooLong:  # a title may be of any length, and a link is shared all the same
        rows, size = wrap(_cut(title), 50, ROOM, 700, 2)
    top = 218 if len(rows) > 1 else 248
    return "".join(label(LEFT, top + i * size * 1.26, row, size, weight=700) for i, row in enumerate(rows))


def _cut(title: str) -> str:
    """As many of the first words as two rows of smaller letters hold."""
    words = title.split()
    while len(words) > 1 and text_width(" ".join(words), 50, 700) > ROOM * 1.6:
        words.pop()
    short = " ".join(words)
    while text_width(short, 50, 700) > ROOM * 0.9 and " " not in short:
        short = short[:-1]
    return short + "…"


def _facts(guide: CompiledGuide) -> str:
    steps = guide.distance.get(guide.model.start, 0)
    facts = [f"{guide.model.minutes} phút" if guide.model.minutes else "", f"{steps} bước" if steps else "", "Có hình"]
    markup, x = "", float(LEFT)
    for fact in filter(None, facts):
        room = text_width(fact, 30, 700) + 44
        markup += f'<rect x="{x:g}" y="346" width="{room:g}" height="56" rx="28" fill="{PALE}"/>' + label(x + 22, 385, fact, 30, weight=700)
        x += room + 14
    return markup


def _code(code: str) -> str:
    size = min(40.0, 40 * (ROOM - 260) / text_width(code, 40, 700))
    room = text_width(code, size, 700) + 48
    return (
        f'<rect x="{LEFT}" y="496" width="{room:g}" height="72" rx="18" fill="{NGHE}" stroke="{INK}" stroke-width="3"/>'
        + label(LEFT + 24, 532 + size * 0.35, code, size, weight=700)
        + label(LEFT, 476, "Bấm vào đây, hoặc gửi mã", 28, color=GREY)
    )


def _picture(guide: CompiledGuide) -> str:
    """The first picture on the way; the phone runs off the lower edge."""
    steps = guide.model.steps.values()
    shown: Screen | str | None = next((step.screen for step in steps if step.screen), None) or next((step.picture for step in steps if step.picture), None)
    if shown is None:
        return ""
    try:
        inside = screen_drawing(shown) if isinstance(shown, Screen) else gesture_drawing(shown)
    except (TooLong, KeyError):  # `danloi check` tells the maintainer
        return ""
    return f'<svg x="760" y="40" width="440" height="590" viewBox="0 0 670 899" preserveAspectRatio="xMidYMin slice">{inside}</svg>'
