"""PostgreSQL is restarted, gone, frozen, or its disk is full, while people write: nothing acknowledged is lost, nothing comes twice, order stays."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import orjson
import psutil
import pytest

from bot.service.errors import Unavailable
from bot.service.metrics import Metrics
from bot.service.spool import Spool
from bot.service.turns import Turns
from bot.service.understand import Understanding
from bot.store.embedded import EmbeddedPostgres
from bot.store.store import STATEMENT_SECONDS, Store
from tests.service.processes import Danloi, environment, free_port, postgres_of
from tests.service.test_turns import parse
from tests.standins.messenger import Graph
from tests.standins.messenger_events import delivery, signed, text
from tests.store.machine import VAULT, as_it_is, event, turn

PEOPLE = [f"{n}" for n in range(25)]


class House:
    """A service's way in, on a PostgreSQL of its own that can be stopped, frozen and started again."""

    def __init__(self, server: EmbeddedPostgres, folder: Path) -> None:
        self.server, self.metrics, self.spool = server, Metrics(), Spool(folder / "spool", VAULT)
        self.store = Store(server.url, vault=VAULT, take_turn=turn, fit=as_it_is)
        self.turns = Turns(self.store, self.spool, Understanding(parse), self.metrics, revive=self._nothing)
        self.answered = self.asked = 0

    async def _nothing(self) -> None:
        """An operator's database: it comes back by itself."""

    async def everybody_says(self, words: list[str]) -> None:
        """Each person says the next thing when the one before is acknowledged; a platform comes again where it is not."""

        start, self.asked = self.asked, self.asked + len(words)

        async def one(contact: str) -> None:
            for number, said in enumerate(words, start):
                while True:
                    try:
                        await self.turns.take([event(said, contact=contact, seconds=number)])
                    except Unavailable:
                        await asyncio.sleep(0.01)  # a platform comes again after a while
                    else:
                        break
                self.answered += 1

        await asyncio.gather(*(one(contact) for contact in PEOPLE))

    async def until_answered(self, count: int) -> None:
        while self.answered < count:  # noqa: ASYNC110
            await asyncio.sleep(0.002)

    async def replayed(self) -> None:
        while self.spool.waiting or not self.store.connected:  # noqa: ASYNC110  # the disk tells
            await asyncio.sleep(0.01)

    async def heard(self) -> dict[str, list[str]]:
        """What each session holds of its person, in order."""
        async with self.store.connection() as connection:
            rows = await connection.fetch("SELECT digest, state->'slots'->'said' AS said FROM sessions JOIN contacts c ON c.id = contact_id")
            assert await connection.fetchval("SELECT count(*) FROM parked") == 0
        whose = {VAULT.digest("messenger", contact): contact for contact in PEOPLE}
        return {whose[row["digest"]]: orjson.loads(row["said"]) for row in rows}

    def spooled(self) -> float:
        return self.metrics.registry.get_sample_value("danloi_spooled_total") or 0.0

    async def stop(self) -> None:
        """As `systemctl stop postgresql` does."""
        [postmaster, *_] = postgres_of(self.server.home)
        postmaster.send_signal(signal.SIGINT)
        await asyncio.to_thread(psutil.wait_procs, [postmaster], 20)

    async def start(self) -> None:
        await asyncio.to_thread(self.server.start)


@pytest.fixture
async def house(folder: Path) -> AsyncIterator[House]:
    with EmbeddedPostgres(folder) as server:
        built = House(server, folder)
        await built.store.open()
        tending = asyncio.create_task(built.turns.tend())
        yield built
        tending.cancel()
        await asyncio.wait([tending])
        await built.store.close()


