"""`danloi chat`: talk to the guides in the terminal, without a server or a database.

`--json` reads one JSON event a line (`{"text": …}`, `{"tap": PAYLOAD}`, `{"open": PAYLOAD}`) and writes one JSON line a turn
(`{"messages": [MESSAGE…]}`); a line that is none of these is answered with `{"error": …}` and the talk goes on.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.panel import Panel

from bot.channels.registry import capabilities
from bot.dialogue.reply import Reply
from bot.dialogue.talk import VIET_NAM
from bot.dialogue.talks import Conversation, recorded_turn
from bot.flows.talks import TalkFile, TalkTurn, written_talk
from bot.i18n.catalogue import SOURCE_LANGUAGE
from bot.service.content import Content, load_content
from bot.service.rehearsal import surroundings
from bot.settings import SettingsError, load_settings

ACTIONS = {"text": "user", "tap": "tap", "open": "open"}


class Chat:
    """One contact's talk in this process, on which somebody may be looking; with `record` it is written down as a test."""

    def __init__(self, content: Content, channel: str, record: Path | None = None):
        self._talk = Conversation(surroundings(content), channel=channel, language=SOURCE_LANGUAGE, now=datetime.now(UTC))
        self._record, self._turns = record, list[TalkTurn]()

    def take(self, kind: str, value: str) -> tuple[Reply, ...]:
        """The replies to one event, fitted to the channel."""
        talk, action = self._talk, ACTIONS[kind]
        label = next((label for label, option in talk.options.items() if option.tap == value), value)
        talk.now = datetime.now(UTC)
        replies = talk.take(action, value)
        if self._record and value and not (talk.heard and talk.heard.secret):  # what was masked cannot be said again
            self._turns.append(recorded_turn(talk, action, label, replies))
            self._write(self._record)
        return replies

    def _write(self, record: Path) -> None:
        """After every turn: a talk that is broken off is there as well."""
        today = self._talk.now.astimezone(VIET_NAM).date()
        talk = TalkFile(talk=f"Ghi lại từ danloi chat: {record.stem}", today=today, channel=self._talk.channel, turns=tuple(self._turns))
        record.write_text(written_talk(talk), encoding="utf-8")


def chat(
    as_json: Annotated[bool, typer.Option("--json", help="Mỗi dòng vào là một sự kiện JSON, mỗi dòng ra là một lượt.")] = False,
    channel: Annotated[str, typer.Option(help="Xem như ứng dụng này hiện: web, messenger.")] = "web",
    record: Annotated[Path | None, typer.Option("--record", help="Ghi cuộc trò chuyện vào tệp này, để danloi test chạy lại.")] = None,
    guide: Annotated[str, typer.Argument(help="Mở ngay hướng dẫn này.")] = "",
) -> None:
    """Trò chuyện thử ngay trên dòng lệnh."""
    try:
        settings = load_settings()
        content = load_content(settings)
        capabilities(channel)
        talk = Chat(content, channel, record)
    except (SettingsError, KeyError) as error:
        typer.echo(f"danloi chat: {error}", err=True)
        raise typer.Exit(2) from None
    for diagnostic in content.diagnostics:
        typer.echo(diagnostic.text(), err=True)
    if as_json:
        _json(talk, sys.stdin, guide)
    else:
        _terminal(talk, guide)


def _json(talk: Chat, lines: Iterable[str], guide: str) -> None:
    numbers = count(1)

    def write(replies: Iterable[Reply]) -> None:
        messages = [{"id": str(next(numbers))} | reply.as_message() for reply in replies]
        sys.stdout.buffer.write(orjson.dumps({"messages": messages}) + b"\n")
        sys.stdout.buffer.flush()

    if guide:
        write(talk.take("open", guide))
    for line in lines:
        if not line.strip():
            continue
        try:
            event = orjson.loads(line)
            ((kind, value),) = event.items()
            if kind not in ACTIONS or not isinstance(value, str):
                raise ValueError
        except (ValueError, AttributeError):
            sys.stdout.buffer.write(orjson.dumps({"error": 'one of {"text": "…"}, {"tap": "…"}, {"open": "…"} a line'}) + b"\n")
            sys.stdout.buffer.flush()
            continue
        write(talk.take(kind, value))


def _terminal(talk: Chat, guide: str) -> None:
    console = Console(highlight=False)
    replies = talk.take("open", guide)
    while True:
        options = _draw(console, replies)
        try:
            said = console.input("[bold]› [/bold]").strip()
        except (EOFError, KeyboardInterrupt):
            console.print()
            return
        number = int(said) if said.isdigit() else 0
        replies = talk.take("tap", options[number - 1]) if 0 < number <= len(options) else talk.take("text", said)


def _draw(console: Console, replies: Iterable[Reply]) -> list[str]:
    """Show the bubbles; the taps of the last options in their order."""
    options: list[str] = []
    for reply in replies:
        lines = [reply.text, *(f"[{one.kind}] {one.alt}" for one in reply.media), *(f"{link.label}: {link.url}" for link in reply.links)]
        title = f"{reply.progress.title} · Bước {reply.progress.at}/{reply.progress.of}" if reply.progress else None
        console.print(Panel("\n".join(line for line in lines if line), title=title, title_align="left", width=min(console.width, 72)), markup=False)
        if reply.options:
            options = [option.tap for option in reply.options]
            console.print("   ".join(f"{number}. {option.label}" for number, option in enumerate(reply.options, 1)), markup=False)
    return options
