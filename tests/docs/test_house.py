"""The files around the code agree with it: make, image, compose file, package, and a repository that holds nobody's machine."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.docs.command_line import misspelt
from tests.docs.pages import HOUSE, tracked_files

COMPOSE: dict[str, Any] = yaml.safe_load((HOUSE / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"] == "danloi"}


@pytest.mark.parametrize("name", OURS)
def test_the_compose_file_runs_commands_that_exist(name: str) -> None:
    assert misspelt(OURS[name]["command"]) is None


def test_the_compose_file_has_no_secret_of_its_own() -> None:
    environment = COMPOSE["x-danloi"]["environment"]

    assert environment["DANLOI_SECRET_KEY"].startswith("${DANLOI_SECRET_KEY:?")
    assert ":${POSTGRES_PASSWORD:?" in environment["DANLOI_DATABASE_URL"]


def test_two_web_processes_and_a_worker_share_one_database() -> None:
    roles = sorted(service["command"][0] for service in OURS.values())

    assert roles == ["db", "web", "web", "worker"]


def test_the_image_copies_what_the_ignore_file_lets_through() -> None:
    let_through = {line.removeprefix("!") for line in (HOUSE / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    copied = [
        line.split()[1:-1] for line in (HOUSE / "Dockerfile").read_text(encoding="utf-8").splitlines() if line.startswith("COPY ") and "--from" not in line
    ]

    assert {source for sources in copied for source in sources} == let_through
    assert not [name for name in let_through if not (HOUSE / name).exists()]


def test_without_a_python_make_says_what_to_install() -> None:
    run = subprocess.run(
        ["make", "VENV=.venv-of-nobody", "PYTHONS=python-of-nobody", ".venv-of-nobody/bin/python"], cwd=HOUSE, capture_output=True, text=True, check=False
    )

    assert run.returncode != 0
    assert "needs Python 3.11 or newer" in run.stderr
    assert not (HOUSE / ".venv-of-nobody").exists()


def test_help_imports_nothing_heavy() -> None:
    """`danloi --help` has 0.3 s; each of these would take a good part of it."""
    heavy = {"aiohttp", "alembic", "fastapi", "numpy", "pydantic", "requests", "rich.markdown", "scipy", "sklearn", "sqlalchemy", "starlette", "yaml"}
    run = subprocess.run([sys.executable, "-X", "importtime", "-m", "bot.cli.main", "--help"], cwd=HOUSE, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}

    assert "typer" in imported
    assert sorted(heavy & imported) == []


def test_no_file_names_somebodys_machine() -> None:
    """No home, no workplace, no registry other than the public ones: a clone must work anywhere."""
    homes = re.compile(rb"(?<![\w.~/-])/(?:root|work|home/\w+|Users/\w+)/[\w.-]")
    registries = re.compile(rb"(?:index-url|registry|proxy)\s*[=:]\s*['\"]?https?://", re.IGNORECASE)
    named = [str(path.relative_to(HOUSE)) for path in tracked_files() if homes.search(text := path.read_bytes()) or registries.search(text)]

    assert not named
