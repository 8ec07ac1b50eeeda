"""Catalogues as files: the template for translators, bringing a catalogue up to date, its state, and the same as a table.

Merging is gettext's, but by place: a text that changed at its place keeps its translation as *fuzzy*, with the sentence that it
was made from; a text that only moved inside its guide keeps its translation; what nobody asks for any more is kept aside.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polib

from bot.i18n.catalogue import DOMAIN, NAME_HEADER, REVIEWED_HEADER, SCOPE_HEADER
from bot.i18n.sources import SourceText, placeholders, same_placeholders

WRAP = 120
INTERFACE = "interface"  # a scope: only the few words that a language needs first
COLUMNS = ("place", "note", "vietnamese", "translation", "state")
_HEADER = {"Project-Id-Version": "danloi", "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How far a language is, in numbers of texts. `offered`: whether citizens can choose it."""

    language: str
    name: str
    translated: int
    fuzzy: int
    missing: int
    offered: bool

    @property
    def total(self) -> int:
        return self.translated + self.fuzzy + self.missing

    @property
    def percent(self) -> int:
        """Whole percents, rounded down: 100 means that nothing is left to do."""
        return 100 * self.translated // self.total if self.total else 100


class Standing(StrEnum):
    """What a translation is worth today."""

    HOLDS = "holds"
    OLD = "old"  # fuzzy, made from another sentence, or with other slots: it is not shown
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A translation that cannot be used, with the line of the file where it stands; `text` says why, in Vietnamese."""

    line: int
    text: str


def path_of(folder: Path, language: str) -> Path:
    return folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def template(texts: Iterable[SourceText]) -> polib.POFile:
    """The file that translators begin with. It holds no date and no line numbers, so that it changes only with the texts."""
    made = _file(_HEADER)
    for one in texts:
        made.append(_entry(one))
    return made


def new_catalogue(language: str, name: str, *, interface_only: bool = True) -> polib.POFile:
    """An empty catalogue that is not offered to citizens until a speaker changes `X-Reviewed`."""
    scope = {SCOPE_HEADER: INTERFACE} if interface_only else {}
    return _file({**_HEADER, "Language": language, NAME_HEADER: name, REVIEWED_HEADER: "no", **scope})


def read(path: Path) -> polib.POFile:
    """Raises `OSError` with the line where the file is no catalogue."""
    return polib.pofile(str(path), wrapwidth=WRAP, encoding="utf-8")


def save(catalogue: polib.POFile, path: Path) -> None:
    """Write the whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(f"{catalogue}".rstrip("\n") + "\n", encoding="utf-8", newline="\n")
    draft.replace(path)


def wanted(catalogue: polib.POFile, texts: Sequence[SourceText], few: frozenset[str]) -> list[SourceText]:
    """The texts that this language translates: all, or the `few` places that its scope names."""
    return [one for one in texts if one.context in few] if catalogue.metadata.get(SCOPE_HEADER) == INTERFACE else list(texts)


def merge(old: polib.POFile, texts: Iterable[SourceText]) -> polib.POFile:
    """`old` brought up to date with the sources."""
    merged = _file(old.metadata)
    merged.header = old.header
    by_place = {entry.msgctxt or "": entry for entry in old if not entry.obsolete}
    by_place = {entry.msgctxt or "": entry for entry in old if entry.obsolete} | by_place
    known = _translations(old)
    taken = set()
    for one in texts:
        taken.add(one.context)
        merged.append(_merged(one, by_place.get(one.context), known))
    for place, entry in by_place.items():
        if place not in taken and entry.msgstr:
            entry.obsolete = True
            merged.append(entry)
    return merged


def state(catalogue: polib.POFile, language: str, texts: Sequence[SourceText]) -> State:
    """How much of `texts` is translated, measured against the sources of today even where the catalogue was not updated yet."""
    by_place = {entry.msgctxt: entry for entry in catalogue if not entry.obsolete}
    standings = [standing(by_place.get(one.context), one.text) for one in texts]
    translated, fuzzy = standings.count(Standing.HOLDS), standings.count(Standing.OLD)
    return State(
        language=language,
        name=catalogue.metadata.get(NAME_HEADER, language),
        translated=translated,
        fuzzy=fuzzy,
        missing=len(texts) - translated - fuzzy,
        offered=is_offered(catalogue),
    )


def standing(entry: polib.POEntry | None, text: str) -> Standing:
    """How the translation of `text` stands."""
    if entry is None or not entry.msgstr:
        return Standing.MISSING
    holds = not entry.fuzzy and entry.msgid == text and same_placeholders(text, entry.msgstr)
    return Standing.HOLDS if holds else Standing.OLD


def is_offered(catalogue: polib.POFile) -> bool:
    """Whether citizens can choose the language."""
    return catalogue.metadata.get(REVIEWED_HEADER, "yes").strip().lower() != "no"


def faults(catalogue: polib.POFile) -> list[Fault]:
    """Translations that the bot leaves out because their slots are not those of the source."""
    entries = (entry for entry in catalogue if not entry.obsolete and entry.msgstr and not entry.fuzzy)
    return [Fault(line=entry.linenum or 0, text=why) for entry in entries if (why := _slots_fault(entry.msgctxt or "", entry.msgid, entry.msgstr))]


