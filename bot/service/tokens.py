"""The Official Account's tokens in PostgreSQL: one pair for all processes of all machines, renewed by one of them at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from bot.channels.zalo_oa_tokens import TokenState, TokenStoreFailed
from bot.service.errors import Unavailable
from bot.store import queries
from bot.store.errors import Stale
from bot.store.store import Store
from bot.store.turns import no_turn
from bot.store.vault import Vault

NAME = "zalo-oa tokens"
AWAY = "cơ sở dữ liệu không trả lời nên không đọc hoặc ghi được token Zalo; xem PostgreSQL còn chạy không"


class StoredTokens:
    """`TokenStore` of the Zalo adapter on the store's database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """An advisory lock on a connection of its own, which no other work shares."""
        try:
            async with self._store.connection() as connection:
                await connection.execute(queries.LOCK_KEPT, NAME)
                try:
                    yield
                finally:
                    await connection.execute(queries.UNLOCK_KEPT, NAME)
        except Unavailable as error:
            raise TokenStoreFailed(AWAY) from error

    async def load(self) -> TokenState | None:
        try:
            async with self._store.connection() as connection:
                state: str | None = await connection.fetchval(queries.READ_KEPT, NAME)
        except Unavailable as error:
            raise TokenStoreFailed(AWAY) from error
        return TokenState.from_json(orjson.loads(state)) if state is not None else None

    async def save(self, state: TokenState) -> None:
        """Committed with synchronous_commit on, so it outlives a crash."""
        try:
            async with self._store.connection() as connection:
                await connection.execute(queries.SAVE_KEPT, NAME, orjson.dumps(state.as_json()).decode())
        except Unavailable as error:
            raise TokenStoreFailed(AWAY) from error


class TokensAt:
    """The same for a command, which runs no service: each call opens the database and closes it again."""

    def __init__(self, url: str, vault: Vault) -> None:
        self._url, self._vault = url, vault

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        async with self._stored() as stored, stored.lock():
            yield

    async def load(self) -> TokenState | None:
        async with self._stored() as stored:
            return await stored.load()

    async def save(self, state: TokenState) -> None:
        async with self._stored() as stored:
            await stored.save(state)

    @asynccontextmanager
    async def _stored(self) -> AsyncIterator[StoredTokens]:
        store = Store(self._url, vault=self._vault, take_turn=no_turn, fit=lambda _channel, replies: replies)
        try:
            await store.open(migrate=False)
            yield StoredTokens(store)
        except (Unavailable, Stale) as error:
            raise TokenStoreFailed(AWAY if isinstance(error, Unavailable) else str(error)) from error
        finally:
            await store.close()
