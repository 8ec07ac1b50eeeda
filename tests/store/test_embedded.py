"""The PostgreSQL that comes with us: started once, shared, stopped by the last, and found again after the worst."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from bot.store.embedded import EmbeddedFailed, EmbeddedPostgres


def postmaster(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0]))


async def ask(url: str, query: str = "SELECT 1") -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def another_process(data: Path) -> subprocess.Popen[bytes]:
    """It joins the server, says so, and waits."""
    script = """
import sys, pathlib
from bot.store.embedded import EmbeddedPostgres
EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()
print("in", flush=True)
sys.stdin.read()
"""
    return subprocess.Popen([sys.executable, "-c", script, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)


async def test_it_is_made_started_stopped_and_started_again(folder: Path) -> None:
    """What was written is there the next time, and nothing runs in between."""
    with EmbeddedPostgres(folder) as server:
        await ask(server.url, "CREATE TABLE kept AS SELECT 7 AS number")
        process = postmaster(folder)
        assert await ask(server.url, "SHOW fsync") == "on"
        assert await ask(server.url, "SHOW synchronous_commit") == "on"
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    with EmbeddedPostgres(folder) as server:
        assert await ask(server.url, "SELECT number FROM kept") == 7


async def test_two_processes_share_one_server(folder: Path) -> None:
    """The second joins, the first may go, and the last one out stops it."""
    other = another_process(folder)
    assert other.stdin is not None
    assert other.stdout is not None
    assert other.stdout.readline() == b"in\n"
    first = postmaster(folder)
    with EmbeddedPostgres(folder) as server:
        assert postmaster(folder).pid == first.pid
        other.kill()  # it never says goodbye
        other.wait()
        assert await ask(server.url) == 1
    assert not first.is_running() or first.status() == psutil.STATUS_ZOMBIE
    other.stdin.close()
    other.stdout.close()


async def test_after_a_kill_of_everything_it_is_recovered(folder: Path) -> None:
    """Its lock files name a zombie, because its parent (this test) has not reaped it, and its memory is left behind."""
    killed = EmbeddedPostgres(folder)
    killed.start()
    await ask(killed.url, "CREATE TABLE kept AS SELECT 7 AS number")
    process = postmaster(folder)
    for one in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # the children end by themselves when the first is gone
            one.kill()
    with EmbeddedPostgres(folder) as server:
        assert await ask(server.url, "SELECT number FROM kept") == 7
        killed.stop()
        assert await ask(server.url) == 1


async def test_a_strangers_number_in_the_lock_file_is_no_server(folder: Path) -> None:
    """After a restart of a container another program may have the number."""
    EmbeddedPostgres(folder).__enter__().stop()
    (folder / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}/postgres\n1700000000\n5432\n{folder}/socket\n\n\nready\n")
    with EmbeddedPostgres(folder) as server:
        assert await ask(server.url) == 1


async def test_a_killed_server_is_started_again_by_those_who_use_it(folder: Path) -> None:
    """`start` on a share that we have already looks after the server."""
    with EmbeddedPostgres(folder) as server:
        process = postmaster(folder)
        process.send_signal(signal.SIGKILL)
        server.start()
        assert await ask(server.url) == 1
        assert postmaster(folder).pid != process.pid


async def test_a_long_path_and_a_strange_one(folder: Path) -> None:
    """The socket's path has 107 bytes at most and no comma; then it stands in the temporary folder."""
    for name in ("d" * 120, "dữ liệu, của xã"):
        with EmbeddedPostgres(folder / name) as server:
            assert await ask(server.url) == 1


def test_many_start_at_once(folder: Path) -> None:
    """One makes the folder, one starts the server, all can use it."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pids = pool.map(_start, [folder] * 4, chunksize=1)
    assert len(pids) == 4


def _start(data: Path) -> int:
    with EmbeddedPostgres(data):
        return postmaster(data).pid


def test_what_cannot_start_says_why(folder: Path) -> None:
    """The sentence holds the server's own last words and where its log is."""
    EmbeddedPostgres(folder).__enter__().stop()
    with (folder / "postgres" / "postgresql.conf").open("a") as file:
        file.write("\nno_such_setting = 1\n")
    with pytest.raises(EmbeddedFailed, match=r"no_such_setting|postgres\.log"):
        EmbeddedPostgres(folder, start_seconds=1).start()
