"""What `danloi channels setup` and `doctor` found, shown: tables on a terminal, a line each for whoever reads it with a program."""

from __future__ import annotations

import logging
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import typer

from bot.channels.findings import Finding, Level

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

VIET_NAM = timezone(timedelta(hours=7))
MARKS: Mapping[Level, str] = {"ok": "✓", "warning": "!", "bad": "✗"}
STYLES: Mapping[Level, str] = {"ok": "green", "warning": "yellow", "bad": "red"}
TALLIES: Mapping[Level, str] = {"bad": "hỏng", "warning": "cần xem", "ok": "ổn"}
WIDE_COLUMNS = 76  # on a narrower screen what was looked at stands over what was found, not beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedSends:
    """A failure among the last sends: how often it came, and when last."""

    times: int
    last: datetime
    sentence: str
    code: str = ""  # the platform's own

    @property
    def when(self) -> str:
        return f"{self.last.astimezone(VIET_NAM):%d/%m %H:%M}"

    @property
    def mend(self) -> str:
        return f"Mã lỗi của nền tảng: {self.code}." if self.code else ""


Found = Finding | FailedSends


def show(looks: Mapping[str, Iterable[Found]]) -> bool:
    """Look at each app and show what was found; whether any of it is bad."""
    bad, several = False, len(looks) > 1
    with _log_aside():
        for number, (name, findings) in enumerate(looks.items(), 1):
            looked = _with_progress(f"{name} ({number}/{len(looks)})" if several else name, findings)
            found = _as_tables(name, looked) if sys.stdout.isatty() else _as_lines(f"{name}: " if several else "", looked)
            bad = bad or any(isinstance(one, Finding) and one.level == "bad" for one in found)
    return bad


@contextmanager
def _log_aside() -> Iterator[None]:
    """What the code that a server shares has to log is no finding: only what is wrong is shown, on standard error."""
    import structlog

    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING), logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        yield
    finally:
        structlog.configure(**before)


def _with_progress(what: str, findings: Iterable[Found]) -> Iterator[Found]:
    """The same; calls go out between two of them, so a terminal shows what is going on and for how long. On standard error: the findings may go elsewhere."""
    if not sys.stderr.isatty():
        yield from findings
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("Đang hỏi {task.description}: xong {task.completed} việc"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        for one in findings:
            progress.advance(task)
            yield one


def _as_lines(before: str, findings: Iterable[Found]) -> list[Found]:
    """Each when it is there, on one line however long, its mend on the next."""
    found = []
    for one in findings:
        typer.echo(f"{_mark(one)} {before}{_about(one)}: {one.sentence}")
        if one.mend:
            typer.echo(f"    → {one.mend}")
        found.append(one)
    return found


def _as_tables(name: str, findings: Iterable[Found]) -> list[Found]:
    """All when the app has been looked at, or as many as there were when somebody lost patience."""
    from rich.console import Console

    found: list[Found] = []
    try:
        found.extend(findings)
    finally:
        print_tables(Console(highlight=False), name, found)
    return found


def print_tables(console: Console, name: str, found: Sequence[Found]) -> None:
    """What was found out about an app, then how its last sends failed."""
    findings = [one for one in found if isinstance(one, Finding)]
    failed = [one for one in found if isinstance(one, FailedSends)]
    wide = is_wide(console)
    for table in (*([_table_of_findings(name, findings, wide=wide)] if findings else ()), *([_table_of_failures(name, failed, wide=wide)] if failed else ())):
        console.print()
        console.print(table)


def _table_of_findings(name: str, findings: Sequence[Finding], *, wide: bool) -> Table:
    counts = Counter(one.level for one in findings)
    tally = ", ".join(f"{counts[level]} {word}" for level, word in TALLIES.items() if counts[level])
    table = empty_table(f"{name}: {tally}", "", "xem gì", "thấy gì → làm gì", wide=wide)
    for one in findings:
        add_row(table, (MARKS[one.level], STYLES[one.level]), one.about, one.sentence, one.mend, wide=wide)
    return table


def _table_of_failures(name: str, failed: Sequence[FailedSends], *, wide: bool) -> Table:
    table = empty_table(f"{name}: {sum(one.times for one in failed)} lần gửi hỏng gần nhất", "lần", "mới nhất, mã", "vì sao, làm gì", wide=wide)
    for one in failed:
        add_row(table, (str(one.times), STYLES["warning"]), " ".join(filter(None, (one.when, one.code))), one.sentence, wide=wide)
    return table


def is_wide(console: Console) -> bool:
    return console.width >= WIDE_COLUMNS


def empty_table(title: str, mark: str, about: str, words: str, *, wide: bool) -> Table:
    """A table with these three headers, for `add_row`; on a narrow screen the last two share a column."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.ROUNDED, title=title, title_justify="left", title_style="bold", show_lines=True, header_style="dim")
    table.add_column(mark, no_wrap=True, justify="right")
    if wide:
        table.add_column(about, max_width=18)  # on 80 columns an address of 50 signs stays whole
    table.add_column(words if wide else f"{about}: {words}", overflow="fold", ratio=1)
    return table


def add_row(table: Table, mark: tuple[str, str], about: str, sentence: str, mend: str = "", *, wide: bool) -> None:
    """A row of a table that `empty_table` made; `mark` with its style."""
    from rich.console import Group
    from rich.text import Text

    title = Text(about, style="bold", overflow="fold")
    words: list[RenderableType] = [_words(sentence), *([_mend(mend)] if mend else [])]
    table.add_row(Text(*mark), *((title, Group(*words)) if wide else (Group(title, *words),)))


def _mend(mend: str) -> RenderableType:
    """What to do, in lines of its own behind an arrow."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    grid.add_row(Text("→", style="cyan"), _words(mend))
    return grid


def _words(sentence: str) -> Text:
    """An address that is broken over two lines can still be opened or copied, where the terminal knows links."""
    from rich.style import Style
    from rich.text import Text

    text = Text(sentence, overflow="fold")
    text.highlight_regex(r"https?://[^\s,;”]*[^\s,;.”]", lambda address: Style(link=address))
    return text


def _mark(one: Found) -> str:
    return MARKS[one.level] if isinstance(one, Finding) else MARKS["warning"]


def _about(one: Found) -> str:
    return one.about if isinstance(one, Finding) else f"Lần gửi hỏng gần đây: {one.times} lần, mới nhất {one.when}"
