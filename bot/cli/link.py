"""`danloi link GUIDE`: every way into a guide that can be sent, written down or scanned."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.database import refuse
from bot.cli.sharing import Sharing, read, warn, write
from bot.dialogue.payload import Entry
from bot.outreach.links import app_links, landing_url, qr_code, qr_png, qr_svg, typed_code

GuideArgument = Annotated[str, typer.Argument(metavar="GUIDE", help="Tên hướng dẫn (vneid) hoặc mã (#VNEID).")]
Volunteer = Annotated[str, typer.Option("--volunteer", metavar="V", help="Mã của người giúp, để đếm lượt của người đó.")]


def link(
    guide: Annotated[str, typer.Argument(metavar="[GUIDE]", help="Tên hướng dẫn (vneid) hoặc mã (#VNEID); chỉ được bỏ trống khi có --all.")] = "",
    step: Annotated[str, typer.Option("--step", metavar="S", help="Mở thẳng bước này.")] = "",
    volunteer: Volunteer = "",
    place: Annotated[str, typer.Option("--place", metavar="P", help="Xã, phường nơi dán hoặc gửi: tên hoặc mã.")] = "",
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Ghi mã QR ra tệp .png hoặc .svg.")] = None,
    every: Annotated[Path | None, typer.Option("--all", metavar="DIR", help="Ghi mã QR của mọi hướng dẫn (hoặc của GUIDE) và bảng links.csv.")] = None,
) -> None:
    """In đường dẫn, mã gõ tay và mã QR mở một hướng dẫn."""
    sharing = read()
    if every is None and not guide:
        refuse(f"Hướng dẫn nào? Đang có: {', '.join(sharing.guides)}. Hoặc --all THƯ-MỤC.")
    if step and not guide:
        refuse("--step cần tên một hướng dẫn.")
    chosen = [sharing.guide(guide)] if guide else list(sharing.guides.values())
    entries = [sharing.entry(one, step=step, volunteer=volunteer, place=place) for one in chosen]
    warn(sharing, volunteer)
    if every is not None:
        _write_all(sharing, entries, every)
        return
    picture = _picture(landing_url(sharing.settings.base_url, entries[0]), out) if out is not None else b""
    _tell(sharing, entries[0], quiet=out is not None)
    if out is not None:
        write(out, picture)
        print(f"Mã QR: {out}")


def _tell(sharing: Sharing, entry: Entry, *, quiet: bool) -> None:
    url = landing_url(sharing.settings.base_url, entry)
    print(sharing.guides[entry.guide].model.title)
    print(f"Trang mở:   {url}")
    for one in app_links(sharing.settings, entry):
        print(f"{one.app + ':':<11} {one.url}" + ("" if one.carries else "   (rồi gửi mã)"))
    print(f"Mã gõ tay:  {typed_code(entry)}")
    if not quiet:
        print()
        print(_in_terminal(url))


def _in_terminal(url: str) -> str:
    """The QR code in half blocks. On a screen it brings its own black and white: cameras want it so, whatever the terminal's colours are."""
    drawn = io.StringIO()
    qr_code(url).terminal(drawn, compact=True)
    rows = drawn.getvalue().splitlines()
    return "\n".join(f"\x1b[97;40m{row}\x1b[0m" for row in rows) if sys.stdout.isatty() else "\n".join(rows)


def _picture(url: str, out: Path) -> bytes:
    if out.suffix.lower() not in (".png", ".svg"):
        refuse(f"{out}: tệp phải là .png hoặc .svg.")
    return qr_svg(url) if out.suffix.lower() == ".svg" else qr_png(url)


def _write_all(sharing: Sharing, entries: list[Entry], folder: Path) -> None:
    """A PNG and an SVG for each guide, and one table of all links that a spreadsheet opens."""
    from rich.progress import track

    apps = {one.channel: one.app for entry in entries for one in app_links(sharing.settings, entry)}
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["guide", "title", "landing", *apps, "code", "png", "svg"])
    for entry in track(entries, description="Mã QR"):
        url = landing_url(sharing.settings.base_url, entry)
        name = url.rpartition("/")[2]
        write(folder / f"{name}.png", qr_png(url))
        write(folder / f"{name}.svg", qr_svg(url))
        links = {one.channel: one.url for one in app_links(sharing.settings, entry)}
        title = sharing.guides[entry.guide].model.title
        rows.writerow([entry.guide, title, url, *(links[app] for app in apps), typed_code(entry), f"{name}.png", f"{name}.svg"])
    write(folder / "links.csv", b"\xef\xbb\xbf" + table.getvalue().encode())  # the mark tells Excel that this is UTF-8
    print(f"{len(entries)} hướng dẫn trong {folder}, bảng: {folder / 'links.csv'}")
