"""`danloi`: every command by name, imported only when it is the one that was asked for, so that `--help` is quick."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import typer

HELP = "Dẫn Lối: dẫn bà con làm dịch vụ công trực tuyến, từng bước một, ngay trong ứng dụng trò chuyện."

COMMANDS = {
    "serve": ("bot.cli.serve:serve", "Chạy tất cả: trang web, gửi tin, cơ sở dữ liệu nhúng."),
    "web": ("bot.cli.serve:web", "Chỉ chạy phần web: webhook và trang trò chuyện."),
    "worker": ("bot.cli.serve:worker", "Chỉ chạy phần gửi tin và việc định kỳ."),
    "chat": ("bot.cli.chat:chat", "Trò chuyện thử ngay trên dòng lệnh."),
    "check": ("bot.cli.check:check", "Soát các hướng dẫn: chỉ ra tệp, dòng, lỗi gì và sửa thế nào."),
    "test": ("bot.cli.test:run_tests", "Chạy các cuộc trò chuyện thử, xem bước nào chưa có ai thử."),
    "graph": ("bot.cli.graph:graph", "Vẽ một hướng dẫn: hình SVG, chữ Mermaid hoặc cây."),
    "new": ("bot.cli.new:new", "Viết một hướng dẫn mới từ vài câu hỏi."),
    "studio": ("bot.cli.studio:studio", "Mở xưởng trên máy này: xem sơ đồ, thử như bà con, sửa chữ."),
    "schema": ("bot.cli.schema:schema", "In JSON Schema của ngôn ngữ hướng dẫn."),
    "poster": ("bot.cli.poster:poster", "Tờ dán có mã QR: PDF, PNG; A3, A4, A5."),
    "kit": ("bot.cli.poster:kit", "Mọi thứ để đưa một hướng dẫn về bản, trong một thư mục."),
    "volunteer": ("bot.cli.volunteer:app", "Người giúp bà con: add, link, list, revoke."),
    "stats": ("bot.cli.stats:stats", "Số liệu: bao nhiêu lượt bắt đầu, làm xong, ở xã nào."),
    "link": ("bot.cli.link:link", "Đường dẫn, mã gõ tay và mã QR của một hướng dẫn."),
    "nlu": ("bot.cli.nlu:app", "Hiểu lời bà con: train, eval, parse, export."),
    "i18n": ("bot.cli.i18n:app", "Bản dịch: extract, update, status, export-csv, import-csv."),
    "channels": ("bot.cli.channels:app", "Các ứng dụng trò chuyện: setup, doctor, log."),
    "db": ("bot.cli.db:app", "Cơ sở dữ liệu: upgrade."),
    "erase": ("bot.cli.db:erase", "Xóa mọi dữ liệu của một người: CHANNEL:ID."),
}


SERVERS = {"serve", "web", "worker"}  # they run for months, so they hold no parser in memory for one word


def build(only: str | None = None) -> typer.Typer:
    """The whole command line, or one command of it; where `only` is no command, the others are there by name alone."""
    import typer

    app = typer.Typer(name="danloi", help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback()(_root)
    for name, (_, text) in COMMANDS.items():
        if only in (None, name):
            command = _function(name)
            if isinstance(command, typer.Typer):
                app.add_typer(command, name=name, help=text)
            else:
                app.command(name, help=text)(command)
        else:
            app.command(name, help=text)(_root)
    return app


def main() -> None:
    """The console script."""
    if len(sys.argv) == 2 and sys.argv[1] in SERVERS:
        _function(sys.argv[1])()
        return
    name = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    build(only=name)()


def _function(name: str) -> Any:
    module, attribute = COMMANDS[name][0].split(":")
    return getattr(import_module(module), attribute)


def _root() -> None:
    """Dẫn Lối."""


if __name__ == "__main__":
    main()
