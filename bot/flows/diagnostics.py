"""What is wrong in the content: where, what, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from bot.flows.messages import ENGLISH, ERRORS, VIETNAMESE, Sentence

Severity = Literal["error", "warning"]
Language = Literal["vi", "en"]
_TABLES: Mapping[str, Mapping[str, Sentence]] = {"vi": VIETNAMESE, "en": ENGLISH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding. `code` and `params` choose the sentences; `params["near"]` is what was probably meant."""

    file: str
    line: int
    column: int
    code: str
    params: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @property
    def severity(self) -> Severity:
        """An error could mislead or endanger a citizen, or break a talk; a warning is only poor."""
        return "error" if self.code in ERRORS else "warning"

    @property
    def message(self) -> str:
        return self.told("vi")[0]

    @property
    def mend(self) -> str:
        return self.told("vi")[1]

    def told(self, language: str = "vi") -> tuple[str, str]:
        """What is wrong, and how to mend it, in Vietnamese or (`en`) English."""
        sentence = _TABLES[language][self.code]
        mend = sentence.near if self.params.get("near") and sentence.near else sentence.mend
        return sentence.what.format_map(self.params), mend.format_map(self.params)

    def text(self, language: str = "vi") -> str:
        """`file:line:column  code  what → mend`"""
        what, mend = self.told(language)
        return f"{self.file}:{self.line}:{self.column}  {self.code}  {what} → {mend}"

    def as_json(self, language: str = "vi") -> dict[str, str | int]:
        what, mend = self.told(language)
        return {"file": self.file, "line": self.line, "column": self.column, "code": self.code, "severity": self.severity, "message": what, "mend": mend}


def in_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, by file and place."""
    once = {(one.file, one.line, one.column, one.code, tuple(sorted(one.params.items()))): one for one in found}
    return tuple(once[key] for key in sorted(once))
