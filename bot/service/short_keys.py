"""What short keys stand for, in PostgreSQL: a tap is understood on every machine, also after a restart."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta

from bot.channels.kept import Kept
from bot.channels.short_keys import KeysAway, key_of
from bot.service.errors import Unavailable
from bot.store import queries
from bot.store.store import Store

LOOKED_UP = timedelta(days=1)  # after that a process tells the database again that the button is in use
# A value that somebody typed and that was offered to them as a button; the code of a commune, which we offer to anybody, is none.
_TYPED = re.compile(r"/=(?![0-9]{5}\Z)")


class StoredShortKeys:
    """`ShortKeys` of the adapters on the store's database; see there. What was kept or looked up is remembered for a while.

    The table is everybody's: it holds what guides offer, and never what somebody typed. A button with such a value is known to this
    process only; elsewhere its label chooses.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._here = store, Kept()

    async def keep(self, payloads: Collection[str]) -> None:
        new = {key: payload for payload in payloads if self._here.get(key := key_of(payload)) is None}
        common = {key: payload for key, payload in new.items() if not _TYPED.search(payload)}
        if common:
            keys = sorted(common)  # two processes that keep the same ones wait for each other, and never in a circle
            try:
                async with self._store.connection() as connection:
                    await connection.execute(queries.KEEP_SHORT_KEYS, keys, [common[key] for key in keys])
            except Unavailable as error:
                raise KeysAway from error
        self._remember(new)

    async def whole(self, keys: Collection[str]) -> Mapping[str, str]:
        known = {key: payload for key in keys if (payload := self._here.get(key)) is not None}
        unknown = sorted(set(keys) - known.keys())
        if unknown:
            try:
                async with self._store.connection() as connection:
                    found = {row["key"]: row["payload"] for row in await connection.fetch(queries.USE_SHORT_KEYS, unknown)}
            except Unavailable as error:
                raise KeysAway from error
            self._remember(found)
            known |= found
        return known

    def _remember(self, payloads: Mapping[str, str]) -> None:
        for key, payload in payloads.items():
            self._here.put(key, payload, LOOKED_UP)
