"""Pages from templates, with the headers that keep strangers' scripts out."""

from __future__ import annotations

import gzip
from base64 import b64encode
from datetime import date
from hashlib import sha256
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from bot.i18n.dates import format_date
from bot.web.assets import Assets, packed_response
from bot.web.ports import Service
from bot.web.words import TEMPLATES, PageWords

POLICY = (
    "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data: https:; font-src 'self'; connect-src 'self'; media-src 'self' https:; "
    "manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PACK_FROM_BYTES = 1000


def page_words(request: Request, language: str = "") -> PageWords:
    """The pages' words in `language`, else in the one that the address names, else in Vietnamese."""
    service: Service = request.app.state.service
    return PageWords(service.content.library.words, language or request.query_params.get("lang", ""))


class Pages:
    """Renders templates and wraps them into responses."""

    def __init__(self, assets: Assets):
        self._env = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._env.globals["asset"] = assets.url
        self._env.globals["styles"] = lambda name: Markup(assets.text(name))  # noqa: S704  # our own file
        self._env.filters["day"] = _day
        self._assets = assets

    def render(self, template: str, words: PageWords, **values: Any) -> str:
        """Markup in the language of `words`, which templates call `_`."""
        return self._env.get_template(template).render(_=words, **values)

    def respond(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        cache: str = "private, no-cache",
        inline_styles: str = "",
        words: PageWords | None = None,
        **values: Any,
    ) -> Response:
        """The page, packed where the browser likes that. `inline_styles` names the styles that stand inside the page.

        Without `words` it is in the language that its address names (`?lang=en`).
        """
        body = self.render(template, words or page_words(request), **values).encode()
        style = "'self'"
        if inline_styles:
            style += f" 'sha256-{b64encode(sha256(self._assets.text(inline_styles).encode()).digest()).decode()}'"
        headers = {
            "cache-control": cache,
            "content-security-policy": POLICY.format(style=style),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        }
        packed = gzip.compress(body, 6, mtime=0) if len(body) >= PACK_FROM_BYTES and "gzip" in request.headers.get("accept-encoding", "") else None
        response = packed_response(request, body, packed, "text/html; charset=utf-8", headers)
        response.status_code = status
        return response


@pass_context
def _day(context: Context, value: date | None) -> str:
    return format_date(value, context["_"].language) if value else ""
