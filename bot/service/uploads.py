"""The platforms' ids of our pictures in PostgreSQL: what one worker uploaded, all of them name, also after a restart."""

from __future__ import annotations

from datetime import timedelta

import structlog

from bot.channels.kept import Kept
from bot.channels.uploads import File, UploadsHere
from bot.service.errors import Unavailable
from bot.store import queries
from bot.store.store import Store

LOOKED_UP = timedelta(hours=1)  # after that a worker asks the database again

log = structlog.get_logger()


class StoredUploads:
    """`Uploads` of the adapters on the store's database; see there. What was looked up is remembered for a while."""

    def __init__(self, store: Store) -> None:
        self._store, self._here = store, UploadsHere(Kept())

    async def known(self, file: File) -> str | None:
        if here := await self._here.known(file):
            return here
        try:
            async with self._store.connection() as connection:
                row = await connection.fetchrow(queries.KNOWN_UPLOAD, *file)
        except Unavailable:
            return None
        if row is None:
            return None
        id: str = row["id"]
        if id:  # that somebody is uploading it is true for a moment only
            await self._here.keep(file, id, min(row["life"], LOOKED_UP))
        return id

    async def claim(self, file: File, life: timedelta) -> bool:
        try:
            async with self._store.connection() as connection:
                return bool(await connection.fetchval(queries.CLAIM_UPLOAD, *file, life))
        except Unavailable:
            return True

    async def keep(self, file: File, id: str, life: timedelta) -> None:
        if id:
            await self._here.keep(file, id, min(life, LOOKED_UP))
        try:
            async with self._store.connection() as connection:
                await connection.execute(queries.KEEP_UPLOAD, *file, id, life)
        except Unavailable:
            log.debug("an upload's id is not kept, the database is away", channel=file.channel)

    async def forget(self, file: File, id: str) -> None:
        await self._here.forget(file, id)
        try:
            async with self._store.connection() as connection:
                await connection.execute(queries.FORGET_UPLOAD, *file, id)
        except Unavailable:
            log.debug("an upload's id is not forgotten, the database is away", channel=file.channel)
