"""The pictures of steps under addresses that change when the picture does, so that everybody may keep them for ever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.dialogue.library import PICTURE_ALT
from bot.outreach.illustrations import draw, gesture
from bot.web.assets import IMMUTABLE, TYPES
from bot.web.pictures import Pictures
from bot.web.ports import Service

STEP_PICTURE = re.compile(r"(?P<step>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<hash>[0-9a-f]{10})\.(?P<kind>png|svg)")
DAY = "public, max-age=86400"


class Media:
    """`/media/GUIDE/STEP-HASH.png|svg` and `/media/picture/NAME.png|svg`."""

    def __init__(self, pictures: Pictures):
        self._pictures = pictures

    @property
    def routes(self) -> list[Route]:
        return [Route("/media/picture/{name}.{kind}", self.gesture), Route("/media/{guide}/{file}", self.step)]

    async def step(self, request: Request) -> Response:
        """The drawing of a step's `screen:`. An address from before the last change leads to the new drawing."""
        asked = STEP_PICTURE.fullmatch(request.path_params["file"])
        service: Service = request.app.state.service
        guide = service.content.library.guides.get(request.path_params["guide"])
        if asked is None or guide is None or asked["step"] not in guide.model.steps:
            return PlainTextResponse("", status_code=404)
        screen = guide.step(asked["step"]).screen
        current = guide.screen_url(asked["step"])
        if screen is None or current is None:
            return PlainTextResponse("", status_code=404)
        current = current.removesuffix("png") + asked["kind"]
        if current != request.url.path:
            return RedirectResponse(current, status_code=302, headers={"cache-control": "no-cache"})
        return await self._picture(lambda: draw(screen), asked["kind"], IMMUTABLE)

    async def gesture(self, request: Request) -> Response:
        """A picture drawn by hand; its name says nothing about its version, so it is kept for a day."""
        name, kind = request.path_params["name"], request.path_params["kind"]
        if name not in PICTURE_ALT or kind not in ("png", "svg"):
            return PlainTextResponse("", status_code=404)
        return await self._picture(lambda: gesture(name), kind, DAY)

    async def _picture(self, make_svg: Callable[[], str], kind: str, cache: str) -> Response:
        headers = {"cache-control": cache, "x-content-type-options": "nosniff"}
        if kind == "svg":
            svg = await asyncio.to_thread(make_svg)
            # Opened alone, an SVG is a document: it may do nothing.
            return Response(svg, media_type=TYPES["svg"], headers={**headers, "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"})
        return Response(await self._pictures.png(make_svg), media_type=TYPES["png"], headers=headers)
