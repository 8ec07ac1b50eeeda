"""What the bot can say and understand: guides, translations and the classifier, read once at the start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from bot.dialogue.library import Library
from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import load
from bot.i18n.catalogue import Catalogues
from bot.nlu.classifier import Classifier
from bot.nlu.model_cache import ensure_model, is_current
from bot.settings import Settings

FILES = ("*.yaml", "*.yml", "answers/*.yaml", "answers/*.yml", "places.csv")
OLD_MODEL = "nlu_data: dữ liệu mới hơn mô hình → cài danloi[train] rồi chạy danloi nlu train --keep"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All that turns read. `diagnostics`: what the loader had to say; a guide with an error is left out."""

    library: Library
    classifier: Classifier
    diagnostics: tuple[Diagnostic, ...] = ()
    model_is_current: bool = True

    @property
    def degraded(self) -> tuple[str, ...]:
        """Guides and languages that are not served; a model that is older than its data."""
        broken = tuple(one.text() for one in self.diagnostics if one.severity == "error")
        broken += self.library.words.broken
        return broken if self.model_is_current else (*broken, OLD_MODEL)


def load_content(settings: Settings) -> Content:
    """Read the folders of the settings. Trains the classifier (in its own process) where its data has no model yet."""
    loaded = load(guide_files(settings.flows_dir))
    model = ensure_model(settings.nlu_dir, settings.data_dir / "cache")
    content = Content(
        library=Library(loaded.guides, Catalogues.load(settings.locales_dir), takeover=timedelta(hours=settings.takeover_hours)),
        classifier=Classifier.load(model),
        diagnostics=loaded.diagnostics,
        model_is_current=is_current(model, settings.nlu_dir),
    )
    for sentence in content.degraded:
        log.error("content is degraded", sentence=sentence)
    return content


def guide_files(folder: Path) -> dict[str, bytes]:
    """The files of a flows folder, by their path below it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for pattern in FILES for path in sorted(folder.glob(pattern))}
