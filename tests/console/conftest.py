"""A commune's office: the real application on real PostgreSQL, citizens in the web chat, volunteers with phones."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.outreach.volunteers import Passes, new_code
from bot.service.wiring import Service
from bot.settings import Settings, load_settings
from bot.store.volunteers import add
from bot.web.app import create_app
from tests.service.conftest import data, nlu, trained
from tests.store.databases import database, folder, server
from tests.web.conftest import served

__all__ = ["data", "database", "folder", "nlu", "server", "trained"]

BUM_NUA, PA_TAN = "03466", "03388"


class Citizen:
    """Somebody in the web chat."""

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser

    async def says(self, words: str) -> list[dict[str, Any]]:
        """What the bot says to it."""
        return (await self.browser.post("/chat/events", json={"text": words})).json()["messages"]

    async def taps(self, tap: str) -> list[dict[str, Any]]:
        return (await self.browser.post("/chat/events", json={"tap": tap})).json()["messages"]

    async def reads(self) -> list[dict[str, Any]]:
        """The whole talk as their page has it."""
        return (await self.browser.get("/chat/messages")).json()["messages"]

    async def asks_for_a_person(self, guide: str = "#VNEID") -> None:
        """In the middle of a guide."""
        await self.says(guide)
        await self.says("1")
        await self.says("gặp người hỗ trợ")

    async def agrees(self) -> None:
        """That the talk is kept for the one who helps."""
        await self.taps("/consent/talk/yes/1")


class Helper:
    """A volunteer with a phone that keeps its cookies and follows nothing by itself."""

    def __init__(self, code: str, browser: httpx.AsyncClient) -> None:
        self.code, self.browser = code, browser

    async def sees(self, path: str = "/console", status: int = 200) -> str:
        """The page's words."""
        return self._words(await self.browser.get(path), status)

    async def takes(self, number: int, status: int = 303) -> str:
        return self._words(await self.browser.post(f"/console/{number}/take"), status)

    async def answers(self, number: int, words: str, status: int = 303, mark: str = "") -> str:
        """As the form does it."""
        return self._words(await self.browser.post(f"/console/{number}/answer", data={"text": words, "id": mark}), status)

    async def gives_back(self, number: int, status: int = 303) -> str:
        return self._words(await self.browser.post(f"/console/{number}/back"), status)

    async def releases(self, number: int, status: int = 303) -> str:
        return self._words(await self.browser.post(f"/console/{number}/release"), status)

    @staticmethod
    def _words(response: httpx.Response, status: int) -> str:
        assert response.status_code == status, response.text
        if "text/html" not in response.headers.get("content-type", ""):
            return response.headers.get("location", "")
        body = response.text.partition("<body")[2].partition(">")[2]
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


class Office:
    """The running application, and who comes to it."""

    def __init__(self, url: str, service: Service, settings: Settings, stack: AsyncExitStack) -> None:
        self.url, self.service, self.settings, self._stack = url, service, settings, stack

    async def browser(self, **more: Any) -> httpx.AsyncClient:
        return await self._stack.enter_async_context(httpx.AsyncClient(base_url=self.url, timeout=30, **more))

    async def citizen(self, opens: str = "") -> Citizen:
        """Somebody new, who came by this link."""
        browser = await self.browser()
        await browser.get("/", params={"open": opens} if opens else {})
        return Citizen(browser)

    async def stranger(self) -> Helper:
        return Helper("", await self.browser())

    async def volunteer(self, name: str, commune: str = BUM_NUA) -> Helper:
        """Somebody new who helps, with the link opened on their phone."""
        code = new_code()
        assert await add(self.service.store, code, name, commune)
        helper = Helper(code, await self.browser())
        assert (await helper.browser.get(self.link(code))).status_code == 303
        return helper

    def link(self, code: str) -> str:
        """What `danloi volunteer link` prints, without the host."""
        return f"/console/in/{Passes.for_links(self.settings.key()).make(code)}"

    async def number(self) -> int:
        """The number on the list of the newest who asked for a person."""
        found: int = (await self.fetch("SELECT max(id) FROM handoffs"))[0][0]
        return found

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        async with self.service.store.connection() as connection:
            found: list[Any] = await connection.fetch(query, *values)
        return found


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Office]:
    """The office with these settings."""
    app = create_app(settings)
    async with served(app) as url, AsyncExitStack() as stack:
        yield Office(url, app.state.service, settings, stack)


@pytest.fixture
async def office(database: str, data: Path, nlu: Path) -> AsyncIterator[Office]:
    async with opened(load_settings(data_dir=data, nlu_dir=nlu, database_url=database, _env_file=None)) as one:
        yield one
