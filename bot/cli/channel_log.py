"""`danloi channels log`: what was handed to the platforms and what they answered, without a word or an id of anybody."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson
import typer

from bot.cli.database import database, made, opened
from bot.cli.findings import VIET_NAM, FailedSends, add_row, empty_table, is_wide

if TYPE_CHECKING:
    from bot.cli.findings import Found
    from bot.settings import Settings
    from bot.store.outbox import Sent

# What became of an attempt, in words, and in which colour.
RESULTS = {
    "sent": ("đã gửi", "green"),
    "retry": ("sẽ gửi lại", "yellow"),
    "token": ("chờ mã", "red"),
    "stop": ("chờ người trực", "red"),
    "gone": ("không tới được", "dim"),
    "window": ("quá hạn", "dim"),
    "closed": ("quá hạn", "dim"),
    "human": ("có người trả lời", "dim"),
    "media": ("hình hỏng", "yellow"),
    "permanent": ("hỏng", "red"),
}


class Unread(Exception):
    """The log cannot be read; the sentence says why."""


def read(settings: Settings, channel: str, last: int, *, failures: bool = False) -> list[Sent]:
    """The newest attempts, oldest first; none where there is no database yet. Raises `Unread`."""
    from bot.store.errors import Stale, Unavailable
    from bot.store.outbox import last_sends

    async def fetch(url: str) -> list[Sent]:
        async with opened(url, settings) as store:
            return await last_sends(store, channel, limit=last, failures=failures)

    if not made(settings):
        return []
    with database(settings) as url:
        try:
            return asyncio.run(fetch(url))
        except Stale as error:
            raise Unread(str(error)) from error
        except Unavailable as error:
            raise Unread(f"Không đọc được nhật ký gửi tin: {error}.") from error


def show(sends: Sequence[Sent]) -> None:
    """Each attempt: when, where to, what became of it, and what was said over the wire; in a pipe a line, and one more for each call."""
    if sys.stdout.isatty():
        _print_table(sends)
        return
    for one in sends:
        typer.echo(": ".join(filter(None, (f"{_when(one)} {one.channel} {one.message_id}", _result(one), one.sentence))))
        for call in one.calls:
            typer.echo(f"    {_call(call)}")


def _print_table(sends: Sequence[Sent]) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    wide = is_wide(console)
    table = empty_table("Nhật ký gửi tin (… là chữ được giấu, số là số ký tự)", "tin", "lúc, kết quả", "đã gọi → trả lời", wide=wide)
    for one in sends:
        about = (", " if not wide else "\n").join((_when(one), one.channel, _result(one)))
        style = RESULTS.get(one.result, ("", ""))[1]
        add_row(table, (str(one.message_id), style), about, "\n".join([*map(_call, one.calls), *([one.sentence] if one.sentence else [])]), wide=wide)
    console.print(table)


def _when(one: Sent) -> str:
    return f"{one.at.astimezone(VIET_NAM):%d/%m %H:%M:%S}"


def _result(one: Sent) -> str:
    """In words, with the platform's code behind it."""
    return f"{RESULTS.get(one.result, (one.result, ''))[0]} {one.code}".strip()


def failures(settings: Settings, channel: str, last: int) -> list[Found]:
    """What went wrong lately, the same failure once, with how often it came and when last: the newest first."""
    from bot.channels.findings import Finding

    try:
        sends = read(settings, channel, last, failures=True)
    except Unread as error:
        return [Finding(level="warning", about="Nhật ký gửi tin", sentence=str(error))]
    if not sends:
        return [Finding(level="ok", about="Nhật ký gửi tin", sentence="Không có lần gửi hỏng nào.")] if made(settings) else []
    kinds: dict[tuple[str, str], list[Sent]] = {}
    for one in reversed(sends):
        kinds.setdefault((one.sentence, one.code), []).append(one)
    return [FailedSends(times=len(many), last=many[0].at, sentence=sentence, code=code) for (sentence, code), many in kinds.items()]


def _call(call: Any) -> str:
    answered = f"{call['status']} {_short(call['answered'])}" if "status" in call else f"không có trả lời ({call.get('broke', '')})"
    return f"{call['call']} {_short(call['said'])} → {answered} ({call['ms']} ms)"


def _short(body: Any) -> str:
    return body if isinstance(body, str) else orjson.dumps(body).decode()
