"""The tables: as the migrations make them, as the program believes them to be."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from bot.store import schema
from bot.store.embedded import EmbeddedPostgres
from bot.store.errors import Stale, Unavailable
from bot.store.store import Store
from bot.store.tables import metadata
from tests.store.databases import dump
from tests.store.machine import VAULT, as_it_is, event, turn


def test_the_migrations_make_what_the_tables_say(database: str) -> None:
    """Nothing is left to generate; procrastinate's own tables are its business."""

    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return not (kind == "table" and (name or "").startswith("procrastinate"))

    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"include_name": ours}), metadata) == []
    engine.dispose()


def test_the_newest_revision_is_the_one_that_the_program_knows() -> None:
    """An ordinary start compares with this and does not load Alembic."""
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def upgrade(url: str) -> None:
    schema.upgrade(url, VAULT)


def test_two_processes_bring_an_empty_database_up_to_date(folder: Path) -> None:
    """One does it, the other waits and finds nothing to do."""
    with EmbeddedPostgres(folder) as server, multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(upgrade, [server.url] * 3, chunksize=1)


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    """Not opened yet."""
    one = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    yield one
    await one.close()


async def run(database: str, *statements: str) -> None:
    connection = await asyncpg.connect(database)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def newer(oldest: str) -> tuple[str, str]:
    """Tables of a version to come, and the oldest program that may still use them."""
    return "UPDATE alembic_version SET version_num = '9999'", f"UPDATE kept SET state = '{oldest}' WHERE name = '{schema.OLDEST_KEPT}'"


async def test_an_older_program_goes_on_where_the_newer_tables_allow_it(database: str, store: Store) -> None:
    """Two versions side by side, while one machine after the other is upgraded."""
    await run(database, *newer(schema.HEAD), "CREATE TABLE later (id int)")
    await store.open()
    assert await store.apply([event("hai")])
    assert [message["text"] for message in await store.messages(1)][-1] == "hai"


@pytest.mark.parametrize("said", [*newer("9998")[1:], f"DELETE FROM kept WHERE name = '{schema.OLDEST_KEPT}'"])
async def test_an_older_program_leaves_newer_tables_alone(database: str, store: Store, said: str) -> None:
    """It says so, and what to do; who was told nothing may not guess."""
    await run(database, newer("")[0], said)
    with pytest.raises(Stale, match=r"bản 9999, mới hơn chương trình này.*Cài bản danloi mới"):
        await store.open()


async def test_tables_that_change_under_a_running_program_spoil_no_event(database: str, store: Store) -> None:
    """It is as if the database were away: nobody's words are set aside as faulty."""
    await store.open()
    await run(database, *newer("9999"), "ALTER TABLE messages RENAME COLUMN body TO words")
    with pytest.raises(Unavailable, match="9999"):
        await store.apply([event("hai"), event("ba", id="2", contact="3003")])
    assert not store.connected
    assert "inbox" not in await dump(database)
    assert store.parked == 0


async def test_a_faulty_statement_of_our_own_is_told_from_that(database: str, store: Store) -> None:
    """The tables are ours, so the event is set aside and named."""
    await store.open()
    await run(database, "ALTER TABLE messages RENAME COLUMN body TO words")
    assert await store.apply([event("hai")])
    assert store.parked == 1


async def test_a_command_does_not_change_older_tables(database: str, store: Store) -> None:
    """Servers of the older version run on them."""
    await run(
        database,
        f"UPDATE alembic_version SET version_num = '{schema.OLDEST}'",
        "DROP TABLE uploads, short_keys",
        "ALTER TABLE handoffs DROP answered_at, DROP acted_at",
    )
    with pytest.raises(Stale, match="danloi db upgrade"):
        await store.open(migrate=False)
    await run(database, "CREATE TABLE uploads ()", "DROP TABLE uploads")  # there is none
    await store.open()
    await store.open(migrate=False)


def test_a_command_may_make_tables_where_there_are_none(folder: Path) -> None:
    """`danloi volunteer add` before the first start."""

    async def opened(url: str) -> None:
        store = Store(url, vault=VAULT, take_turn=turn, fit=as_it_is)
        await store.open(migrate=False)
        await store.close()

    with EmbeddedPostgres(folder) as server:
        asyncio.run(opened(server.url))


async def test_an_upgrade_never_goes_back(database: str) -> None:
    """`danloi db upgrade` of an older program."""
    await run(database, *newer(schema.HEAD))
    with pytest.raises(Stale, match="mới hơn chương trình này"):
        await asyncio.to_thread(upgrade, database)


async def test_the_tables_say_who_may_use_them(database: str) -> None:
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT state FROM kept WHERE name = $1", schema.OLDEST_KEPT) == schema.OLDEST
    await connection.close()
