"""`danloi schema`: the JSON Schema of guides, and what else is generated from the model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.flows.reference import CHECKS_PAGE, LANGUAGE_PAGE, checks_page, language_page
from bot.flows.schema import ANSWERS_FILE, GUIDE_FILE, TALK_FILE, answers_schema, guide_schema, talk_schema, written
from bot.settings import load_settings


def schema(
    write: Annotated[bool, typer.Option("--write", help="Ghi vào flows/ (và docs/ nếu có) thay vì in ra.")] = False,
    answers: Annotated[bool, typer.Option("--answers", help="In lược đồ của flows/answers/*.yaml.")] = False,
) -> None:
    """In lược đồ JSON của hướng dẫn, để trình soạn thảo gợi ý khi viết."""
    if not write:
        typer.echo(written(answers_schema() if answers else guide_schema()), nl=False)
        return
    flows = load_settings().flows_dir
    for path, text in generated(flows, Path("docs")).items():
        if path.parent.is_dir():
            path.write_text(text, encoding="utf-8")
            typer.echo(path)


def generated(flows: Path, docs: Path) -> dict[Path, str]:
    """Every generated file with the text that it should hold."""
    return {
        flows / GUIDE_FILE: written(guide_schema()),
        flows / ANSWERS_FILE: written(answers_schema()),
        flows / TALK_FILE: written(talk_schema()),
        docs / LANGUAGE_PAGE: language_page(),
        docs / CHECKS_PAGE: checks_page(),
    }


def main() -> None:
    typer.run(schema)


if __name__ == "__main__":
    main()
