"""What a content repository is offered works: the hooks' commands, the action's steps, the editor's schemas."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cli.running import danloi
from tests.docs.command_line import misspelt
from tests.docs.pages import HOUSE, tracked_files
from tests.flows.writing import END, guide_text

HOOKS = yaml.safe_load((HOUSE / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((HOUSE / ".ci/check-content/action.yml").read_text(encoding="utf-8"))


@pytest.fixture
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/thu.yaml").write_text(guide_text("a: {ask: Gì?, choices: [{label: A}], next: e}\n" + END), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{HOUSE / '.venv/bin'}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_the_hooks_run_commands_that_there_are(content: Path) -> None:
    for hook in HOOKS:
        program, *words = hook["entry"].split()
        assert program == "danloi"
        assert misspelt(words) is None
        assert re.search(hook["files"], "flows/thu.yaml")
    assert danloi(*HOOKS[0]["entry"].split()[1:])[0] == 0
    (content / "flows/thu.yaml").write_text("guide: x\n", encoding="utf-8")
    assert danloi(*HOOKS[0]["entry"].split()[1:])[0] == 1


def test_the_action_tells_mistakes_at_their_lines(content: Path) -> None:
    """Its own shell lines, with its own inputs."""
    inputs = {name: one["default"] for name, one in ACTION["inputs"].items()}
    steps = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}

    def run(name: str) -> subprocess.CompletedProcess[str]:
        own = {key: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: inputs[found[1]], value) for key, value in steps[name]["env"].items()}
        own = {key: value.replace("${{ runner.temp }}", str(content)) for key, value in own.items()}
        return subprocess.run(["bash", "-e", "-c", steps[name]["run"]], cwd=content, env=os.environ | own, capture_output=True, text=True, check=False)

    assert run("danloi check").returncode == 0
    assert run("danloi test").returncode == 0
    (content / "flows/thu.yaml").write_text(guide_text("a: {say: Chào., next: x}\n" + END), encoding="utf-8")
    told = run("danloi check")
    assert told.returncode == 1
    assert "::error file=flows/thu.yaml,line=6,col=25,title=unknown-step::" in told.stdout


def test_the_editor_has_a_schema_for_each_kind_of_file() -> None:
    told = json.loads((HOUSE / ".vscode/settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert all((HOUSE / schema).is_file() for schema in told)
    files = [path.relative_to(HOUSE).as_posix() for path in tracked_files() if path.suffix == ".yaml"]
    for folder in ("flows/", "flows/answers/", "tests/talks/"):
        inside = [name for name in files if name.startswith(folder)]
        assert inside
        for name in inside:
            assert [pattern for pattern in told.values() if fnmatch.fnmatch(name, pattern)], name
