"""Understanding: the embedded classifier beside the real Rasa's DIET, on the same data, in one run. Writes the table of docs/rasa.md."""

from __future__ import annotations

import asyncio
import platform
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.machine import memory_mb
from bench.rasa import HOUSE, MISSING, OLDER, is_current, newest_model, rasa_server
from bot.dialogue.event import Parse
from bot.nlu.classifier import Classifier
from bot.nlu.evaluate import Judged, Report
from bot.nlu.rasa_client import RasaClient
from bot.nlu.rasa_yaml import Example, read_folder

PAGE = HOUSE / "docs" / "rasa.md"
HELD_OUT = HOUSE / "tests" / "nlu" / "held_out"
WARM_UP = 50
_TABLE = re.compile(r"(?<=<!-- measured -->\n).*?(?=<!-- /measured -->)", re.DOTALL)

Ask = Callable[[str], Awaitable[Parse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """What one of the two made of all sentences."""

    judged: Sequence[tuple[Example, Judged]]
    milliseconds: Sequence[float]  # of each sentence, sorted
    learnt_seconds: float
    start_seconds: float
    model_mb: float
    memory_mb: float  # of the process that holds the model; nan where it is the bot's own

    def of(self, file: str = "") -> Report:
        return Report(judged=tuple(one for example, one in self.judged if not file or example.file == file))

    def percentile(self, share: float) -> float:
        return self.milliseconds[int(len(self.milliseconds) * share)]


async def judge(ask: Ask, examples: Sequence[Example]) -> tuple[list[tuple[Example, Judged]], list[float]]:
    """One sentence after the other, as one citizen's message after the other."""
    for example in examples[:WARM_UP]:
        await ask(example.text)
    judged, taken = [], []
    for example in examples:
        start = time.perf_counter()
        parse = await ask(example.text)
        taken.append((time.perf_counter() - start) * 1000)
        guess, confidence = parse.ranking[0] if parse.ranking else ("", 0.0)
        judged.append((example, Judged(text=example.text, intent=example.intent, guess=guess, confidence=confidence, sure=parse.sure)))
    return judged, sorted(taken)


def embedded(home: Path, examples: Sequence[Example]) -> Understood:
    """Learnt anew into `home`, in a process of its own, as `danloi nlu train` does it."""
    model = home / "model"
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bot.nlu.train", str(HOUSE / "nlu_data"), str(model)], check=True)
    learnt = time.perf_counter() - start
    start = time.perf_counter()
    classifier = Classifier.load(model)
    seconds = time.perf_counter() - start

    async def ask(text: str) -> Parse:
        return classifier.parse(text)

    judged, taken = asyncio.run(judge(ask, examples))
    size = sum(path.stat().st_size for path in model.iterdir()) / 1024**2
    return Understood(judged=judged, milliseconds=taken, learnt_seconds=learnt, start_seconds=seconds, model_mb=size, memory_mb=float("nan"))


def rasa(model: Path, examples: Sequence[Example]) -> Understood:
    """Over HTTP, as the bot asks it."""

    async def ask_all(url: str) -> tuple[list[tuple[Example, Judged]], list[float]]:
        client = RasaClient(url, timeout_seconds=60)
        try:
            return await judge(client.parse, examples)
        finally:
            await client.close()

    start = time.perf_counter()
    with rasa_server(model) as server:
        seconds = time.perf_counter() - start
        judged, taken = asyncio.run(ask_all(server.url))
        held = memory_mb(server.process)
    learnt = model.stat().st_mtime - (model.parent / "config.yml").stat().st_mtime  # the training begins with its configuration
    size = model.stat().st_size / 1024**2
    return Understood(judged=judged, milliseconds=taken, learnt_seconds=learnt, start_seconds=seconds, model_mb=size, memory_mb=held)


def table(ours: Understood, theirs: Understood, *, when: str) -> str:
    both = (ours, theirs)
    rows = [
        ("right, in scope", [_percent(one.of().accuracy) for one in both]),
        ("right, typed with marks", [_percent(one.of("diacritics.yml").accuracy) for one in both]),
        ("right, typed without marks", [_percent(one.of("none.yml").accuracy) for one in both]),
        ("right where it was sure", [_percent(one.of().right_when_sure) for one in both]),
        ("in scope, not answered", [_percent(one.of().rejected) for one in both]),
        ("out of scope, not answered", [_percent(one.of().out_of_scope_recall) for one in both]),
        ("frauds reported", [_percent(one.of().scam_recall) for one in both]),
        ("a sentence, p50 / p99", [f"{one.percentile(0.5):.2f} / {one.percentile(0.99):.2f} ms" for one in both]),
        ("learning", [f"{one.learnt_seconds:.1f} s" for one in both]),
        ("start", [f"{one.start_seconds:.2f} s" for one in both]),
        ("model", [f"{one.model_mb:.1f} MB" for one in both]),
        ("memory of its process", ["the bot's own", f"{theirs.memory_mb:.0f} MB"]),
    ]
    machine = f"{psutil.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    lines = [f"| {what} | {mine} | {other} |" for what, (mine, other) in rows]
    head = ["| | embedded | Rasa 3.6.21, DIET, over HTTP |", "| --- | --- | --- |"]
    return "\n".join(
        [
            "",
            *head,
            *lines,
            "",
            f"{len(ours.judged)} sentences, {when}, {machine}, load {psutil.getloadavg()[0]:.1f}: believe the shares, and the ratio of the times.",
            "",
        ]
    )


def measure(home: Path) -> str:
    """The table; the page is written too. Raises `SystemExit` where Rasa is missing, or did not learn the data of today."""
    model = newest_model()
    if model is None:
        raise SystemExit(MISSING)
    if not is_current(model):
        raise SystemExit(OLDER)
    examples = read_folder(HELD_OUT).examples
    found = table(embedded(home, examples), rasa(model, examples), when=f"{datetime.now(UTC):%-d %b %Y}")
    PAGE.write_text(_TABLE.sub(lambda _: f"{found}\n", PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return found


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.1f} %"
