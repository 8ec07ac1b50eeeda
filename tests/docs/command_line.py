"""The command line as documentation and compose files spell it."""

from __future__ import annotations

from functools import cache
from typing import Any

import typer

from bot.cli.main import build


def misspelt(words: list[str]) -> str | None:
    """What of `danloi WORDS` does not exist; None when all does. Arguments are not looked at."""
    command = commands()
    for word in words:
        name = word.partition("=")[0]
        if name.startswith("-"):
            if name != "--help" and not any(name in (*parameter.opts, *parameter.secondary_opts) for parameter in command.params):
                return f"no option {name}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"no command {word}"
            command = command.commands[word]
    return None


@cache
def commands() -> Any:
    """Every command with its options; Typer's own kind of click command."""
    return typer.main.get_command(build())
