"""The database, for commands: where it is, and one sentence where it is not."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, NoReturn

import typer

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.store.store import Store


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the settings' database; the embedded one is started where it does not run, and then stopped again."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    from bot.store.embedded import EmbeddedFailed, EmbeddedPostgres

    try:
        with EmbeddedPostgres(settings.data_dir) as server:
            yield server.url
    except EmbeddedFailed as error:
        refuse(str(error))


def made(settings: Settings) -> bool:
    """Whether there is a database at all: a command that only looks does not make one."""
    return settings.database_url is not None or (settings.data_dir / "postgres" / "PG_VERSION").exists()


@contextlib.asynccontextmanager
async def opened(url: str, settings: Settings) -> AsyncIterator[Store]:
    """A store that takes no turns; raises `Unavailable`, `Stale` or `WrongKey`."""
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
