"""Styles, scripts and fonts, held in memory under names that carry their hash, so that a browser fetches each once.

The styles of a page are one file (one request on a slow network), put together at start. Scripts are ES modules that
import each other by plain names; those become the hashed names as well.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

FOLDER = Path(__file__).parent / "static"
BUNDLES = {
    "chat.css": ("tokens.css", "parts.css", "chat.css"),
    "landing.css": ("tokens.css", "parts.css", "landing.css"),
    "stats.css": ("tokens.css", "parts.css", "stats.css"),
    "console.css": ("tokens.css", "parts.css", "console.css"),
    "guide.css": ("tokens.css", "parts.css", "guide.css"),
}
FONTS = ("fonts/be-vietnam-pro-400.woff2", "fonts/be-vietnam-pro-700.woff2")
# What is imported stands before what imports it.
SCRIPTS = ("secret.js", "voice.js", "outbox.js", "chat.js", "clip.js", "copy.js", "share.js", "print.js", "offline.js", "console.js")
TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "woff2": "font/woff2", "svg": "image/svg+xml", "png": "image/png"}
IMMUTABLE = "public, max-age=31536000, immutable"
_COMMENT = re.compile(r"/\*.*?\*/\s*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    url: str
    body: bytes
    packed: bytes | None  # gzip, where that is smaller
    kind: str


class Assets:
    """All assets by their plain names."""

    def __init__(self, folder: Path = FOLDER, *, scripts: Sequence[str] = SCRIPTS, bundles: Mapping[str, Sequence[str]] = BUNDLES):
        self._by_name: dict[str, Asset] = {}
        for name in FONTS:
            self._add(name, (folder / name).read_bytes())
        for name in scripts:
            self._add(name, self._with_urls((folder / name).read_text("utf-8"), '"./{}"').encode())
        for name, parts in bundles.items():
            text = "\n".join((folder / part).read_text("utf-8") for part in parts)
            self._add(name, self._with_urls(_COMMENT.sub("", text), '"{}"').encode())
        self._by_url = {asset.url: asset for asset in self._by_name.values()}

    def url(self, name: str) -> str:
        return self._by_name[name].url

    def text(self, name: str) -> str:
        return self._by_name[name].body.decode()

    async def serve(self, request: Request) -> Response:
        asset = self._by_url.get(request.url.path)
        if asset is None:
            return PlainTextResponse("", status_code=404)
        return packed_response(request, asset.body, asset.packed, TYPES[asset.kind], {"cache-control": IMMUTABLE, "x-content-type-options": "nosniff"})

    @property
    def routes(self) -> list[Route]:
        return [Route("/static/{name:path}", self.serve)]

    def _add(self, name: str, body: bytes) -> None:
        stem, _, kind = Path(name).name.rpartition(".")
        packed = None if kind == "woff2" else gzip.compress(body, 9, mtime=0)
        self._by_name[name] = Asset(url=f"/static/{stem}.{sha256(body).hexdigest()[:10]}.{kind}", body=body, packed=packed, kind=kind)

    def _with_urls(self, text: str, quoted: str) -> str:
        for name, asset in self._by_name.items():
            text = text.replace(quoted.format(name), quoted.format(asset.url).replace("./", ""))
        return text


def packed_response(request: Request, body: bytes, packed: bytes | None, media_type: str, headers: dict[str, str]) -> Response:
    """The body, as gzip where the browser takes it and that is smaller."""
    if packed is None:
        return Response(body, media_type=media_type, headers=headers)
    headers = {**headers, "vary": "accept-encoding"}
    if len(packed) < len(body) and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=media_type, headers={**headers, "content-encoding": "gzip"})
    return Response(body, media_type=media_type, headers=headers)
