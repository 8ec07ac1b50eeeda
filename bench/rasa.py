"""A real Rasa server from what `make rasa-train` made, for the bench and for the tests that ask it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.machine import free_port

HOUSE = Path(__file__).parent.parent
PROGRAM = HOUSE / os.environ.get("RASA_VENV", ".venv-rasa") / "bin" / "rasa"
MODELS = HOUSE / "build" / "rasa"
MISSING = "There is no trained Rasa: run `make rasa-train` first (it needs Python 3.10 and 2.7 GB; docs/rasa.md)."
OLDER = "Rasa's model is older than nlu_data, so it cannot be compared: run `make rasa-train` first."
QUIET = {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
START_SECONDS = 240
STOP_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RasaServer:
    """A server that has loaded its model."""

    url: str
    process: psutil.Process


def newest_model() -> Path | None:
    """The model that was trained last; None where Rasa or a model is missing."""
    models = sorted(MODELS.glob("danloi*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return models[-1] if models and PROGRAM.exists() else None


def is_current(model: Path) -> bool:
    """Whether a model is younger than the data and what it was trained with: only then is a comparison one of the same data."""
    learnt_from = [*(HOUSE / "nlu_data").glob("*.yml"), *(HOUSE / "nlu_data" / "rasa").iterdir()]
    return model.stat().st_mtime >= max(path.stat().st_mtime for path in learnt_from)


@contextmanager
def rasa_server(model: Path) -> Iterator[RasaServer]:
    """Rasa on a free port of this machine, ended with all that it started."""
    port = free_port()
    with TemporaryDirectory(prefix="danloi-rasa-") as folder:
        command = [str(PROGRAM), "run", "--enable-api", "--model", str(model), "--interface", "127.0.0.1", "--port", str(port)]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=os.environ | QUIET, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/status", process, Path(folder) / "log")
            yield RasaServer(url=url, process=psutil.Process(process.pid))
        finally:
            _end(process)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the address answers 200: only then is the model loaded."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"Rasa ended with {process.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"Rasa did not answer within {START_SECONDS} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGCONT)  # a test may have stopped it
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
