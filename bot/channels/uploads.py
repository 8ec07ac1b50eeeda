"""Which of our pictures and recordings a platform has already, and under which id: each is sent once and then only named."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import NamedTuple, Protocol

from bot.channels.kept import Kept

# Addresses of drawings carry a hash of what they show; what stands behind any other address may change like a page.
_HASHED = re.compile(r"-[0-9a-f]{10}(?:\.[A-Za-z-]+)?\.\w+\Z")
UNHASHED_LIFE = timedelta(days=1)


class File(NamedTuple):
    """A file as one account of a platform knows it. Ids of one account mean nothing to another."""

    channel: str
    account: str
    name: str  # its address, without our own public one; where the platform tells kinds apart, the kind before it


class Uploads(Protocol):
    """The ids that a platform gave. Nothing here fails: where the ids are out of reach, the file is sent once more."""

    async def known(self, file: File) -> str | None:
        """Its id; None where it is not known or its time is over. Empty: somebody is uploading it, or could not, see `claim`."""

    async def claim(self, file: File, life: timedelta) -> bool:
        """Whether we are the one who uploads it; then `known` is empty for others for so long, or until we `keep` its id."""

    async def keep(self, file: File, id: str, life: timedelta) -> None:
        """The platform has it for so long."""

    async def forget(self, file: File, id: str) -> None:
        """The platform does not know this id any more; another one that was kept meanwhile stays."""


class UploadsHere:
    """Known to this process only."""

    def __init__(self, kept: Kept | None = None):
        self._kept = kept or Kept()

    async def known(self, file: File) -> str | None:
        return self._kept.get("\0".join(file))

    async def claim(self, file: File, life: timedelta) -> bool:
        free = await self.known(file) is None
        if free:
            await self.keep(file, "", life)
        return free

    async def keep(self, file: File, id: str, life: timedelta) -> None:
        self._kept.put("\0".join(file), id, life)

    async def forget(self, file: File, id: str) -> None:
        if await self.known(file) == id:
            self._kept.drop("\0".join(file))


def name_of(url: str, base_url: str) -> str:
    """The file's address below our own, which may change (a tunnel, a new domain), or the whole one of somebody else's."""
    return url.removeprefix(base_url) if base_url and url.startswith(base_url + "/") else url


def life_of(url: str, longest: timedelta) -> timedelta:
    """How long an id may stand for this address: as long as the platform keeps it, if the address tells one version from the next."""
    return longest if _HASHED.search(url) else min(longest, UNHASHED_LIFE)
