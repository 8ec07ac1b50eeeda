"""Events in: masked first, acknowledged when safe, spooled while the database is away and replayed in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import orjson
import psutil
import pytest

from bot.dialogue.event import Event, Kind, Parse
from bot.service.errors import Overloaded, Unavailable
from bot.service.metrics import Metrics
from bot.service.spool import Spool
from bot.service.turns import MAX_WAITING, Turns
from bot.service.understand import Understanding
from bot.store import schema
from bot.store.embedded import EmbeddedPostgres
from bot.store.store import Store
from tests.service.processes import postgres_of
from tests.store.machine import VAULT, as_it_is, event, turn


def parse(text: str) -> Parse:
    return Parse(ranking=(("vneid", 0.9), ("menu", 0.05)), entities=(("so", "2"),), sure=True, close=("vneid",))


def file_bytes(path: Path) -> bytes:
    return path.read_bytes()


class House:
    """A store with turns before it, on a database that can be taken away."""

    def __init__(self, url: str, spool: Path) -> None:
        self.store, self.metrics, self.spool = Store(url, vault=VAULT, take_turn=turn, fit=as_it_is), Metrics(), Spool(spool, VAULT)
        self.away = False
        self.turns = Turns(self.store, self.spool, Understanding(parse), self.metrics, revive=self._revive)

    async def _revive(self) -> None:
        if self.away:
            raise Unavailable("it was taken away")

    async def take_away(self) -> None:
        """As when PostgreSQL is restarted: the connections are cut, and for a while there are no new ones."""
        self.away = True
        killer = await asyncpg.connect(self.store.url)
        await killer.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        await killer.close()

    async def said(self) -> list[str]:
        key = await self.store.contact("messenger", "1001", "2002")
        assert key is not None
        return [one["text"] for one in await self.store.messages(key, limit=120) if one["from"] == "me"]

    async def replayed(self) -> None:
        while self.spool.waiting:  # noqa: ASYNC110  # the disk tells
            await asyncio.sleep(0.01)


@asynccontextmanager
async def house(url: str, spool: Path) -> AsyncIterator[House]:
    built = House(url, spool)
    await built.store.open()
    tending = asyncio.create_task(built.turns.tend())
    yield built
    tending.cancel()
    await asyncio.wait([tending])
    await built.store.close()


async def test_secrets_never_reach_the_database(database: str, tmp_path: Path) -> None:
    """Nor the spool: what the filter hides is hidden before anything is kept, in texts and in payloads."""
    async with house(database, tmp_path) as built:
        await built.turns.take([event("số căn cước của tôi là 012345678901", id="a"), event("", id="b", kind=Kind.TAP, payload="vneid/x/=012345678901")])
        await built.take_away()
        await built.turns.take([event("mã OTP là 482913 nhé", id="c")])
        assert b"482913" not in file_bytes(tmp_path / "events.jsonl")
        built.away = False
        await built.replayed()
        said = " ".join(await built.said())
        assert "012345678901" not in said
        assert "482913" not in said
        async with built.store.connection() as connection:
            assert await connection.fetchval("SELECT count(*) FROM messages WHERE body::text ~ '012345678901|482913'") == 0
            assert await connection.fetchval("SELECT count(*) FROM sessions WHERE state::text ~ '012345678901|482913'") == 0


async def test_strange_characters_do_no_harm(database: str, tmp_path: Path) -> None:
    """NUL and half of a surrogate pair, which PostgreSQL's JSON does not take."""
    async with house(database, tmp_path) as built:
        [taken] = await built.turns.take([event("a\0b\ud800c", id="strange")])
        assert taken.messages[0]["text"] == "1: ab?c"


async def test_events_wait_on_disk_while_the_database_is_away(database: str, tmp_path: Path) -> None:
    """They are acknowledged, applied in order when it is back, and a repeat of one that was applied stays harmless."""
    async with house(database, tmp_path) as built:
        await built.turns.take([event("một", seconds=1)])
        await built.take_away()
        for n, text in enumerate(("nhì", "ba", "một", "bốn"), 2):
            [taken] = await built.turns.take([event(text, seconds=n)])
            assert not taken.messages
        built.away = False
        await built.replayed()
        await built.turns.take([event("năm", seconds=9)])
        assert await built.said() == ["một", "nhì", "ba", "bốn", "năm"]
        assert built.metrics.registry.get_sample_value("danloi_spooled_total") == 4


