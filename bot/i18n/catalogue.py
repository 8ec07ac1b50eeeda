"""Translations: one gettext catalogue a language, keyed by the place of a text (`vneid.scan.do`, `bot.greeting`).

The Vietnamese source stands in the code or the YAML and is what is shown wherever a translation is missing, fuzzy, or made
from an older source: a citizen never reads a sentence that no longer says what the guide says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polib

SOURCE_LANGUAGE = "vi"
DOMAIN = "danloi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """`code` as in BCP 47, `name` in the language itself."""

    code: str
    name: str


class Catalogues:
    """All languages that citizens can choose; Vietnamese first."""

    def __init__(self, languages: tuple[Language, ...] = (), texts: Mapping[str, Mapping[tuple[str, str], str]] | None = None):
        self.languages = (Language(code=SOURCE_LANGUAGE, name="Tiếng Việt"), *languages)
        self._texts = dict(texts or {})

    def text(self, language: str, context: str, source: str) -> str:
        """`source` in `language`, or as it is."""
        catalogue = self._texts.get(language)
        return source if catalogue is None else catalogue.get((context, source), source)

    def __contains__(self, language: str) -> bool:
        return any(one.code == language for one in self.languages)

    @classmethod
    def load(cls, folder: Path) -> Catalogues:
        """Read `FOLDER/LANGUAGE/LC_MESSAGES/danloi.po`; a language calls itself what its header `X-Language-Name` says."""
        languages, texts = [], {}
        for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
            code = path.parent.parent.name
            catalogue = polib.pofile(str(path))
            texts[code] = {(entry.msgctxt or "", entry.msgid): entry.msgstr for entry in catalogue.translated_entries()}
            languages.append(Language(code=code, name=catalogue.metadata.get("X-Language-Name", code)))
        return cls(tuple(languages), texts)
