"""Brings a database's tables up to date; `danloi db upgrade` and every start of a server."""

from __future__ import annotations

import re

import asyncpg

from bot.store.errors import Stale, Unavailable

HEAD = "0004"  # the newest revision; known here so that an ordinary start need not load Alembic and SQLAlchemy


def upgrade(url: str) -> None:
    """Run the migrations that are missing. Any number of processes may do it at once. Raises `Unavailable`."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.exc import OperationalError

    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    config.attributes["url"] = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg://", url)
    try:
        command.upgrade(config, "head")
    except OperationalError as error:
        raise Unavailable(f"the database is away: {str(error.orig).strip().splitlines()[0]}") from error


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
