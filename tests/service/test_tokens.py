"""Zalo's single-use refresh tokens on a real PostgreSQL: whatever happens in the cluster, one process asks and all go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
from pydantic import SecretStr

from bot.channels.base import Failure, SendFailed
from bot.channels.zalo_oa_tokens import Tokens
from bot.service.tokens import StoredTokens
from bot.settings import ZaloOaSettings
from bot.store.store import Store
from bot.store.turns import no_turn
from tests.standins.zalo_oa import ZaloOa
from tests.standins.zalo_oa_events import APP_ID, APP_SECRET, OA_ID, OA_SECRET
from tests.store.machine import VAULT, as_it_is


@pytest.fixture
async def zalo() -> AsyncIterator[ZaloOa]:
    async with ZaloOa() as zalo:
        yield zalo


@pytest.fixture
async def workers(database: str, zalo: ZaloOa) -> AsyncIterator[list[Tokens]]:
    """What three workers of one cluster hold: each its own connections and its own memory."""
    settings = ZaloOaSettings(
        oa_id=OA_ID,
        app_id=APP_ID,
        app_secret=SecretStr(APP_SECRET),
        oa_secret=SecretStr(OA_SECRET),
        refresh_token=SecretStr("RT0"),
        access_token=SecretStr("AT0"),
        api_base=zalo.url,
        oauth_base=zalo.url,
    )
    stores = [Store(database, vault=VAULT, take_turn=no_turn, fit=as_it_is) for _ in range(3)]
    async with aiohttp.ClientSession() as session:
        for store in stores:
            await store.open()
        yield [Tokens(settings, session, StoredTokens(store), timeout_seconds=5) for store in stores]
        for store in stores:
            await store.close()


async def test_an_expired_token_is_renewed_once_for_all_workers(zalo: ZaloOa, workers: list[Tokens]) -> None:
    zalo.expire()
    fresh = await asyncio.gather(*(tokens.renew("AT0") for tokens in workers for _ in range(20)))
    assert set(fresh) == {"AT1"}
    assert zalo.refreshes == 1
    zalo.expire()
    assert await workers[2].renew("AT1") == "AT2"
    assert await workers[0].renew("AT1") == "AT2"
    assert zalo.refreshes == 2


async def test_a_burnt_token_is_told_by_every_worker_and_not_asked_for_again(zalo: ZaloOa, workers: list[Tokens]) -> None:
    zalo.burn()
    for tokens in workers:
        with pytest.raises(SendFailed) as failed:
            await tokens.renew("AT0")
        assert failed.value.failure is Failure.TOKEN
    assert len(zalo.renewals) <= len(workers)
