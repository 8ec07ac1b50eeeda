"""`danloi i18n`: the texts for translators, bringing catalogues up to date, how far each language is, and the same as tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import polib
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.check import read_folder
from bot.dialogue.sources import sources
from bot.flows.loader import load
from bot.i18n import po
from bot.i18n.catalogue import DOMAIN, SOURCE_LANGUAGE
from bot.i18n.phrases import FEW_WORDS
from bot.i18n.sources import SourceText
from bot.settings import load_settings
from bot.web.words import page_sources

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
# Their names in Vietnamese, until a speaker writes the language's own into the header.
NAMES = {"en": "English", "twh": "Thái Trắng", "blt": "Thái Đen", "mww": "Mông Trắng", "ium": "Dao", "hni": "Hà Nhì"}
WAITING = (
    "Đang chờ người nói tiếng này dịch. Dịch xong và có người khác đọc lại rồi thì đổi X-Reviewed thành yes; đến lúc đó bà con mới chọn được.\n"
    "Waits for native speakers. When it is translated and another speaker has read it, set X-Reviewed to yes; only then can citizens choose it."
)
FEW_PLACES = frozenset(f"bot.{name}" for name in FEW_WORDS)

BAR = 16  # characters

Code = Annotated[str, typer.Argument(metavar="LANG", help="Mã tiếng, ví dụ en.")]


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"


@app.command()
def extract(check: Annotated[bool, typer.Option("--check", help="Chỉ xem tệp mẫu có còn đúng không; không đúng thì mã thoát là 1.")] = False) -> None:
    """Gom mọi câu tiếng Việt của hướng dẫn, câu trả lời và trang web vào locales/danloi.pot."""
    path = _folder() / f"{DOMAIN}.pot"
    texts = _texts()
    fresh = po.template(texts)
    if check:
        if not path.exists() or po.read(path) != fresh:
            _fail(f"{path}: không còn đúng với các câu gốc → chạy danloi i18n extract")
        typer.echo(f"{path}: đúng")
        return
    po.save(fresh, path)
    typer.echo(f"{path}: {len(texts)} câu")


@app.command()
def update(
    language: Annotated[str | None, typer.Argument(metavar="LANG", help="Mã tiếng; bỏ trống thì cập nhật mọi tiếng. Tiếng chưa có thì tạo mới.")] = None,
) -> None:
    """Đưa bản dịch theo kịp câu gốc: câu đã đổi thành “fuzzy” và giữ câu cũ, câu không còn dùng thì để riêng ở cuối tệp."""
    folder, texts = _folder(), _texts()
    po.save(po.template(texts), folder / f"{DOMAIN}.pot")
    if language and not LANGUAGE.fullmatch(language):
        _fail(f"“{language}” không phải mã tiếng → dùng mã như en, twh")
    for code in [language] if language else _languages(folder):
        path = po.path_of(folder, code)
        if path.exists():
            catalogue = _read(path)
        else:
            catalogue = po.new_catalogue(code, NAMES.get(code, code))
            catalogue.header = WAITING
        wanted = po.wanted(catalogue, texts, FEW_PLACES)
        merged = po.merge(catalogue, wanted)
        po.save(merged, path)
        state = po.state(merged, code, wanted)
        typer.echo(f"{path}: dịch rồi {state.translated}, cần xem lại {state.fuzzy}, còn thiếu {state.missing}")


@app.command()
def status(format: Annotated[Format, typer.Option("--format", help="text cho người đọc, json cho chương trình.")] = Format.TEXT) -> None:
    """Mỗi tiếng dịch được bao nhiêu. Có câu dịch sai chữ trong ngoặc nhọn thì chỉ ra dòng, mã thoát là 1."""
    folder, texts = _folder(), _texts()
    states, wrong = [], []
    for code in _languages(folder):
        path = po.path_of(folder, code)
        catalogue = _read(path)
        states.append(po.state(catalogue, code, po.wanted(catalogue, texts, FEW_PLACES)))
        wrong += [f"{path}:{one.line}  {one.text}" for one in po.faults(catalogue)]
    if format is Format.JSON:
        typer.echo(json.dumps([_as_json(one) for one in states], ensure_ascii=False, indent=2))
    else:
        Console().print(_table(states))
    for line in wrong:
        typer.echo(line, err=True)
    if wrong:
        raise typer.Exit(1)


@app.command("export-csv")
def export_csv(
    language: Code,
    file: Annotated[Path | None, typer.Argument(help="Tệp để ghi; bỏ trống thì là LANG.csv.")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="Chỉ những câu chưa dịch hoặc cần xem lại.")] = False,
) -> None:
    """Ghi bản dịch ra bảng CSV, mở được bằng Excel hay LibreOffice."""
    file = file or Path(f"{language}.csv")
    catalogue = _catalogue(language)
    texts = po.wanted(catalogue, _texts(), FEW_PLACES)
    if only_open:
        done = {entry.msgctxt for entry in catalogue.translated_entries() if not entry.obsolete}
        texts = [one for one in texts if one.context not in done]
    file.write_text(po.to_csv(catalogue, texts), encoding="utf-8", newline="")
    typer.echo(f"{file}: {len(texts)} câu")


@app.command("import-csv")
def import_csv(language: Code, file: Annotated[Path, typer.Argument(help="Bảng đã dịch.", exists=True, dir_okay=False)]) -> None:
    """Đọc bảng CSV đã dịch. Có dòng sai thì chỉ ra dòng và không đổi gì."""
    catalogue = _catalogue(language)
    try:
        table = file.read_text("utf-8")
    except UnicodeDecodeError:
        _fail(f"{file}:1  không phải UTF-8 → khi lưu, chọn “CSV UTF-8”")
    texts = po.wanted(catalogue, _texts(), FEW_PLACES)
    changed, wrong = po.from_csv(catalogue, table, texts)
    if wrong:
        for one in wrong:
            typer.echo(f"{file}:{one.line}  {one.text}", err=True)
        _fail(f"{len(wrong)} dòng sai, chưa đổi gì")
    po.save(po.merge(catalogue, texts), po.path_of(_folder(), language))
    typer.echo(f"{po.path_of(_folder(), language)}: đổi {changed} câu")


def _texts() -> list[SourceText]:
    """Every text there is. A guide with an error has none to show, and its translations must not be put aside for that."""
    loaded = load(read_folder(load_settings().flows_dir))
    broken = [one for one in loaded.diagnostics if one.severity == "error"]
    if broken:
        for one in broken:
            typer.echo(one.text(), err=True)
        _fail("các hướng dẫn còn lỗi → chạy danloi check, sửa xong rồi làm lại")
    return [*sources(loaded.guides), *page_sources()]


def _folder() -> Path:
    return load_settings().locales_dir


def _languages(folder: Path) -> Iterator[str]:
    return (path.parent.parent.name for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")))


def _catalogue(language: str) -> polib.POFile:
    path = po.path_of(_folder(), language)
    if language == SOURCE_LANGUAGE or not path.exists():
        _fail(f"chưa có tiếng “{language}” → chạy danloi i18n update {language}")
    return _read(path)


def _read(path: Path) -> polib.POFile:
    try:
        return po.read(path)
    except (OSError, UnicodeDecodeError) as error:
        line = re.search(r"line (\d+)", str(error))
        _fail(f"{path}:{line[1] if line else 1}  không đọc được tệp này → mở bằng Poedit để sửa, hoặc lấy lại bản trước")


def _as_json(state: po.State) -> dict[str, object]:
    counts = {"translated": state.translated, "fuzzy": state.fuzzy, "missing": state.missing, "total": state.total, "percent": state.percent}
    return {"language": state.language, "name": state.name, **counts, "offered": state.offered}


def _table(states: list[po.State]) -> Table:
    """Narrow enough for a terminal of eighty columns: no number may be cut."""
    table = Table(box=None, pad_edge=False)
    for head in ("Tiếng", "Tên", "", "%", "Dịch", "Xem lại", "Thiếu", "Chọn được"):
        table.add_column(head, justify="right" if head in ("%", "Dịch", "Xem lại", "Thiếu") else "left", no_wrap=True)
    for one in states:
        shown = "rồi" if one.offered else "chưa"
        table.add_row(one.language, one.name, _bar(one), str(one.percent), str(one.translated), str(one.fuzzy), str(one.missing), shown)
    return table


def _bar(state: po.State) -> Text:
    """What is translated, what must be looked at again, what is missing; told by shape too, for who sees no colours."""
    done, again = (BAR * count // (state.total or 1) for count in (state.translated, state.fuzzy))
    return Text.assemble(("█" * done, "green"), ("▒" * again, "yellow"), ("·" * (BAR - done - again), "dim"))


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
