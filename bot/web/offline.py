"""What makes the guides an application on the phone that opens with no network: service worker, manifest, icons, a page for then."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import bot.outreach
from bot.outreach.mark import draw_icon
from bot.web.assets import FOLDER, FONTS, Assets
from bot.web.pages import Pages
from bot.web.pictures import Pictures
from bot.web.ports import Service
from bot.web.words import PageWords

OFFLINE = "/offline"
PARTS = (*FONTS, "print.js", "offline.js", "landing.css")  # what the kept pages load
ICON_SIZES = (192, 512)
DAY = "public, max-age=86400"
WEB, OUTREACH = Path(__file__).parent, Path(bot.outreach.__file__).parent  # what lays pages out, and what draws
FRESH = "no-cache"  # asked for each time; the browser looks for a new worker with every visit


class Offline:
    """`/sw.js`, `/manifest.webmanifest`, `/icon-SIZE.png` and `/offline`."""

    def __init__(self, pages: Pages, assets: Assets, pictures: Pictures):
        self._pages, self._assets, self._pictures = pages, assets, pictures
        self._worker = (FOLDER / "sw.js").read_text("utf-8")
        self._look = b"".join(path.read_bytes() for path in _files_of_pages()) + assets.text("guide.css").encode()

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/sw.js", self.worker),
            Route("/manifest.webmanifest", self.manifest),
            Route("/icon-{size:int}.png", self.icon),
            Route("/icon-maskable.png", self.maskable),
            Route(OFFLINE, self.page),
        ]

    async def worker(self, request: Request) -> Response:
        """The worker with the list of what it keeps. It is another one whenever a guide, a page's look or a script has changed."""
        service: Service = request.app.state.service
        guides, words = service.content.library.guides, PageWords(service.content.library.words)
        parts = [self._assets.url(name) for name in PARTS]
        state = sha256(self._look + "".join([*parts, words.catalogues.wording, *(f"{name} {guide.wording}" for name, guide in guides.items())]).encode())
        values = {
            "version": f"danloi-{state.hexdigest()[:12]}",
            "offline": OFFLINE,
            "pages": [f"/guide/{name}" for name in guides],
            "parts": parts,
            "languages": [one.code for one in words.others],
        }
        body = self._worker
        for name, value in values.items():
            body = body.replace(f"{{{name}}}", value if isinstance(value, str) else orjson.dumps(value).decode())
        headers = {"cache-control": FRESH, "content-security-policy": "default-src 'none'; connect-src 'self'", "x-content-type-options": "nosniff"}
        return Response(body, media_type="text/javascript; charset=utf-8", headers=headers)

    async def manifest(self, _request: Request) -> Response:
        icons = [{"src": f"/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png"} for size in ICON_SIZES]
        body = {
            "name": "Dẫn Lối",
            "short_name": "Dẫn Lối",
            "description": "Làm dịch vụ công trên mạng, từng bước một.",
            "lang": "vi",
            "id": "/",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#faf6ee",
            "theme_color": "#24407a",
            "icons": [*icons, {"src": "/icon-maskable.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"}],
        }
        return Response(orjson.dumps(body), media_type="application/manifest+json", headers={"cache-control": DAY, "x-content-type-options": "nosniff"})

    async def icon(self, request: Request) -> Response:
        size = request.path_params["size"]
        return await self._icon(size, maskable=False) if size in ICON_SIZES else PlainTextResponse("", status_code=404)

    async def maskable(self, _request: Request) -> Response:
        return await self._icon(ICON_SIZES[-1], maskable=True)

    async def page(self, request: Request) -> Response:
        """Shown instead of a page that cannot be reached: the guides that can be read all the same."""
        service: Service = request.app.state.service
        guides = [guide.model for guide in service.content.library.guides.values()]
        return self._pages.respond(request, "offline.html", cache=FRESH, guides=guides)

    async def _icon(self, size: int, *, maskable: bool) -> Response:
        body = await self._pictures.png(lambda: draw_icon(maskable=maskable), size, size)
        return Response(body, media_type="image/png", headers={"cache-control": DAY, "x-content-type-options": "nosniff"})


def _files_of_pages() -> Iterator[Path]:
    """Whatever a kept page is made by: after an upgrade it is fetched again."""
    for pattern in ("templates/*.html", "*.py"):
        yield from sorted(WEB.glob(pattern))
    for pattern in ("*.py", "pictures/*.svg"):
        yield from sorted(OUTREACH.glob(pattern))
