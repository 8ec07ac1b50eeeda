"""`danloi db upgrade`, `danloi db new-key` and `danloi erase CHANNEL:ID`: the operator's hand on the database."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.database import database, opened, refuse
from bot.settings import Settings, SettingsError, load_settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _db() -> None:
    """Cơ sở dữ liệu."""


@app.command()
def upgrade() -> None:
    """Đưa các bảng lên bản mới nhất. Chạy bao nhiêu lần cũng được."""
    from bot.store import schema
    from bot.store.errors import Stale, Unavailable
    from bot.store.vault import Vault

    settings = _settings()
    with database(settings) as url:
        try:
            schema.upgrade(url, Vault(settings.key()))
        except Stale as error:
            refuse(str(error))
        except Unavailable as error:
            refuse(f"Không nối được cơ sở dữ liệu ({error}). Xem DANLOI_DATABASE_URL.")
    print(f"Cơ sở dữ liệu ở bản {schema.HEAD}.")


@app.command(name="new-key")
def new_key(yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại.")] = False) -> None:
    """Khi khóa bí mật đã mất hẳn: xóa mọi cuộc trò chuyện (không ai đọc được địa chỉ nữa), giữ các con số, bắt đầu với khóa mới."""
    from bot.store import schema
    from bot.store.errors import Unavailable

    if not yes:
        typer.confirm("Xóa mọi cuộc trò chuyện đang giữ? Không lấy lại được", abort=True)
    with database(_settings()) as url:
        try:
            asyncio.run(schema.forget_everybody(url))
        except Unavailable as error:
            refuse(f"Không nối được cơ sở dữ liệu ({error}). Xem DANLOI_DATABASE_URL.")
    print("Đã xóa mọi cuộc trò chuyện; lần chạy tới dùng khóa bây giờ.")


ERASED = {
    "messages": "{} tin nhắn",
    "sessions": "{} chỗ đang làm dở và các câu trả lời",
    "entries": "{} đường vào",
    "handoffs": "{} yêu cầu gặp người hỗ trợ",
    "gaps": "{} câu đã cho giữ lại để học",
    "parked": "{} tin bị lỗi",
    "sends": "{} dòng nhật ký gửi tin",
}


def erase(contact: Annotated[str, typer.Argument(metavar="CHANNEL:ID", help="Ví dụ: messenger:2002")]) -> None:
    """Xóa mọi dữ liệu đang giữ của một người: tin nhắn, chỗ đang đứng, yêu cầu hỗ trợ, đường vào."""
    channel, colon, person = contact.partition(":")
    if not (colon and channel and person):
        refuse(f"{contact!r} không phải là CHANNEL:ID, ví dụ messenger:2002.")
    settings = _settings()
    with database(settings) as url:
        erased = asyncio.run(_erase(settings, url, channel, person))
    if not erased["contacts"]:
        refuse(f"Không có ai là {contact}.")
    what = ", ".join(told.format(erased[table]) for table, told in ERASED.items() if erased[table])
    print(f"Đã xóa dữ liệu của {contact}: {what or 'địa chỉ'}.")


async def _erase(settings: Settings, url: str, channel: str, contact: str) -> dict[str, int]:
    from bot.store.errors import Stale, Unavailable

    try:
        async with opened(url, settings) as store:
            return await store.erase(channel, contact)
    except (Stale, Unavailable) as error:
        refuse(str(error))


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        refuse(str(error))
