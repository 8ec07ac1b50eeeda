"""`danloi poster GUIDE` and `danloi kit GUIDE`: what is printed and what is handed on."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.database import refuse
from bot.cli.sharing import Sharing, read, warn, write
from bot.dialogue.payload import Entry
from bot.flows.guides import CompiledGuide
from bot.outreach.links import app_links, landing_url, qr_png, qr_svg, typed_code
from bot.outreach.poster import Format, Poster, PosterExtraMissing, Size, draw_poster

FORMATS: tuple[Format, ...] = ("pdf", "png")
# To hang up, to send, to hand out.
KIT_POSTERS: tuple[tuple[str, Size, Format], ...] = (("poster.pdf", Size.A4, "pdf"), ("poster.png", Size.A4, "png"), ("poster-a5.pdf", Size.A5, "pdf"))
VIET_NAM = timedelta(hours=7)

Commune = Annotated[str, typer.Option("--commune", metavar="C", help="Xã, phường: tên hoặc mã. Ghi trung tâm của xã, và đếm lượt theo xã.")]
Volunteer = Annotated[str, typer.Option("--volunteer", metavar="V", help="Mã của người giúp, để đếm lượt của người đó.")]


def poster(
    guide: Annotated[str, typer.Argument(metavar="[GUIDE]", help="Tên hướng dẫn (vneid) hoặc mã (#VNEID); bỏ trống khi có --all.")] = "",
    commune: Commune = "",
    volunteer: Volunteer = "",
    size: Annotated[Size, typer.Option("--size", help="Khổ giấy.")] = Size.A4,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Tệp .pdf hoặc .png; với --all là thư mục.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Tờ dán của mọi hướng dẫn, cho một xã.")] = False,
) -> None:
    """Dàn một tờ dán: mã QR, mã gõ tay, các bước, nơi giúp. Đọc tốt cả khi in đen trắng."""
    sharing = read()
    if not every and not guide:
        refuse(f"Hướng dẫn nào? Đang có: {', '.join(sharing.guides)}. Hoặc --all.")
    warn(sharing, volunteer)
    if every:
        _all(sharing, [sharing.guide(guide)] if guide else list(sharing.guides.values()), commune, volunteer, size, out or Path("posters"))
        return
    chosen = sharing.guide(guide)
    path = out or Path(f"poster-{chosen.id}-{size.value}.pdf")
    format = next((one for one in FORMATS if path.suffix.lower() == f".{one}"), None)
    if format is None:
        refuse(f"{path}: tệp phải là .pdf hoặc .png.")
    write(path, _drawn(sharing, chosen, commune, volunteer, size, format))
    print(f"Tờ dán: {path}")


def kit(
    guide: Annotated[str, typer.Argument(metavar="GUIDE", help="Tên hướng dẫn (vneid) hoặc mã (#VNEID).")],
    commune: Commune = "",
    volunteer: Volunteer = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Thư mục, hoặc tệp .zip.")] = None,
) -> None:
    """Gom mọi thứ để đưa một hướng dẫn về bản: đường dẫn, lời giới thiệu, mã QR, tờ dán, hình từng bước."""
    from rich.progress import track

    sharing = read()
    chosen = sharing.guide(guide)
    warn(sharing, volunteer)
    target = out or Path(f"kit-{chosen.id}")
    parts = _kit(sharing, chosen, commune, volunteer)
    files = {name: make() for name, make in track(parts.items(), description="Bộ đồ nghề")}
    if target.suffix.lower() == ".zip":
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in files.items():
                archive.writestr(name, body)
        write(target, packed.getvalue())
    else:
        for name, body in files.items():
            write(target / name, body)
    print(f"{len(files)} tệp trong {target}")


def _all(sharing: Sharing, guides: list[CompiledGuide], commune: str, volunteer: str, size: Size, folder: Path) -> None:
    from rich.progress import track

    for one in track(guides, description="Tờ dán"):
        for format in FORMATS:
            write(folder / f"poster-{one.id}-{size.value}.{format}", _drawn(sharing, one, commune, volunteer, size, format))
    print(f"{len(guides)} tờ dán trong {folder}")


def _drawn(sharing: Sharing, guide: CompiledGuide, commune: str, volunteer: str, size: Size, format: Format) -> bytes:
    entry = sharing.entry(guide, volunteer=volunteer, place=commune)
    poster = Poster(guide=guide, entry=entry, place=sharing.place(commune) if commune else None, size=size)
    try:
        return draw_poster(sharing.settings, poster, format)
    except PosterExtraMissing as error:
        refuse(str(error))


def _kit(sharing: Sharing, guide: CompiledGuide, commune: str, volunteer: str) -> dict[str, Callable[[], bytes]]:
    """Every file of the kit by its name, and what makes it."""
    from bot.outreach.illustrations import png
    from bot.outreach.share_picture import SHARE_HEIGHT, SHARE_WIDTH, draw_share

    entry = sharing.entry(guide, volunteer=volunteer, place=commune)
    url = landing_url(sharing.settings.base_url, entry)
    posters = {name: partial(_drawn, sharing, guide, commune, volunteer, size, format) for name, size, format in KIT_POSTERS}
    return {
        "gioi-thieu.txt": lambda: _words(sharing, guide, entry).encode(),
        "qr.png": partial(qr_png, url),
        "qr.svg": partial(qr_svg, url),
        "chia-se.png": lambda: png(draw_share(guide, typed_code(entry)), SHARE_WIDTH, SHARE_HEIGHT),
        **posters,
        **_steps(guide),
    }


def _words(sharing: Sharing, guide: CompiledGuide, entry: Entry) -> str:
    """What can be pasted into a group."""
    links = [f"{one.app}: {one.url}" + ("" if one.carries else f" (rồi gửi {typed_code(entry)})") for one in app_links(sharing.settings, entry)]
    prepare = [f"- {thing}" for thing in guide.model.prepare]
    lines = [guide.model.title, guide.model.summary, "", landing_url(sharing.settings.base_url, entry), f"Mã gõ tay: {typed_code(entry)}", *links]
    safe = "Dẫn Lối không thu tiền, không hỏi mã OTP, mật khẩu hay số căn cước. Ai hỏi là lừa đảo."
    return "\n".join([*lines, "", "Cần có bên mình:", *prepare, "", safe, ""])


def _steps(guide: CompiledGuide) -> dict[str, Callable[[], bytes]]:
    """The pictures, numbered as on the page of the whole guide."""
    from bot.outreach.illustrations import draw, gesture, png
    from bot.outreach.reading import lay_out

    stops = [stop for part in lay_out(guide, (datetime.now(UTC) + VIET_NAM).date()) for stop in part.stops if stop.number]
    files: dict[str, Callable[[], bytes]] = {}
    for stop in stops:
        step = guide.model.steps[stop.id]
        svg = draw(step.screen) if step.screen else gesture(step.picture) if step.picture else ""
        if svg:
            files[f"hinh/{stop.number:02}-{stop.id}.png"] = partial(png, svg)
    return files
