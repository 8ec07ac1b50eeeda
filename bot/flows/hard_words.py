"""Words that many people of the villages do not know, with what to say instead: a list that maintainers keep (`hard-words.csv`)."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

COLUMNS = ["word", "say"]
_QUOTED = re.compile("“[^”]*”")  # what stands on a real screen has to be found as it is written there


@dataclass(frozen=True, slots=True)
class HardWords:
    """`say` by word, both in small letters."""

    say: Mapping[str, str] = field(default_factory=dict)
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = sorted(self.say, key=len, reverse=True)
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE) if words else None
        object.__setattr__(self, "_pattern", pattern)

    def found(self, text: str) -> Iterator[tuple[int, str, str]]:
        """Each such word in `text`: where it begins, the word, what to say. Words in “quotes” are left out."""
        if self._pattern is None:
            return
        plain = _QUOTED.sub(lambda match: " " * len(match.group()), text)
        for match in self._pattern.finditer(plain):
            yield match.start(), match.group(), self.say[match.group().lower()]

    @classmethod
    def from_csv(cls, text: str) -> HardWords:
        """Raises `ValueError`, “LINE: problem”, for a line that is none of the list's."""
        rows = csv.reader(io.StringIO(unicodedata.normalize("NFC", text)))
        if next(rows, None) != COLUMNS:
            raise ValueError("1: word,say")
        say: dict[str, str] = {}
        for row in rows:
            if not any(row):
                continue
            if len(row) != len(COLUMNS) or not all(cell.strip() for cell in row):
                raise ValueError(f"{rows.line_num}: {','.join(row)[:60]}")
            say[row[0].strip().lower()] = row[1].strip()
        return cls(say)
