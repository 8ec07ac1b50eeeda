"""Real `danloi` processes: started, spoken to over HTTP, killed with everything they started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import aiohttp
import psutil

from tests.standins.messenger_events import APP_ID, APP_SECRET, PAGE_ID, PAGE_TOKEN


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def environment(data: Path, nlu: Path, port: int, graph: str = "") -> dict[str, str]:
    """The settings of a server; with `graph`, Messenger is on."""
    ours = {"DANLOI_DATA_DIR": str(data), "DANLOI_PORT": str(port), "DANLOI_NLU_DIR": str(nlu), "DANLOI_LOG_LEVEL": "error"}
    if graph:
        ours |= {
            "DANLOI_MESSENGER__PAGE_ID": PAGE_ID,
            "DANLOI_MESSENGER__PAGE_TOKEN": PAGE_TOKEN,
            "DANLOI_MESSENGER__APP_ID": APP_ID,
            "DANLOI_MESSENGER__APP_SECRET": APP_SECRET,
            "DANLOI_MESSENGER__VERIFY_TOKEN": "verify",
            "DANLOI_MESSENGER__API_BASE": graph,
        }
    return {name: value for name, value in os.environ.items() if not name.startswith("DANLOI_")} | ours


class Danloi:
    """One `danloi` command that runs until it is ended."""

    def __init__(self, command: str, settings: dict[str, str]) -> None:
        self.command, self.settings = command, settings
        self.url = f"http://127.0.0.1:{settings['DANLOI_PORT']}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log: IO[bytes] | None = None  # where it writes what happens; None: to the tests' own standard error

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "bot.cli.main", self.command], env=self.settings, stdout=subprocess.PIPE, stderr=self.log)

    async def ready(self) -> str:
        """The line that it prints when it can be used; it is an error if it ends before."""
        assert self.process is not None
        assert self.process.stdout is not None
        line = await asyncio.to_thread(self.process.stdout.readline)
        assert line, f"danloi {self.command} ended with {self.process.wait()}"
        return line.decode().strip()

    async def get(self, path: str) -> str:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as response:
            return await response.text()

    def kill(self) -> None:
        """As the kernel would when memory is short: at once."""
        assert self.process is not None
        self.process.kill()

    def bury(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        self.process.wait()
        self.process.stdout.close()

    async def end(self) -> int:
        """SIGTERM, and the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        status = await asyncio.to_thread(self.process.wait, 60)
        self.bury()
        return status


def postgres_of(data: Path) -> list[psutil.Process]:
    """The database processes of a data folder that run."""
    found = []
    with contextlib.suppress(FileNotFoundError, psutil.NoSuchProcess, ValueError, IndexError):
        postmaster = psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0]))
        found = [postmaster, *postmaster.children(recursive=True)]
    return [one for one in found if _runs(one)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextlib.contextmanager
def nothing_left(data: Path) -> Iterator[None]:
    """Whatever a test left running of this data folder ends with it."""
    try:
        yield
    finally:
        for process in postgres_of(data):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
