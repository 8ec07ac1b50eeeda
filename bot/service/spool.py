"""Events on disk while the database is away: appended and synced before 200 is said, replayed in order when it is back.

One file for all processes of a data folder. While it exists, new events go behind it, so that no later event of a contact is
applied before an earlier one. Its lines have passed the privacy filter and are encrypted (they say who spoke); it is deleted as soon
as all of it is applied.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from bot.dialogue.event import Event
from bot.store.vault import Unreadable, Vault

MAX_BYTES = 2 * 1024**3
REPLAY_LINES = 300
PROBE = b" " * 64 * 1024


class SpoolFailed(Exception):
    """The disk does not take it."""


class Spool:
    """The file, appended by any process, replayed by one at a time."""

    def __init__(self, directory: Path, vault: Vault) -> None:
        self._vault = vault
        self.directory = directory
        self._file = directory / "events.jsonl"
        self._mark = directory / "events.replayed"  # how many bytes are applied; too small a number does no harm

    @property
    def waiting(self) -> bool:
        """Whether something is still to be applied: then new events must go behind it."""
        return self._file.exists()

    def writable(self) -> bool:
        """Whether there is room for some events more: a full disk still opens files."""
        draft = self.directory / f"probe.{os.getpid()}"
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            return draft.write_bytes(PROBE) == len(PROBE)
        except OSError:
            return False
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()

    def append(self, events: Sequence[Event]) -> None:
        """On disk for good when it returns; raises `SpoolFailed`."""
        lines = b"".join(self._vault.seal_line(msgspec.json.encode(event)) + b"\n" for event in events)
        try:
            with self._alone("append.lock"):
                handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
                try:
                    self._append(handle, lines)
                finally:
                    os.close(handle)
        except OSError as error:
            raise SpoolFailed(f"the spool in {self.directory} cannot be written: {error.strerror}") from error

    def _append(self, handle: int, lines: bytes) -> None:
        size = os.fstat(handle).st_size
        if size > MAX_BYTES:
            raise OSError(0, "it is full")
        if size and os.pread(handle, 1, size - 1) != b"\n":
            lines = b"\n" + lines  # a process died while it wrote; that line was never answered 200
        written = os.write(handle, lines)
        if written < len(lines):
            os.ftruncate(handle, size)
            raise OSError(0, "the disk is full")
        os.fsync(handle)
        if not size:
            self._sync_directory()

    @contextlib.contextmanager
    def replay(self) -> Iterator[Replay | None]:
        """The right to replay; None where another process of this data folder has it."""
        lock = self._open_lock("replay.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield Replay(self)
        finally:
            os.close(lock)

    def read(self) -> tuple[list[Event], int]:
        """The next events to apply, and the mark to set when they are."""
        done = self._done()
        try:
            with self._file.open("rb") as file:
                file.seek(done)
                lines = [line for line in (file.readline() for _ in range(REPLAY_LINES)) if line.endswith(b"\n")]
        except FileNotFoundError:
            return [], 0
        events = [event for line in lines if (event := self._event(line.rstrip(b"\n"))) is not None]
        return events, done + sum(map(len, lines))

    def advance(self, mark: int) -> bool:
        """Note that everything up to `mark` is applied; True when that was all, and the file is gone."""
        with self._alone("append.lock"):
            try:
                with self._file.open("rb") as file:
                    file.seek(mark)
                    more = file.readline().endswith(b"\n")  # what a dead process began and never acknowledged is no line
            except FileNotFoundError:
                return True
            if more:
                self._mark.write_text(str(mark))
                return False
            self._mark.unlink(missing_ok=True)
            self._file.unlink()
            return True

    def _event(self, line: bytes) -> Event | None:
        """An event as `append` wrote it; None for the torn line of a process that died. Before lines were encrypted they were JSON."""
        try:
            return _decoder.decode(line if line.startswith(b"{") else self._vault.open_line(line))
        except (Unreadable, msgspec.MsgspecError):
            return None

    def _done(self) -> int:
        try:
            return int(self._mark.read_text() or 0)
        except (FileNotFoundError, ValueError):
            return 0

    @contextlib.contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        lock = self._open_lock(name)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _open_lock(self, name: str) -> int:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(self.directory / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _sync_directory(self) -> None:
        handle = os.open(self.directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Replay:
    """One process's turn at replaying."""

    def __init__(self, spool: Spool) -> None:
        self.read, self.advance = spool.read, spool.advance


_decoder = msgspec.json.Decoder(Event)
