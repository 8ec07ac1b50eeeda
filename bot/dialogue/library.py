"""All that a turn reads and nothing that it changes: the guides, the words, the rules of the house.

What a step shows is the same for everybody in one language, so it is put together once and kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.dialogue.drawings import drawing_alt, drawing_url
from bot.dialogue.payload import own_tap, step_tap
from bot.dialogue.reply import Attachment, LinkButton, Option, Progress
from bot.dialogue.session import Frame
from bot.flows.guides import CompiledGuide, Guides
from bot.flows.model import AnswerKind, AskStep, DoStep, HandoffStep, StepBase, step_kind
from bot.flows.texts import slot_names
from bot.i18n.catalogue import Catalogues
from bot.i18n.phrases import PHRASES


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a step shows in one language: `names` are the slots that its text speaks of."""

    text: str
    names: frozenset[str]
    options: tuple[Option, ...]
    links: tuple[LinkButton, ...]
    media: tuple[Attachment, ...]
    translated: bool  # whether its text and its choices are in the language


class Library:
    """Guides, words and rules, handed to every turn. Immutable; a new one is made when the content changes."""

    def __init__(self, guides: Guides, words: Catalogues, *, takeover: timedelta = timedelta(hours=12), keeps_days: int = 7, office: str = ""):
        self.guides, self.words, self.takeover = guides, words, takeover
        self.keeps_days, self.office = keeps_days, office  # how long a talk is kept with consent; who answers for what is kept
        self._shapes: dict[tuple[str, str, str], Shape] = {}
        self._waiting: dict[str, frozenset[str]] = {}
        self._phrases: dict[tuple[str, str], str] = {}

    def phrase(self, language: str, name: str) -> str:
        """The bot's own sentence; raises `KeyError` for a name that does not exist."""
        key = (language, name)
        text = self._phrases.get(key)
        if text is None:
            text = self._phrases[key] = self.words.text(language, f"bot.{name}", PHRASES[name])
        return text

    def speaks(self, language: str, name: str) -> bool:
        """Whether the bot's own sentence is there in `language`."""
        return self.words.speaks(language, f"bot.{name}", PHRASES[name])

    def title(self, language: str, guide: CompiledGuide) -> str:
        return self.words.text(language, f"{guide.id}.title", guide.model.title)

    def waiting(self, guide: CompiledGuide) -> frozenset[str]:
        """The steps of a guide that wait for the citizen."""
        steps = self._waiting.get(guide.id)
        if steps is None:
            steps = self._waiting[guide.id] = frozenset(step_id for step_id, step in guide.model.steps.items() if isinstance(step, DoStep | AskStep))
        return steps

    def progress(self, language: str, frame: Frame) -> Progress:
        """Steps done and the fewest that are left; told as “Bước 3/9”."""
        guide = self.guides.by_id[frame.guide]
        waiting = self.waiting(guide)
        done = len([visit for visit in frame.trail if visit.step in waiting])
        left = guide.distance.get(frame.at, 1) if frame.at in waiting else 0
        return Progress(title=self.title(language, guide), at=max(done + bool(left), 1), of=max(done + left, 1))

    def shape(self, language: str, guide: CompiledGuide, step_id: str) -> Shape:
        key = (language, guide.id, step_id)
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = self._make(language, guide, step_id)
        return shape

    def _make(self, language: str, guide: CompiledGuide, step_id: str) -> Shape:
        step = guide.step(step_id)
        kind = step_kind(step) or ""
        place = f"{guide.id}.{step_id}"
        source = getattr(step, kind)
        text = self.words.text(language, f"{place}.{kind}", source) if isinstance(source, str) else ""
        return Shape(
            text=text,
            names=slot_names(text),
            options=tuple(self._options(language, guide, step_id, step)),
            links=tuple(LinkButton(label=self.words.text(language, f"{place}.link.{n}", link.label), url=link.url) for n, link in enumerate(step.links, 1)),
            media=tuple(self._media(language, guide, step_id, step)),
            translated=self._translated(language, guide, step_id, step),
        )

    def _translated(self, language: str, guide: CompiledGuide, step_id: str, step: StepBase) -> bool:
        kind, place = step_kind(step) or "", f"{guide.id}.{step_id}"
        source = getattr(step, kind)
        texts = [(f"{place}.{kind}", source)] if isinstance(source, str) else []
        if isinstance(step, AskStep):
            texts += [(f"{place}.choice.{key}", one.label) for key, one in zip(guide.option_keys.get(step_id, ()), step.choices, strict=False)]
        return all(self.words.speaks(language, context, text) for context, text in texts)

    def _options(self, language: str, guide: CompiledGuide, step_id: str, step: StepBase) -> Iterable[Option]:
        def tap(option: str) -> str:
            return step_tap(guide.id, step_id, option)

        person = Option(label=self.phrase(language, "person"), tap=own_tap("person"), icon="person")
        if isinstance(step, DoStep):
            yield Option(label=self.phrase(language, "done"), tap=tap("done"), icon="check", main=True)
            yield Option(label=self.phrase(language, "stuck"), tap=tap("stuck"), icon="stuck")
            yield Option(label=self.phrase(language, "listen"), tap=tap("listen"), icon="sound")
            yield person
        elif isinstance(step, AskStep):
            for key, choice in zip(guide.option_keys.get(step_id, ()), step.choices, strict=False):
                yield Option(label=self.words.text(language, f"{guide.id}.{step_id}.choice.{key}", choice.label), tap=tap(key))
            if step.answer is AnswerKind.YES_NO:
                yield Option(label=self.phrase(language, "yes"), tap=tap("yes"), main=True)
                yield Option(label=self.phrase(language, "no"), tap=tap("no"))
            yield person
        elif isinstance(step, HandoffStep):
            if step.next is not None:
                yield Option(label=self.phrase(language, "handoff-on"), tap=tap("on"), main=True)
            yield Option(label=self.phrase(language, "to-menu"), tap=own_tap("menu"), icon="menu")

    def _media(self, language: str, guide: CompiledGuide, step_id: str, step: StepBase) -> Iterable[Attachment]:
        url = drawing_url(self.words, language, guide, step_id)
        if url and (step.screen or step.picture):
            yield Attachment(kind="image", url=url, alt=drawing_alt(self.words, language, step))
        for number, one in enumerate(step.media, 1):
            yield Attachment(kind=one.kind, url=one.url, alt=self.words.text(language, f"{guide.id}.{step_id}.media.{number}", one.alt))
