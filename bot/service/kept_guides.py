"""The last good versions of all guides, kept by the cluster: a process that starts while a guide is broken serves it as it last was good."""

from __future__ import annotations

import orjson

from bot.service.content import texts_hash
from bot.service.last_good import Shelf, settle
from bot.store import queries
from bot.store.store import Store

NAME = "last good guides"


class KeptGuides:
    """One row of the database; whoever serves something new writes it, as a whole. Raises `Unavailable` while the database is away."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = ""  # the hash of what is kept, as far as we know
        self.asked = False

    async def recall(self) -> Shelf | None:
        """What was last good, of all processes and versions of the folder; None where nobody has served anything yet."""
        async with self._store.connection() as connection:
            state = await connection.fetchval(queries.READ_KEPT, NAME)
        self.asked = True
        if state is None:
            return None
        files = {name: text.encode() for name, text in orjson.loads(state).items()}
        self._kept = texts_hash(files, {})
        return settle(files)

    async def keep(self, shelf: Shelf) -> None:
        """Write down what is good now, if it is not what is kept. Only after `recall`: else a broken guide's good version would be lost."""
        now = texts_hash(shelf.good, {})
        if not self.asked or not shelf.guides or now == self._kept:
            return
        state = orjson.dumps({name: content.decode() for name, content in shelf.good.items()}).decode()
        async with self._store.connection() as connection:
            await connection.execute(queries.SAVE_KEPT, NAME, state)
        self._kept = now
