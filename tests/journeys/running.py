"""The real `danloi serve` in a process of its own, with a stand-in for the Graph API beside it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from typing import Any

import orjson

from tests.standins.messenger_events import APP_ID, APP_SECRET, PAGE_ID, PAGE_TOKEN, VERIFY_TOKEN

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the server answers, and what it sent to the Graph API."""

    url: str
    record: Path
    environment: Mapping[str, str]

    def sent(self, contact: str) -> list[dict[str, Any]]:
        """The messages that the Graph API took for a contact, in order; a line that is still being written is not there yet."""
        lines = [orjson.loads(line) for line in self.record.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        bodies = [orjson.loads(line["body"]) for line in lines if line["accepted"] and line["path"].endswith("/messages")]
        return [body["message"] for body in bodies if body["recipient"]["id"] == contact and "message" in body]


def wait_until(what: Callable[[], bool], seconds: float = 30) -> None:
    """Return as soon as `what` is true; fail after `seconds`."""
    pause = Flag()
    for _ in range(int(seconds / 0.02)):
        if what():
            return
        pause.wait(0.02)
    raise AssertionError("waited in vain")


@contextmanager
def running(folder: Path) -> Iterator[Place]:
    """Start both, hand out their place, and leave no process behind."""
    record = folder / "graph.jsonl"
    record.touch()
    graph = subprocess.Popen([sys.executable, "-m", "tests.standins.messenger", "--record", str(record)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    server = None
    try:
        environment = settings(folder, _line(graph, r"(http://\S+)"))
        server = subprocess.Popen([sys.executable, "-m", "bot.cli.main", "serve"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        yield Place(url=_line(server, r"(http://\S+?)/?\s"), record=record, environment=environment)
        server.send_signal(signal.SIGTERM)
        assert server.wait(START_SECONDS) == 0
    finally:
        for process in (server, graph):
            if process is not None:
                process.kill()
                process.wait()
                if process.stdout:
                    process.stdout.close()


def settings(folder: Path, graph_url: str) -> dict[str, str]:
    """Everything that `danloi` reads, with nothing of the machine's own settings."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("DANLOI_")}
    return own | {
        "DANLOI_DATA_DIR": str(folder / "data"),
        "DANLOI_PORT": "0",
        "DANLOI_MESSENGER__PAGE_ID": PAGE_ID,
        "DANLOI_MESSENGER__PAGE_TOKEN": PAGE_TOKEN,
        "DANLOI_MESSENGER__APP_ID": APP_ID,
        "DANLOI_MESSENGER__APP_SECRET": APP_SECRET,
        "DANLOI_MESSENGER__VERIFY_TOKEN": VERIFY_TOKEN,
        "DANLOI_MESSENGER__API_BASE": graph_url,
    }


def _line(process: subprocess.Popen[str], pattern: str) -> str:
    """The first match in what the process prints."""
    assert process.stdout
    for line in process.stdout:
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    raise AssertionError(f"the process ended with {process.wait()} before it said where it is")
