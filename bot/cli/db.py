"""`danloi db upgrade` and `danloi erase CHANNEL:ID`: the operator's hand on the database."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.cli.database import database, refuse
from bot.settings import Settings, SettingsError, load_settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _db() -> None:
    """Cơ sở dữ liệu."""


@app.command()
def upgrade() -> None:
    """Đưa các bảng lên bản mới nhất. Chạy bao nhiêu lần cũng được."""
    from bot.store import schema
    from bot.store.errors import Unavailable

    with database(_settings()) as url:
        try:
            schema.upgrade(url)
        except Unavailable as error:
            refuse(f"Không nối được cơ sở dữ liệu ({error}). Xem DANLOI_DATABASE_URL.")
    print(f"Cơ sở dữ liệu ở bản {schema.HEAD}.")


def erase(contact: Annotated[str, typer.Argument(metavar="CHANNEL:ID", help="Ví dụ: messenger:2002")]) -> None:
    """Xóa mọi dữ liệu đang giữ của một người: tin nhắn, chỗ đang đứng, yêu cầu hỗ trợ, đường vào."""
    channel, colon, person = contact.partition(":")
    if not (colon and channel and person):
        refuse(f"{contact!r} không phải là CHANNEL:ID, ví dụ messenger:2002.")
    with database(_settings()) as url:
        found = asyncio.run(_erase(url, channel, person))
    if not found:
        refuse(f"Không có ai là {contact}.")
    print(f"Đã xóa dữ liệu của {contact}.")


async def _erase(url: str, channel: str, contact: str) -> int:
    from bot.store.errors import Unavailable
    from bot.store.store import Store
    from bot.store.turns import no_turn

    store = Store(url, take_turn=no_turn, fit=lambda _channel, replies: replies)
    try:
        await store.open()
        return await store.erase(channel, contact)
    except Unavailable as error:
        refuse(str(error))
    finally:
        await store.close()


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        refuse(str(error))
