"""Commands as a maintainer runs them, in this process: the exit code and all that is printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from typer.testing import CliRunner

from bot.cli.main import build

ROOT = Path(__file__).parents[2]


def danloi(*words: str, typed: str = "", env: Mapping[str, str] | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(build(only=words[0]), list(words), input=typed, env=dict(env or {}))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output
