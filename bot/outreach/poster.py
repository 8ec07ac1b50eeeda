"""The poster for the village board, set by typst (the extra `danloi[poster]`)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from bot.dialogue.payload import Entry
from bot.flows.guides import CompiledGuide
from bot.flows.places import Place
from bot.outreach.hotlines import hotline
from bot.outreach.lettering import FONTS
from bot.outreach.links import app_links, landing_url, qr_svg, typed_code
from bot.settings import Settings

TEMPLATE = Path(__file__).parent / "posters" / "poster.typ"
PNG_PPI = 150.0
MAX_HAVE_CHARS, SHORT_HAVE_CHARS = 115, 82  # three lines under a step, or two below a title of two
ONE_LINE_TITLE_CHARS = 28

Format = Literal["pdf", "png"]


class Size(StrEnum):
    A3 = "a3"
    A4 = "a4"
    A5 = "a5"


class PosterExtraMissing(Exception):
    """typst is not installed; the sentence names the extra."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """What stands on it."""

    guide: CompiledGuide
    entry: Entry
    place: Place | None = None
    size: Size = Size.A4


def draw_poster(settings: Settings, poster: Poster, format: Format) -> bytes:
    """The poster as "pdf" or "png"; raises `PosterExtraMissing`."""
    try:
        import typst  # only posters need it, and it takes 60 MB
    except ImportError:
        raise PosterExtraMissing("Chưa có typst để dàn trang. Cài thêm: pip install 'danloi[poster]'") from None
    inputs = poster_inputs(settings, poster)
    return typst.compile(TEMPLATE, font_paths=[FONTS], ignore_system_fonts=True, sys_inputs=inputs, format=format, ppi=PNG_PPI)


def poster_inputs(settings: Settings, poster: Poster) -> dict[str, str]:
    """The texts of the poster."""
    model = poster.guide.model
    call = hotline(poster.guide.id)
    apps = list(dict.fromkeys(one.app.removesuffix(" Bot") for one in app_links(settings, poster.entry)))
    centre = f"Đến trung tâm hành chính công {poster.place.within}." if poster.place else f"Bấm “Gặp người hỗ trợ”, hoặc gọi {call.number}."
    return {
        "title": model.title,
        "about": "Từng bước" + (f", khoảng {model.minutes} phút" if model.minutes else ""),
        "size": poster.size.value,
        # The place is in the QR code alone: what has to be typed stays short.
        "code": typed_code(Entry(guide=poster.entry.guide, volunteer=poster.entry.volunteer)),
        "send": f"hoặc mở {' hay '.join(apps[:2])}, gửi mã" if apps else "hoặc gửi mã cho Dẫn Lối",
        "qr": qr_svg(landing_url(settings.base_url, poster.entry)).decode(),
        "have": _have(model.prepare, MAX_HAVE_CHARS if len(model.title) <= ONE_LINE_TITLE_CHARS else SHORT_HAVE_CHARS),
        "desk": centre,
        "warning": "Công an, cán bộ không gọi điện bảo cài ứng dụng.",
        "whose": f"{call.whose}: ",
        "hotline": call.number,
    }


def _have(things: tuple[str, ...], most: int) -> str:
    """As much of the checklist as there is room for: the first things are the ones that matter."""
    told = ""
    for thing in things:
        longer = f"{told}; {_lower(thing)}" if told else _lower(thing)
        if len(longer) > most:
            break
        told = longer
    return f"Có bên mình: {told}." if told else "Không cần chuẩn bị gì."


def _lower(words: str) -> str:
    """In the middle of a sentence; names in capitals stay."""
    return words if words[:2].isupper() else words[:1].lower() + words[1:]
