"""`danloi stats`: the figures of `/stats` in the terminal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from bot.cli.database import database, made, opened, refuse
from bot.cli.sharing import read
from bot.store.volunteers import LEAST, Counted, counts
from bot.web.stats import KINDS, USUAL_DAYS, places, table


def stats(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Bao nhiêu ngày gần đây.")] = USUAL_DAYS,
    as_csv: Annotated[bool, typer.Option("--csv", help="In bảng CSV.")] = False,
) -> None:
    """Bao nhiêu lượt bắt đầu, làm xong, gặp người; ở xã nào. Không có ai trong số liệu, và không có số nhỏ nào đi với một xã."""
    from rich.console import Console
    from rich.table import Table

    sharing = read()
    counted = _counted(days)
    if as_csv:
        print(table(sharing.guides, counted).decode("utf-8-sig"), end="")
        return
    console = Console()
    shown = Table("Hướng dẫn", *(label for _, label in KINDS), title=f"{days} ngày gần đây")
    by_place = Table("Hướng dẫn", "Xã, phường", "Đã bắt đầu", caption=f"Dưới {LEAST} lượt thì không hiện số.")
    for guide in sharing.guides.values():
        theirs = [one for one in counted if one.guide == guide.id]
        shown.add_row(guide.model.title, *(str(sum(one.numbers.get(kind, 0) for one in theirs)) for kind, _ in KINDS))
        for name, number in places(sharing.guides, counted, guide.id):
            by_place.add_row(guide.model.title, name, "ít" if number is None else str(number))
    console.print(shown)
    if by_place.row_count:
        console.print(by_place)


def _counted(days: int) -> list[Counted]:
    from bot.store.errors import Stale, Unavailable, WrongKey

    settings = read().settings

    async def at(url: str) -> list[Counted]:
        try:
            async with opened(url, settings) as store:
                return await counts(store, timedelta(days=days))
        except (Unavailable, Stale, WrongKey) as error:
            refuse(str(error))

    if not made(settings):
        refuse("Chưa có cơ sở dữ liệu nào, nên chưa có số liệu.")
    with database(settings) as url:
        return asyncio.run(at(url))
