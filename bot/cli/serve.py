"""`danloi serve | web | worker`: the same service in different roles, from the first line to the last."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Collection
from types import FrameType
from typing import NoReturn

import typer

from bot.settings import Settings, SettingsError, load_settings

BACKLOG = 2048
GRACE_SECONDS = 10


def serve() -> None:
    """Run everything: pages, webhooks, delivery, scheduled work, and the embedded database where no other is set."""
    _serve({"web", "worker"})


def web() -> None:
    """Run pages and webhooks only; `danloi worker` sends."""
    _serve({"web"})


def worker() -> None:
    """Run delivery and scheduled work only."""
    settings = _settings()
    _calm_the_collector()
    _exit(_run_worker(settings))


def _serve(roles: Collection[str]) -> None:
    settings = _settings()
    listener = _listen(settings)
    if settings.port == 0:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    from bot.service.logs import set_up
    from bot.web.app import create_app

    set_up(settings)
    _calm_the_collector()
    _exit(_run_web(create_app(settings, roles=roles), listener, settings))


async def _run_web(app: object, listener: socket.socket, settings: Settings) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Says where the chat is as soon as it can be opened."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                print(f"Dẫn Lối: {settings.base_url}/", flush=True)

    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # an ASGI application
        http="httptools",
        loop="uvloop",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        proxy_headers=True,
    )
    await Server(config).serve(sockets=[listener])


async def _run_worker(settings: Settings) -> None:
    from bot.service.logs import set_up
    from bot.service.wiring import Service

    set_up(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Service.start(settings, roles={"worker"}):
        print("Dẫn Lối: worker", flush=True)
        await stop.wait()


def _exit(main: object) -> None:
    """Run to the end; what keeps us from starting becomes one sentence."""
    import uvloop

    from bot.nlu.model_cache import TrainingFailed
    from bot.nlu.rasa_yaml import BadNluData
    from bot.store.embedded import EmbeddedFailed
    from bot.store.errors import Stale

    try:
        uvloop.run(main)  # type: ignore[arg-type]  # one of the coroutines above
    except (EmbeddedFailed, Stale, TrainingFailed, BadNluData) as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _settings() -> Settings:
    try:
        return load_settings()
    except SettingsError as error:
        _refuse(str(error))


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything else is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        _refuse(
            f"Không mở được {settings.host}:{settings.port} ({os.strerror(error.errno or 0)}). Chọn cổng khác bằng DANLOI_PORT, hoặc tắt chương trình đang dùng cổng này."
        )
    return listener


def _calm_the_collector() -> None:
    """What was loaded stays for good: the garbage collector need not look at it again, nor look so often."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)
