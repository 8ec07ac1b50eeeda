"""`danloi db upgrade` and `danloi erase CHANNEL:ID`: the operator's hand on the database."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from typing import Annotated, NoReturn

import typer

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

    with _database(_settings()) as url:
        try:
            schema.upgrade(url)
        except Unavailable as error:
            _refuse(f"Không nối được cơ sở dữ liệu ({error}). Xem DANLOI_DATABASE_URL.")
    print(f"Cơ sở dữ liệu ở bản {schema.HEAD}.")


def erase(contact: Annotated[str, typer.Argument(metavar="CHANNEL:ID", help="Ví dụ: messenger:2002")]) -> None:
    """Xóa mọi dữ liệu đang giữ của một người: tin nhắn, chỗ đang đứng, yêu cầu hỗ trợ, đường vào."""
    channel, colon, person = contact.partition(":")
    if not (colon and channel and person):
        _refuse(f"{contact!r} không phải là CHANNEL:ID, ví dụ messenger:2002.")
    with _database(_settings()) as url:
        found = asyncio.run(_erase(url, channel, person))
    if not found:
        _refuse(f"Không có ai là {contact}.")
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
        _refuse(str(error))
    finally:
        await store.close()


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """The URL of the settings' database; the embedded one is started where it does not run, and then stopped again."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    from bot.store.embedded import EmbeddedFailed, EmbeddedPostgres

    try:
        with EmbeddedPostgres(settings.data_dir) as server:
            yield server.url
    except EmbeddedFailed as error:
        _refuse(str(error))


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        _refuse(str(error))


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)
