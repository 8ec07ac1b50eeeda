"""The picture of a step: a plain phone with one thing to tap, drawn from the step's `screen:` block.

`draw` returns an SVG of 640 x 800 and reads no files but the font's own letter widths; `png` makes the small picture that chat
apps want; `inline_svg` is the part of it that stands in a web page. `gesture` reads one of the few pictures that are drawn by
hand, for what happens away from the screen. Nothing looks like the real app: no logo, no colours of it, empty boxes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from bot.dialogue.drawings import PICTURE_ALT
from bot.flows.model import Screen
from bot.i18n.phrases import PHRASES
from bot.outreach.lettering import FAMILY, FONTS, INK, label, text_width, widest, wrap

PICTURES = Path(__file__).parent / "pictures"
WIDTH, HEIGHT = 640, 800
COLOURS = 48  # 12-20 KB, where true colour takes 60
MAX_PNG_BYTES = 40_000
GREY, PALE, LINE, CHAM, NGHE, SKIN, NAIL, PAPER = "#474439", "#f1e9db", "#b9ac94", "#24407a", "#f0a83a", "#d9a27a", "#f6d9c2", "#faf6ee"
NOTE = PHRASES["drawing"]
LEFT, COLUMN = 108, 424  # the column inside the phone
FIELD, LOWEST_FIELD = 126.0, 68.0  # how much height a field takes with its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Markup, the height it takes, and how far to the right its words reach."""

    markup: str
    height: float
    right: float = 0.0


def _block(x: float, y: float, text: str, size: float, room: float) -> Drawn:
    """At most two bold lines, centred on `x`, from the top `y` on."""
    rows, size = wrap(text, size, room, 700, 2)
    step = size * 1.32
    return Drawn(markup="".join(label(x, y + size + i * step, row, size, weight=700, anchor="middle") for i, row in enumerate(rows)), height=step * len(rows))


def _hand(x: float, y: float) -> str:
    """A hand whose fingertip is at (x, y); it comes from below on the right."""
    return (
        f'<g id="hand" transform="translate({x:g} {y:g}) rotate(-30) scale(.94)" stroke="{INK}" stroke-width="6" '
        'stroke-linejoin="round" stroke-linecap="round">'
        f'<path fill="{SKIN}" d="M-24,24 a24,24 0 0 1 48,0 L24,140 C26,116 66,118 66,146 C70,126 104,130 104,158 C110,142 138,148 138,178'
        'L138,236 C138,290 128,300 126,420 L4,420 C2,320 -36,282 -56,242 C-70,214 -86,196 -78,182 C-68,164 -46,178 -24,208 Z"/>'
        '<path fill="none" d="M24,140 V184 M66,148 V190 M104,160 V192"/>'
        f'<rect x="-11" y="9" width="22" height="27" rx="10" fill="{NAIL}" stroke-width="3.5"/></g>'
    )


def _bar(app: str, y: float) -> str:
    """An app's name in a plain bar; an address stands in a browser's pill, large, so that it is learned."""
    ground = f'<rect x="84" y="{y:g}" width="472" height="64" fill="{PALE}"/>'
    if "." not in app:
        back = f'<path d="M128,{y + 19:g} l-13,13 13,13" fill="none" stroke="{GREY}" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/>'
        rows, size = wrap(app, 32, COLUMN - 90, 700, 1)
        return ground + back + label(320, y + 43, rows[0], size, color=GREY, weight=700, anchor="middle")
    size = min(30, 30 * (COLUMN - 70) / text_width(app, 30, 700))
    pill = f'<rect x="{LEFT}" y="{y + 7:g}" width="{COLUMN}" height="50" rx="25" fill="#fff"/>'
    lock = f'<path d="M{LEFT + 22},{y + 30:g} h22 v16 h-22 z M{LEFT + 27},{y + 30:g} v-5 a6,6 0 0 1 12,0 v5" fill="none" stroke="{GREY}" stroke-width="4"/>'
    return ground + pill + lock + label(LEFT + 58, y + 42, app, size, weight=700)


def _field(y: float, name: str, height: float, *, pointed: bool) -> Drawn:
    """A name above an empty box: never a sample number or code inside. In a low one the gaps go first, then the letters."""
    ease = min(1.0, max(0.0, (height - LOWEST_FIELD) / (FIELD - LOWEST_FIELD)))
    rows, size = wrap(name, 24 + 4 * ease, COLUMN - 12, 700 if pointed else 400, 1)
    top, gap = 32 + 8 * ease, 12 + 16 * ease
    words = label(LEFT + 4, y + 22 + 6 * ease, rows[0], size, color=INK if pointed else GREY, weight=700 if pointed else 400)
    box = (
        f'<rect x="{LEFT}" y="{y + top:g}" width="{COLUMN}" height="{height - top - gap:g}" rx="12" fill="#fff" '
        f'stroke="{CHAM if pointed else LINE}" stroke-width="{4 if pointed else 3}"/>'
    )
    return Drawn(markup=words + box, height=height - gap)


def _button(y: float, name: str) -> Drawn:
    rows, size = wrap(name, 38, COLUMN - 90, 700, 2)
    height = 84 if len(rows) == 1 else 122
    first = y + height / 2 - (len(rows) - 1) * size * 0.64 + size * 0.35
    words = "".join(label(320, first + i * size * 1.28, row, size, color="#fff", weight=700, anchor="middle") for i, row in enumerate(rows))
    box = f'<rect x="{LEFT}" y="{y:g}" width="{COLUMN}" height="{height}" rx="20" fill="{CHAM}"/>'
    return Drawn(markup=box + words, height=height, right=320 + widest(rows, size, 700) / 2)


