"""`danloi check`: what is wrong in the guides and how to mend it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot.cli import database
from bot.flows.checks import check as check_content
from bot.flows.diagnostics import Diagnostic, in_order
from bot.flows.loader import ANSWERS_FOLDER, Loaded, load
from bot.flows.schema_errors import near
from bot.flows.standing import left_behind
from bot.flows.yaml_tree import MAX_BYTES
from bot.settings import Settings, SettingsError, load_settings

VIET_NAM = timezone(timedelta(hours=7))
READ_SUFFIXES = {".yaml", ".yml", ".csv"}
WATCHED_SUFFIXES = {*READ_SUFFIXES, ".po"}


class Format(StrEnum):
    TEXT = "text"
    GITHUB = "github"
    JSON = "json"


class Language(StrEnum):
    VIETNAMESE = "vi"
    ENGLISH = "en"


def check(
    path: Annotated[Path | None, typer.Argument(help="Thư mục hướng dẫn, hoặc một tệp trong đó; bỏ trống thì dùng DANLOI_FLOWS_DIR.")] = None,
    format: Annotated[Format, typer.Option("--format", help="text cho người đọc, github cho CI, json cho chương trình.")] = Format.TEXT,
    language: Annotated[Language, typer.Option("--lang", help="vi hoặc en.")] = Language.VIETNAMESE,
    watch: Annotated[bool, typer.Option("--watch", help="Soát lại mỗi khi có tệp được lưu; Ctrl+C để dừng.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Mở thử từng trang chính thức, chỉ ra trang đã chết.")] = False,
) -> None:
    """Kiểm tra mọi hướng dẫn: sai ở đâu, sửa thế nào. Có lỗi thì mã thoát là 1."""
    path = path or load_settings().flows_dir
    if not path.exists():
        typer.echo(f"Không có {path}", err=True)
        raise typer.Exit(2)
    folder = path if path.is_dir() else path.parent.parent if path.parent.name == ANSWERS_FOLDER.strip("/") else path.parent
    if watch:
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C in the middle of a check ends it as quietly as between two
            _watch(folder, path, format, language)
        return
    found = findings(folder, only=path if path.is_file() else None, online=online)
    _show(render(found, format, language, folder))
    if any(one.severity == "error" for one in found):
        raise typer.Exit(1)


def findings(folder: Path, *, only: Path | None = None, online: bool = False) -> tuple[Diagnostic, ...]:
    """All that is wrong in a folder; of one file, where it is named: the rest is read for what this file refers to."""
    with _no_collecting():
        loaded = load(read_folder(folder))
        dead = _dead_links(loaded) if online else []
        more = (*drawing_errors(loaded), *standing_errors(loaded, folder), *beside_findings(loaded, folder), *dead)
        found = in_order([*check_content(loaded, today=datetime.now(VIET_NAM).date()), *more])
    return found if only is None else tuple(one for one in found if one.file == only.relative_to(folder).as_posix())


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Hundreds of guides are millions of objects that all stay: looking through them for garbage takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _dead_links(loaded: Loaded) -> list[Diagnostic]:
    """Ask for every page; the bar is on standard error, so that the findings can be read by a program."""
    import requests
    from rich.console import Console
    from rich.progress import track

    from bot.service.sources import addresses, dead

    console = Console(stderr=True)
    with requests.Session() as session:
        pages = track(addresses(loaded), description="Mở từng trang", console=console, transient=True)
        return [one for address in pages for one in dead(address, session)]


def _watch(folder: Path, path: Path, format: Format, language: Language) -> None:
    """Check now and whenever a file is saved, until it is stopped."""
    from watchfiles import watch

    only = path if path.is_file() else None
    _show(render(findings(folder, only=only), format, language, folder))
    settings = _served_from(folder)
    folders = [folder, *(one for one in (settings.nlu_dir, settings.locales_dir) if one.is_dir())] if settings else [folder]
    for changes in watch(*folders, watch_filter=lambda _, name: Path(name).suffix in WATCHED_SUFFIXES, raise_interrupt=False):
        saved = ", ".join(sorted({Path(name).name for _, name in changes}))
        _show(f"\n{datetime.now(VIET_NAM):%H:%M:%S}  {saved}\n{render(findings(folder, only=only), format, language, folder)}")


def drawing_errors(loaded: Loaded) -> Iterator[Diagnostic]:
    """Steps whose picture cannot be drawn: they would go without. Looked for here because drawing is not the guides' business."""
    from bot.dialogue.drawings import PICTURE_ALT
    from bot.outreach.illustrations import draw  # fonts and images, which no other command needs
    from bot.outreach.lettering import TooLong

    for draft in loaded.guide_drafts:
        for step_id, step in draft.model.steps.items():
            if step.picture and step.picture not in PICTURE_ALT:
                params = {"name": step.picture, "near": near(step.picture, PICTURE_ALT), "known": ", ".join(PICTURE_ALT)}
                yield draft.finding("unknown-picture", ("steps", step_id, "picture"), params)
            try:
                if step.screen:
                    draw(step.screen)
            except TooLong as error:
                yield draft.finding("screen-too-long", ("steps", step_id, "screen"), words=str(error))


