"""Real PostgreSQL for tests: one embedded server a run, a database of its own for each test, copied from a migrated one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
import pytest

from bot.store import schema
from bot.store.embedded import EmbeddedPostgres
from tests.store.machine import VAULT


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for a server's data.

    Not pytest's own: another run of pytest takes the right to pass through it away from all but root, and clears it away later.
    """
    with TemporaryDirectory(prefix="danloi-test-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """The run's server; its database `postgres` is migrated and only copied from."""
    with TemporaryDirectory(prefix="danloi-test-") as folder, EmbeddedPostgres(Path(folder)) as embedded:
        schema.upgrade(embedded.url, VAULT)
        yield embedded


@pytest.fixture
async def database(server: EmbeddedPostgres) -> AsyncIterator[str]:
    """The URL of an empty, migrated database."""
    name = f"test_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(server.url.replace("/postgres?", "/template1?"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE postgres")
    yield server.url.replace("/postgres?", f"/{name}?")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def dump(url: str) -> str:
    """Every row of every table, as text; what is kept as bytes also as the text that these may be."""
    connection = await asyncpg.connect(url)
    tables = await connection.fetch("SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")
    lines = [f"{table[0]} {row[0]}" for table in tables for row in await connection.fetch(f"SELECT t::text FROM {table[0]} t")]
    await connection.close()
    text = "\n".join(lines)
    raw = b" ".join(bytes.fromhex(found) for found in re.findall(r"\\x((?:[0-9a-f]{2})+)", text))
    return text + raw.decode(errors="replace")
