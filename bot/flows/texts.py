"""Slots in texts: `Hạn chót là {deadline}.`"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from bot.i18n.dates import format_date

UNFILLED = "…"
# Anything else in braces is ordinary text.
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")


@lru_cache(maxsize=8192)
def slot_names(text: str) -> frozenset[str]:
    """The slots that `text` speaks of."""
    return frozenset(PLACEHOLDER.findall(text))


def fill(text: str, slots: Mapping[str, object]) -> str:
    """`text` with each `{slot}` replaced by its value; a slot that is not filled becomes `…`."""
    return PLACEHOLDER.sub(lambda match: _shown(slots.get(match[1])), text) if "{" in text else text


def _shown(value: object) -> str:
    if value is None:
        return UNFILLED
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, date):
        return format_date(value)
    if isinstance(value, int | float):
        return f"{value:,}".replace(",", " ").replace(".", ",").replace(" ", ".")
    return str(value)
