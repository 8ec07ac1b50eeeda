"""A command as an operator sees it: in a real terminal of a certain width."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")
PIECES = re.compile(rf"{ESCAPES.pattern}|[\r\n]|[^\x1b\r\n]+")
UP, WIPE = "\x1b[1A", "\x1b[2K"
ROWS = 50


def clean() -> dict[str, str]:
    """The environment without what would change what commands do or show."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "DANLOI_"))}


def on_a_terminal(*words: str, columns: int = 80, env: Mapping[str, str] | None = None, until: str = "") -> tuple[int, str]:
    """`danloi WORDS`: the exit code and all that came to the terminal, its commands among it. Interrupted when `until` is shown."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    command = [sys.executable, "-m", "bot.cli.main", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=clean() | {"TERM": "xterm-256color"} | dict(env or {})) as process:
        os.close(theirs)
        shown = b""
        while some := _some(ours):
            shown += some
            if until and until.encode() in shown:
                process.send_signal(signal.SIGINT)
                until = ""
    os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n")


def read_off(shown: str) -> list[str]:
    """The lines that are left when all is over: what was drawn over or wiped off is gone, colours are too."""
    lines, at = [""], 0
    for piece in PIECES.findall(shown):
        if piece == "\n":
            at += 1
            lines += [""] * (at + 1 - len(lines))
        elif piece == UP:
            at -= 1
        elif piece == WIPE or piece == "\r":
            lines[at] = "" if piece == WIPE else lines[at]
        elif not ESCAPES.fullmatch(piece):
            lines[at] += piece
    return [line.rstrip() for line in lines]


def _some(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how Linux says that nobody has the other end any more
        return b""
