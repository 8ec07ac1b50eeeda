"""`python -m bench.cluster`: two `danloi web` and two `danloi worker` on one PostgreSQL, against one process; and a platform that takes two seconds.

The machine's cores are shared by all of them, by the load and by the platform's stand-in, so the CPU of each part is told beside the turns: what
is used up is the limit. So that cores are not, the same is done once more with each of our processes held to a small part of a core.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import aiohttp
import asyncpg
import psutil

from bench.machine import cpu, free_port, held, may_hold, postgres_of, running, settings_of, tree_cpu
from bench.report import PAGE
from bench.talk import request, walk
from bot.dialogue.event import Event
from bot.service.content import load_content
from bot.settings import load_settings
from bot.store.embedded import EmbeddedPostgres
from tests.journeys.running import OWN
from tests.standins import zalo_oa_events

TITLE = "## Several processes"
CONNECTIONS = 64
CONTACTS = 4000
STEPS = 14
TURNS = 12_000  # of one round
ROUNDS = 3
PEOPLE, PER_SECOND = 400, 40  # of the slow platform's round
SLOW_MS = 2000
SHARE = 0.15  # of a core, for each process that is held; four of them leave room for the database and the load
HELD_TURNS = 4_000
WAITING = "SELECT count(*) FROM messages m JOIN contacts c ON c.id = contact_id WHERE channel = 'messenger' AND status = 'pending'"
QUANTILES = """
SELECT percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (ORDER BY extract(epoch FROM m.sent_at - m.created_at)::float8) FROM messages m
JOIN contacts c ON c.id = m.contact_id WHERE c.channel = 'messenger' AND m.sender = 'bot' AND m.status = 'sent'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Which processes serve. `share`: the part of a core that each is held to; 1.0 lets it have all that it gets."""

    roles: tuple[str, ...]
    share: float = 1.0

    def __str__(self) -> str:
        counts = [f"{self.roles.count(role)} {role}" for role in dict.fromkeys(self.roles)]
        return ", ".join(counts) + (f", each {self.share:g} of a core" if self.share < 1 else "")


ONE = House(roles=("serve",))
FOUR = House(roles=("web", "web", "worker", "worker"))
TWO_HELD = House(roles=("web", "worker"), share=SHARE)
FOUR_HELD = House(roles=FOUR.roles, share=SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Turns a second, and which part of the machine's cores each part of the house used meanwhile (1.0: one core)."""

    per_second: float
    ours: float
    database: float
    load: float

    @property
    def used(self) -> float:
        return self.ours + self.database + self.load

    def line(self, house: House) -> str:
        used = f"ours {self.ours:.2f}, PostgreSQL {self.database:.2f}, load and stand-in {self.load:.2f}, in all {self.used:.2f}"
        return f"{house!s:<40} {self.per_second:6.0f} turns/s · cores used: {used}"