def standing_errors(loaded: Loaded, folder: Path) -> Iterator[Diagnostic]:
    """Steps that are gone though people stand on them. Looked for in the folder that is served, where its database runs."""
    settings = _served_from(folder)
    if settings is None or not database.made(settings):
        return
    from bot.store.errors import Unavailable
    from bot.store.standing import standing  # the driver, for which other checks need not wait

    try:
        yield from left_behind(loaded, asyncio.run(standing(settings)))
    except Unavailable as error:
        typer.echo(f"Chưa xem được bà con đang đứng ở bước nào: {error}", err=True)


def beside_findings(loaded: Loaded, folder: Path) -> tuple[Diagnostic, ...]:
    """What is wrong in the translations and in what people say, of the folder that is served: they belong to its guides."""
    settings = _served_from(folder)
    if settings is None:
        return ()
    from bot.service.beside import Beside  # numbers, catalogues: what other commands need not wait for

    return tuple(Beside(settings).findings(loaded))


def _served_from(folder: Path) -> Settings | None:
    """The settings, if it is their guides that lie in this folder."""
    try:
        settings = load_settings()
    except SettingsError:
        return None
    return settings if folder.resolve() == settings.flows_dir.resolve() else None


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a flows folder by their path in it. Of a file that is too large just enough is read to see that it is."""
    files = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in READ_SUFFIXES and path.is_file():
            with path.open("rb") as file:
                files[path.relative_to(folder).as_posix()] = file.read(MAX_BYTES + 1)
    return files


def render(found: Sequence[Diagnostic], format: Format, language: Language, folder: Path) -> str:
    """All findings as text, as GitHub's workflow commands, or as one JSON list."""
    if format is Format.JSON:
        return json.dumps([one.as_json(language) for one in found], ensure_ascii=False, indent=2)
    if format is Format.GITHUB:
        return "\n".join(_github(one, language, folder) for one in found)
    errors = sum(one.severity == "error" for one in found)
    words = ("errors", "warnings") if language is Language.ENGLISH else ("lỗi", "chỗ nên xem lại")
    total = typer.style(f"{errors} {words[0]}, {len(found) - errors} {words[1]}", bold=True, fg="red" if errors else "green")
    return "\n".join([*(_coloured(one, language) for one in found), total])


def _coloured(one: Diagnostic, language: Language) -> str:
    """The same as `Diagnostic.text`; the colours are left out where nobody would see them."""
    what, mend = one.told(language)
    place = typer.style(f"{one.file}:{one.line}:{one.column}", bold=True)
    return f"{place}  {typer.style(one.code, fg='red' if one.severity == 'error' else 'yellow')}  {what} → {typer.style(mend, fg='green')}"


def _show(text: str) -> None:
    """Colours are for a terminal, and not for who wants none (https://no-color.org)."""
    typer.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def _github(one: Diagnostic, language: Language, folder: Path) -> str:
    what, mend = one.told(language)
    words = f"{what} → {mend}".replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{one.severity} file={_path_of(one, folder).as_posix()},line={one.line},col={one.column},title={one.code}::{words}"


def _path_of(one: Diagnostic, folder: Path) -> Path:
    """Where the file of a finding lies; those beside the guides are named by their own folder."""
    settings = _served_from(folder)
    beside = [settings.nlu_dir, settings.locales_dir] if settings else []
    own = next((other for other in beside if one.file.partition("/")[0] == other.name), None)
    return folder / one.file if own is None else own.parent / one.file


def main() -> None:
    typer.run(check)


if __name__ == "__main__":
    main()
