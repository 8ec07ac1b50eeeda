"""`python -m bench` measures everything and writes docs/performance.md; `--check` measures the one ratio that noise does not move."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench import cluster, delivery, nlu, report, turn
from bench.machine import Load, free_port, load, memory_mb, postgres_of, running, settings_of
from bench.rasa import newest_model
from bench.talk import bare_request, request, walk
from bot.dialogue.event import Event
from bot.service.content import Content, load_content
from bot.settings import load_settings

CONNECTIONS = 64
CONTACTS = 5000
STEPS = 14
GUIDE = "vneid"
MAX_CPU_RATIO = 6.0
SERVE = ("-m", "bot.cli.main", "serve")


def turns_against_bare(content: Content, data: Path, *, rounds: int, number: int) -> tuple[list[tuple[Load, Load]], Load]:
    """(bare, turns) of each round, one after the other, so that a noisy moment of the machine meets both; and one client alone."""
    events = walk(content.library, GUIDE, STEPS)
    bare_port, port = free_port(), free_port()
    found, sent = [], 0
    with (
        running(["-m", "bench.bare", str(bare_port)], bare_port, "/") as bare,
        running(["-m", "bot.cli.main", "web"], port, "/readyz", settings_of(data, port)) as server,
    ):
        load(port, _requests(events, 0, CONTACTS), CONNECTIONS, server.process, data)  # everybody comes in
        sent = CONTACTS
        for _ in range(rounds):
            yardstick = load(bare_port, [bare_request()] * number, CONNECTIONS, bare.process)
            found.append((yardstick, load(port, _requests(events, sent, number), CONNECTIONS, server.process, data)))
            sent += number
            print(_line(*found[-1]), flush=True)
        alone = load(port, _requests(events, sent, min(number, 1000)), 1, server.process, data)
    return found, alone


def _requests(events: Sequence[Event], start: int, number: int) -> list[bytes]:
    return [request(events[n // CONTACTS % STEPS], n % CONTACTS, n) for n in range(start, start + number)]


def _line(bare: Load, turns: Load) -> str:
    return (
        f"bare {bare.per_second:.0f}/s, {bare.cpu_us:.0f} µs · turns {turns.per_second:.0f}/s, {turns.cpu_us:.0f} µs"
        f" · ratio {turns.per_second / bare.per_second:.2f}, CPU {turns.cpu_us / bare.cpu_us:.1f} × · p99 {turns.p99:.0f} ms"
    )


def fresh(data: Path, name: str) -> Path:
    """A data folder of its own, with the same model."""
    folder = data / name
    folder.mkdir()
    (folder / "cache").symlink_to(data / "cache")
    return folder


def start_and_memory(data: Path) -> tuple[float, float, float]:
    """Seconds until a warm `danloi serve` answers, and the megabytes that it and its database hold a moment later."""
    found = []
    for _ in range(4):
        port = free_port()
        with running(SERVE, port, "/readyz", settings_of(data, port)) as server:
            time.sleep(1.5)
            database = postgres_of(data)
            held = sum(memory_mb(one) for one in (database, *database.children()))
            found.append((server.start_seconds, memory_mb(server.process), held))
    return tuple(map(median, zip(*found[1:], strict=True)))  # type: ignore[return-value]  # three columns; the first start made the database


def help_seconds() -> float:
    """`danloi --help`, the best of five."""
    command = [str(Path(sys.executable).with_name("danloi")), "--help"]
    found = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, env=os.environ | {"TERM": "dumb"})
        found.append(time.perf_counter() - start)
    return min(found)


def measure(data: Path) -> report.Found:
    content = load_content(load_settings(data_dir=data))
    pure = turn.measure(content.library, content.classifier, GUIDE, STEPS)
    rounds, alone = turns_against_bare(content, data, rounds=5, number=15_000)
    start, memory, database = start_and_memory(fresh(data, "start"))
    return report.Found(
        rounds=rounds,
        alone=alone,
        pure=pure,
        delivered=delivery.measure(fresh(data, "delivery"), 2500, free_port()),
        start_seconds=start,
        memory_mb=memory,
        database_mb=database,
        help_seconds=help_seconds(),
    )


def check(data: Path) -> int:
    """For CI: 1 where a turn needs too much CPU."""
    rounds, _alone = turns_against_bare(load_content(load_settings(data_dir=data)), data, rounds=3, number=6000)
    ratio = median(turns.cpu_us / bare.cpu_us for bare, turns in rounds)
    print(f"CPU for a turn: {ratio:.1f} × the bare endpoint (at most {MAX_CPU_RATIO:g})")
    return int(ratio > MAX_CPU_RATIO)


def understanding() -> str:
    with tempfile.TemporaryDirectory(prefix="danloi-bench-") as folder:
        return nlu.measure(Path(folder))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only the CPU for a turn; exit 1 above 6 times the bare endpoint's")
    parser.add_argument("--nlu", action="store_true", help="only understanding: the embedded classifier beside the real Rasa; writes docs/rasa.md")
    arguments = parser.parse_args()
    if arguments.nlu:
        print(understanding())
        return 0
    with tempfile.TemporaryDirectory(prefix="danloi-bench-") as folder:
        if arguments.check:
            return check(Path(folder))
        found = measure(Path(folder))
    report.write(found, when=f"{datetime.now(UTC):%-d %b %Y}", contacts=CONTACTS, connections=CONNECTIONS)
    with tempfile.TemporaryDirectory(prefix="danloi-cluster-") as folder:
        cluster.write(cluster.measure(Path(folder)))
    if newest_model() is not None:  # Rasa is not part of the installation
        print(understanding())
    print(f"written: {report.PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
