"""Real PostgreSQL for tests: one embedded server a run, a database of its own for each test, copied from a migrated one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import asyncpg
import pytest

from bot.store import schema
from bot.store.embedded import EmbeddedPostgres


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The run's server; its database `postgres` is migrated and only copied from."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("database")) as embedded:
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
