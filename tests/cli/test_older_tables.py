"""Commands that only look, beside a server of another version: they change nothing and say what to do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from bot.store import schema
from tests.cli.running import danloi
from tests.store.databases import database, folder, server

__all__ = ["database", "folder", "server"]


@pytest.mark.parametrize("words", [("channels", "log"), ("stats",), ("nlu", "gaps"), ("erase", "messenger:2002"), ("volunteer", "list")])
async def test_a_command_leaves_older_tables_as_they_are(database: str, folder: Path, words: tuple[str, ...]) -> None:
    """`danloi db upgrade` is the operator's to run; after it the command works."""
    await _run(
        database,
        f"UPDATE alembic_version SET version_num = '{schema.OLDEST}'; DROP TABLE uploads, short_keys; ALTER TABLE handoffs DROP answered_at, DROP acted_at",
    )
    env = {"DANLOI_DATABASE_URL": database, "DANLOI_DATA_DIR": str(folder), "DANLOI_SECRET_KEY": "a secret of the tests"}
    code, said = await _danloi(*words, env=env)
    assert code == 1
    assert "danloi db upgrade" in said
    assert await _danloi("db", "upgrade", env=env) == (0, f"Cơ sở dữ liệu ở bản {schema.HEAD}.\n")
    assert "danloi db upgrade" not in (await _danloi(*words, env=env))[1]


async def test_doctor_tells_it_among_the_rest(database: str, folder: Path) -> None:
    """What else is wrong with the app is said all the same."""
    await _run(
        database,
        f"UPDATE alembic_version SET version_num = '{schema.OLDEST}'; DROP TABLE uploads, short_keys; ALTER TABLE handoffs DROP answered_at, DROP acted_at",
    )
    env = {"DANLOI_DATABASE_URL": database, "DANLOI_DATA_DIR": str(folder), "DANLOI_SECRET_KEY": "a secret of the tests"}
    zalo = {f"DANLOI_ZALO_OA__{name}": "1" for name in ("OA_ID", "APP_ID", "APP_SECRET", "OA_SECRET", "REFRESH_TOKEN")}
    nobody = {"DANLOI_ZALO_OA__API_BASE": "http://127.0.0.1:9", "DANLOI_PUBLIC_URL": "http://127.0.0.1:9"}
    code, said = await _danloi("channels", "doctor", "zalo-oa", env=env | zalo | nobody)
    assert code == 1
    assert said.count("danloi db upgrade") == 2  # neither the tokens nor the last failures can be read
    assert "Không mở được http://127.0.0.1:9/webhooks/zalo-oa" in said


async def test_an_older_programs_upgrade_is_refused_in_words(database: str, folder: Path) -> None:
    await _run(database, "UPDATE alembic_version SET version_num = '9999'")
    code, said = await _danloi("db", "upgrade", env={"DANLOI_DATABASE_URL": database, "DANLOI_DATA_DIR": str(folder)})
    assert (code, "Cài bản danloi mới" in said) == (1, True)


async def _danloi(*words: str, env: dict[str, str]) -> tuple[int, str]:
    """In a thread: commands run a loop of their own."""
    return await asyncio.to_thread(danloi, *words, env=env)


async def _run(database: str, statements: str) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute(statements)
    await connection.close()
