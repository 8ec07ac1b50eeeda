"""`danloi check` beside a database: whom would an edit leave behind?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from bot.dialogue.session import Frame, Session
from bot.flows.loader import load
from bot.flows.standing import left_behind
from bot.settings import Settings
from bot.store.standing import standing
from tests.cli.running import danloi
from tests.service.test_reload import AFTER, BEFORE
from tests.store.databases import database, folder, server

__all__ = ["database", "folder", "server"]


def session(*places: str, parked: tuple[str, ...] = ()) -> str:
    def frames(where: tuple[str, ...]) -> tuple[Frame, ...]:
        return tuple(Frame(guide=place.split("/")[0], revision="r", at=place.split("/")[1]) for place in where)

    return Session(frames=frames(places), parked=(frames(parked),) if parked else ()).to_json().decode()


@pytest.fixture
async def peopled(database: str) -> str:
    """Two people on `old-name`, one of whom left for another guide; one on `goes`; one who only came by."""
    connection = await asyncpg.connect(database)
    states = [session("cap-the/old-name"), session("doi-the/first", parked=("cap-the/old-name", "cap-the/goes")), session("cap-the/goes"), session(), None]
    for number, state in enumerate(states):
        key = await connection.fetchval("INSERT INTO contacts (channel, account, digest) VALUES ('web', 'web', $1) RETURNING id", bytes([number]))
        await connection.execute("INSERT INTO sessions (contact_id, state) VALUES ($1, $2::jsonb)", key, state)
    await connection.close()
    return database


async def test_people_are_counted_by_step(peopled: str, folder: Path) -> None:
    found = await standing(Settings(database_url=peopled, data_dir=folder, _env_file=None))
    assert found == {("cap-the", "old-name"): 2, ("cap-the", "goes"): 2, ("doi-the", "first"): 1}


def test_nothing_is_started_to_look(folder: Path) -> None:
    assert asyncio.run(standing(Settings(data_dir=folder, _env_file=None))) == {}
    assert not list(folder.iterdir())


def test_only_steps_that_lead_nowhere_are_errors() -> None:
    people = {("cap-the", "old-name"): 3, ("cap-the", "goes"): 2, ("cap-the", "first"): 9, ("other", "gone"): 4}
    (one,) = left_behind(load({"cap-the.yaml": AFTER.encode()}), people)
    assert (one.code, one.severity, one.params["people"]) == ("people-stand-here", "error", "2")
    assert "2 người" in one.message
    moved = AFTER.replace("moved: {old-name: new-name}", "moved: {old-name: new-name, goes: last}")
    assert not list(left_behind(load({"cap-the.yaml": moved.encode()}), people))
    nowhere = BEFORE.replace("goes", "went").replace("steps:\n", "moved: {goes: nowhere}\nsteps:\n")
    (one,) = left_behind(load({"cap-the.yaml": nowhere.encode()}), people)
    assert "went" in one.mend or "moved" in one.mend


def test_check_says_how_many_would_be_left_behind(peopled: str, folder: Path) -> None:
    flows = folder / "flows"
    flows.mkdir()
    env = {"DANLOI_FLOWS_DIR": str(flows), "DANLOI_DATABASE_URL": peopled, "DANLOI_DATA_DIR": str(folder / "data")}
    (flows / "cap-the.yaml").write_text(BEFORE)
    assert danloi("check", env=env)[0] == 0
    (flows / "cap-the.yaml").write_text(AFTER)
    code, said = danloi("check", env=env)
    assert code == 1
    assert "cap-the.yaml:5:1  people-stand-here  Bước “goes” không còn, mà 2 người đang đứng ở đó" in said
    (flows / "cap-the.yaml").write_text(AFTER.replace("{old-name: new-name}", "{old-name: new-name, goes: last}"))
    assert danloi("check", env=env)[0] == 0
    code, said = danloi("check", env=env | {"DANLOI_DATABASE_URL": "postgresql://postgres@127.0.0.1:1/none"})
    assert code == 0
    assert "Chưa xem được" in said
