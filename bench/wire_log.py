"""`python -m bench.wire_log`: what the log of deliveries costs, for one message to a platform that takes 50 ms."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import aiohttp
import orjson
import psutil

from bench.delivery import DELAY_MS, FILL, LEFT, MESSAGES_A_CONTACT, REPLY
from bench.machine import cpu, postgres_of, tree_cpu
from bot.channels.registry import adapters
from bot.service import delivery
from bot.service.alive import Alive
from bot.service.metrics import Metrics
from bot.settings import MessengerSettings, load_settings
from bot.store import queries
from bot.store.embedded import EmbeddedPostgres
from bot.store.store import Store
from bot.store.turns import no_turn
from bot.store.vault import Vault

CONTACTS, ROUNDS = 1500, 5
WHOLE = queries.COMPLETE
WITHOUT_ROW = WHOLE[: WHOLE.index("), logged AS (")] + WHOLE[WHOLE.index("), vanished AS (") :]


@contextmanager
def without_log() -> Iterator[None]:
    """As if there were no log: nobody listens, nothing is redacted, no row is written."""
    listening, redacted = delivery.listening, delivery.redacted
    delivery.listening, delivery.redacted, queries.COMPLETE = _deaf, _nothing, WITHOUT_ROW  # type: ignore[assignment]  # for the comparison only
    try:
        yield
    finally:
        delivery.listening, delivery.redacted, queries.COMPLETE = listening, redacted, WHOLE


@contextmanager
def _deaf() -> Iterator[list[object]]:
    yield []


def _nothing(_calls: Iterable[object]) -> str:
    return "[]"


async def empty(data: Path, url: str, graph: str) -> tuple[float, float, float]:
    """Messages a second; microseconds of this process and of PostgreSQL for one."""
    its = MessengerSettings(page_id="1001", page_token="TEST_PAGE_TOKEN", app_secret="x", verify_token="v", api_base=graph)  # type: ignore[arg-type]
    settings = load_settings(data_dir=data, messenger=its)
    vault = Vault(settings.key())
    store = Store(url, vault=vault, take_turn=no_turn, fit=lambda _channel, replies: replies)
    await store.open()
    names = [str(30_000_000 + number) for number in range(CONTACTS)]
    digests = [vault.digest("messenger", name) for name in names]
    addresses = [vault.seal(digest, name) for digest, name in zip(digests, names, strict=True)]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256)) as session:
        alive = Alive(data / "workers", "bench")
        worker = delivery.Delivery(store, adapters(settings, session), alive, Metrics())
        running = asyncio.create_task(worker.run())
        async with store.connection() as connection:
            await connection.execute("TRUNCATE contacts, sessions, messages, sends, entries, handoffs")
            await connection.execute(FILL, digests, MESSAGES_A_CONTACT, orjson.dumps(REPLY.as_message()).decode(), addresses)
            await connection.execute("CHECKPOINT")
            ours, database = psutil.Process(), postgres_of(data)
            before, before_database, start = cpu(ours), tree_cpu(database), perf_counter()
            await connection.execute("UPDATE contacts SET next_at = now()")
            while await connection.fetchval(LEFT):  # noqa: ASYNC110  # the worker's own tasks send
                await asyncio.sleep(0.05)
        seconds, spent, spent_database = perf_counter() - start, cpu(ours) - before, tree_cpu(database) - before_database
        worker.finish()
        await running
        alive.close()
    await store.close()
    number = CONTACTS * MESSAGES_A_CONTACT
    return number / seconds, spent / number * 1e6, spent_database / number * 1e6


def main() -> int:
    standin = subprocess.Popen([sys.executable, "-m", "tests.standins.messenger", "--delay-ms", str(DELAY_MS)], stdout=subprocess.PIPE, text=True)
    assert standin.stdout is not None
    graph = standin.stdout.readline().strip()
    found: dict[str, list[tuple[float, float, float]]] = {"with": [], "without": []}
    try:
        with TemporaryDirectory(prefix="danloi-bench-") as folder, EmbeddedPostgres(Path(folder)) as database:
            for _ in range(ROUNDS):  # in turns, so that a noisy moment of the machine meets both
                found["with"].append(asyncio.run(empty(Path(folder), database.url, graph)))
                with without_log():
                    found["without"].append(asyncio.run(empty(Path(folder), database.url, graph)))
    finally:
        standin.terminate()
        standin.wait()
        standin.stdout.close()
    for name, rounds in found.items():
        per_second, ours, postgres = map(median, zip(*rounds, strict=True))
        print(f"{name:>7} the log: {per_second:.0f} messages/s, {ours:.0f} µs of the worker and {postgres:.0f} µs of PostgreSQL for one")
    return 0


if __name__ == "__main__":
    sys.exit(main())
