"""What the bot can say and understand: guides, translations and the classifier, read at the start and again when they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import structlog

from bot.dialogue.library import Library
from bot.flows.diagnostics import Diagnostic
from bot.i18n.catalogue import DOMAIN, Catalogues
from bot.nlu.classifier import Classifier
from bot.nlu.model_cache import ensure_model, is_current
from bot.nlu.rasa_yaml import BadNluData, data_hash, folder_files
from bot.service.last_good import Shelf, settle
from bot.settings import Settings

FILES = ("*.yaml", "*.yml", "answers/*.yaml", "answers/*.yml", "places.csv", "hard-words.csv")
OLD_MODEL = "nlu_data: dữ liệu mới hơn mô hình → cài danloi[train] rồi chạy danloi nlu train --keep"
KEPT = "bản trước vẫn được dùng"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that turns read; one that changed takes the place of the former as a whole.

    `shelf.diagnostics`: what the loader had to say; a guide with an error is served as it last was good, or left out.
    """

    library: Library
    classifier: Classifier
    shelf: Shelf = field(default_factory=Shelf)
    model_is_current: bool = True
    learning_trouble: str = ""  # why new training data could not be learnt from
    texts: str = ""  # hash of the guides and translations as they lie on the disk
    examples: str = ""  # hash of the training data that the classifier learnt from, or tried to

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.shelf.diagnostics

    @property
    def degraded(self) -> tuple[str, ...]:
        """Guides and languages that are not served, or not as they lie there; a model that is older than its data."""
        broken = tuple(self._told(one) for one in self.diagnostics if one.severity == "error")
        broken += self.library.words.broken
        if self.learning_trouble:
            return (*broken, self.learning_trouble)
        return broken if self.model_is_current else (*broken, OLD_MODEL)

    def _told(self, one: Diagnostic) -> str:
        return f"{one.text()} ({KEPT})" if one.file in self.shelf.old else one.text()


def load_content(settings: Settings) -> Content:
    """Read the folders of the settings. Trains the classifier (in its own process) where its data has no model yet."""
    library, shelf, texts = read_library(settings)
    examples = examples_hash(settings)
    model = ensure_model(settings.nlu_dir, settings.data_dir / "cache")
    content = Content(
        library=library,
        classifier=Classifier.load(model),
        shelf=shelf,
        model_is_current=is_current(model, settings.nlu_dir),
        texts=texts,
        examples=examples,
    )
    for sentence in content.degraded:
        log.error("content is degraded", sentence=sentence)
    return content


def read_library(settings: Settings, former: Content | None = None) -> tuple[Library, Shelf, str]:
    """Guides and translations as they are now, with their hash. What is broken stays as it is in `former`, guide by guide, language by language."""
    files, words_files = guide_files(settings.flows_dir), catalogue_files(settings.locales_dir)
    shelf = settle(files, former.shelf if former else None)
    words = Catalogues.load(settings.locales_dir)
    if former:
        words = words.mended_by(former.library.words)
    library = Library(
        shelf.guides, words, takeover=timedelta(hours=settings.takeover_hours), keeps_days=settings.retention_transcript_days, office=settings.office
    )
    return library, shelf, texts_hash(files, words_files)


def guide_files(folder: Path) -> dict[str, bytes]:
    """The files of a flows folder, by their path below it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for pattern in FILES for path in sorted(folder.glob(pattern))}


def catalogue_files(folder: Path) -> dict[str, bytes]:
    """The catalogues of a locales folder, by their path below it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))}


def texts_hash(guides: Mapping[str, bytes], catalogues: Mapping[str, bytes]) -> str:
    """16 hex digits that change with any byte or name."""
    total = sha256()
    for files in (guides, catalogues):
        for name in sorted(files):
            total.update(f"{name}\0{len(files[name])}\0".encode())
            total.update(files[name])
        total.update(b"\1")
    return total.hexdigest()[:16]


def examples_hash(settings: Settings) -> str:
    """16 hex digits of the training data; empty where there is none."""
    try:
        return data_hash(folder_files(settings.nlu_dir))[:16]
    except BadNluData:
        return ""
