"""What is wrong beside the guides: in the translations and in what people say. For `danloi check` and the studio.

The guides are read by whoever asks; what lies beside them is read here, and again only when it has changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import polib

from bot.dialogue.untranslated import untranslated
from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import Loaded
from bot.i18n import po
from bot.nlu.data_checks import data_findings, unheard
from bot.nlu.rasa_yaml import BadNluData, TrainingData, folder_files, read
from bot.service.content import catalogue_files
from bot.settings import Settings

_LINE = re.compile(r"line (\d+)")


class Beside:
    """The folders of the settings. Files are named as maintainers know them: `nlu_data/…`, `locales/…`."""

    def __init__(self, settings: Settings) -> None:
        self._nlu, self._locales = settings.nlu_dir, settings.locales_dir
        self._examples: Mapping[str, bytes] = {}
        self._data: TrainingData | None = None
        self._of_data: tuple[Diagnostic, ...] = ()
        self._words: Mapping[str, bytes] = {}
        self._catalogues: dict[str, tuple[str, polib.POFile]] = {}
        self._of_words: tuple[Diagnostic, ...] = ()

    def findings(self, loaded: Loaded) -> Iterator[Diagnostic]:
        """All that is wrong there, and in the guides for want of what should be there."""
        self._read_examples()
        self._read_words()
        yield from self._of_words
        yield from untranslated(loaded, self._catalogues)
        yield from self._of_data
        if self._data is not None:
            yield from (self._named(one) if one.code == "nlu-unused" else one for one in unheard(self._data, loaded))

    def _read_examples(self) -> None:
        """Where there is no folder, nobody has written down what people say, and nothing is missed."""
        if not self._nlu.is_dir():
            return
        try:
            files = folder_files(self._nlu)
            if files == self._examples:
                return
            self._examples, self._data, self._of_data = files, None, ()
            data = read(files)
            self._data, self._of_data = data, tuple(map(self._named, data_findings(data)))
        except BadNluData as error:
            self._data, self._of_data = None, tuple(map(self._named, error.problems))

    def _read_words(self) -> None:
        files = catalogue_files(self._locales)
        if files == self._words:
            return
        self._words, self._catalogues = files, {}
        found = []
        for name in files:
            shown = f"{self._locales.name}/{name}"
            try:
                self._catalogues[name.partition("/")[0]] = (shown, po.read(self._locales / name))
            except (OSError, UnicodeDecodeError) as error:
                line = _LINE.search(str(error))
                found.append(Diagnostic(file=shown, line=int(line[1]) if line else 1, column=1, code="catalogue-unreadable"))
        self._of_words = tuple(found)

    def _named(self, one: Diagnostic) -> Diagnostic:
        """The same finding with its file, and the file that it speaks of, as they stand from above."""
        name = self._nlu.name
        where = {"where": f"{name}/{one.params['where']}"} if "where" in one.params else {}
        file = name if one.code in ("nlu-no-files", "nlu-nothing") else f"{name}/{one.file}"
        return replace(one, file=file, params={**one.params, **where})
