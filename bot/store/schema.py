"""Brings a database's tables up to date; `danloi db upgrade` and every start of a server."""

from __future__ import annotations

import re

import asyncpg

from bot.store.errors import Stale, Unavailable
from bot.store.vault import Vault

KEY_CHECK = "secret key"  # its name in the table `kept`
HEAD = "0006"  # the newest revision; known here so that an ordinary start need not load Alembic and SQLAlchemy


def upgrade(url: str, vault: Vault) -> None:
    """Run the migrations that are missing. Any number of processes may do it at once. Raises `Unavailable`.

    `vault` hides the addresses that older tables still show, in the same transaction that changes the tables.
    """
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import OperationalError

    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    config.attributes["vault"] = vault
    config.attributes["url"] = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", url)
    try:
        command.upgrade(config, "head")
    except OperationalError as error:
        raise Unavailable(f"the database is away: {str(error.orig).strip().splitlines()[0]}") from error


async def forget_everybody(url: str) -> None:
    """Where the secret is lost, nobody can be found or reached any more: delete all talks, keep the counts. Raises `Unavailable`."""
    try:
        connection = await asyncpg.connect(url, timeout=10)
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable(f"the database is away ({type(error).__name__})") from error
    try:
        async with connection.transaction():
            await connection.execute("TRUNCATE contacts, sessions, messages, sends, entries, handoffs, parked, gaps, inbox")
            await connection.execute("DELETE FROM kept WHERE name = $1", KEY_CHECK)
    finally:
        await connection.close()


async def revision(connection: asyncpg.Connection) -> str | None:
    """The revision of the tables; None where there are none yet."""
    try:
        found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    return found


def refuse_newer(found: str | None) -> None:
    """Raise `Stale` where a newer program has been at the tables: the older one would write what that one cannot read."""
    if found is not None and found > HEAD:
        raise Stale(f"the database's tables are of revision {found}, newer than this program's {HEAD}; install the newer danloi")
