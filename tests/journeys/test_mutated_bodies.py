"""Ten thousand signed webhook bodies that no platform would send: never a 5xx, never a stack trace, memory flat."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psutil

from tests.journeys.running import running
from tests.standins.messenger_events import attached, delivery, echo, link, postback, referral, signed, tap, text

BODIES = 10_000
IN_FLIGHT = 32
WARM = 3_000  # bodies after which caches are as large as they get
ROOM_BYTES = 48 * 1024 * 1024
STRANGE: list[Any] = [
    None, True, -1, 0, 1.5, 2**63, 2**80, "", "x" * 5000, "\u0000", "\ud800", "👩‍👩‍👧", "ế", [], {}, [[[]]], {"a": {"b": []}}, "-" * 200,
    "vneid__" * 20, "/", "//", "a/b/c/d", "vneid/phone/=", "GET_STARTED", float("1e308"),
]  # fmt: skip


def test_no_body_breaks_the_server(tmp_path: Path) -> None:
    with running(tmp_path) as place:
        statuses, memory = asyncio.run(_post_all(f"{place.url}/webhooks/messenger"))
    assert set(statuses) <= {200, 400, 403, 404, 413}, {status: statuses.count(status) for status in set(statuses)}
    assert statuses.count(200) > BODIES / 10, "hardly any of the bodies was taken: the mutations are too wild to test anything"
    assert memory[-1] - memory[0] < ROOM_BYTES, memory


async def _post_all(url: str) -> tuple[list[int], list[int]]:
    """The status of each answer, and the memory of the server after the warm-up and at the end."""
    port = int(url.split(":")[2].split("/")[0])
    server = next(process for process in psutil.process_iter(["cmdline"]) if _listens(process, port))
    memory: list[int] = []
    statuses: list[int] = []
    bodies = iter(list(_bodies(random.Random(7), BODIES)))

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=IN_FLIGHT)) as session:

        async def post() -> None:
            for body in bodies:
                async with session.post(url, data=body, headers=signed(body)) as answer:
                    shown = await answer.text()
                    assert not re.search(r"Traceback|File \"|Error\b.*line", shown)
                    statuses.append(answer.status)
                if len(statuses) == WARM:
                    memory.append(server.memory_info().rss)

        await asyncio.gather(*(post() for _ in range(IN_FLIGHT)))
    memory.append(server.memory_info().rss)
    return statuses, memory


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in process.net_connections("tcp"))
    except psutil.Error:
        return False


def _bodies(chance: random.Random, number: int) -> Iterator[bytes]:
    whole = [
        delivery(text("2001", "lam khai sinh cho con o dau"), tap("2002", "vneid/goal/new")),
        delivery(postback("2003", "GET_STARTED", referral=link("vneid_goal_tt7k")), apart=True),
        delivery(referral("2004", "khai-sinh"), attached("2005", {"type": "image", "payload": {"url": "https://cdn.example/x.jpg"}})),
        delivery(echo("2006"), echo("2007", app_id=1, metadata=None)),
        delivery(text("2008", "menu"), box="standby"),
    ]
    for _ in range(number):
        body = chance.choice(whole)
        yield _broken_bytes(chance, body) if chance.random() < 0.3 else _broken_json(chance, body)


def _broken_bytes(chance: random.Random, body: bytes) -> bytes:
    raw = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(raw))
        match chance.randrange(4):
            case 0:
                raw[at] = chance.randrange(256)
            case 1:
                del raw[at : at + chance.randint(1, 30)]
            case 2:
                raw[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 20)))
            case _:
                raw[at:at] = raw[at : at + 40]
        if not raw:
            return b""
    return bytes(raw)


def _broken_json(chance: random.Random, body: bytes) -> bytes:
    value = orjson.loads(body)
    for _ in range(chance.randint(1, 4)):
        holder, key = chance.choice(list(_places(value)))
        match chance.randrange(4):
            case 0:
                del holder[key]
            case 1:
                holder[key] = [holder[key]] * chance.randint(0, 3)
            case 2 if isinstance(holder, dict):
                holder[str(chance.choice(("sender", "message", "postback", "timestamp", "x", "recipient")))] = chance.choice(STRANGE)
            case _:
                holder[key] = chance.choice(STRANGE)
        if not list(_places(value)):
            break
    return json.dumps(value).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value where something else could stand."""
    pairs = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    for key, inside in pairs:
        yield value, key
        yield from _places(inside)
