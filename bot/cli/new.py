"""`danloi new`: a first guide from a few questions, asked in the terminal or answered by options."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import load
from bot.flows.starter import Beginning, first_guide, is_id, is_official
from bot.i18n.folding import fold
from bot.service.content import guide_files
from bot.settings import load_settings

VIET_NAM = timezone(timedelta(hours=7))
PORTAL = "https://dichvucong.gov.vn"


def new(
    guide: Annotated[str, typer.Argument(help="Tên hướng dẫn: chữ thường không dấu, nối bằng gạch ngang, ví dụ cap-the.")],
    title: Annotated[str | None, typer.Option(help="Tên bà con đọc thấy.")] = None,
    minutes: Annotated[int, typer.Option(min=1, max=480, help="Mất khoảng bao nhiêu phút.")] = 15,
    thing: Annotated[list[str] | None, typer.Option(help="Thứ cần có bên mình; viết nhiều lần được.")] = None,
    task: Annotated[list[str] | None, typer.Option(help="Một việc bà con làm, theo thứ tự; viết nhiều lần được.")] = None,
    source_title: Annotated[str | None, typer.Option("--source-title", help="Tên văn bản hoặc trang chính thức.")] = None,
    source_url: Annotated[str | None, typer.Option("--source-url", help="Địa chỉ https của nguồn chính thức.")] = None,
    checked: Annotated[bool, typer.Option("--checked", help="Hôm nay đã đọc lại nguồn và thấy đúng.")] = False,
) -> None:
    """Viết một hướng dẫn mới từ vài câu hỏi. Không có người gõ thì dùng các tùy chọn."""
    flows = load_settings().flows_dir
    path = flows / f"{guide}.yaml"
    if not is_id(guide):
        _stop(f"Tên “{guide}” không dùng được → thử: {fold(guide).replace(' ', '-')[:32].strip('-') or 'cap-the'}")
    if path.exists():
        _stop(f"Đã có {path} → sửa tệp đó, hoặc chọn tên khác")
    asks = sys.stdin.isatty() and title is None
    told = Beginning(
        guide=guide,
        title=title or _ask(asks, "Tên việc, như bà con gọi", guide.replace("-", " ").capitalize()),
        minutes=typer.prompt("Mất khoảng bao nhiêu phút", default=minutes, type=int) if asks else minutes,
        things=thing or (_list("Cần có bên mình những gì (mỗi thứ một dòng, dòng trống là hết)") if asks else []),
        tasks=task or (_list("Bà con làm từng việc nào (mỗi việc một dòng, dòng trống là hết)") if asks else []),
        source_title=source_title or _ask(asks, "Tên văn bản hoặc trang chính thức", "Cổng Dịch vụ công quốc gia"),
        source_url=_official(source_url or _ask(asks, "Địa chỉ trang đó", PORTAL)),
        checked=datetime.now(VIET_NAM).date() if checked or (asks and typer.confirm("Hôm nay đã đọc trang đó và thấy đúng chưa?")) else None,
    )
    text = first_guide(told)
    errors = _errors(flows, path, text)
    if errors:
        _stop("\n".join(one.text() for one in errors))
    flows.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    typer.echo(f"{path}\nXem và thử: danloi check, danloi chat {guide}, danloi graph {guide}")


def _ask(asks: bool, question: str, usual: str) -> str:
    answer: str = typer.prompt(question, default=usual) if asks else usual
    return answer


def _list(question: str) -> list[str]:
    typer.echo(question)
    return list(iter(_line, ""))


def _line() -> str:
    line: str = typer.prompt("-", default="", show_default=False)
    return line.strip()


def _official(url: str) -> str:
    if not is_official(url):
        _stop(f"“{url}” không phải trang chính thức → dùng địa chỉ https có đuôi .gov.vn, ví dụ {PORTAL}")
    return url


def _errors(flows: Path, path: Path, text: str) -> list[Diagnostic]:
    """What the checks would say of the new file among the others."""
    loaded = load((guide_files(flows) if flows.is_dir() else {}) | {path.name: text.encode()})
    return [one for one in loaded.diagnostics if one.file == path.name and one.severity == "error"]


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)


def main() -> None:
    typer.run(new)


if __name__ == "__main__":
    main()
