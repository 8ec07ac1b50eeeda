"""Kill everything under load, five times: no acknowledged event without its effect, none twice, order kept."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import aiohttp
import asyncpg
import psutil

from bot.store.embedded import EmbeddedPostgres
from tests.service.processes import Danloi, environment, free_port, nothing_left, postgres_of
from tests.standins.messenger import Graph
from tests.standins.messenger_events import APP_SECRET, PAGE_ID

CONTACTS = 500
EVENTS = 20
KILLS = 5
AT_ONCE = 48  # contacts that write at the same time
NOW_MS = 1_763_971_200_000


def delivery(contact: int, number: int) -> tuple[bytes, dict[str, str]]:
    """Contact `contact` says "tin N": the signed webhook, the same bytes each time it is delivered."""
    happened = {
        "sender": {"id": str(5000 + contact)},
        "recipient": {"id": PAGE_ID},
        "timestamp": NOW_MS + number,
        "message": {"mid": f"m_{contact}_{number}", "text": f"tin {number}"},
    }
    body = json.dumps({"object": "page", "entry": [{"id": PAGE_ID, "time": NOW_MS + number, "messaging": [happened]}]}).encode()
    signature = hmac.digest(APP_SECRET.encode(), body, "sha256").hex()
    return body, {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}


class Platform:
    """Meta's side: delivers each event one to three times, to any of the servers, until at least one answer is 200."""

    def __init__(self, urls: Sequence[str], session: aiohttp.ClientSession, seed: int) -> None:
        self.urls, self.session, self.random = urls, session, random.Random(seed)
        self.acknowledged = 0
        self.moved = asyncio.Event()
        self.statuses: Counter[int] = Counter()

    async def tell_all(self) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(contact: int) -> None:
            async with gate:
                for number in range(1, EVENTS + 1):
                    await self.tell(contact, number)
                    if number > 1 and self.random.random() < 0.1:  # an old one comes again
                        await self.post(contact, self.random.randrange(1, number))

        await asyncio.gather(*(one(contact) for contact in range(CONTACTS)))

    async def tell(self, contact: int, number: int) -> None:
        copies = self.random.choice((1, 1, 2, 3))
        while not any(await asyncio.gather(*(self.post(contact, number) for _ in range(copies)))):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # a platform does come again after a while
        self.acknowledged += 1
        self.moved.set()

    async def post(self, contact: int, number: int) -> bool:
        body, headers = delivery(contact, number)
        url = self.random.choice(self.urls) + "/webhooks/messenger"
        try:
            async with self.session.post(url, data=body, headers=headers) as response:
                self.statuses[response.status] += 1
                return response.status == 200
        except (aiohttp.ClientError, OSError):
            return False

    async def until(self, acknowledged: int) -> None:
        while self.acknowledged < acknowledged:
            self.moved.clear()
            await self.moved.wait()


async def kill_everything(servers: Sequence[Danloi], data: Path) -> None:
    """Both servers and every process of their database, at once; then both start again."""
    database = postgres_of(data)
    for server in servers:
        server.kill()
    for process in database:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    for server in servers:
        server.bury()
        server.start()
    await asyncio.gather(*(server.ready() for server in servers))


async def test_nothing_is_lost_doubled_or_disordered(data: Path, nlu: Path) -> None:
    """500 contacts say 20 things each to two servers, while everything is killed five times."""
    async with Graph() as graph:
        with nothing_left(data):
            servers = [Danloi("serve", environment(data, nlu, free_port(), graph.url)) for _ in range(2)]
            for server in servers:
                server.start()
            await asyncio.gather(*(server.ready() for server in servers))
            connector = aiohttp.TCPConnector(limit=0, force_close=False)
            async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:
                platform = Platform([server.url for server in servers], session, seed=7)
                telling = asyncio.create_task(platform.tell_all())
                for kill in range(1, KILLS + 1):
                    await platform.until(kill * CONTACTS * EVENTS // (KILLS + 1))
                    await kill_everything(servers, data)
                await telling
            await everything_sent(data)
            assert [await server.end() for server in servers] == [0, 0]
            assert postgres_of(data) == []
            with EmbeddedPostgres(data) as database:
                await check_turns(database.url)
                await check_sends(database.url, graph)


async def everything_sent(data: Path) -> None:
    """Wait until the outbox is empty; the test's time limit ends the waiting."""
    with EmbeddedPostgres(data) as database:
        connection = await asyncpg.connect(database.url)
        while await connection.fetchval("SELECT count(*) FROM messages WHERE status = 'pending'"):  # noqa: ASYNC110
            await asyncio.sleep(0.2)  # other processes do the sending
        await connection.close()


async def check_turns(url: str) -> None:
    """Each contact's talk holds each of its words once, in order; nothing was parked."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT c.contact, array_agg(m.body->>'text' ORDER BY m.id) AS said"
        " FROM messages m JOIN contacts c ON c.id = m.contact_id WHERE m.sender = 'me' GROUP BY 1"
    )
    assert await connection.fetchval("SELECT count(*) FROM parked") == 0
    await connection.close()
    assert len(rows) == CONTACTS
    expected = [f"tin {number}" for number in range(1, EVENTS + 1)]
    assert {row["contact"]: row["said"] for row in rows if row["said"] != expected} == {}


async def check_sends(url: str, graph: Graph) -> None:
    """What the platform got: each contact's messages in order, each once; after a kill at most the one in flight again."""
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT c.contact, array_agg(m.id ORDER BY m.id) AS ids FROM messages m JOIN contacts c ON c.id = m.contact_id WHERE m.sender = 'bot' GROUP BY 1"
    )
    assert await connection.fetchval("SELECT count(*) FROM messages WHERE status <> 'sent'") == 0
    await connection.close()
    got: dict[str, list[int]] = defaultdict(list)
    for body in graph.accepted:
        got[body["recipient"]["id"]].append(int(body["message"]["metadata"].rpartition(":")[2]))
    for row in rows:
        ids = got[row["contact"]]
        repeats = sum(former == later for former, later in pairwise(ids))
        assert sorted(set(ids)) == ids[:1] + [later for former, later in pairwise(ids) if later != former], f"{row['contact']} got {ids}"
        assert sorted(set(ids)) == row["ids"]
        assert repeats <= KILLS
