"""`danloi serve | web | worker`: the same service in different roles, from the first line to the last."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import socket
import sys
from collections.abc import Collection, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn

from bot.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    import uvicorn

# One classification is a few short products: threads of numpy would take memory and bring nothing.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# structlog imports rich, where it is installed, for tracebacks in colour: 4 MB that lines of JSON never use.
if not {"rich", "structlog"} & sys.modules.keys():  # whoever has one of them already keeps it
    sys.modules["rich"] = None  # type: ignore[assignment]  # how Python is told that there is none
    import structlog  # noqa: F401

    del sys.modules["rich"]

SIGNALS = (signal.SIGTERM, signal.SIGINT)
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
    _run(_run_worker(settings))


def _serve(roles: Collection[str]) -> None:
    settings = _settings()
    listener = _listen(settings)
    if settings.port == 0:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    _run(_run_web(settings, roles, listener))


async def _run_web(settings: Settings, roles: Collection[str], listener: socket.socket) -> None:
    """The service first, the pages in it: what keeps it from starting is a sentence, and it outlives the last request."""
    import uvicorn

    from bot.service.logs import set_up
    from bot.service.wiring import Service
    from bot.web.app import create_app

    set_up(settings)
    serving = _end_on_signals()
    async with Service.start(settings, roles=roles) as service:
        app = create_app(settings, roles=roles, start=lambda _settings, _roles: contextlib.nullcontext(service))
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=75,
            backlog=BACKLOG,
        )
        serving.set()
        await _server(config, f"Dẫn Lối: {settings.base_url}/").serve(sockets=[listener])


def _server(config: uvicorn.Config, line: str) -> uvicorn.Server:
    """A server that says where the chat is as soon as it can be opened."""
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                _calm_the_collector()
                print(line, flush=True)

    return Server(config)


async def _run_worker(settings: Settings) -> None:
    from bot.service.logs import set_up
    from bot.service.wiring import Service

    set_up(settings)
    serving = _end_on_signals()
    stop = asyncio.Event()
    async with Service.start(settings, roles={"worker"}):
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        serving.set()
        _calm_the_collector()
        print("Dẫn Lối: worker", flush=True)
        await stop.wait()


def _end_on_signals() -> asyncio.Event:
    """While we start, a signal ends us at once. Once the event is set, whoever serves minds the signals, and what is in hand is finished.

    uvicorn raises the signal again when it is done; without a handler of ours that would kill us before the service has ended.
    """
    serving = asyncio.Event()
    task = asyncio.current_task()

    def end() -> None:
        if not serving.is_set() and task is not None:
            task.cancel()

    for number in SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, end)
    return serving


def _run(main: Coroutine[Any, Any, None]) -> None:
    """Run to the end; what keeps us from starting becomes one sentence."""
    import uvloop

    from bot.nlu.e5 import E5Missing
    from bot.nlu.model_cache import TrainingFailed
    from bot.nlu.rasa_yaml import BadNluData
    from bot.store.embedded import EmbeddedFailed
    from bot.store.errors import Stale

    try:
        uvloop.run(main)
    except (EmbeddedFailed, Stale, TrainingFailed, BadNluData, E5Missing) as error:
        _refuse(str(error))
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise SystemExit(130) from None


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
        why = os.strerror(error.errno or 0)
        _refuse(f"Không mở được {settings.host}:{settings.port} ({why}). Chọn cổng khác bằng DANLOI_PORT, hoặc tắt chương trình đang dùng cổng này.")
    return listener


def _calm_the_collector() -> None:
    """What was loaded stays for good: the garbage collector need not look at it again, nor look so often.

    What loading needed for a moment goes back to the system, where the C library can give it back.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(1)
