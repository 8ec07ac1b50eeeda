"""A Page, its adapter and the Graph API's stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.channels.messenger import MessengerAdapter
from bot.settings import MessengerSettings
from tests.standins.messenger import Graph
from tests.standins.messenger_events import APP_ID, APP_SECRET, PAGE_ID, PAGE_TOKEN, VERIFY_TOKEN

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def messenger_settings(**changes: object) -> MessengerSettings:
    known = {"page_id": PAGE_ID, "page_token": PAGE_TOKEN, "app_id": APP_ID, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
    return MessengerSettings.model_validate(known | changes)


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
