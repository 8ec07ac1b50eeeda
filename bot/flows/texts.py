"""Slots in texts: `Hạn chót là {deadline}.`"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from bot.i18n.formats import format_value

UNFILLED = "…"
# Anything else in braces is ordinary text.
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")


@lru_cache(maxsize=8192)
def slot_names(text: str) -> frozenset[str]:
    """The slots that `text` speaks of."""
    return frozenset(PLACEHOLDER.findall(text))


def fill(text: str, slots: Mapping[str, object], language: str = "vi") -> str:
    """`text` with each `{slot}` replaced by its value, written as in `language`; a slot that is not filled becomes `…`."""
    return PLACEHOLDER.sub(lambda match: _shown(slots.get(match[1]), language), text) if "{" in text else text


def _shown(value: object, language: str) -> str:
    return UNFILLED if value is None else format_value(value, language)