def _pale_bars(y: float) -> Drawn:
    """They stand for words that do not matter here."""
    bars = (
        f'<rect x="{320 - width / 2:g}" y="{y + 10 + i * 34:g}" width="{width}" height="16" rx="8" fill="{PALE}"/>'
        for i, width in enumerate((COLUMN, COLUMN - 60, COLUMN - 150))
    )
    return Drawn(markup="".join(bars), height=134)


def _fields(screen: Screen, y: float) -> tuple[Drawn, tuple[float, float] | None]:
    """The fields, and the top and height of the one that is pointed at."""
    if not screen.fields:
        return _pale_bars(y), None
    button = 0.0 if screen.highlight in screen.fields else _button(0, screen.highlight).height + 38  # with its ring, and air
    each = min(FIELD, (790 - y - button) / len(screen.fields))
    markup, ring = "", None
    for i, name in enumerate(screen.fields):
        pointed = name == screen.highlight and ring is None
        field = _field(y + i * each, name, each, pointed=pointed)
        markup += field.markup
        if pointed:
            ring = (y + i * each + 2, field.height - 2)
    return Drawn(markup=markup, height=each * len(screen.fields) + (12 if each < FIELD else 0)), ring


def _phone(screen: Screen, top: float, note: str = NOTE) -> tuple[str, float]:
    """The phone with everything on it, and where the highlight ends below."""
    title = _block(320, top + 138, screen.title, 42, COLUMN)
    fields, ring = _fields(screen, top + 154 + title.height)
    button = Drawn(markup="", height=0, right=LEFT + COLUMN * 0.6)
    if ring is None:
        y = top + 158 + title.height + fields.height
        button = _button(y, screen.highlight)
        ring = (y, button.height)
    at, height = ring
    markup = (
        f'<g id="phone"><rect x="70" y="{top:g}" width="500" height="900" rx="52" fill="{INK}"/>'
        f'<rect x="84" y="{top + 14:g}" width="472" height="900" rx="38" fill="#fff"/>'
        + label(320, top + 48, note, 24, color=GREY, anchor="middle")
        + f'</g><g id="app">{_bar(screen.app, top + 62)}</g><g id="title">{title.markup}</g><g id="fields">{fields.markup}</g>'
        f'<g id="highlight">{button.markup}<rect x="{LEFT - 13}" y="{at - 13:g}" width="{COLUMN + 26}" height="{height + 26:g}" rx="30" '
        f'fill="none" stroke="{NGHE}" stroke-width="10"/></g>' + _hand(min(button.right + 34, LEFT + COLUMN - 22), at + height * 0.6)
    )
    return markup, at + height


def _svg(view: str, inside: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" font-family="{FAMILY}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>{inside}</svg>'
    )


def draw(screen: Screen, note: str = NOTE) -> str:
    """The whole picture with its hint band; `note` says that it is a drawing. Raises `TooLong` where words do not fit."""
    hint = _block(320, 30, screen.hint or f"Bấm “{screen.highlight}”", 36, 560)
    phone, _ = _phone(screen, hint.height + 62, note)
    band = f'<g id="hint"><rect x="16" y="16" width="608" height="{hint.height + 28:g}" rx="26" fill="{NGHE}"/>{hint.markup}</g>'
    return _svg(f"0 0 {WIDTH} {HEIGHT}", phone + band)


@lru_cache(maxsize=512)
def inline_svg(screen: Screen, note: str = NOTE) -> str:
    """The picture for a web page: without the hint (the bubble says it), without ids, cut below the highlight."""
    top = 24.0
    phone, bottom = _phone(screen, top, note)
    height = min(bottom + 76, HEIGHT)
    return re.sub(r' id="\w+"', "", _svg(f"0 0 {WIDTH} {height:g}", phone))


def screen_drawing(screen: Screen) -> str:
    """The phone alone, for a larger drawing that has a place for it. Raises `TooLong`."""
    return re.sub(r' id="\w+"', "", _phone(screen, 24.0)[0])


def gesture(name: str, note: str = NOTE) -> str:
    """The SVG of a picture drawn by hand, which says that it is a drawing; raises `KeyError` for a name that there is not."""
    if name not in PICTURE_ALT:
        raise KeyError(name)
    return _svg(f"0 0 {WIDTH} {HEIGHT}", gesture_drawing(name, note))


def gesture_drawing(name: str, note: str = NOTE) -> str:
    """What stands inside that SVG: a page that shows a picture several times draws it once."""
    return _inside(_read(name)) + label(320, 34, note, 24, color=GREY, anchor="middle")


@cache
def _read(name: str) -> str:
    return (PICTURES / f"{name}.svg").read_text("utf-8")


def _inside(svg: str) -> str:
    """The drawing without its `<svg>`, comments and line breaks."""
    inside = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    return re.sub(r"<!--.*?-->|\n", "", inside, flags=re.DOTALL)


def png(svg: str, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """In 48 colours without dithering: at most 40 KB at 640 x 800."""
    import resvg_py  # only those who draw hold these two in memory
    from PIL import Image

    options: dict[str, Any] = {"width": width, "height": height, "skip_system_fonts": True}
    raw = resvg_py.svg_to_bytes(svg_string=svg, font_files=[str(FONTS / f"BeVietnamPro-{weight}.ttf") for weight in ("Regular", "Bold")], **options)
    out = BytesIO()
    Image.open(BytesIO(bytes(raw))).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
