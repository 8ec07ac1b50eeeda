"""`danloi graph`: a guide as a picture, as Mermaid text, or as a tree in the terminal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.database import database, made, opened
from bot.flows.diagram import NO_FIGURES, Branching, Diagram, Figures, diagram, mermaid, tree
from bot.flows.loader import load
from bot.flows.model import Guide
from bot.flows.schema_errors import near
from bot.service.content import guide_files
from bot.settings import Settings, load_settings

COLOURS = {"say": "bright_black", "do": "blue", "ask": "yellow", "let": "bright_black", "call": "cyan", "handoff": "magenta", "end": "green"}
COLOURS |= {"referred": "green", "gave_up": "red"}
TREE_WIDTH = 120
USUAL_DAYS = 90


class Format(StrEnum):
    SVG = "svg"
    MERMAID = "mermaid"
    TREE = "tree"


def graph(
    guide: Annotated[str, typer.Argument(help="Tên hướng dẫn, ví dụ vneid.")],
    format: Annotated[Format, typer.Option("--format", help="svg: hình vẽ; mermaid: chữ cho trang tự vẽ; tree: cây trên dòng lệnh.")] = Format.TREE,
    out: Annotated[Path | None, typer.Option("--out", help="Ghi vào tệp này thay vì in ra.")] = None,
    days: Annotated[int, typer.Option("--days", min=0, max=3650, help="Ghi số lượt của bao nhiêu ngày gần đây lên các đường; 0: không ghi.")] = USUAL_DAYS,
) -> None:
    """Vẽ một hướng dẫn: các bước, các đường đi, chỗ hay vướng; bao nhiêu lượt đi qua, dừng ở đâu."""
    settings = load_settings()
    model = _model(guide, settings)
    text = draw(model, format, _figures(guide, days, settings), to_terminal=out is None)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(out)


def draw(model: Guide, format: Format, figures: Figures = NO_FIGURES, *, to_terminal: bool = False) -> str:
    """The guide in one of the three forms; ends the command where it cannot be laid out."""
    if format is Format.MERMAID:
        return mermaid(diagram(model, figures))
    if format is Format.TREE:
        return _tree_text(diagram(model, figures), colours=to_terminal)
    from bot.outreach.diagrams import NoLayout, guide_svg

    try:
        return guide_svg(model, figures)
    except NoLayout as error:
        typer.echo(f"danloi graph: {error}", err=True)
        raise typer.Exit(2) from None


def _figures(guide_id: str, days: int, settings: Settings) -> Figures:
    """What the database counted, where there is one. A picture without figures is better than none, so a database that is away is only told of."""
    if not days or not made(settings):
        return NO_FIGURES
    from bot.store.errors import Stale, Unavailable, WrongKey
    from bot.store.volunteers import steps, ways

    async def at(url: str) -> Figures:
        since = timedelta(days=days)
        async with opened(url, settings) as store:
            return Figures(ways=await ways(store, guide_id, since), steps=await steps(store, guide_id, since))

    with database(settings) as url:
        try:
            return asyncio.run(at(url))
        except (Unavailable, Stale, WrongKey) as error:
            typer.echo(f"Vẽ không có số lượt: {error}", err=True)
            return NO_FIGURES


def _model(guide_id: str, settings: Settings) -> Guide:
    """A guide that fits the model is drawn though it has errors: the picture may help to find them."""
    drafts = {draft.model.guide: draft.model for draft in load(guide_files(settings.flows_dir)).guide_drafts}
    if guide_id not in drafts:
        close = near(guide_id, drafts)
        mend = f"có phải là “{close}” không?" if close else f"đang có: {', '.join(sorted(drafts)) or 'chưa có hướng dẫn nào'}"
        typer.echo(f"Không đọc được hướng dẫn “{guide_id}” → {mend}; danloi check nói rõ hơn", err=True)
        raise typer.Exit(2)
    return drafts[guide_id]


def _tree_text(drawn: Diagram, *, colours: bool) -> str:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    root = tree(drawn)
    shown = Tree(f"[bold]{_plain(drawn.title)}[/bold]")
    todo: list[tuple[Any, Branching]] = [(shown, root)] if root else []
    while todo:
        parent, branching = todo.pop()
        # A chain of steps stays at one depth: only where ways part, the tree goes deeper.
        branch = parent.add(Text.from_markup(_line(branching), overflow="ellipsis"))
        below = parent if len(branching.onward) == 1 else branch
        todo += [(below, one) for one in reversed(branching.onward)]
    console = Console(file=StringIO(), width=TREE_WIDTH, highlight=False, force_terminal=colours and Console().is_terminal)
    console.print(shown, no_wrap=True)
    written: str = console.file.getvalue()  # type: ignore[attr-defined]  # the StringIO above
    return "\n".join(line.rstrip() for line in written.splitlines()) + "\n"


def _line(branching: Branching) -> str:
    card = branching.card
    label = f"[italic]{_plain(branching.label)}[/italic] → " if branching.label else ""
    if branching.seen:
        return f"{label}[dim]{card.id} (đã có ở trên)[/dim]"
    first = card.lines[0] + ("…" if len(card.lines) > 1 else "")
    counted = "".join(f"  [dim]{one}[/dim]" for one in card.counted)
    return f"{label}[{COLOURS[card.colour]}]{_plain(card.words)}[/] [bold]{card.id}[/bold]  {_plain(first)}{counted}"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def main() -> None:
    typer.run(graph)


if __name__ == "__main__":
    main()
