"""Payloads that are too long for a platform's button: the button carries a short key, what it stands for is kept until it comes back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Protocol

MARK = "~"  # no payload of the dialogue begins with it
# Nothing but consonants: the privacy filter, which every payload passes, finds no digits in a key and no digits in words.
_SIGNS = str.maketrans("0123456789abcdef", "bcdfghjkmnpqrstv")
_KEY = re.compile(r"~[bcdfghjkmnpqrstv]{32}\Z")


class KeysAway(Exception):
    """What the keys stand for cannot be kept or read now."""


class ShortKeys(Protocol):
    """What short keys stand for. A key is made of its payload (`short`), so that the same button has the same key on every machine."""

    async def keep(self, payloads: Collection[str]) -> None:
        """Keep what will stand behind short keys; raises `KeysAway`, and then no button may go out with them."""

    async def whole(self, keys: Collection[str]) -> Mapping[str, str]:
        """The payloads of those keys that are known; raises `KeysAway`."""


class ShortKeysHere:
    """Known to this process only."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    async def keep(self, payloads: Collection[str]) -> None:
        self._known |= {key_of(payload): payload for payload in payloads}

    async def whole(self, keys: Collection[str]) -> Mapping[str, str]:
        return {key: self._known[key] for key in keys if key in self._known}


def short(payload: str, max_bytes: int) -> str:
    """What to write into a button that takes so many bytes of UTF-8 (not characters): the payload, or its key."""
    return key_of(payload) if len(payload.encode()) > max_bytes or payload.startswith(MARK) else payload


def key_of(payload: str) -> str:
    """33 signs of ASCII."""
    return MARK + blake2b(payload.encode(), digest_size=16).hexdigest().translate(_SIGNS)


def is_key(data: str) -> bool:
    """Whether this came back from a button with a short key."""
    return data.startswith(MARK) and _KEY.match(data) is not None
