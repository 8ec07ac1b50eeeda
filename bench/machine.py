"""Processes of the bench: started, watched through /proc, ended with nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.talk import PAGE, SECRET

START_SECONDS = 180
PERIOD_US = 20_000  # in which a held process gets its share: short, so that it is slow rather than absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one run of the load found."""

    per_second: float
    p50: float  # milliseconds
    p99: float
    cpu_us: float  # of the server's process, for one request
    database_us: float  # of PostgreSQL, for one request


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A process that answers, and how long it took until it did."""

    process: psutil.Process
    start_seconds: float


@contextmanager
def running(arguments: Sequence[str], port: int, path: str, environment: dict[str, str] | None = None) -> Iterator[Server]:
    """A server process, once it answers."""
    process = subprocess.Popen([sys.executable, *arguments], env=os.environ | (environment or {}), stdout=subprocess.DEVNULL)
    try:
        seconds = wait_for(f"http://127.0.0.1:{port}{path}", process)
        yield Server(process=psutil.Process(process.pid), start_seconds=seconds)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> float:
    """Seconds until the address answers."""
    start = time.perf_counter()
    while time.perf_counter() - start < START_SECONDS:
        if process.poll() is not None:
            raise SystemExit(f"{process.args} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=5):
                break
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.005)
    return time.perf_counter() - start


def settings_of(data: Path, port: int, graph_port: int = 9) -> dict[str, str]:
    """The environment of a server with Messenger on; port 9 is nobody."""
    return {
        "DANLOI_DATA_DIR": str(data),
        "DANLOI_PORT": str(port),
        "DANLOI_PUBLIC_URL": "https://bench.example",
        "DANLOI_LOG_LEVEL": "error",
        "DANLOI_MESSENGER__PAGE_ID": PAGE,
        "DANLOI_MESSENGER__PAGE_TOKEN": "TEST_PAGE_TOKEN",
        "DANLOI_MESSENGER__APP_SECRET": SECRET,
        "DANLOI_MESSENGER__VERIFY_TOKEN": "bench-verify",
        "DANLOI_MESSENGER__API_BASE": f"http://127.0.0.1:{graph_port}",
    }


def load(port: int, requests: Sequence[bytes], connections: int, server: psutil.Process, data: Path | None = None) -> Load:
    """Send all requests and see what it took."""
    job = {"port": port, "connections": connections, "requests": [b64encode(one).decode() for one in requests]}
    database = postgres_of(data) if data else None
    before, database_before = cpu(server), tree_cpu(database)
    done = subprocess.run([sys.executable, "-m", "bench.load"], input=json.dumps(job).encode(), stdout=subprocess.PIPE, check=True)
    spent, database_spent = cpu(server) - before, tree_cpu(database) - database_before
    answer = json.loads(done.stdout)
    if set(answer["statuses"]) != {"200"}:
        raise SystemExit(f"not all requests were answered 200: {answer['statuses']}")
    latencies = answer["milliseconds"]
    number = len(requests)
    return Load(
        per_second=number / answer["seconds"],
        p50=latencies[len(latencies) // 2],
        p99=latencies[len(latencies) * 99 // 100],
        cpu_us=spent / number * 1e6,
        database_us=database_spent / number * 1e6,
    )


def may_hold() -> bool:
    """Whether this machine lets us hold processes to a part of a core."""
    try:
        with held([], 0.5):
            return True
    except OSError:
        return False


@contextmanager
def held(processes: Sequence[psutil.Process], share: float) -> Iterator[None]:
    """Each process gets `share` of a core at most while this lasts; raises `OSError` where control groups are not ours to make."""
    old = Path("/sys/fs/cgroup/cpu")
    root = old if (old / "tasks").exists() else Path("/sys/fs/cgroup")
    groups: list[Path] = []
    try:
        for number in range(max(1, len(processes))):
            group = root / f"danloi-bench-{os.getpid()}-{number}"
            group.mkdir()
            groups.append(group)
            quota = str(int(PERIOD_US * share))
            if root == old:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
                (group / "cpu.cfs_quota_us").write_text(quota)
            else:
                (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        for group, process in zip(groups, processes, strict=False):
            (group / "cgroup.procs").write_text(str(process.pid))
        yield
    finally:
        for process in processes:
            (root / "cgroup.procs").write_text(str(process.pid))
        for group in groups:
            group.rmdir()


def postgres_of(data: Path) -> psutil.Process:
    return psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0]))


def cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def tree_cpu(process: psutil.Process | None) -> float:
    """Seconds of a process and all its children, the dead ones too."""
    if process is None:
        return 0.0
    own = process.cpu_times()
    return sum((cpu(child) for child in process.children(recursive=True)), cpu(process) + float(own.children_user + own.children_system))


def memory_mb(process: psutil.Process) -> float:
    """What the process alone holds, with its fair part of what is shared."""
    return float(process.memory_full_info().pss) / 1024**2
