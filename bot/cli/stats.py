"""`danloi stats`: the figures of `/stats` in the terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from bot.cli.database import ask, made, refuse
from bot.cli.sharing import read
from bot.store.volunteers import LEAST, counts
from bot.web.stats import KINDS, USUAL_DAYS, places, table


def stats(
    days: Annotated[int, typer.Option("--days", min=1, max=3650, help="Bao nhiêu ngày gần đây.")] = USUAL_DAYS,
    as_csv: Annotated[bool, typer.Option("--csv", help="In bảng CSV.")] = False,
) -> None:
    """Bao nhiêu lượt bắt đầu, làm xong, gặp người; ở xã nào. Không có ai trong số liệu, và không có số nhỏ nào đi với một xã."""
    from rich.console import Console
    from rich.table import Table

    sharing = read()
    if not made(sharing.settings):
        refuse("Chưa có cơ sở dữ liệu nào, nên chưa có số liệu.")
    counted = ask(sharing.settings, lambda store: counts(store, timedelta(days=days)))
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
