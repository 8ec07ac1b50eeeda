"""Translations: one gettext catalogue a language, keyed by the place of a text (`vneid.scan.do`, `bot.greeting`).

The Vietnamese source stands in the code or the YAML and is what is shown wherever a translation is missing, fuzzy, or made
from an older source: a citizen never reads a sentence that no longer says what the guide says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import polib

from bot.i18n.sources import same_placeholders

SOURCE_LANGUAGE = "vi"
DOMAIN = "danloi"
NAME_HEADER = "X-Language-Name"
REVIEWED_HEADER = "X-Reviewed"  # "no": waits for a native speaker, and citizens cannot choose it
SCOPE_HEADER = "X-Scope"


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """`code` as in BCP 47, `name` in the language itself."""

    code: str
    name: str


class Catalogues:
    """All languages that citizens can choose; Vietnamese first. `broken` says which files could not be read."""

    def __init__(self, languages: tuple[Language, ...] = (), texts: Mapping[str, Mapping[tuple[str, str], str]] | None = None, *, broken: tuple[str, ...] = ()):
        self.languages = (Language(code=SOURCE_LANGUAGE, name="Tiếng Việt"), *languages)
        self.broken = broken
        self._texts = dict(texts or {})

    def text(self, language: str, context: str, source: str) -> str:
        """`source` in `language`, or as it is."""
        catalogue = self._texts.get(language)
        return source if catalogue is None else catalogue.get((context, source), source)

    def speaks(self, language: str, context: str, source: str) -> bool:
        """Whether `text` is in `language`, and not the Vietnamese in its place."""
        return language == SOURCE_LANGUAGE or (context, source) in self._texts.get(language, ())

    @cached_property
    def wording(self) -> str:
        """16 hex digits of all that is translated."""
        texts = sorted((code, sorted(texts.items())) for code, texts in self._texts.items())
        return sha256(repr(texts).encode()).hexdigest()[:16]

    def __contains__(self, language: str) -> bool:
        return any(one.code == language for one in self.languages)

    def mended_by(self, former: Catalogues) -> Catalogues:
        """The same, and what cannot be read now (`broken`) as it was in `former`."""
        unread = {one.partition("/")[0] for one in self.broken}
        again = tuple(one for one in former.languages if one.code in unread)
        languages = sorted((*self.languages[1:], *again), key=lambda one: one.code)
        return Catalogues(tuple(languages), self._texts | {one.code: former._texts[one.code] for one in again}, broken=self.broken)

    @classmethod
    def load(cls, folder: Path) -> Catalogues:
        """Read `FOLDER/LANGUAGE/LC_MESSAGES/danloi.po`; a language calls itself what its header `X-Language-Name` says.

        A language whose `X-Reviewed` is `no` is left out, and so is a file that is no catalogue; the others are served.
        """
        languages, texts, broken = [], {}, []
        for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
            code = path.parent.parent.name
            try:
                catalogue = polib.pofile(str(path), encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                broken.append(f"{path.relative_to(folder).as_posix()}: không đọc được ({type(error).__name__}) → sửa tệp, hoặc lấy lại bản trước")
                continue
            if catalogue.metadata.get(REVIEWED_HEADER, "yes").strip().lower() == "no":
                continue
            texts[code] = {
                (entry.msgctxt or "", entry.msgid): entry.msgstr for entry in catalogue.translated_entries() if same_placeholders(entry.msgid, entry.msgstr)
            }
            languages.append(Language(code=code, name=catalogue.metadata.get(NAME_HEADER, code)))
        return cls(tuple(languages), texts, broken=tuple(broken))
