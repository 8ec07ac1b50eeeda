"""Which workers of this data folder are alive: each holds a lock on a file of its own, and the kernel lets go when it dies.

A worker on another machine is believed dead when its leases end. For one beside us that would be needlessly late.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class Alive:
    """Our own sign of life, and the discovery of those who have left theirs behind."""

    def __init__(self, directory: Path, owner: str) -> None:
        self._directory, self.owner = directory, owner
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = directory / f".{owner}"
        self._handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        draft.rename(directory / owner)  # it is never seen without its lock

    def dead(self) -> list[str]:
        """Owners whose process is gone. Call `forget` when their work is free."""
        return [path.name for path in self._directory.iterdir() if not path.name.startswith(".") and path.name != self.owner and _unlocked(path)]

    def forget(self, owner: str) -> None:
        (self._directory / owner).unlink(missing_ok=True)

    def die(self) -> None:
        """Let go as the kernel does for a process that is killed: the file stays, its lock does not."""
        os.close(self._handle)

    def close(self) -> None:
        self.forget(self.owner)
        self.die()


def _unlocked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return True
    finally:
        os.close(handle)
