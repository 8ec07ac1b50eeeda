"""The web application: every route, and the service that runs behind them for as long as the application does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

from fastapi import FastAPI

from bot.service.wiring import Service as WiredService
from bot.settings import Settings
from bot.web import errors, status, webhooks
from bot.web.assets import Assets
from bot.web.chat import Chat
from bot.web.console import Console
from bot.web.landing import Landing, missing
from bot.web.media import Media
from bot.web.offline import Offline
from bot.web.pages import Pages
from bot.web.pictures import Pictures
from bot.web.ports import Service
from bot.web.stats import Stats
from bot.web.visitors import Visitors
from bot.web.volunteers import Volunteers
from bot.web.whole_guide import WholeGuide

Start = Callable[[Settings, Collection[str]], AbstractAsyncContextManager[Service]]


def create_app(settings: Settings, *, roles: Collection[str] = frozenset({"web", "worker"}), start: Start | None = None) -> FastAPI:
    """The application. Its lifespan starts the service in these `roles`, by `start` where a test brings its own."""
    begin = start or _start_service

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with begin(settings, roles) as service:
            app.state.service = service
            yield

    # Its redirects of `/go/x/` to `/go/x` would lead to whatever host the request names.
    app = FastAPI(title="Dẫn Lối", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.settings = settings
    assets = Assets()
    pages = Pages(assets)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(settings.base_url))
    visitors = Visitors(settings.key(), secure=origin.startswith("https:"))
    pictures = Pictures(settings.data_dir / "cache" / "pictures")
    landing = Landing(pages, settings, pictures)
    app.router.routes[:0] = [
        *webhooks.routes,  # the hot road stands first
        *Chat(pages, visitors, public_origin=origin).routes,
        *landing.routes,
        *WholeGuide(pages, settings).routes,
        *Volunteers(pages, settings).routes,
        *Console(pages, settings, public_origin=origin).routes,
        *Stats(pages).routes,
        *Media(pictures).routes,
        *Offline(pages, assets, pictures).routes,
        *assets.routes,
        *status.routes,
    ]
    app.add_exception_handler(404, partial(missing, pages))
    for error in errors.STATUSES:
        app.add_exception_handler(error, errors.refused)
    return app


def _start_service(settings: Settings, roles: Collection[str]) -> AbstractAsyncContextManager[Service]:
    return WiredService.start(settings, roles=set(roles))
