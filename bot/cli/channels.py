"""`danloi channels`: set a chat app up, hear what is wrong with it, see what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.channels.findings import GuideItem
    from bot.channels.zalo_oa_tokens import TokenStore
    from bot.cli.findings import Found
    from bot.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Các ứng dụng trò chuyện: setup, doctor, log.")

# Each app's own `setup` and `doctor`; imported only when asked for.
MODULES = {
    "messenger": "bot.channels.messenger_setup",
    "zalo-oa": "bot.channels.zalo_oa_setup",
    "zalo-bot": "bot.channels.zalo_bot_setup",
    "telegram": "bot.channels.telegram_setup",
}
NAMES = tuple(MODULES)
FAILURES_TOLD = 20

Channel = Annotated[str, typer.Argument(help=f"Tên ứng dụng: {', '.join(NAMES)}.")]


@app.command()
def setup(
    channel: Channel,
    ice_breakers: Annotated[
        bool, typer.Option("--ice-breakers", help="Messenger: đặt cả câu hỏi gợi ý (chúng che nút Bắt đầu, mã QR của người mới sẽ mất tác dụng).")
    ] = False,
) -> None:
    """Đặt lời chào, menu, đăng ký sự kiện và webhook cho một ứng dụng trò chuyện."""
    settings = _settings()
    if not _on(settings, channel):
        raise typer.Exit(1)
    more = {"ice_breakers": ice_breakers} if channel == "messenger" else {}
    with _tokens(settings, channel, make=True) as tokens:
        _show({channel: import_module(MODULES[channel]).setup(settings, _guides(settings), **more, **tokens)})


@app.command()
def doctor(channel: Annotated[str, typer.Argument(help="Tên ứng dụng; bỏ trống: mọi ứng dụng đã bật.")] = "") -> None:
    """Xem từng ứng dụng trò chuyện có chỗ nào hỏng, và sửa thế nào."""
    settings = _settings()
    names = [channel] if channel else [name for name in NAMES if settings.channels()[name].on]
    if not names:
        typer.echo("Chưa bật ứng dụng trò chuyện nào; trang trò chuyện trên web thì luôn có.")
        for name in NAMES:
            _on(settings, name)
        return
    if not all(_on(settings, name) for name in names):
        raise typer.Exit(1)
    _show({name: _look(settings, name) for name in names})


@app.command()
def log(
    channel: Annotated[str, typer.Argument(help="Tên ứng dụng; bỏ trống: tất cả.")] = "",
    last: Annotated[int, typer.Option("--last", min=1, max=1000, help="Bao nhiêu lần gửi gần nhất.")] = 20,
) -> None:
    """Xem từng tin đã gửi: gọi gì, nền tảng trả lời gì. Không có lời, mã hay tên của ai."""
    from bot.cli import channel_log

    if channel and channel not in NAMES:
        typer.echo(f"Không có ứng dụng “{channel}”. Có: {', '.join(NAMES)}.", err=True)
        raise typer.Exit(1)
    try:
        sends = channel_log.read(_settings(), channel, last)
    except channel_log.Unread as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if not sends:
        typer.echo("Chưa gửi tin nào.")
        return
    channel_log.show(sends)


def _look(settings: Settings, name: str) -> Iterator[Found]:
    """What the app itself says, then what went wrong with the last sends."""
    from bot.cli import channel_log

    with _tokens(settings, name) as tokens:
        yield from import_module(MODULES[name]).doctor(settings, **tokens)
    yield from channel_log.failures(settings, name, FAILURES_TOLD)


@contextmanager
def _tokens(settings: Settings, channel: str, *, make: bool = False) -> Iterator[dict[str, TokenStore]]:
    """The argument with which Zalo's commands find the tokens of the cluster; where there is no database yet, `make` makes one."""
    from bot.cli.database import database, made

    if channel != "zalo-oa" or not (make or made(settings)):
        yield {}
        return
    from bot.service.tokens import TokensAt
    from bot.store.vault import Vault

    with database(settings) as url:
        yield {"tokens": TokensAt(url, Vault(settings.key()))}


def _show(looks: Mapping[str, Iterable[Found]]) -> None:
    """Show what is found, app by app; exit 1 if one finding is bad."""
    from bot.cli import findings

    if findings.show(looks):
        raise typer.Exit(1)


def _settings() -> Settings:
    from bot.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


def _on(settings: Settings, channel: str) -> bool:
    if channel not in NAMES:
        typer.echo(f"Không có ứng dụng “{channel}”. Có: {', '.join(NAMES)}.", err=True)
        return False
    one = settings.channels()[channel]
    if not one.on:
        prefix = f"DANLOI_{channel.upper().replace('-', '_')}__"
        typer.echo(f"{channel} chưa bật. Đặt {', '.join(prefix + name.upper() for name in one.missing())}.", err=True)
    return one.on


def _guides(settings: Settings) -> list[GuideItem]:
    """The guides for the menu; those that do not load are for `danloi check` to tell of."""
    from bot.channels.findings import GuideItem
    from bot.flows.loader import load

    folder = settings.flows_dir
    paths = [*folder.glob("*.yaml"), *folder.glob("answers/*.yaml"), *folder.glob("places.csv")]
    guides = load({path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(paths)}).guides
    return [GuideItem(id=id, title=guides[id].model.title) for id in guides]
