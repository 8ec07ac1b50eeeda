"""`danloi test`: runs the conversations of `tests/talks` against the guides and shows what no conversation visits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from bot.dialogue.talks import Coverage, Result, coverage, run_talk
from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import load
from bot.flows.talks import TalkDraft, read_talks
from bot.service.content import Content, guide_files, load_content
from bot.service.rehearsal import surroundings
from bot.settings import SettingsError, load_settings

VIET_NAM = timezone(timedelta(hours=7))
TALKS = Path("tests/talks")
BAR = 20


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


def run_tests(
    path: Annotated[Path, typer.Argument(help="Thư mục các cuộc trò chuyện, hoặc một tệp.")] = TALKS,
    format: Annotated[Format, typer.Option("--format", help="text cho người đọc, json cho chương trình.")] = Format.TEXT,
) -> None:
    """Chạy các cuộc trò chuyện thử. Có cuộc nào không như mong đợi thì mã thoát là 1."""
    if not path.exists():
        typer.echo(f"Không có {path}", err=True)
        raise typer.Exit(2)
    try:
        settings = load_settings()
        content = load_content(settings)
    except SettingsError as error:
        typer.echo(f"danloi test: {error}", err=True)
        raise typer.Exit(2) from None
    talks, found = read_talks(talk_files(path))
    broken = (*(one for one in content.diagnostics if one.severity == "error"), *found)
    around = surroundings(content)
    today = datetime.now(VIET_NAM).date()
    results = [run_talk(talk, around, today) for talk in talks]
    covered = covered_guides(content, settings.flows_dir, results)
    if format is Format.JSON:
        typer.echo(orjson.dumps(as_json(broken, results, covered), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(broken, talks, results, covered)
    if broken or not results or any(not one.passed for one in results):
        raise typer.Exit(1)


def talk_files(path: Path) -> dict[str, bytes]:
    """The conversation at `path`, or all below it, by the paths that a terminal can open."""
    paths = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    return {one.as_posix(): one.read_bytes() for one in paths}


def covered_guides(content: Content, flows: Path, results: Sequence[Result]) -> list[Coverage]:
    """The coverage of every guide that is served."""
    drafts = load(guide_files(flows)).guide_drafts  # a second reading, for the lines
    guides = content.library.guides
    served = [draft for draft in drafts if draft.model.guide in guides]
    return [coverage(replace(draft, file=(flows / draft.file).as_posix()), guides[draft.model.guide], results) for draft in served]


def as_json(broken: Sequence[Diagnostic], results: Sequence[Result], covered: Sequence[Coverage]) -> dict[str, Any]:
    """The whole run for a program."""
    return {
        "diagnostics": [one.as_json() for one in broken],
        "talks": [
            {
                "file": one.file,
                "title": one.title,
                "passed": one.passed,
                "failures": [{"line": wrong.line, "column": wrong.column, "message": wrong.message} for wrong in one.failures],
            }
            for one in results
        ],
        "coverage": [
            {
                "guide": one.guide,
                "steps": {"all": one.steps, "visited": one.steps - len(one.missed_steps)},
                "edges": {"all": one.edges, "visited": one.edges - len(one.missed_edges)},
                "unvisited": [
                    {"file": place.file, "line": place.line, "column": place.column, "step": place.step, "to": place.target or None}
                    for place in (*one.missed_steps, *one.missed_edges)
                ],
            }
            for one in covered
        ],
    }


def _show(broken: Sequence[Diagnostic], talks: Sequence[TalkDraft], results: Sequence[Result], covered: Sequence[Coverage]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for diagnostic in broken:
        console.print(f"[red]✗[/red] {_plain(diagnostic.text())}")
    for result in results:
        console.print(f"{'[green]✓[/green]' if result.passed else '[red]✗[/red]'} {_plain(f'{result.file}  {result.title}')}")
        for failure in result.failures:
            console.print(f"    [red]{_plain(failure.text())}[/red]")
    console.print(_table(covered))
    for line in _unvisited(covered):
        console.print(_plain(line))
    failed = sum(not one.passed for one in results)
    console.print(f"{len(results)} cuộc trò chuyện, {failed} không như mong đợi, {len(broken)} lỗi trong tệp")


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def _table(covered: Sequence[Coverage]) -> Any:
    from rich.table import Table

    table = Table("Hướng dẫn", "Bước", "Đường đi", "", title="Đã có cuộc trò chuyện đi qua", title_justify="left")
    for one in covered:
        table.add_row(
            one.guide,
            f"{one.steps - len(one.missed_steps)}/{one.steps}  {one.step_share:.0%}",
            f"{one.edges - len(one.missed_edges)}/{one.edges}  {one.edge_share:.0%}",
            bar(one.edge_share),
        )
    return table


def bar(share: float) -> str:
    """A bar of blocks; it is full only where nothing is missing."""
    full = int(share * BAR)
    return "█" * full + "░" * (BAR - full)


def _unvisited(covered: Sequence[Coverage]) -> Iterator[str]:
    places = [place for one in covered for place in (*one.missed_steps, *one.missed_edges)]
    if places:
        yield "Chưa cuộc trò chuyện nào đi qua:"
        yield from (f"  {place.text()}" for place in sorted(places, key=lambda place: (place.file, place.line, place.column)))


def main() -> None:
    typer.run(run_tests)


if __name__ == "__main__":
    main()
