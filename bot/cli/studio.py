"""`danloi studio`: a page on this machine on which guides are read, tried and bettered."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import secrets
import socket
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from bot.flows.diagnostics import Diagnostic
    from bot.flows.loader import Loaded

LOCAL = "127.0.0.1"


def studio(
    host: Annotated[str, typer.Option(help="Địa chỉ mở trang. Khác máy này thì phải vào bằng đường dẫn có mã.")] = LOCAL,
    port: Annotated[int, typer.Option(help="Cổng; 0 là cổng bất kỳ còn trống.", min=0, max=65535)] = 8010,
) -> None:
    """Mở xưởng: xem sơ đồ, thử như bà con, sửa chữ mà không cần biết YAML."""
    try:
        settings = load_settings()
    except SettingsError as error:
        _refuse(str(error))
    if not settings.flows_dir.is_dir():
        _refuse(f"Không có thư mục {settings.flows_dir}. Đặt DANLOI_FLOWS_DIR, hoặc chạy ở thư mục có hướng dẫn.")
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    token = "" if _is_loopback(host) else secrets.token_urlsafe(24)
    name = host if ":" not in host else f"[{host}]"
    address = f"http://{name}:{port}/studio" + (f"?token={token}" if token else "")
    asyncio.run(_serve(settings, listener, token, address))


async def _serve(settings: Settings, listener: socket.socket, token: str, address: str) -> None:
    try:
        import ruamel.yaml  # noqa: F401  # of danloi[studio]
    except ImportError:
        _refuse("Chưa cài phần xưởng: pip install 'danloi[studio]'")
    import uvicorn

    from bot.cli.check import drawing_errors, standing_errors
    from bot.nlu.model_cache import TrainingFailed
    from bot.nlu.rasa_yaml import BadNluData
    from bot.service.beside import Beside
    from bot.service.content import load_content
    from bot.service.understand import Understanding
    from bot.web.studio.app import create_studio
    from bot.web.studio.workshop import Workshop

    try:
        content = await asyncio.to_thread(load_content, settings)
    except (TrainingFailed, BadNluData) as error:
        _refuse(str(error))
    beside = Beside(settings)

    def more_checks(loaded: Loaded) -> Iterable[Diagnostic]:
        return (*drawing_errors(loaded), *standing_errors(loaded, settings.flows_dir), *beside.findings(loaded))

    workshop = await asyncio.to_thread(lambda: Workshop(settings, more_checks=more_checks))
    app = create_studio(workshop, Understanding(content.classifier.parse), token=token)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                print(f"Xưởng Dẫn Lối: {address}", flush=True)

    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", server_header=False, proxy_headers=False, timeout_graceful_shutdown=2)
    await Server(config).serve(sockets=[listener])


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        _refuse(f"Không mở được {host}:{port} ({os.strerror(error.errno or 0)}). Chọn cổng khác bằng --port.")
    return listener


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)
