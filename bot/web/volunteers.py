"""`/v/TOKEN`: a volunteer's own page on the phone, with links, codes, QR codes, posters, and how many people came."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.dialogue.payload import Entry
from bot.flows.guides import CompiledGuide
from bot.outreach.links import landing_url, payload_of, typed_code
from bot.outreach.poster import Format, Poster, Size, draw_poster
from bot.outreach.volunteers import code_of
from bot.settings import Settings
from bot.store.volunteers import LEAST, Counted, Volunteer, counts, find
from bot.web.pages import Pages
from bot.web.ports import Service

SINCE = timedelta(days=365)
FORMATS: dict[Format, str] = {"pdf": "application/pdf", "png": "image/png"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One guide on the page; numbers under five are told as such."""

    guide: CompiledGuide
    payload: str
    url: str
    code: str
    opened: str
    finished: str


class Volunteers:
    """The routes. Whoever knows the address is the volunteer; there is nothing on the page about any citizen."""

    def __init__(self, pages: Pages, settings: Settings):
        self._pages, self._settings = pages, settings
        self._drawing = asyncio.Lock()
        self._posters = find_spec("typst") is not None

    @property
    def routes(self) -> list[Route]:
        return [Route("/v/{token}", self.page), Route("/v/{token}/poster-{guide}.{format}", self.poster)]

    async def page(self, request: Request) -> Response:
        volunteer = await self._asking(request)
        if volunteer is None:
            return self._unknown(request)
        service: Service = request.app.state.service
        guides = service.content.library.guides
        place = guides.places.get(volunteer.commune)
        counted = [one for one in await counts(service.store, SINCE) if one.volunteer == volunteer.code]
        rows = [self._row(guide, volunteer, counted) for guide in guides.values()]
        return self._pages.respond(
            request,
            "volunteer.html",
            volunteer=volunteer,
            place=place.name if place else "",
            rows=rows,
            helped=_told(sum(one.numbers.get("started", 0) for one in counted)),
            token=request.path_params["token"],
            posters=self._posters,
        )

    async def poster(self, request: Request) -> Response:
        """The poster with the volunteer's code, `?size=a3|a4|a5`: a PDF to print, or a PNG to send."""
        volunteer = await self._asking(request)
        service: Service = request.app.state.service
        guides = service.content.library.guides
        guide = guides.get(request.path_params["guide"])
        size = request.query_params.get("size", Size.A4)
        format = next((one for one in FORMATS if one == request.path_params["format"]), None)
        if volunteer is None or guide is None or format is None or size not in set(Size) or not self._posters:
            return self._unknown(request)
        place = guides.places.get(volunteer.commune)
        poster = Poster(guide=guide, entry=Entry(guide=guide.id, volunteer=volunteer.code), place=place, size=Size(size))
        async with self._drawing:
            body = await asyncio.to_thread(draw_poster, self._settings, poster, format)
        headers = {
            "cache-control": "private, max-age=3600",
            "content-disposition": f'attachment; filename="danloi-{guide.id}-{size}.{format}"',
            "x-content-type-options": "nosniff",
        }
        return Response(body, media_type=FORMATS[format], headers=headers)

    async def _asking(self, request: Request) -> Volunteer | None:
        code = code_of(self._settings.key(), request.path_params["token"])
        if code is None:
            return None
        service: Service = request.app.state.service
        volunteer = await find(service.store, code)
        return volunteer if volunteer and volunteer.revoked_at is None else None

    def _row(self, guide: CompiledGuide, volunteer: Volunteer, counted: Sequence[Counted]) -> Row:
        entry = Entry(guide=guide.id, volunteer=volunteer.code)
        theirs = [one for one in counted if one.guide == guide.id]
        return Row(
            guide=guide,
            payload=payload_of(entry),
            url=landing_url(self._settings.base_url, entry),
            code=typed_code(entry),
            opened=_told(sum(one.numbers.get("opened", 0) for one in theirs)),
            finished=_told(sum(one.numbers.get("finished", 0) for one in theirs)),
        )

    def _unknown(self, request: Request) -> Response:
        return self._pages.respond(request, "kind.html", status=404, kind="no-volunteer", guides=[])


def _told(number: int) -> str:
    """A volunteer stands for a place: small numbers are not shown."""
    return f"dưới {LEAST}" if 0 < number < LEAST else str(number)
