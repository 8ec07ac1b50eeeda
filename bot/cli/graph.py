"""`danloi graph`: a guide as a picture, as Mermaid text, or as a tree in the terminal."""

from __future__ import annotations

from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.flows.diagram import Branching, diagram, mermaid, tree
from bot.flows.loader import load
from bot.flows.model import Guide
from bot.flows.schema_errors import near
from bot.service.content import guide_files
from bot.settings import load_settings

COLOURS = {"say": "bright_black", "do": "blue", "ask": "yellow", "let": "bright_black", "call": "cyan", "handoff": "magenta", "end": "green"}
COLOURS |= {"referred": "green", "gave_up": "red"}
TREE_WIDTH = 120


class Format(StrEnum):
    SVG = "svg"
    MERMAID = "mermaid"
    TREE = "tree"


def graph(
    guide: Annotated[str, typer.Argument(help="Tên hướng dẫn, ví dụ vneid.")],
    format: Annotated[Format, typer.Option("--format", help="svg: hình vẽ; mermaid: chữ cho trang tự vẽ; tree: cây trên dòng lệnh.")] = Format.TREE,
    out: Annotated[Path | None, typer.Option("--out", help="Ghi vào tệp này thay vì in ra.")] = None,
) -> None:
    """Vẽ một hướng dẫn: các bước, các đường đi, chỗ hay vướng."""
    text = draw(_model(guide), format, to_terminal=out is None)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        typer.echo(out)


def draw(model: Guide, format: Format, *, to_terminal: bool = False) -> str:
    """The guide in one of the three forms; ends the command where it cannot be laid out."""
    if format is Format.MERMAID:
        return mermaid(diagram(model))
    if format is Format.TREE:
        return _tree_text(model, colours=to_terminal)
    from bot.outreach.diagrams import NoLayout, guide_svg

    try:
        return guide_svg(model)
    except NoLayout as error:
        typer.echo(f"danloi graph: {error}", err=True)
        raise typer.Exit(2) from None


def _model(guide_id: str) -> Guide:
    """A guide that fits the model is drawn though it has errors: the picture may help to find them."""
    drafts = {draft.model.guide: draft.model for draft in load(guide_files(load_settings().flows_dir)).guide_drafts}
    if guide_id not in drafts:
        close = near(guide_id, drafts)
        mend = f"có phải là “{close}” không?" if close else f"đang có: {', '.join(sorted(drafts)) or 'chưa có hướng dẫn nào'}"
        typer.echo(f"Không đọc được hướng dẫn “{guide_id}” → {mend}; danloi check nói rõ hơn", err=True)
        raise typer.Exit(2)
    return drafts[guide_id]


def _tree_text(model: Guide, *, colours: bool) -> str:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    root = tree(diagram(model))
    shown = Tree(f"[bold]{_plain(model.title)}[/bold]")
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
    return f"{label}[{COLOURS[card.colour]}]{_plain(card.words)}[/] [bold]{card.id}[/bold]  {_plain(first)}"


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def main() -> None:
    typer.run(graph)


if __name__ == "__main__":
    main()
