"""`danloi check` and `danloi schema` as a maintainer and CI run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bot.cli.check import check
from bot.cli.schema import schema
from tests.flows.writing import END, guide_text

GOOD = guide_text("a: {ask: Gì?, choices: [{label: A}], next: e}\n" + END)
WITH_WARNING = guide_text("a: {do: Làm., next: e}\n" + END)
WITH_ERROR = guide_text("a: {say: Chào., next: x}\n" + END)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "answers").mkdir()
    return tmp_path


def run(*words: str, command: object = check) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_errors_end_with_one(folder: Path) -> None:
    """Warnings do not."""
    (folder / "a.yaml").write_text(GOOD, encoding="utf-8")
    assert run(str(folder)) == (0, "0 lỗi, 0 chỗ nên xem lại\n")
    (folder / "a.yaml").write_text(WITH_WARNING, encoding="utf-8")
    code, shown = run(str(folder), "--lang", "en")
    assert code == 0
    assert shown.splitlines() == [
        "a.yaml:6:3  do-without-stuck  This do has no problems (stuck) → add what goes wrong here and what helps",
        "0 errors, 1 warnings",
    ]
    (folder / "a.yaml").write_text(WITH_ERROR, encoding="utf-8")
    code, shown = run(str(folder))
    assert code == 1
    assert shown.splitlines()[0].startswith("a.yaml:6:25  unknown-step  Không có bước “x” trong hướng dẫn này → ")


def test_a_terminal_shows_colours_and_a_file_does_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red for errors, yellow for what is only poor; none where `NO_COLOR` is set."""
    (folder / "a.yaml").write_text(WITH_ERROR, encoding="utf-8")
    (folder / "b.yaml").write_text(WITH_WARNING.replace("guide: thu", "guide: hai"), encoding="utf-8")
    app = typer.Typer()
    app.command()(check)
    shown = CliRunner().invoke(app, [str(folder)], color=True).output
    assert "\x1b[31munknown-step\x1b[0m" in shown
    assert "\x1b[33mdo-without-stuck\x1b[0m" in shown
    assert "\x1b" not in CliRunner().invoke(app, [str(folder)]).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(app, [str(folder)], color=True).output


def test_json_is_one_list(folder: Path) -> None:
    """Empty where all is well."""
    assert run(str(folder), "--format", "json") == (0, "[]\n")
    (folder / "answers" / "b.yaml").write_text("answers: x\n", encoding="utf-8")
    code, shown = run(str(folder), "--format", "json", "--lang", "en")
    assert code == 1
    assert [(one["file"], one["line"], one["column"], one["code"], one["severity"]) for one in json.loads(shown)] == [
        ("answers/b.yaml", 1, 10, "wrong-list", "error")
    ]


def test_github_shows_findings_at_their_lines(folder: Path) -> None:
    """As workflow commands."""
    (folder / "a.yaml").write_text(WITH_ERROR, encoding="utf-8")
    code, shown = run(str(folder), "--format", "github", "--lang", "en")
    assert code == 1
    assert (
        f"::error file={folder.as_posix()}/a.yaml,line=6,col=25,title=unknown-step::This guide has no step “x” → write the step, or name another"
        in shown.splitlines()
    )


def test_the_folder_comes_from_the_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless it is named; a folder that is not there is said so."""
    monkeypatch.setenv("DANLOI_FLOWS_DIR", str(folder))
    (folder / "a.yaml").write_text(WITH_ERROR, encoding="utf-8")
    assert run()[0] == 1
    assert run(str(folder / "x"))[0] == 2


def test_one_file_is_checked_with_what_it_refers_to(folder: Path) -> None:
    """Mistakes elsewhere are not shown."""
    (folder / "a.yaml").write_text(guide_text("a: {call: hai, next: e}\n" + END), encoding="utf-8")
    (folder / "b.yaml").write_text(guide_text("a: {do: Làm., next: e}\n" + END, name="hai"), encoding="utf-8")
    (folder / "answers" / "c.yaml").write_text("answers: x\n", encoding="utf-8")
    assert run(str(folder / "a.yaml")) == (0, "0 lỗi, 0 chỗ nên xem lại\n")
    assert run(str(folder / "answers" / "c.yaml"), "--lang", "en")[1].splitlines()[-1] == "1 errors, 0 warnings"


def test_what_cannot_be_drawn_is_an_error(folder: Path) -> None:
    """Words too long for the picture, or a picture that there is not."""
    (folder / "a.yaml").write_text(
        guide_text(f"a: {{say: x, screen: {{app: A, title: B, highlight: {'chữ ' * 60}}}, next: b}}\nb: {{say: y, picture: ap-te, next: e}}\n" + END),
        encoding="utf-8",
    )
    code, shown = run(str(folder), "--format", "json")
    assert code == 1
    assert [(one["code"], one["line"]) for one in json.loads(shown)] == [("screen-too-long", 6), ("unknown-picture", 7)]
    assert json.loads(shown)[1]["mend"] == "có phải là “ap-the” không?"


def test_a_file_that_is_too_large_is_a_finding(folder: Path) -> None:
    """It is not read to its end."""
    (folder / "a.yaml").write_bytes(b"# " + b"x" * (2 * 1024 * 1024))
    code, shown = run(str(folder), "--lang", "en")
    assert code == 1
    assert "a.yaml:1:1  file-too-large" in shown


def test_schema_is_printed_or_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the guides are."""
    code, shown = run(command=schema)
    assert code == 0
    assert json.loads(shown)["properties"]["guide"]
    assert json.loads(run("--answers", command=schema)[1])["properties"]["answers"]
    monkeypatch.setenv("DANLOI_FLOWS_DIR", str(folder))
    monkeypatch.chdir(folder)
    assert run("--write", command=schema)[0] == 0
    assert (folder / "guide.schema.json").read_text(encoding="utf-8") == shown
