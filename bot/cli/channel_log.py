"""`danloi channels log`: what was handed to the platforms and what they answered, without a word or an id of anybody."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import orjson

from bot.cli.database import database, made, opened
from bot.cli.findings import VIET_NAM, FailedSends

if TYPE_CHECKING:
    from bot.cli.findings import Found
    from bot.settings import Settings
    from bot.store.outbox import Sent

RESULTS = {
    "sent": "[green]đã gửi[/]",
    "retry": "[yellow]sẽ gửi lại[/]",
    "token": "[red]chờ mã[/]",
    "stop": "[red]chờ người trực[/]",
    "gone": "[dim]không tới được[/]",
    "window": "[dim]quá hạn[/]",
    "closed": "[dim]quá hạn[/]",
    "human": "[dim]có người trả lời[/]",
    "media": "[yellow]hình hỏng[/]",
    "permanent": "[red]hỏng[/]",
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
    """One row for each attempt: when, where to, what became of it, and what was said over the wire."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("lúc", "ứng dụng", "tin", "kết quả", "đã gọi → trả lời", title="Nhật ký gửi tin (… là chữ được giấu, số là số ký tự)", show_lines=True)
    for one in sends:
        result = RESULTS.get(one.result, one.result)
        what = "\n".join([*(_call(call) for call in one.calls), *([one.sentence] if one.sentence else [])])
        table.add_row(f"{one.at.astimezone(VIET_NAM):%d/%m %H:%M:%S}", one.channel, str(one.message_id), f"{result} {escape(one.code)}".strip(), escape(what))
    Console().print(table)


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
