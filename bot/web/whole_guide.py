"""`/guide/GUIDE`: a whole guide on one page, to be read with no network, and printed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.dialogue.drawings import PICTURE_ALT, drawing_alt, drawing_note
from bot.dialogue.payload import Entry
from bot.flows.guides import CompiledGuide
from bot.i18n.catalogue import SOURCE_LANGUAGE
from bot.outreach.illustrations import gesture_drawing, inline_svg
from bot.outreach.lettering import TooLong
from bot.outreach.links import landing_url, qr_svg, typed_code
from bot.outreach.reading import Part, lay_out
from bot.settings import Settings
from bot.web.landing import CACHE, unknown_guide
from bot.web.pages import Pages, page_words
from bot.web.ports import Service
from bot.web.words import PageWords

VIET_NAM = timedelta(hours=7)
LAID_OUT = 64  # guides in languages; a day's


class WholeGuide:
    """The route; what is laid out is kept for the day, as rules may change at midnight."""

    def __init__(self, pages: Pages, settings: Settings, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._pages, self._settings, self._now = pages, settings, now
        self._laid_out: dict[tuple[object, ...], tuple[Part, ...]] = {}

    @property
    def routes(self) -> list[Route]:
        return [Route("/guide/{guide}", self.guide), Route("/guide/{guide}/", self.guide)]

    async def guide(self, request: Request) -> Response:
        """Styles and pictures are inside, so that saving the page keeps all of it. `?lang=` and `?big=1` choose how it is read."""
        service: Service = request.app.state.service
        library = service.content.library
        guide = library.guides.get(request.path_params["guide"])
        if guide is None:
            return unknown_guide(self._pages, request)
        words = page_words(request)
        big = request.query_params.get("big") == "1"
        today = (self._now() + VIET_NAM).date()
        entry = Entry(guide=guide.id)
        shown = _Shown(guide, words)
        return self._pages.respond(
            request,
            "guide.html",
            cache=CACHE,
            inline_styles="guide.css",
            guide=guide.model,
            words=words,
            parts=self._parts(guide, words, today),
            shown=shown,
            guides={name: one.model for name, one in library.guides.items()},
            gestures={step.picture: Markup(gesture_drawing(step.picture, shown.note)) for step in guide.model.steps.values() if step.picture in PICTURE_ALT},  # noqa: S704  # our own drawings
            steps=guide.distance.get(guide.model.start, 0),
            code=typed_code(entry),
            qr=Markup(qr_svg(landing_url(self._settings.base_url, entry)).decode()),  # noqa: S704  # segno's own
            checked=max((source.checked for source in guide.model.sources if source.checked), default=None),
            today=today,
            big=big,
        )

    def _parts(self, guide: CompiledGuide, words: PageWords, today: date) -> tuple[Part, ...]:
        key = (guide.id, guide.wording, words.catalogues, words.language, today)
        if key not in self._laid_out:
            if len(self._laid_out) >= LAID_OUT:
                self._laid_out.clear()
            self._laid_out[key] = lay_out(guide, today, words.tell)
        return self._laid_out[key]


class _Shown:
    """What the template asks about a step: its picture, its links, and which texts are in the reader's language."""

    def __init__(self, guide: CompiledGuide, words: PageWords):
        self._guide, self._words, self._language = guide, words.catalogues, words.language
        self.note = drawing_note(self._words, self._language)

    def picture(self, step_id: str) -> dict[str, Any] | None:
        """The step's drawing: inline markup, or the name of a gesture that the page draws once."""
        step = self._guide.model.steps[step_id]
        alt = drawing_alt(self._words, self._language, step)
        if step.screen:
            try:
                return {"svg": Markup(inline_svg(step.screen, self.note)), "gesture": "", "alt": alt}  # noqa: S704  # escapes its words
            except TooLong:  # `danloi check` tells the maintainer
                return None
        return {"svg": "", "gesture": step.picture, "alt": alt} if step.picture in PICTURE_ALT else None

    def links(self, step_id: str) -> list[tuple[str, str]]:
        links = self._guide.model.steps[step_id].links
        return [(self._words.text(self._language, f"{self._guide.id}.{step_id}.link.{number}", link.label), link.url) for number, link in enumerate(links, 1)]

    def lang(self, step_id: str, kind: str) -> Markup:
        """` lang="vi"` where a step's own text is not translated."""
        source = getattr(self._guide.model.steps[step_id], kind)
        if not isinstance(source, str) or self._words.speaks(self._language, f"{self._guide.id}.{step_id}.{kind}", source):
            return Markup()
        return Markup(' lang="{}"').format(SOURCE_LANGUAGE)
