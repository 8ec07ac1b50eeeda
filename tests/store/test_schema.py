"""The tables: as the migrations make them, as the program believes them to be."""

from __future__ import annotations

import multiprocessing
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
from bot.store.errors import Stale
from bot.store.store import Store
from bot.store.tables import metadata
from tests.store.machine import VAULT, as_it_is, turn


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


async def test_an_older_program_leaves_newer_tables_alone(database: str) -> None:
    """It says so, and what to do."""
    connection = await asyncpg.connect(database)
    await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    await connection.close()
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    with pytest.raises(Stale, match="install the newer danloi"):
        await store.open()
    await store.close()
