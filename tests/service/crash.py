"""What a crash must not do, measured: a platform that delivers under load, processes that are killed, and the count of what became of it all."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import aiohttp
import asyncpg
import psutil

from bot.settings import load_settings
from bot.store.embedded import EmbeddedPostgres
from bot.store.vault import Vault
from tests.service.processes import Danloi, environment, free_port, nothing_left, postgres_of
from tests.standins.messenger import Graph
from tests.standins.messenger_events import APP_SECRET, PAGE_ID

NOW_MS = 1_763_971_200_000
SEND_SECONDS = 0.1  # how long the platform takes for a message: so that some are in flight when a worker dies
Kill = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Load:
    """How many people say how many things; `at_once` of them at the same time."""

    contacts: int
    events: int
    kills: int
    at_once: int = 48


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What became of the load."""

    contacts: int
    events: int  # different ones, all acknowledged with 200
    deliveries: int  # of the platform, repeats included
    kills: int
    lost: int  # acknowledged and not in its person's talk
    applied_twice: int
    out_of_order: int  # people whose talk is not in the order in which it was said
    parked: int
    messages: int  # what the bot had to say to it
    unsent: int
    sends: int  # what the platform took
    sent_twice: int  # of these, the same message again, at once after itself: it was in flight at a kill
    sent_wrongly: int  # again later, or out of order
    most_to_one: int  # the most that one person saw twice

    def rows(self) -> list[tuple[str, str]]:
        return [(name.replace("_", " "), f"{value:,}") for name, value in asdict(self).items()]


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

    def __init__(self, urls: Sequence[str], session: aiohttp.ClientSession, seed: int, load: Load) -> None:
        self.load = load
        self.urls, self.session, self.random = urls, session, random.Random(seed)
        self.acknowledged = self.posts = 0
        self.moved = asyncio.Event()
        self.opened, self.more = 0, asyncio.Event()  # how many events may be told now
        self.statuses: Counter[int] = Counter()

    async def tell_all(self) -> None:
        gate = asyncio.Semaphore(self.load.at_once)

        async def one(contact: int) -> None:
            async with gate:
                for number in range(1, self.load.events + 1):
                    await self.allowed()
                    await self.tell(contact, number)
                    if number > 1 and self.random.random() < 0.1:  # an old one comes again
                        await self.post(contact, self.random.randrange(1, number))

        await asyncio.gather(*(one(contact) for contact in range(self.load.contacts)))

    async def tell(self, contact: int, number: int) -> None:
        copies = self.random.choice((1, 1, 2, 3))
        while not any(await asyncio.gather(*(self.post(contact, number) for _ in range(copies)))):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # a platform does come again after a while
        self.acknowledged += 1
        self.moved.set()

    async def post(self, contact: int, number: int) -> bool:
        body, headers = delivery(contact, number)
        self.posts += 1
        url = self.random.choice(self.urls) + "/webhooks/messenger"
        try:
            async with self.session.post(url, data=body, headers=headers) as response:
                self.statuses[response.status] += 1
                return response.status == 200
        except (aiohttp.ClientError, OSError):
            return False

    def open(self, number: int) -> None:
        """So many events may be told, a few more or less."""
        self.opened = number
        self.more.set()

    async def allowed(self) -> None:
        while self.acknowledged >= self.opened:
            self.more.clear()
            await self.more.wait()

    async def until(self, acknowledged: int) -> None:
        while self.acknowledged < acknowledged:
            self.moved.clear()
            await self.moved.wait()


async def kill_everything(load: Load, data: Path, nlu: Path) -> Numbers:
    """Two `danloi serve` on one embedded database; all of it is killed, database too, again and again."""
    async with Graph(delay_seconds=SEND_SECONDS) as graph:
        with nothing_left(data):
            servers = [Danloi("serve", environment(data, nlu, free_port(), graph.url)) for _ in range(2)]
            await _start(servers)

            async def kill(_number: int) -> None:
                database = postgres_of(data)
                for server in servers:
                    server.kill()
                for process in database:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.kill()
                for server in servers:
                    server.bury()
                await _start(servers)

            platform = await _under_load(load, servers, kill)
            with EmbeddedPostgres(data) as database:
                await everything_sent(database.url)
                assert [await server.end() for server in servers] == [0, 0]
                return await count(database.url, Vault(load_settings(data_dir=data).key()), graph, platform)


