"""docs/performance.md, from what was measured."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from bench.delivery import DELAY_MS, Delivered
from bench.machine import Load
from bench.turn import Pure

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All figures of one run."""

    rounds: Sequence[tuple[Load, Load]]  # (bare, turns)
    alone: Load  # one client
    pure: Pure
    delivered: Delivered
    start_seconds: float
    memory_mb: float
    database_mb: float
    help_seconds: float

    @property
    def ratio(self) -> float:
        return median(turns.per_second / bare.per_second for bare, turns in self.rounds)

    @property
    def cpu_ratio(self) -> float:
        return median(turns.cpu_us / bare.cpu_us for bare, turns in self.rounds)

    def typical(self, which: int, figure: str) -> float:
        return median(getattr(one[which], figure) for one in self.rounds)


def write(found: Found, *, when: str, contacts: int, connections: int) -> None:
    PAGE.write_text(text(found, when=when, contacts=contacts, connections=connections), encoding="utf-8")


def text(found: Found, *, when: str, contacts: int, connections: int) -> str:
    rows = [
        ("durable whole turns, against the bare endpoint", f"{found.ratio:.2f}", "≥ 0.30"),
        ("CPU of our process for a turn, against the bare endpoint", f"{found.cpu_ratio:.1f} ×", "≤ 4 ×"),
        (f"p50 / p99 of a turn, {connections} connections", f"{found.typical(1, 'p50'):.0f} / {found.typical(1, 'p99'):.0f} ms", "p99 < 100 ms"),
        ("p50 of a turn, one client", f"{found.alone.p50:.1f} ms", "≤ 2 ms"),
        ("pure turn", f"{found.pure.turn:.0f} µs", "≤ 30 µs"),
        ("pure turn with loading and saving the session", f"{found.pure.with_session:.0f} µs", "≤ 60 µs"),
        (f"delivery to a platform that takes {DELAY_MS} ms", f"{found.delivered.per_second:.0f} messages/s", "≥ 1,000"),
        ("start of `danloi serve`, warm database", f"{found.start_seconds:.1f} s", "≤ 2 s"),
        ("memory of `danloi serve`, idle (its PostgreSQL beside it)", f"{found.memory_mb:.0f} MB ({found.database_mb:.0f} MB)", "≤ 120 MB"),
        ("`danloi --help`", f"{found.help_seconds:.2f} s", "≤ 0.3 s"),
    ]
    table = "\n".join(f"| {what} | {value} | {goal} |" for what, value, goal in rows)
    rounds = "\n".join(_round(number, bare, turns) for number, (bare, turns) in enumerate(found.rounds, 1))
    machine = f"{psutil.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"""# How fast it is

Measured by `make bench` on {when} ({machine}). The machine is shared, so
believe the ratios and the CPU times, not the requests per second. CI runs `python -m bench --check`, which fails above 6 × CPU.

| what | measured | goal |
| --- | --- | --- |
{table}

## What is compared

The yardstick is a FastAPI endpoint that answers 200 and does nothing, on uvicorn with uvloop and httptools. Against it stands the whole
road of a Messenger event on `danloi web`: signature over the raw bytes, the event read, the privacy filter, the duplicate check, the
session locked and loaded, the turn of a real guide, the replies fitted to Messenger, and session, transcript, outbox and counts committed
to the embedded PostgreSQL with `fsync` and `synchronous_commit` on, before the 200. {connections} keep-alive connections, {contacts:,} contacts who
walk through the guide `vneid`. The load comes from a process of its own, the two take turns, and the median of the rounds counts.
The database runs on the same cores, and so does the load.

| round | bare endpoint | durable turns | ratio |
| --- | --- | --- | --- |
{rounds}

One client alone gets its answer in {found.alone.p50:.1f} ms (p50) and {found.alone.p99:.1f} ms (p99). A sentence is understood in
{found.pure.parse:.0f} µs. A worker spends {found.delivered.cpu_us:.0f} µs on a message.

## Why it is so

- **Group commit**: what arrives while a batch is being written is the next batch; its turns are taken while the one before it commits.
- **Five round trips a batch**: begin, new event ids, sessions locked and read, one statement that writes everything, commit.
- **No ORM, no thread, no model on the hot road**: plain Starlette routes, asyncpg, orjson and msgspec; guides are compiled at the start.
- **The same bubble is made once**: what most people are told at a step is fitted and written as JSON the first time only.

`python -m bench` measures again and writes this page; `--check` measures the CPU ratio only.
"""


def _round(number: int, bare: Load, turns: Load) -> str:
    durable = f"{turns.per_second:.0f}/s, {turns.cpu_us:.0f} µs + {turns.database_us:.0f} µs PostgreSQL"
    return f"| {number} | {bare.per_second:.0f}/s, {bare.cpu_us:.0f} µs | {durable} | {turns.per_second / bare.per_second:.2f} |"
