"""Delivery: messages a second to a stand-in of the Graph API that takes 50 ms for each."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import orjson
import psutil

from bench.machine import cpu, running, settings_of
from bot.dialogue.reply import Option, Reply
from bot.settings import load_settings
from bot.store.embedded import EmbeddedPostgres
from bot.store.vault import Vault

DELAY_MS = 50
MESSAGES_A_CONTACT = 4
FILL = """
WITH people AS (
  INSERT INTO contacts (channel, account, digest, address)
  SELECT 'messenger', '1001', n.digest, n.address FROM unnest($1::bytea[], $4::bytea[]) AS n (digest, address) RETURNING id
)
INSERT INTO messages (contact_id, sender, status, body)
SELECT id, 'bot', 'pending', $3::text::jsonb FROM people, generate_series(1, $2::int)
"""
REPLY = Reply(
    text="Áp thẻ căn cước vào lưng máy, giữ yên 10 giây.",
    options=(Option(label="Xong rồi", tap="vneid/scan/done"), Option(label="Chưa được", tap="vneid/scan/stuck")),
)
LEFT = "SELECT count(*) FROM messages WHERE status = 'pending'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    per_second: float
    cpu_us: float  # of the worker, for one message


def measure(data: Path, contacts: int, port: int) -> Delivered:
    """Fill the outbox, start a worker, and see how fast it empties."""
    standin = subprocess.Popen([sys.executable, "-m", "tests.standins.messenger", "--delay-ms", str(DELAY_MS)], stdout=subprocess.PIPE, text=True)
    assert standin.stdout is not None
    graph_port = int(standin.stdout.readline().strip().rpartition(":")[2])
    try:
        with EmbeddedPostgres(data) as database, running(["-m", "bot.cli.main", "serve"], port, "/readyz", settings_of(data, port, graph_port)) as server:
            return asyncio.run(_empty(database.url, Vault(load_settings(data_dir=data).key()), contacts, server.process))
    finally:
        standin.terminate()
        standin.wait()
        standin.stdout.close()


async def _empty(url: str, vault: Vault, contacts: int, worker: psutil.Process) -> Delivered:
    connection = await asyncpg.connect(url)
    names = [str(30_000_000 + number) for number in range(contacts)]
    digests = [vault.digest("messenger", name) for name in names]
    addresses = [vault.seal(digest, name) for digest, name in zip(digests, names, strict=True)]
    await connection.execute(FILL, digests, MESSAGES_A_CONTACT, orjson.dumps(REPLY.as_message()).decode(), addresses)
    loop = asyncio.get_running_loop()
    before, start = cpu(worker), loop.time()
    await connection.execute("UPDATE contacts SET next_at = now() WHERE next_at IS NULL AND owner IS NULL")
    await connection.execute("SELECT pg_notify('danloi_outbox', '')")
    while await connection.fetchval(LEFT):  # noqa: ASYNC110  # another process sends
        await asyncio.sleep(0.05)
    seconds, spent = loop.time() - start, cpu(worker) - before
    await connection.close()
    number = contacts * MESSAGES_A_CONTACT
    return Delivered(per_second=number / seconds, cpu_us=spent / number * 1e6)
