"""The database, for commands: where it is, and one sentence where it is not."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, NoReturn, TypeVar

import typer

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.store.store import Store


Result = TypeVar("Result")


class NoAnswer(Exception):
    """The database could not be asked; the sentence says why."""


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the settings' database; the embedded one is started where it does not run, and then stopped again."""
    from bot.store.embedded import EmbeddedFailed

    try:
        with _server(settings) as url:
            yield url
    except EmbeddedFailed as error:
        refuse(str(error))


@contextlib.contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """Raises `EmbeddedFailed`."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    from bot.store.embedded import EmbeddedPostgres

    with EmbeddedPostgres(settings.data_dir) as server:
        yield server.url


def asked(settings: Settings, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """What `work` finds in the settings' database, or does there. Raises `NoAnswer`."""
    from bot.store.embedded import EmbeddedFailed
    from bot.store.errors import Stale, Unavailable

    async def at(url: str) -> Result:
        async with opened(url, settings) as store:
            return await work(store)

    try:
        with _server(settings) as url:
            return asyncio.run(at(url))
    except Unavailable as error:
        raise NoAnswer("Cơ sở dữ liệu không trả lời. Xem `danloi db` và DANLOI_DATABASE_URL.") from error
    except (EmbeddedFailed, Stale) as error:
        raise NoAnswer(str(error)) from error


def ask(settings: Settings, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """As `asked`; ends the command with a sentence where that cannot be."""
    try:
        return asked(settings, work)
    except NoAnswer as error:
        refuse(str(error))


def made(settings: Settings) -> bool:
    """Whether there is a database at all: a command that only looks does not make one."""
    return settings.database_url is not None or (settings.data_dir / "postgres" / "PG_VERSION").exists()


@contextlib.asynccontextmanager
async def opened(url: str, settings: Settings) -> AsyncIterator[Store]:
    """A store that takes no turns; raises `Unavailable` or `Stale`, of which `WrongKey` is one."""
    from bot.store.store import Store
    from bot.store.turns import no_turn
    from bot.store.vault import Vault

    store = Store(url, vault=Vault(settings.key()), take_turn=no_turn, fit=lambda _channel, replies: replies)
    try:
        await store.open(migrate=False)
        yield store
    finally:
        await store.close()


def refuse(sentence: str) -> NoReturn:
    """Say why, and end with exit code 1."""
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)