async def test_a_restart_under_load_is_not_noticed(house: House) -> None:
    """Three restarts while everybody writes."""
    words = [f"{n}" for n in range(40)]
    talking = asyncio.create_task(house.everybody_says(words))
    for part in (1, 2, 3):
        await house.until_answered(part * len(PEOPLE) * len(words) // 4)
        await house.stop()
        await house.start()
    await talking
    await house.replayed()
    assert await house.heard() == dict.fromkeys(PEOPLE, words)


async def test_people_go_on_while_the_database_is_away(house: House) -> None:
    """For as long as somebody needs to bring it back: all is acknowledged and kept on disk, and then applied in order."""
    await house.everybody_says(["trước"])
    await house.stop()
    words = ["một", "nhì", "ba", "bốn"]
    await house.everybody_says(words)
    assert house.spooled() == len(PEOPLE) * len(words)
    assert len(house.spool.read()[0]) == len(PEOPLE) * len(words)
    await house.start()
    await house.everybody_says(["sau"])
    await house.replayed()
    assert await house.heard() == {one: ["trước", *words, "sau"] for one in PEOPLE}
    assert not house.spool.waiting


async def test_a_frozen_database_does_not_keep_the_platforms_waiting(house: House) -> None:
    """Every process of it stands still, connections stay open: the answer comes in time all the same, and what was under way is not done twice."""
    await house.everybody_says(["trước"])
    frozen = postgres_of(house.server.home)
    for process in frozen:
        process.suspend()
    async with asyncio.timeout(STATEMENT_SECONDS - 3):  # two batches wait side by side, what comes later goes straight to the disk
        await house.everybody_says(["một", "nhì", "ba"])
    assert house.spooled() >= len(PEOPLE) * 2
    for process in frozen:
        process.resume()
    await house.everybody_says(["sau"])
    await house.replayed()
    assert await house.heard() == {one: ["trước", "một", "nhì", "ba", "sau"] for one in PEOPLE}


@asynccontextmanager
async def _web(data: Path, nlu: Path, url: str, graph: Graph) -> AsyncIterator[Danloi]:
    web = Danloi("web", environment(data, nlu, free_port(), graph.url) | {"DANLOI_DATABASE_URL": url})
    web.start()
    await web.ready()
    yield web
    assert await web.end() == 0


async def test_a_full_disk_is_told_to_platforms_and_operators(folder: Path, data: Path, nlu: Path) -> None:
    """Database away and no room on the disk: 503 with Retry-After, so the platform keeps the event; /readyz says which folder. Nothing acknowledged is lost."""
    async with Graph() as graph, aiohttp.ClientSession() as session:
        with EmbeddedPostgres(folder) as server:
            async with _web(data, nlu, server.url, graph) as web:
                assert (await _ready(session, web))[0] == 200
                # No file may grow beyond this: to the process that is a disk with so much room left.
                assert web.process is not None
                room = psutil.Process(web.process.pid)
                usual = room.rlimit(psutil.RLIMIT_FSIZE)
                [postmaster, *_] = postgres_of(folder)
                postmaster.send_signal(signal.SIGINT)
                await asyncio.to_thread(psutil.wait_procs, [postmaster], 20)
                room.rlimit(psutil.RLIMIT_FSIZE, (8000, usual[1]))

                answers = [await _post(session, web, number) for number in range(60)]
                kept = [number for number, (status, _) in enumerate(answers) if status == 200]
                refused = [headers for status, headers in answers if status != 200]
                assert Counter(status for status, _ in answers) == {200: len(kept), 503: len(refused)}
                assert kept
                assert refused
                assert all(int(headers["Retry-After"]) > 0 for headers in refused)
                status, state = await _ready(session, web)
                assert status == 503
                [sentence] = [one for one in state["degraded"] if one.startswith("spool:")]
                assert str(data / "spool") in sentence
                assert any(one.startswith("database:") for one in state["degraded"])

                room.rlimit(psutil.RLIMIT_FSIZE, usual)
                assert (await _post(session, web, 60))[0] == 200
                server.start()
                while Spool(data / "spool", VAULT).waiting:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
                status, state = await _ready(session, web)
                assert (status, [one for one in state["degraded"] if one.startswith(("spool", "database"))]) == (200, [])
                assert sorted(await _applied(server.url)) == sorted(f"tin {number}" for number in (*kept, 60))


async def _post(session: aiohttp.ClientSession, web: Danloi, number: int) -> tuple[int, Any]:
    body = delivery(text(f"{7000 + number}", f"tin {number}", mid=f"m_{number}"))
    async with session.post(f"{web.url}/webhooks/messenger", data=body, headers=signed(body)) as response:
        return response.status, response.headers


async def _ready(session: aiohttp.ClientSession, web: Danloi) -> tuple[int, dict[str, Any]]:
    async with session.get(f"{web.url}/readyz") as response:
        return response.status, await response.json()


async def _applied(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT body->>'text' FROM messages WHERE sender = 'me'")
    await connection.close()
    return [row[0] for row in rows]


def test_a_disk_without_room_is_seen_before_it_matters(tmp_path: Path, wall: Callable[[Path], None]) -> None:
    """The probe writes: a full disk still opens files."""
    assert Spool(tmp_path / "spool", VAULT).writable()
    wall(tmp_path / "wall")
    assert not Spool(tmp_path / "wall", VAULT).writable()
    assert not list((tmp_path / "spool").glob("probe*"))


@pytest.fixture
def wall() -> Callable[[Path], None]:
    """A folder in which nothing can be written, for root neither."""

    def build(path: Path) -> None:
        path.symlink_to("/dev/full")

    return build
