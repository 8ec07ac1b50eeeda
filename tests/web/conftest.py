"""The application on a real uvicorn on loopback, with a service in memory behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from bot.settings import Settings
from bot.web.app import create_app
from tests.web.standin import StandIn


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The address of `app` on a free port, for as long as it is needed."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", ws="none", timeout_graceful_shutdown=5))
    running = asyncio.create_task(server.serve())
    while not server.started:
        assert not running.done(), "the server did not start"
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


@dataclass
class Site:
    """The running pages, and what stands behind them."""

    url: str
    behind: StandIn
    settings: Settings

    def browser(self, **more: Any) -> httpx.AsyncClient:
        """A browser that keeps its cookies and follows nothing by itself."""
        return httpx.AsyncClient(base_url=self.url, **more)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, public_url="https://danloi.example", _env_file=None)


@pytest.fixture
async def site(settings: Settings) -> AsyncIterator[Site]:
    behind = StandIn()
    # Loopback is plain http, where a browser does not send back a cookie that is Secure.
    settings = settings.model_copy(update={"public_url": ""})
    async with served(create_app(settings, start=behind.start)) as url:
        yield Site(url, behind, settings)


async def until(happens: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait until `happens()` is true, and return it."""
    async with asyncio.timeout(seconds):
        while not (found := happens()):  # noqa: ASYNC110  # any condition, not only events
            await asyncio.sleep(0.01)
    return found
