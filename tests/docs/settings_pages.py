"""Writes the settings' table of `docs/settings.md` and the whole of `.env.example` from the settings model.

Run it after a change of `bot/settings.py`: `.venv/bin/python tests/docs/settings_pages.py`. A test compares.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.settings import ChannelSettings, Settings

HOUSE = Path(__file__).parents[2]
PAGE = HOUSE / "docs/settings.md"
EXAMPLE = HOUSE / ".env.example"
_TABLES = re.compile(r"(?<=<!-- settings -->\n).*?(?=<!-- /settings -->)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One variable of the environment. `needed`: its channel is off without it."""

    variable: str
    default: str
    description: str
    needed: bool = False


def settings() -> dict[str, list[Setting]]:
    """Every setting, under the name of its channel; the general ones stand first, under an empty name."""
    groups: dict[str, list[Setting]] = {"": []}
    for name, field in Settings.model_fields.items():
        variable = f"DANLOI_{name.upper()}"
        if isinstance(field.default, ChannelSettings):
            groups[name] = [
                _setting(f"{variable}__{part.upper()}", inner, part in field.default.needed) for part, inner in type(field.default).model_fields.items()
            ]
        elif isinstance(field.default, BaseModel):
            groups[""] += [_setting(f"{variable}__{part.upper()}", inner) for part, inner in type(field.default).model_fields.items()]
        else:
            groups[""].append(_setting(variable, field))
    return groups


def page(old: str) -> str:
    """`docs/settings.md` with its table made new."""
    blocks = []
    for group, members in settings().items():
        heading = f"\n### {group}\n\n" if group else "\n"
        rows = [f"| `{one.variable}`{' (needed)' if one.needed else ''} | {one.description} | {f'`{one.default}`' if one.default else ''} |" for one in members]
        blocks.append("\n".join([f"{heading}| variable | meaning | default |", "| --- | --- | --- |", *rows, ""]))
    return _TABLES.sub(lambda _: "".join(blocks) + "\n", old)


def example() -> str:
    """`.env.example`: every setting, commented out, with its default."""
    lines = [
        "# Copy this file to .env and take the # away from what you set. docs/settings.md says more.",
        "# compose.yaml also reads POSTGRES_PASSWORD from .env:",
        "#POSTGRES_PASSWORD=",
    ]
    for group, members in settings().items():
        lines += ["", f"# --- {group}: on when all that is needed is set" if group else "# --- general"]
        for one in members:
            lines += [f"# {one.description}{' (needed)' if one.needed else ''}", f"#{one.variable}={one.default}"]
    return "\n".join(lines) + "\n"


def _setting(variable: str, field: FieldInfo, needed: bool = False) -> Setting:
    default = field.default
    if default is None or isinstance(default, SecretStr) or NoneType in get_args(field.annotation):
        default = ""
    return Setting(variable=variable, default=str(default), description=field.description or "", needed=needed)


def main() -> None:
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")


if __name__ == "__main__":
    main()
