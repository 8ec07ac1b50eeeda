"""Brings a database's tables up to date; `danloi db upgrade` and every start of a server."""

from __future__ import annotations

import asyncio
import re

import asyncpg

from bot.store import queries
from bot.store.errors import Stale, Unavailable
from bot.store.vault import Vault

KEY_CHECK = "secret key"  # its name in the table `kept`
HEAD = "0008"  # the newest revision; known here so that an ordinary start need not load Alembic and SQLAlchemy
# The oldest revision whose programs do no harm to the tables of HEAD: what only adds a table leaves it alone, what changes one that others
# read or write makes it HEAD. It is written into the tables, so that an older program learns whether it may go on.
OLDEST = "0005"
OLDEST_KEPT = "oldest program"  # its name in `kept`

OLDER = "Cơ sở dữ liệu đang ở bản {found}, cũ hơn chương trình này (bản {head}). Chạy `danloi db upgrade` (hoặc khởi động lại máy chủ) rồi chạy lại lệnh này."
NEWER = "Cơ sở dữ liệu đang ở bản {found}, mới hơn chương trình này (bản {head}). Cài bản danloi mới rồi chạy lại."


def upgrade(url: str, vault: Vault) -> None:
    """Run the migrations that are missing. Any number of processes may do it at once. Raises `Unavailable`, and `Stale` where they are newer than ours.

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


async def upgrade_aside(url: str, vault: Vault) -> None:
    """`upgrade` in a process of its own: a server lives for months, and SQLAlchemy and Alembic would stay with it for this one minute, 20 MB of them."""
    import multiprocessing
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

    try:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as aside:
            await asyncio.get_running_loop().run_in_executor(aside, upgrade, url, vault)
    except BrokenProcessPool as error:
        raise Unavailable("the upgrade of the database was cut off; nothing was changed") from error


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


async def fits(connection: asyncpg.Connection) -> bool:
    """Whether the tables are ours as they are; False: `upgrade` is due. Raises `Stale` where only a newer program may use them."""
    found = await revision(connection)
    if found is not None and found > HEAD:
        oldest = await connection.fetchval(queries.READ_KEPT, OLDEST_KEPT)
        if oldest is None or oldest > HEAD:
            raise Stale(NEWER.format(found=found, head=HEAD))
        return True
    return found == HEAD


async def refuse_older(connection: asyncpg.Connection) -> None:
    """Raise `Stale` where `upgrade` is due and somebody's data would be changed by it: an empty database is anybody's."""
    found = await revision(connection)
    if found is not None:
        raise Stale(OLDER.format(found=found, head=HEAD))
