"""Pages that are shared and printed: where a link or a QR code leads, and a whole guide on one page."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.dialogue.library import PICTURE_ALT, screen_alt
from bot.dialogue.payload import Entry, read_entry
from bot.flows.guides import CompiledGuide
from bot.flows.model import AskStep, DoStep, EndStep, SayStep, Step
from bot.outreach.illustrations import inline_svg
from bot.outreach.links import landing_url, messenger_url, payload_of, qr_png, qr_svg, typed_code
from bot.settings import Settings
from bot.web.assets import TYPES
from bot.web.pages import Pages
from bot.web.ports import Service

CACHE = "public, max-age=300"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One step as it is read on paper; `number` 0 is something told between two steps."""

    number: int
    text: str
    choices: tuple[str, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    svg: str = ""
    picture: str = ""
    alt: str = ""
    links: tuple[tuple[str, str], ...] = ()


class Landing:
    """`/go/PAYLOAD` with its QR code, and `/guide/GUIDE`."""

    def __init__(self, pages: Pages, settings: Settings):
        self._pages, self._settings = pages, settings

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/go/{payload}", self.landing),
            Route("/go/{payload}/qr.{kind}", self.qr),
            Route("/guide/{guide}", self.guide),
        ]

    async def landing(self, request: Request) -> Response:
        """Every way to begin this guide, what to have at hand, and where it is from."""
        entry, guide = self._asked(request)
        if entry is None or guide is None:
            return self._unknown(request)
        messenger = self._settings.messenger
        return self._pages.respond(
            request,
            "landing.html",
            cache=CACHE,
            guide=guide.model,
            payload=payload_of(entry),
            code=typed_code(entry),
            steps=guide.distance.get(guide.model.start, 0),
            pictures=any(step.screen or step.picture for step in guide.model.steps.values()),
            messenger=messenger_url(messenger.page_id, entry) if messenger.on else "",
        )

    async def qr(self, request: Request) -> Response:
        entry, guide = self._asked(request)
        kind = request.path_params["kind"]
        if entry is None or guide is None or kind not in ("svg", "png"):
            return self._unknown(request)
        url = landing_url(self._settings.base_url, entry)
        return Response(qr_svg(url) if kind == "svg" else qr_png(url), media_type=TYPES[kind], headers={"cache-control": CACHE})

    async def guide(self, request: Request) -> Response:
        """The whole guide on one page; styles and pictures are inside, so that it can be saved and printed."""
        service: Service = request.app.state.service
        guide = service.content.library.guides.get(request.path_params["guide"])
        if guide is None:
            return self._unknown(request)
        entry = Entry(guide=guide.id)
        return self._pages.respond(
            request,
            "guide.html",
            cache=CACHE,
            inline_styles="guide.css",
            guide=guide.model,
            stops=stops(guide),
            steps=guide.distance.get(guide.model.start, 0),
            code=typed_code(entry),
            qr=qr_svg(landing_url(self._settings.base_url, entry)).decode(),
            checked=max((source.checked for source in guide.model.sources if source.checked), default=None),
        )

    def _asked(self, request: Request) -> tuple[Entry | None, CompiledGuide | None]:
        service: Service = request.app.state.service
        entry = read_entry(request.path_params["payload"])
        return entry, service.content.library.guides.get(entry.guide) if entry else None

    async def missing(self, request: Request, _error: Exception) -> Response:
        """No such page: browsers are led back, programs get the bare status."""
        if "text/html" not in request.headers.get("accept", ""):
            return PlainTextResponse("", status_code=404)
        return self._pages.respond(request, "kind.html", status=404, heading="Không có trang này", text="Đường dẫn này không còn, hoặc viết nhầm.", guides=[])

    def _unknown(self, request: Request) -> Response:
        service: Service = request.app.state.service
        guides = service.content.library.guides
        return self._pages.respond(
            request,
            "kind.html",
            status=404,
            heading="Chưa có hướng dẫn này",
            text="Bà con xem có cần việc nào dưới đây không:",
            guides=[guides[name].model for name in guides],
        )


def stops(guide: CompiledGuide) -> list[Stop]:
    """The steps in the order of the file, numbered where there is something to do or to answer."""
    found: list[Stop] = []
    number = 0
    for name, step in guide.model.steps.items():
        text = _words(step)
        if not text:
            continue
        waits = isinstance(step, DoStep | AskStep)
        number += waits
        found.append(_stop(guide, name, step, text, number if waits else 0))
    return found


def _words(step: Step) -> str:
    match step:
        case DoStep():
            return step.do
        case AskStep():
            return step.ask
        case SayStep():
            return step.say
        case EndStep():
            return step.end
    return ""


def _stop(guide: CompiledGuide, name: str, step: Step, text: str, number: int) -> Stop:
    return Stop(
        number=number,
        text=text,
        choices=tuple(choice.label for choice in step.choices) if isinstance(step, AskStep) else (),
        problems=tuple((one.problem, one.try_) for one in step.stuck if one.try_) if isinstance(step, DoStep | AskStep) else (),
        svg=inline_svg(step.screen) if step.screen else "",
        picture=(guide.screen_url(name) or "").removesuffix("png") + "svg" if step.picture and not step.screen else "",
        alt=screen_alt(step.screen) if step.screen else PICTURE_ALT.get(step.picture or "", ""),
        links=tuple((link.label, link.url) for link in step.links),
    )
