"""Payloads that are too long for a Telegram button: the button carries a short key, the payload stays here.

Each is a small file in the data folder, named by its content, so that the process that hears the tap need not be the one that
sent the button, nor the same one after a restart. On a machine that has not the file, the button's label chooses.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from pathlib import Path

from bot.channels.telegram_limits import MAX_CALLBACK_BYTES

MARK = "~"  # no payload of the dialogue begins with it
MAX_IN_MEMORY = 1000
_KEY = re.compile(r"~[0-9a-f]{32}\Z")


class ShortKeys:
    """Short keys and their payloads. Without a folder they are known to this process only."""

    def __init__(self, folder: Path | None = None):
        self._folder = folder
        self._known: dict[str, str] = {}

    def short(self, payload: str) -> str:
        """What to write into the button: 1 to 64 bytes of UTF-8, not characters."""
        if len(payload.encode()) <= MAX_CALLBACK_BYTES and not payload.startswith(MARK):
            return payload
        key = MARK + blake2b(payload.encode(), digest_size=16).hexdigest()
        if key not in self._known:
            self._remember(key, payload)
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
                path = self._folder / key[1:]
                if not path.exists():
                    path.touch(mode=0o600)
                    path.write_text(payload, encoding="utf-8")
        return key

    def whole(self, data: str) -> str | None:
        """The payload that a tapped button stood for; None for a key that nobody here has made."""
        if not data.startswith(MARK):
            return data
        if data in self._known or not self._folder or not _KEY.match(data):
            return self._known.get(data)
        try:
            payload = (self._folder / data[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
        self._remember(data, payload)
        return payload or None

    def _remember(self, key: str, payload: str) -> None:
        self._known[key] = payload
        if len(self._known) > MAX_IN_MEMORY:
            del self._known[next(iter(self._known))]
