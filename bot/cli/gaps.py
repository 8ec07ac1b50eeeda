"""`danloi nlu gaps`: what people said that was not understood, put together, with examples to paste."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.database import database, made, opened, refuse
from bot.settings import SettingsError, load_settings


def gaps(
    file: Annotated[Path | None, typer.Option("--file", help="Đọc các câu từ tệp này, mỗi dòng một câu, thay vì từ cơ sở dữ liệu.")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Nhiều nhất bao nhiêu nhóm.")] = 20,
    smallest: Annotated[int, typer.Option("--smallest", min=1, help="Bỏ những nhóm ít câu hơn số này.")] = 1,
) -> None:
    """Những câu bot chưa hiểu (đã che số, người nói đã đồng ý), gom theo nhóm, kèm đoạn YAML để dán vào nlu_data."""
    from bot.nlu.classifier import Classifier
    from bot.nlu.gaps import cluster, snippet
    from bot.nlu.model_cache import ensure_model

    try:
        settings = load_settings()
    except SettingsError as error:
        refuse(str(error))
    said = [(line, "") for line in file.read_text(encoding="utf-8").splitlines()] if file else _kept()
    if not said:
        typer.echo("Chưa có câu nào. Câu chưa hiểu chỉ được giữ khi bà con bấm “Đồng ý”, và giữ 90 ngày.")
        return
    classifier = Classifier.load(ensure_model(settings.nlu_dir, settings.data_dir / "cache"))
    try:
        found = [one for one in cluster(said, classifier.parse) if one.count >= smallest]
    except ModuleNotFoundError as error:
        if error.name != "sklearn":
            raise
        refuse("Máy này chưa cài phần huấn luyện → cài danloi[train]")
    for one in found[:most]:
        where = f" · ở {', '.join(one.where)}" if one.where else ""
        typer.echo(f"# {one.count} câu{where}\n{snippet(one)}\n")
    typer.echo(f"# {len(said)} câu, {len(found)} nhóm. Chọn ý định cho đúng, dán vào một tệp của {settings.nlu_dir}, rồi: danloi nlu train && danloi nlu eval")


def _kept() -> list[tuple[str, str]]:
    """The sentences in the settings' database; none where there is no database yet."""
    from bot.nlu.gaps import MAX_SENTENCES
    from bot.store.errors import Stale, Unavailable

    settings = load_settings()
    if not made(settings):
        return []

    async def read(url: str) -> list[tuple[str, str]]:
        try:
            async with opened(url, settings) as store:
                return await store.gaps(MAX_SENTENCES)
        except (Stale, Unavailable) as error:
            refuse(str(error))

    with database(settings) as url:
        return asyncio.run(read(url))
