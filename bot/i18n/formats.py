"""Values as people read them: numbers with the marks of their language, yes and no as words."""

from __future__ import annotations

from datetime import date

from bot.i18n.dates import format_date

_YES_NO = {"vi": ("có", "không"), "en": ("yes", "no")}
_GROUPS_WITH_COMMA = frozenset({"en"})  # 1,234.5; the languages of Viet Nam write 1.234,5


def format_value(value: object, language: str = "vi") -> str:
    """A slot's value; a language whose way is not known here gets the Vietnamese one."""
    if isinstance(value, bool):
        return format_yes_no(value, language)
    if isinstance(value, date):
        return format_date(value, language)
    if isinstance(value, int | float):
        return format_number(value, language)
    return str(value)


def format_number(value: int | float, language: str = "vi") -> str:
    """`1.234,5`, in English `1,234.5`."""
    grouped = f"{value:,}"
    return grouped if language in _GROUPS_WITH_COMMA else grouped.translate({ord(","): ".", ord("."): ","})


def format_yes_no(value: bool, language: str = "vi") -> str:
    yes, no = _YES_NO.get(language, _YES_NO["vi"])
    return yes if value else no
