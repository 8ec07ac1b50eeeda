"""Accounts, their adapters and the platforms' stand-ins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.channels.messenger import MessengerAdapter
from bot.channels.telegram import TelegramAdapter
from bot.channels.zalo_bot import ZaloBotAdapter
from bot.channels.zalo_oa import ZaloOaAdapter
from bot.channels.zalo_oa_tokens import MemoryTokenStore, Tokens
from bot.settings import MessengerSettings, TelegramSettings, ZaloBotSettings, ZaloOaSettings
from tests.standins import telegram_events, zalo_bot_events, zalo_oa_events
from tests.standins.messenger import Graph
from tests.standins.messenger_events import APP_ID, APP_SECRET, PAGE_ID, PAGE_TOKEN, VERIFY_TOKEN
from tests.standins.telegram import Telegram
from tests.standins.zalo_bot import ZaloBot
from tests.standins.zalo_oa import ZaloOa

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def messenger_settings(**changes: object) -> MessengerSettings:
    known = {"page_id": PAGE_ID, "page_token": PAGE_TOKEN, "app_id": APP_ID, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
    return MessengerSettings.model_validate(known | changes)


def zalo_oa_settings(zalo: ZaloOa | None = None, **changes: object) -> ZaloOaSettings:
    """An OA whose first tokens are the stand-in's."""
    known = {
        "oa_id": zalo_oa_events.OA_ID,
        "app_id": zalo_oa_events.APP_ID,
        "app_secret": zalo_oa_events.APP_SECRET,
        "oa_secret": zalo_oa_events.OA_SECRET,
        "access_token": "AT0",
        "refresh_token": "RT0",
    }
    places = {"api_base": zalo.url, "oauth_base": zalo.url} if zalo else {}
    return ZaloOaSettings.model_validate(known | places | changes)


def telegram_settings(**changes: object) -> TelegramSettings:
    return TelegramSettings.model_validate({"token": telegram_events.TOKEN, "webhook_secret": telegram_events.SECRET} | changes)


def zalo_bot_settings(**changes: object) -> ZaloBotSettings:
    return ZaloBotSettings.model_validate({"token": zalo_bot_events.TOKEN, "webhook_secret": zalo_bot_events.SECRET} | changes)


async def at_once(seconds: float) -> None:
    """Waiting, for those who may not wait."""


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as running:
        yield running


@pytest.fixture
async def zalo_bot() -> AsyncIterator[ZaloBot]:
    async with ZaloBot() as running:
        yield running


@pytest.fixture
async def graph() -> AsyncIterator[Graph]:
    async with Graph() as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as one:
        yield one


@pytest.fixture
def page(graph: Graph, session: aiohttp.ClientSession) -> MessengerAdapter:
    """The adapter of a Page whose platform is the stand-in."""
    return MessengerAdapter(messenger_settings(api_base=graph.url), session, base_url="https://danloi.example", timeout_seconds=2.0, clock=lambda: NOW)


@pytest.fixture
async def zalo() -> AsyncIterator[ZaloOa]:
    async with ZaloOa() as running:
        yield running


@pytest.fixture
def oa(zalo: ZaloOa, session: aiohttp.ClientSession) -> ZaloOaAdapter:
    """The adapter of an OA whose platform is the stand-in."""
    settings = zalo_oa_settings(zalo)
    tokens = Tokens(settings, session, MemoryTokenStore(), timeout_seconds=2.0, clock=lambda: NOW)
    return ZaloOaAdapter(settings, session, tokens, base_url="https://danloi.example", timeout_seconds=2.0, clock=lambda: NOW)


@pytest.fixture
def bot(telegram: Telegram, session: aiohttp.ClientSession) -> TelegramAdapter:
    """The adapter of a Telegram bot whose platform is the stand-in."""
    settings = telegram_settings(api_base=telegram.url)
    return TelegramAdapter(settings, session, base_url="https://danloi.example", timeout_seconds=2.0, clock=lambda: NOW, sleep=at_once)


@pytest.fixture
def zalo_bot_adapter(zalo_bot: ZaloBot, session: aiohttp.ClientSession) -> ZaloBotAdapter:
    """The adapter of a Zalo bot whose platform is the stand-in."""
    return ZaloBotAdapter(zalo_bot_settings(api_base=zalo_bot.url), session, base_url="https://danloi.example", timeout_seconds=2.0, clock=lambda: NOW)
