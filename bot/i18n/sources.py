"""A text as translators get it: the Vietnamese source, its place, and what they must know to translate it well."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_IN_BRACES = re.compile(r"\{[^{}]*\}|[{}]")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceText:
    """`context` is the place of the text and unique; `notes` are lines for the translator; `file` is where the text stands, and `path` its value there."""

    context: str
    text: str
    notes: tuple[str, ...] = ()
    file: str = ""
    path: tuple[str | int, ...] = ()


def placeholders(text: str) -> Counter[str]:
    """The `{slots}` of a text, and any brace that stands alone: a translation must hold exactly the same."""
    return Counter(_IN_BRACES.findall(text))


def same_placeholders(source: str, translation: str) -> bool:
    """Whether the bot can fill in `translation` where it can fill in `source`; a slot may be named more or less often."""
    return placeholders(source).keys() == placeholders(translation).keys()
