"""Real PostgreSQL for tests: one embedded server a run, a database of its own for each test, copied from a migrated one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
import pytest

from bot.store import schema
from bot.store.embedded import EmbeddedPostgres


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
        schema.upgrade(embedded.url)
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
