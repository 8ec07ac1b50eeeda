"""The pictures of steps under addresses that change when the picture does, so that everybody may keep them for ever."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.dialogue.drawings import PICTURE_ALT, drawing_note, drawing_url, gesture_url, screen_in
from bot.flows.model import Screen
from bot.i18n.catalogue import SOURCE_LANGUAGE
from bot.outreach.illustrations import draw, gesture
from bot.outreach.lettering import TooLong
from bot.web.assets import IMMUTABLE, TYPES
from bot.web.pictures import Pictures
from bot.web.ports import Service

_LANGUAGE = r"(?:\.(?P<language>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*))?"
STEP_PICTURE = re.compile(rf"(?P<step>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<hash>[0-9a-f]{{10}}){_LANGUAGE}\.(?P<kind>png|svg)")
GESTURE = re.compile(rf"(?P<name>[a-z0-9-]+?)(?:-[0-9a-f]{{10}})?{_LANGUAGE}\.(?P<kind>png|svg)")
DAY = "public, max-age=86400"


class Media:
    """`/media/GUIDE/STEP-HASH.png|svg` and `/media/picture/NAME-HASH.png|svg`, in another language `….en.png`."""

    def __init__(self, pictures: Pictures):
        self._pictures = pictures

    @property
    def routes(self) -> list[Route]:
        return [Route("/media/picture/{file}", self.gesture), Route("/media/{guide}/{file}", self.step)]

    async def step(self, request: Request) -> Response:
        """The drawing of a step's `screen:`. An address from before the last change leads to the new drawing."""
        asked = STEP_PICTURE.fullmatch(request.path_params["file"])
        service: Service = request.app.state.service
        guide = service.content.library.guides.get(request.path_params["guide"])
        if asked is None or guide is None or asked["step"] not in guide.model.steps:
            return PlainTextResponse("", status_code=404)
        words, language = service.content.library.words, asked["language"] or SOURCE_LANGUAGE
        screen = screen_in(words, language, guide, asked["step"])
        current = drawing_url(words, language, guide, asked["step"])
        if screen is None or current is None:
            return PlainTextResponse("", status_code=404)
        current = current.removesuffix("png") + asked["kind"]
        if current != request.url.path:
            return RedirectResponse(current, status_code=302, headers={"cache-control": "no-cache"})
        source = guide.step(asked["step"]).screen or screen
        return await self._picture(lambda: _drawn(screen, source, drawing_note(words, language)), asked["kind"], IMMUTABLE)

    async def gesture(self, request: Request) -> Response:
        """A picture drawn by hand. Without its version in the address, or with an old one, it is kept for a day."""
        asked = GESTURE.fullmatch(request.path_params["file"])
        if asked is None or asked["name"] not in PICTURE_ALT:
            return PlainTextResponse("", status_code=404)
        service: Service = request.app.state.service
        words, language = service.content.library.words, asked["language"] or SOURCE_LANGUAGE
        current = gesture_url(words, language, asked["name"]).removesuffix("png") + asked["kind"]
        cache = IMMUTABLE if current == request.url.path else DAY
        return await self._picture(lambda: gesture(asked["name"], drawing_note(words, language)), asked["kind"], cache)

    async def _picture(self, make_svg: Callable[[], str], kind: str, cache: str) -> Response:
        headers = {"cache-control": cache, "x-content-type-options": "nosniff"}
        if kind == "svg":
            svg = await asyncio.to_thread(make_svg)
            # Opened alone, an SVG is a document: it may do nothing.
            return Response(svg, media_type=TYPES["svg"], headers={**headers, "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"})
        return Response(await self._pictures.png(make_svg), media_type=TYPES["png"], headers=headers)


def _drawn(screen: Screen, source: Screen, note: str) -> str:
    """A translated hint that is too long for the drawing stays Vietnamese; guides are checked for that, translations are not."""
    try:
        return draw(screen, note)
    except TooLong:
        return draw(source, note)
