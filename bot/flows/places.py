"""The communes and wards of the province, found by their new and their former names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process

from bot.i18n.folding import fold

MAX_MATCHES = 5
MAX_LENGTH = 120
CLOSE_ENOUGH = 84.0  # of 100: one slip in a short name; lower brings in other communes
COLUMNS = ("code", "name_vi", "type", "former_units")
_KIND = re.compile(r"^(?:(?:uy ban nhan dan|ubnd|tru so) )?(?:xa|phuong|thi tran|x|p|tt) ")
_AROUND = re.compile(r"\b(?:em|minh|toi|nha|chau|ba con|con|anh|chi|o|tai|thuoc|la|da|vang|a|huyen \w+(?: \w+)?|thanh pho lai chau|tinh lai chau|lai chau)\b")
_DISTRICT = re.compile(r"\s*\([^)]*\)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One commune or ward; `former` are the names of the units that were merged into it."""

    code: str
    name: str
    kind: str
    former: tuple[str, ...]

    @property
    def within(self) -> str:
        """The name in the middle of a sentence: “xã Bum Nưa”."""
        return self.name[:1].lower() + self.name[1:]


class Places:
    """All places, looked up by code or by what a citizen writes."""

    def __init__(self, places: Iterable[Place] = ()):
        self._by_code = {place.code: place for place in places}

    @classmethod
    def from_csv(cls, text: str) -> Places:
        """Read `code,name_vi,type,former_units`; raises `ValueError` saying which line is wrong."""
        rows = csv.DictReader(io.StringIO(text), strict=True)
        places: dict[str, Place] = {}
        try:
            if tuple(rows.fieldnames or ()) != COLUMNS:
                raise ValueError(f"1: columns must be {','.join(COLUMNS)}")
            for row in rows:
                place = _place(row, rows.line_num)
                if place.code in places:
                    raise ValueError(f"{rows.line_num}: {place.code} stands twice")
                places[place.code] = place
        except csv.Error as error:
            raise ValueError(f"{max(rows.line_num, 1)}: {error}") from None
        return cls(places.values())

    def __iter__(self) -> Iterator[Place]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str) -> Place | None:
        return self._by_code.get(code)

    def match(self, text: str) -> tuple[Place, ...]:
        """The places that `text` may mean, best first, at most five: exactly a new name, a former name, then nearly so.

        Several former communes share a name, so an exact match may bring more than one place.
        """
        if len(text) > MAX_LENGTH:
            return ()
        said = fold(text)
        for wanted in dict.fromkeys((said, _bare(said), _bare(" ".join(_AROUND.sub(" ", said).split())))):
            exact = [*self._new.get(wanted, ()), *self._former.get(wanted, ())]
            if wanted and exact:
                return self._places(exact)
        return self._places(self._nearly(wanted))

    def _nearly(self, wanted: str) -> list[str]:
        if len(wanted) < 3:
            return []
        names = [*self._new, *self._former]
        near = process.extract(wanted, names, scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH, limit=MAX_MATCHES)
        return [code for name, _, _ in near for code in (*self._new.get(name, ()), *self._former.get(name, ()))]

    def _places(self, codes: Iterable[str]) -> tuple[Place, ...]:
        return tuple(self._by_code[code] for code in dict.fromkeys(codes))[:MAX_MATCHES]

    @cached_property
    def _new(self) -> dict[str, list[str]]:
        """Codes by folded new name, with its kind and without."""
        return _index((name, place.code) for place in self for name in (place.name,))

    @cached_property
    def _former(self) -> dict[str, list[str]]:
        """Codes by folded former name, with its district, without, and without its kind."""
        return _index((name, place.code) for place in self for former in place.former for name in (former, _DISTRICT.sub("", former)))


def _place(row: dict[str, str], line: int) -> Place:
    code, name = (row["code"] or "").strip(), (row["name_vi"] or "").strip()
    if not code or not name or None in row:
        raise ValueError(f"{line}: code and name must be given, and nothing after the fourth column")
    former = tuple(one.strip() for one in (row["former_units"] or "").split(";") if one.strip())
    return Place(code=code, name=name, kind=(row["type"] or "").strip(), former=former)


def _index(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for name, code in names:
        for key in {fold(name), _bare(fold(name))}:
            if code not in index.setdefault(key, []):
                index[key].append(code)
    return index


def _bare(folded: str) -> str:
    """A folded name without `xa`, `phuong`, `thi tran`."""
    return _KIND.sub("", folded)