async def test_events_wait_on_disk_where_the_tables_are_not_ours_any_more(database: str, tmp_path: Path) -> None:
    """A newer program changed them under us: we say so, and the words are applied by who can read the tables."""
    change, back = "ALTER TABLE messages RENAME COLUMN body TO words", "ALTER TABLE messages RENAME COLUMN words TO body"
    async with house(database, tmp_path) as built:
        admin = await asyncpg.connect(database)
        await admin.execute(f"{change}; UPDATE alembic_version SET version_num = '9999'; UPDATE kept SET state = '9999' WHERE name = 'oldest program'")
        await built.turns.take([event("một"), event("nhì", seconds=1)])
        while not built.turns.trouble:  # noqa: ASYNC110  # it finds out when it connects again
            await asyncio.sleep(0.01)
        assert "Cài bản danloi mới" in built.turns.trouble
        await admin.execute(f"{back}; UPDATE alembic_version SET version_num = '{schema.HEAD}'")
        await admin.close()
        await built.replayed()
        assert await built.said() == ["một", "nhì"]
        assert built.turns.trouble == ""


async def test_new_events_go_behind_those_that_wait(database: str, tmp_path: Path) -> None:
    """Another process left something on disk, with the torn line of one that died: both are dealt with before what comes now."""
    Spool(tmp_path, VAULT).append([event("một", seconds=1), event("nhì", seconds=2)])
    with (tmp_path / "events.jsonl").open("ab") as file:
        file.write(b'{"id":"torn","chan')
    async with house(database, tmp_path) as built:
        await built.turns.take([event("ba", seconds=3)])
        await built.replayed()
        assert await built.said() == ["một", "nhì", "ba"]
        assert not built.spool.waiting


async def test_without_database_and_disk_the_platform_is_told(database: str, tmp_path: Path) -> None:
    """503: it keeps the event and comes again."""
    (tmp_path / "spool").write_text("a file is in the way")
    async with house(database, tmp_path / "spool") as built:
        await built.take_away()
        with pytest.raises(Unavailable):
            await built.turns.take([event("một")])
        built.away = False


async def test_batches_in_flight_keep_a_contacts_order(database: str, tmp_path: Path) -> None:
    """While one batch is written the next is computed, and the connections are cut in between: nothing overtakes anything."""
    numbers = [f"{n}" for n in range(600)]
    async with house(database, tmp_path) as built:
        taking = []
        for n, text in enumerate(numbers):
            taking.append(asyncio.create_task(built.turns.take([event(text, seconds=n)])))
            if n % 7 == 0:
                await asyncio.sleep(0.001)
            if n in (150, 300, 450):
                await built.take_away()
                built.away = False
        await asyncio.gather(*taking)
        await built.replayed()
        assert await built.said() == numbers[-60:]
        async with built.store.connection() as connection:
            assert await connection.fetchval("SELECT state->'slots'->'said' FROM sessions") == orjson.dumps(numbers).decode().replace(",", ", ")


async def test_too_much_at_once_is_refused(database: str, tmp_path: Path) -> None:
    """What waits has a limit; what was taken before it is done."""
    async with house(database, tmp_path) as built:
        crowd = [asyncio.create_task(built.turns.take([event(f"{n}", id=f"{n}", contact=f"c{n}")])) for n in range(MAX_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await built.turns.take([event("zu viel")])
        assert [one.duplicate for taken in await asyncio.gather(*crowd) for one in taken] == [False] * MAX_WAITING


async def test_what_the_spool_keeps_comes_back_the_same(tmp_path: Path) -> None:
    """Parses and times too."""
    understood: Sequence[Event] = [Understanding(parse)(event("cài vneid")), event("", id="tap", kind=Kind.TAP, payload="vneid/scan/done")]
    spool = Spool(tmp_path, VAULT)
    spool.append(understood)
    with spool.replay() as replay:
        assert replay is not None
        events, mark = replay.read()
        with Spool(tmp_path, VAULT).replay() as another:
            assert another is None
        assert replay.advance(mark) is True
    assert events == understood
    assert not spool.waiting


async def test_the_embedded_database_is_started_again(folder: Path, tmp_path: Path) -> None:
    """When it is killed under a running service, the service looks after it."""
    with EmbeddedPostgres(folder) as server:
        store = Store(server.url, vault=VAULT, take_turn=turn, fit=as_it_is)
        await store.open()

        async def revive() -> None:
            await asyncio.to_thread(server.start)

        turns = Turns(store, Spool(tmp_path / "spool", VAULT), Understanding(parse), Metrics(), revive=revive)
        tending = asyncio.create_task(turns.tend())
        await turns.take([event("một")])
        for process in postgres_of(folder):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        await turns.take([event("nhì")])
        while Spool(tmp_path / "spool", VAULT).waiting:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        key = await store.contact("messenger", "1001", "2002")
        assert key is not None
        assert [one["text"] for one in await store.messages(key) if one["from"] == "me"] == ["một", "nhì"]
        tending.cancel()
        await asyncio.wait([tending])
        await store.close()
