"""`danloi serve` as an operator meets it: one line, one sentence, nothing left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp

from tests.service.processes import Danloi, environment, free_port, nothing_left, postgres_of
from tests.standins.messenger import Graph
from tests.standins.messenger_events import delivery, signed, text


async def test_it_says_where_it_is_and_ends_with_nothing_left(data: Path, nlu: Path) -> None:
    """One line on standard output; SIGTERM is exit 0, and no process of PostgreSQL runs."""
    with nothing_left(data):
        server = Danloi("serve", environment(data, nlu, free_port()))
        server.start()
        assert await server.ready() == f"Dẫn Lối: {server.url}/"
        assert await server.get("/healthz") == "ok"
        ready = json.loads(await server.get("/readyz"))
        assert ready["ready"] is True
        assert "danloi_turns_total" in await server.get("/metrics")
        assert postgres_of(data)
        assert await server.end() == 0
        assert postgres_of(data) == []


async def test_web_and_worker_apart_share_the_database(data: Path, nlu: Path) -> None:
    """A signed delivery to one is answered through the other; the last one out stops the database."""
    async with Graph() as graph:
        with nothing_left(data):
            settings = environment(data, nlu, free_port(), graph.url)
            web, worker = Danloi("web", settings), Danloi("worker", settings)
            for one in (web, worker):
                one.start()
            await asyncio.gather(web.ready(), worker.ready())
            async with aiohttp.ClientSession() as session:
                body = delivery(text("2002", "menu"))
                async with session.post(f"{web.url}/webhooks/messenger", data=body, headers=signed(body)) as response:
                    assert response.status == 200
            assert (await graph.wait_for_sends(1))[0].json["recipient"] == {"id": "2002"}
            assert await worker.end() == 0
            assert postgres_of(data)
            assert await web.end() == 0
            assert postgres_of(data) == []


async def test_an_open_stream_does_not_hold_up_the_end(data: Path, nlu: Path) -> None:
    """A page that listens is told goodbye."""
    with nothing_left(data):
        server = Danloi("serve", environment(data, nlu, free_port()))
        server.start()
        await server.ready()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
            async with session.post(f"{server.url}/chat/events", json={"text": "menu"}) as response:
                assert (await response.json())["messages"]
            async with session.get(f"{server.url}/chat/stream") as stream:
                assert stream.status == 200
                assert await server.end() == 0
        assert postgres_of(data) == []


def test_a_taken_port_is_one_sentence(data: Path, nlu: Path) -> None:
    """And exit 1, before anything is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = environment(data, nlu, taken.getsockname()[1])
        done = subprocess.run([sys.executable, "-m", "bot.cli.main", "serve"], env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "DANLOI_PORT" in done.stderr
    assert not (data / "postgres").exists()


def test_the_database_is_brought_up_to_date_and_a_person_is_erased(data: Path, nlu: Path) -> None:
    """The operator's commands work on the embedded database while nothing serves."""
    settings = environment(data, nlu, free_port())

    def danloi(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "bot.cli.main", *words], env=settings, capture_output=True, text=True, check=False)

    with contextlib.ExitStack() as stack:
        stack.enter_context(nothing_left(data))
        assert danloi("db", "upgrade").returncode == 0
        assert danloi("db", "upgrade").returncode == 0
        nobody = danloi("erase", "messenger:2002")
        assert (nobody.returncode, nobody.stderr) == (1, "Không có ai là messenger:2002.\n")
        assert danloi("erase", "messenger").returncode == 1
        assert postgres_of(data) == []