@contextmanager
def standin(module: str, *words: str) -> Iterator[tuple[int, psutil.Process]]:
    """A platform's stand-in in a process of its own: its port."""
    process = subprocess.Popen([sys.executable, "-m", module, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().strip().rpartition(":")[2]), psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def turns_of(house: House, data: Path, events: Sequence[Event]) -> Round:
    """One round: turns are taken and their answers sent meanwhile, everything on this machine."""
    with ExitStack() as stack:
        graph, graph_process = stack.enter_context(standin("tests.standins.messenger"))
        database = stack.enter_context(EmbeddedPostgres(data))
        ports, processes = [], []
        for role in house.roles:
            port = free_port()
            environment = settings_of(data, port, graph) | {"DANLOI_DATABASE_URL": database.url}
            if role == "worker":
                processes.append(stack.enter_context(_worker(environment)))
            else:
                server = stack.enter_context(running(["-m", "bot.cli.main", role], port, "/readyz", environment))
                ports.append(port)
                processes.append(server.process)
        _loads(ports, [request(events[0], n, n) for n in range(CONTACTS)])  # everybody comes in
        asyncio.run(_wait_for_messenger(database.url))
        turns = TURNS
        if house.share < 1:
            turns = HELD_TURNS
            stack.enter_context(held(processes, house.share))
        server_process = postgres_of(data)
        before = [*map(cpu, processes), tree_cpu(server_process), cpu(graph_process)]
        start = perf_counter()
        number, used = _loads(ports, [request(events[n // CONTACTS % STEPS], n % CONTACTS, n) for n in range(CONTACTS, CONTACTS + turns)])
        seconds = perf_counter() - start
        spent = [after - former for after, former in zip([*map(cpu, processes), tree_cpu(server_process), cpu(graph_process)], before, strict=True)]
        return Round(
            per_second=number / seconds,
            ours=sum(spent[: len(processes)]) / seconds,
            database=spent[-2] / seconds,
            load=(spent[-1] + used) / seconds,
        )


@contextmanager
def _worker(environment: dict[str, str]) -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "-m", "bot.cli.main", "worker"], env=os.environ | environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


def _loads(ports: Sequence[int], requests: Sequence[bytes]) -> tuple[int, float]:
    """All requests, shared among the ports by contact; how many they were, and the seconds of CPU that asking took."""
    parts = [[one for number, one in enumerate(requests) if number % CONTACTS % len(ports) == place] for place in range(len(ports))]
    before = psutil.Process().cpu_times()
    clients = []
    for port, part in zip(ports, parts, strict=True):
        job = {"port": port, "connections": CONNECTIONS // len(ports), "requests": [b64encode(one).decode() for one in part]}
        client = subprocess.Popen([sys.executable, "-m", "bench.load"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert client.stdin is not None
        client.stdin.write(json.dumps(job).encode())
        client.stdin.close()
        clients.append(client)
    for client in clients:
        assert client.stdout is not None
        answer = json.loads(client.stdout.read())
        client.stdout.close()
        client.wait()
        if set(answer["statuses"]) != {"200"}:
            raise SystemExit(f"not all requests were answered 200: {answer['statuses']}")
    after = psutil.Process().cpu_times()
    return len(requests), after.children_user + after.children_system - before.children_user - before.children_system


def latency(slow_ms: int, data: Path, events: Sequence[Event]) -> tuple[float, float]:
    """p50 and p99, in seconds, of a Messenger message from its turn to its platform's yes, while Zalo takes `slow_ms` for each of its own."""
    with ExitStack() as stack:
        graph, _ = stack.enter_context(standin("tests.standins.messenger"))
        zalo, _ = stack.enter_context(standin("tests.standins.zalo_oa", "--delay-ms", str(slow_ms)))
        database = stack.enter_context(EmbeddedPostgres(data))
        port = free_port()
        oa = {f"DANLOI_ZALO_OA__{name}": value for name, value in OWN["zalo-oa"].items()}
        oa |= {"DANLOI_ZALO_OA__API_BASE": f"http://127.0.0.1:{zalo}", "DANLOI_ZALO_OA__OAUTH_BASE": f"http://127.0.0.1:{zalo}"}
        environment = settings_of(data, port, graph) | {"DANLOI_DATABASE_URL": database.url} | oa
        stack.enter_context(running(["-m", "bot.cli.main", "web"], port, "/readyz", environment))
        for _ in range(2):
            stack.enter_context(_worker(environment))
        return asyncio.run(_both_write(port, database.url, events))


async def _both_write(port: int, url: str, events: Sequence[Event]) -> tuple[float, float]:
    """People of both apps write, so many a second."""
    async with aiohttp.ClientSession(base_url=f"http://127.0.0.1:{port}") as session:

        async def by_messenger(number: int) -> None:
            head, _, body = request(events[0], number, number).partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            async with session.post("/webhooks/messenger", data=body, headers=headers) as response:
                assert response.status == 200

        async def by_zalo(number: int) -> None:
            body = zalo_oa_events.delivery(zalo_oa_events.text(f"{number}", "#VNEID", msg_id=f"z{number}"))
            async with session.post("/webhooks/zalo-oa", data=body, headers=zalo_oa_events.signed(body)) as response:
                assert response.status == 200

        tasks = []
        for number in range(PEOPLE):
            tasks += [asyncio.create_task(by_messenger(number)), asyncio.create_task(by_zalo(number))]
            await asyncio.sleep(1 / PER_SECOND)
        await asyncio.gather(*tasks)
    return await _wait_for_messenger(url)


async def _wait_for_messenger(url: str) -> tuple[float, float]:
    """Until all of Messenger's messages are sent: p50 and p99, in seconds, of what each took."""
    connection = await asyncpg.connect(url)
    try:
        while await connection.fetchval(WAITING):  # noqa: ASYNC110  # the workers send
            await asyncio.sleep(0.1)
        p50, p99 = await connection.fetchval(QUANTILES)
        return p50, p99
    finally:
        await connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All rounds: by house, and (p50, p99) by what Zalo takes."""

    turns: dict[House, list[Round]]
    latency: dict[int, list[tuple[float, float]]]

    def gain(self, more: House, fewer: House) -> float:
        """How many times the turns of `fewer` does `more` take?"""
        many, few = (median(one.per_second for one in self.turns[house]) for house in (more, fewer))
        return many / few

    def p99(self, slow_ms: int) -> float:
        return median(p99 for _, p99 in self.latency[slow_ms])

    @property
    def harm(self) -> float:
        return self.p99(SLOW_MS) / self.p99(0)


def measure(home: Path, rounds: int = ROUNDS) -> Found:
    """Each kind of round in turns, so that a noisy moment of the machine meets all."""
    events = walk(load_content(load_settings(data_dir=home)).library, "vneid", STEPS)
    places = iter(range(1000))

    def data() -> Path:
        place = home / f"{next(places)}"
        place.mkdir()
        (place / "cache").symlink_to(home / "cache")
        return place

    houses = (ONE, FOUR, TWO_HELD, FOUR_HELD) if may_hold() else (ONE, FOUR)
    found = Found(turns={house: [] for house in houses}, latency={0: [], SLOW_MS: []})
    for _ in range(rounds):
        for house, many in found.turns.items():
            many.append(turns_of(house, data(), events))
            print(many[-1].line(house), flush=True)
    for _ in range(rounds):
        for slow_ms, pairs in found.latency.items():
            pairs.append(latency(slow_ms, data(), events))
            print(f"Zalo takes {slow_ms} ms: Messenger p50 {pairs[-1][0] * 1000:.0f} ms, p99 {pairs[-1][1] * 1000:.0f} ms", flush=True)
    return found


def limit(found: Found) -> str:
    """What keeps four processes from more on this machine."""
    cores = psutil.cpu_count() or 1
    used = median(one.used for one in found.turns[FOUR])
    if used < 0.85 * cores:
        return f"{used:.1f} of {cores} cores were used: what waited was the disk (each commit is synced), or another program of the machine had the cores."
    outside = median(one.load for one in found.turns[FOUR])
    return f"{used:.1f} of {cores} cores were used, which is all there are, {outside:.1f} of them by the load and the platform's stand-in."


def held_back(found: Found) -> str:
    """Does a second pair of processes bring what it should where cores are not the limit?"""
    if FOUR_HELD not in found.turns:
        return "Whether more processes bring more where cores are not the limit was not measured: to hold a process to a part of a core needs root."
    return (
        f"With each process held to {SHARE:g} of a core, so that database, load and stand-in have what they want, two webs and two workers take "
        f"{found.gain(FOUR_HELD, TWO_HELD):.2f} × the turns of one web and one worker (goal: 1.5 ×): neither the database nor its locks are the limit."
    )


def section(found: Found) -> str:
    """For docs/performance.md."""
    lines = "\n".join(f"    {one.line(house)}" for turn in zip(*found.turns.values(), strict=True) for house, one in zip(found.turns, turn, strict=True))
    slow, quick = (f"{found.p99(one) * 1000:.0f} ms" for one in (SLOW_MS, 0))
    return f"""{TITLE}

Turns of people who write on Messenger, while the answers are sent, on one PostgreSQL. Servers, database, load and stand-in share {psutil.cpu_count()}
cores; the share of each, in cores:

{lines}

On the whole machine two `danloi web` and two `danloi worker` take {found.gain(FOUR, ONE):.2f} × the turns of one `danloi serve`. {limit(found)}

{held_back(found)}

While Zalo takes {SLOW_MS / 1000:g} s for each message, the p99 of a Messenger message, from its turn to Meta's yes, is {slow}; with a quick Zalo it is {quick}:
{found.harm:.2f} × (goal: at most 1.1 ×).
"""


def write(found: Found) -> None:
    """Put the section at the end of the page, in the place of the former one."""
    page = PAGE.read_text(encoding="utf-8").partition(TITLE)[0].rstrip()
    PAGE.write_text(f"{page}\n\n{section(found)}", encoding="utf-8")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="danloi-cluster-") as folder:
        found = measure(Path(folder))
    write(found)
    print(f"two webs, two workers: {found.gain(FOUR, ONE):.2f} × the turns of one process. {limit(found)}")
    print(held_back(found))
    print(f"p99 beside a slow platform: {found.harm:.2f} ×")
    return 0


if __name__ == "__main__":
    sys.exit(main())