async def kill_one_at_a_time(load: Load, data: Path, nlu: Path) -> Numbers:
    """Two `danloi web` and two `danloi worker` on one PostgreSQL; one of the four is killed at random points, and comes back."""
    async with Graph(delay_seconds=SEND_SECONDS) as graph:
        with nothing_left(data), EmbeddedPostgres(data) as database:
            more = {"DANLOI_DATABASE_URL": database.url}
            processes = [Danloi(role, environment(data, nlu, free_port(), graph.url) | more) for role in ("web", "web", "worker", "worker")]
            await _start(processes)
            chance = random.Random(11)

            async def kill(number: int) -> None:
                one = processes[chance.randrange(2) + 2 * (number % 2)]  # a web, then a worker
                one.kill()
                one.bury()
                await _start([one])

            platform = await _under_load(load, processes, kill)
            await everything_sent(database.url)
            assert [await one.end() for one in processes] == [0] * 4
            return await count(database.url, Vault(load_settings(data_dir=data).key()), graph, platform)


async def _start(processes: Sequence[Danloi]) -> None:
    for one in processes:
        one.start()
    await asyncio.gather(*(one.ready() for one in processes))


async def _under_load(load: Load, processes: Sequence[Danloi], kill: Kill) -> Platform:
    """All events, with the kills at random points between."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=20)) as session:
        platform = Platform([one.url for one in processes if one.command != "worker"], session, seed=7, load=load)
        part = load.contacts * load.events // (load.kills + 1)
        async with _ended(asyncio.create_task(platform.tell_all())) as telling:
            for number in range(load.kills):
                # A part of the load for each kill, so that each comes in the middle of it, however long a start takes.
                platform.open((number + 1) * part)
                await platform.until(number * part + platform.random.randrange(part // 10, part * 7 // 10))
                await kill(number)
            platform.open(load.contacts * load.events)
            await telling
    return platform


@contextlib.asynccontextmanager
async def _ended(task: asyncio.Task[None]) -> AsyncIterator[asyncio.Task[None]]:
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def everything_sent(url: str) -> None:
    """Wait until the outbox is empty; whoever calls has a time limit."""
    connection = await asyncpg.connect(url)
    while await connection.fetchval("SELECT count(*) FROM messages WHERE status = 'pending'"):  # noqa: ASYNC110
        await asyncio.sleep(0.2)  # other processes do the sending
    await connection.close()


async def count(url: str, vault: Vault, graph: Graph, platform: Platform) -> Numbers:
    """Compare what was acknowledged, what stands in the database and what the platform was sent."""
    connection = await asyncpg.connect(url)
    said: dict[str, list[str]] = defaultdict(list)
    outbox: dict[str, list[int]] = defaultdict(list)
    unsent = 0
    rows = await connection.fetch(
        "SELECT c.digest, m.id, m.sender, m.status, m.body->>'text' AS text FROM messages m JOIN contacts c ON c.id = m.contact_id ORDER BY m.id"
    )
    parked = await connection.fetchval("SELECT count(*) FROM parked")
    await connection.close()
    whose = {vault.digest("messenger", str(5000 + contact)): str(5000 + contact) for contact in range(platform.load.contacts)}
    for row in rows:
        contact = whose[row["digest"]]
        if row["sender"] == "me":
            said[contact].append(row["text"])
        else:
            outbox[contact].append(row["id"])
            unsent += row["status"] != "sent"
    expected = [f"tin {number}" for number in range(1, platform.load.events + 1)]
    talks = [Counter(said[str(5000 + contact)]) for contact in range(platform.load.contacts)]
    got: dict[str, list[int]] = defaultdict(list)
    for body in graph.accepted:
        got[body["recipient"]["id"]].append(int(body["message"]["metadata"].rpartition(":")[2]))
    twice = {contact: sum(former == later for former, later in pairwise(ids)) for contact, ids in got.items()}
    once = {contact: ids[:1] + [later for former, later in pairwise(ids) if later != former] for contact, ids in got.items()}
    return Numbers(
        contacts=platform.load.contacts,
        events=platform.acknowledged,
        deliveries=platform.posts,
        kills=platform.load.kills,
        lost=sum(words not in talk for talk in talks for words in expected),
        applied_twice=sum(number - 1 for talk in talks for number in talk.values()),
        out_of_order=sum(list(dict.fromkeys(said[str(5000 + contact)])) != expected for contact in range(platform.load.contacts)),
        parked=parked,
        messages=sum(map(len, outbox.values())),
        unsent=unsent,
        sends=sum(map(len, got.values())),
        sent_twice=sum(twice.values()),
        sent_wrongly=sum(once.get(contact, []) != ids for contact, ids in outbox.items()),
        most_to_one=max(twice.values(), default=0),
    )