def to_csv(catalogue: polib.POFile, texts: Iterable[SourceText]) -> str:
    """A table for who has no PO editor; it opens in Excel and LibreOffice, with the state of each line."""
    by_place = {entry.msgctxt: entry for entry in catalogue if not entry.obsolete}
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for one in texts:
        entry = by_place.get(one.context)
        translation = entry.msgstr if entry else ""
        current = entry is not None and entry.msgid == one.text and not entry.fuzzy
        table.writerow((one.context, " · ".join(one.notes), one.text, translation, ("ok" if current else "check") if translation else "new"))
    return "\ufeff" + out.getvalue()  # without the mark Excel takes UTF-8 for something else


def from_csv(catalogue: polib.POFile, table: str, texts: Iterable[SourceText]) -> tuple[int, list[Fault]]:
    """Put the translations of a table into `catalogue`, all or none; gives how many changed, and what is wrong."""
    sources = {one.context: one for one in texts}
    by_place = {entry.msgctxt: entry for entry in catalogue if not entry.obsolete}
    changes: dict[str, str] = {}
    found: list[Fault] = []
    for line, row in _rows(table, found):
        place, translation = (row.get("place") or "").strip(), (row.get("translation") or "").replace("\r\n", "\n").strip()
        why = _row_fault(sources.get(place), place, row, translation)
        if why:
            found.append(Fault(line=line, text=why))
        elif translation and not ((row.get("state") or "").strip() == "check" and place in by_place and by_place[place].msgstr == translation):
            changes[place] = translation  # what had to be looked at again and is as it was has not been looked at
    if found:
        return 0, found
    changed = 0
    for place, translation in changes.items():
        entry = by_place.get(place)
        if entry is None:
            entry = by_place[place] = _entry(sources[place])
            catalogue.append(entry)
        changed += entry.msgstr != translation or entry.fuzzy or entry.msgid != sources[place].text
        _settle(entry, sources[place], translation)
    return changed, []


def _rows(table: str, found: list[Fault]) -> Iterable[tuple[int, Mapping[str, str | None]]]:
    """The rows with the line that each begins on. Excel in Vietnam writes semicolons."""
    text = table.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True)
    line = 1
    try:
        head = [one.strip().lower() for one in next(reader, [])]
        if missing := [one for one in ("place", "vietnamese", "translation") if one not in head]:
            found.append(Fault(line=1, text=f"thiếu cột {', '.join(missing)} → giữ nguyên dòng đầu của tệp đã xuất"))
            return
        line = reader.line_num + 1
        for cells in reader:
            if any(cells):
                yield line, dict(zip(head, cells, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        found.append(Fault(line=line, text=f"không đọc được dòng này ({error}) → xem lại dấu nháy kép"))


def _row_fault(source: SourceText | None, place: str, row: Mapping[str, str | None], translation: str) -> str:
    if source is None:
        return f"không có chỗ “{place}” → xuất lại bảng, chép bản dịch sang"
    given = (row.get("vietnamese") or "").replace("\r\n", "\n").strip()
    if given != source.text.strip():
        return f"{place}: câu tiếng Việt đã khác → xuất lại bảng, dịch theo câu mới"
    return _slots_fault(place, source.text, translation) if translation else ""


def _slots_fault(place: str, source: str, translation: str) -> str:
    if same_placeholders(source, translation):
        return ""
    missing, extra = placeholders(source).keys() - placeholders(translation).keys(), placeholders(translation).keys() - placeholders(source).keys()
    said = [f"thiếu {' '.join(sorted(missing))}"] if missing else []
    said += [f"thừa {' '.join(sorted(extra))}"] if extra else []
    return f"{place}: {', '.join(said)} → giữ nguyên chữ trong ngoặc nhọn như câu gốc"


def _merged(source: SourceText, old: polib.POEntry | None, known: Mapping[tuple[str, str, str], str]) -> polib.POEntry:
    entry = _entry(source)
    moved = known.get((*_kin(source.context), source.text), "")
    if old is not None and old.msgid == source.text and old.msgstr:
        entry.msgstr, entry.tcomment = old.msgstr, old.tcomment
        entry.flags, entry.previous_msgid = list(old.flags), old.previous_msgid
    elif moved:
        entry.msgstr = moved
    elif old is not None and old.msgstr:
        entry.msgstr, entry.tcomment, entry.flags = old.msgstr, old.tcomment, ["fuzzy"]
        # What was fuzzy before keeps the sentence that its translation was made from.
        entry.previous_msgid = old.previous_msgid if old.fuzzy and old.previous_msgid else old.msgid
    return entry


def _translations(catalogue: polib.POFile) -> dict[tuple[str, str, str], str]:
    """What was said for a text of the same guide and kind: a problem that moved one line down is the same problem."""
    return {(*_kin(entry.msgctxt or ""), entry.msgid): entry.msgstr for entry in catalogue if entry.msgstr and not entry.fuzzy}


def _kin(context: str) -> tuple[str, str]:
    """The guide and the kind of a text, by its place."""
    parts = context.split(".")
    kind = next((part for part in reversed(parts) if not part.isdigit()), "")
    return parts[0], "choice" if "choice" in parts else kind


def _entry(source: SourceText) -> polib.POEntry:
    return polib.POEntry(msgctxt=source.context, msgid=source.text, comment="\n".join(source.notes), occurrences=[(source.file, "")] if source.file else [])


def _settle(entry: polib.POEntry, source: SourceText, translation: str) -> None:
    entry.msgid, entry.msgstr = source.text, translation
    entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    entry.previous_msgid = None


def _file(metadata: Mapping[str, str]) -> polib.POFile:
    made = polib.POFile(wrapwidth=WRAP)
    made.metadata = dict(metadata)
    return made
