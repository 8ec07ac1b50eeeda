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

from tests.standins import messenger_events, telegram_events, zalo_bot_events, zalo_oa_events

OWN = {
    "messenger": {
        "PAGE_ID": messenger_events.PAGE_ID,
        "PAGE_TOKEN": messenger_events.PAGE_TOKEN,
        "APP_ID": messenger_events.APP_ID,
        "APP_SECRET": messenger_events.APP_SECRET,
        "VERIFY_TOKEN": messenger_events.VERIFY_TOKEN,
    },
    "zalo-oa": {
        "OA_ID": zalo_oa_events.OA_ID,
        "APP_ID": zalo_oa_events.APP_ID,
        "APP_SECRET": zalo_oa_events.APP_SECRET,
        "OA_SECRET": zalo_oa_events.OA_SECRET,
        "REFRESH_TOKEN": "RT0",
        "ACCESS_TOKEN": "AT0",
    },
    "zalo-bot": {"TOKEN": zalo_bot_events.TOKEN},
    "telegram": {"TOKEN": telegram_events.TOKEN, "USERNAME": "danloi_bot"},
}
ROOT = Path(__file__).parents[2]
START_SECONDS = 60


APPS = {
    "messenger": "tests.standins.messenger",
    "zalo-oa": "tests.standins.zalo_oa",
    "zalo-bot": "tests.standins.zalo_bot",
    "telegram": "tests.standins.telegram",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the server answers; where each platform's stand-in is, and the file with what was sent to it."""

    url: str
    folder: Path
    platforms: Mapping[str, str]
    environment: Mapping[str, str]

    def calls(self, app: str) -> list[dict[str, Any]]:
        """The calls that a platform accepted, in order; a line that is still being written is not there yet."""
        lines = (self.folder / f"{app}.jsonl").read_bytes().splitlines(keepends=True)
        return [call for line in lines if line.endswith(b"\n") and (call := orjson.loads(line))["accepted"]]

    def sent(self, contact: str) -> list[dict[str, Any]]:
        """The messages that the Graph API took for a contact, in order."""
        bodies = [orjson.loads(call["body"]) for call in self.calls("messenger") if call["path"].endswith("/messages")]
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
def running(folder: Path, *apps: str) -> Iterator[Place]:
    """Start the stand-ins of these apps (Messenger where none is named) and the server, and leave no process behind."""
    standins = {app: _standin(folder, app) for app in apps or ("messenger",)}
    server = None
    try:
        platforms = {app: _line(process, r"(http://\S+)") for app, process in standins.items()}
        environment = settings(folder, platforms)
        server = subprocess.Popen([sys.executable, "-m", "bot.cli.main", "serve"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        yield Place(url=_line(server, r"(http://\S+?)/?\s"), folder=folder, platforms=platforms, environment=environment)
        server.send_signal(signal.SIGTERM)
        assert server.wait(START_SECONDS) == 0
    finally:
        for process in (server, *standins.values()):
            if process is not None:
                process.kill()
                process.wait()
                if process.stdout:
                    process.stdout.close()


def _standin(folder: Path, app: str) -> subprocess.Popen[str]:
    record = folder / f"{app}.jsonl"
    record.touch()
    return subprocess.Popen([sys.executable, "-m", APPS[app], "--record", str(record)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def settings(folder: Path, platforms: Mapping[str, str]) -> dict[str, str]:
    """Everything that `danloi` reads, with nothing of the machine's own settings."""
    found = {key: value for key, value in os.environ.items() if not key.startswith("DANLOI_")}
    found |= {"DANLOI_DATA_DIR": str(folder / "data"), "DANLOI_PORT": "0"}
    for app, url in platforms.items():
        prefix = f"DANLOI_{app.upper().replace('-', '_')}__"
        found |= {prefix + name: value for name, value in OWN[app].items()} | {f"{prefix}API_BASE": url}
        if app == "zalo-oa":
            found[f"{prefix}OAUTH_BASE"] = url
    return found


def _line(process: subprocess.Popen[str], pattern: str) -> str:
    """The first match in what the process prints."""
    assert process.stdout
    for line in process.stdout:
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    raise AssertionError(f"the process ended with {process.wait()} before it said where it is")
