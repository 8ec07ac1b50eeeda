"""Where a link or a QR code leads: every way to begin a guide, what to have at hand, and what is seen when the link is shared."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.dialogue.drawings import PICTURE_ALT, drawing_alt, drawing_note
from bot.dialogue.payload import Entry, is_volunteer, read_entry
from bot.flows.guides import CompiledGuide, Guides, drawing_hash
from bot.flows.model import step_kind
from bot.flows.texts import slot_names
from bot.i18n.catalogue import SOURCE_LANGUAGE
from bot.outreach.hotlines import hotline
from bot.outreach.illustrations import gesture, inline_svg
from bot.outreach.links import AppLink, app_links, landing_url, payload_of, qr_png, qr_svg, typed_code
from bot.outreach.share_picture import SHARE_HEIGHT, SHARE_WIDTH, draw_share
from bot.settings import Settings
from bot.web.assets import IMMUTABLE, TYPES
from bot.web.pages import Pages, page_words
from bot.web.pictures import Pictures
from bot.web.ports import Service
from bot.web.words import PageWords

CACHE = "public, max-age=300"
HOME_OF = {"Zalo": "zalo-oa", "Messenger": "messenger", "Facebook": "messenger", "Telegram": "telegram"}  # whose link opens the app one is in


class Landing:
    """`/go/PAYLOAD` with its QR codes and its picture."""

    def __init__(self, pages: Pages, settings: Settings, pictures: Pictures):
        self._pages, self._settings, self._pictures = pages, settings, pictures

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/go/{payload}", self.landing),
            Route("/go/{payload}/", self.landing),  # as people type it
            Route("/go/{payload}/og.png", self.share_picture),
            Route("/go/{payload}/qr.{kind}", self.qr),
        ]

    async def landing(self, request: Request) -> Response:
        """Ways to begin in an order that suits the app whose browser asks; nothing here needs a script."""
        guides = _guides(request)
        entry = asked(guides, request.path_params["payload"])
        if entry is None:
            return unknown_guide(self._pages, request)
        guide = guides[entry.guide]
        inside = inside_app(request.headers.get("user-agent", ""))
        place = guides.places.get(entry.place)
        words = page_words(request)
        response = self._pages.respond(
            request,
            "landing.html",
            cache=CACHE,
            guide=guide.model,
            payload=payload_of(entry),
            code=typed_code(entry),
            steps=guide.distance.get(guide.model.start, 0),
            pictures=any(step.screen or step.picture for step in guide.model.steps.values()),
            apps=_ordered(app_links(self._settings, entry), inside),
            step=_shown_step(guide, entry.step, words),
            words=words,
            place=place.within if place else "",
            call=hotline(guide.id),
            inside=inside,
            outside=_browser_link(landing_url(self._settings.base_url, entry), request.headers.get("user-agent", "")) if inside else "",
            share=self._share(guide, entry),
        )
        response.headers["vary"] = "accept-encoding, user-agent"
        return response

    async def qr(self, request: Request) -> Response:
        entry = asked(_guides(request), request.path_params["payload"])
        kind = request.path_params["kind"]
        if entry is None or kind not in ("svg", "png"):
            return unknown_guide(self._pages, request)
        url = landing_url(self._settings.base_url, entry)
        headers = {"cache-control": CACHE, "x-content-type-options": "nosniff"}
        return Response(qr_svg(url) if kind == "svg" else qr_png(url), media_type=TYPES[kind], headers=headers)

    async def share_picture(self, request: Request) -> Response:
        """What Zalo and Facebook show beside the link. The address in the page changes with the guide."""
        guides = _guides(request)
        entry = asked(guides, request.path_params["payload"])
        if entry is None:
            return unknown_guide(self._pages, request)
        guide = guides[entry.guide]
        body = await self._pictures.png(lambda: draw_share(guide, typed_code(Entry(guide=guide.id))), SHARE_WIDTH, SHARE_HEIGHT)
        fresh = request.query_params.get("v") == _version(guide)
        return Response(body, media_type=TYPES["png"], headers={"cache-control": IMMUTABLE if fresh else CACHE, "x-content-type-options": "nosniff"})

    def _share(self, guide: CompiledGuide, entry: Entry) -> dict[str, str | int]:
        """The Open Graph properties: one picture for all links of a guide, so that it is fetched once."""
        base = self._settings.base_url
        return {
            "url": landing_url(base, entry),
            "image": f"{base}/go/{guide.id}/og.png?v={_version(guide)}",
            "width": SHARE_WIDTH,
            "height": SHARE_HEIGHT,
        }


def asked(guides: Guides, payload: str) -> Entry | None:
    """The entry that a payload names, without what does not exist: a step that is gone leads to the start, a stranger's code to nobody.

    None where there is no such guide. A guide's typed code (`khaisinh`) is understood too: people write addresses from posters.
    """
    entry = read_entry(payload)
    guide_id = (entry.guide if entry.guide in guides else guides.by_code(entry.guide)) if entry else None
    if entry is None or guide_id is None:
        return None
    model = guides[guide_id].model
    step = model.moved.get(entry.step, entry.step)
    return replace(
        entry,
        guide=guide_id,
        step=step if step in model.steps else "",
        volunteer=entry.volunteer if is_volunteer(entry.volunteer) else "",
        place=entry.place if guides.places.get(entry.place) else "",
    )


def inside_app(user_agent: str) -> str:
    """The app whose own browser this is: "Zalo", "Messenger", "Facebook", "Telegram", or ""."""
    if "Zalo" in user_agent:
        return "Zalo"
    if "FBAN" in user_agent or "FBAV" in user_agent or "FB_IAB" in user_agent:
        return "Messenger" if "Orca" in user_agent or "MESSENGER" in user_agent.upper() else "Facebook"
    return "Telegram" if "Telegram" in user_agent else ""


def unknown_guide(pages: Pages, request: Request) -> Response:
    """404, and what there is."""
    guides = _guides(request)
    return pages.respond(
        request,
        "kind.html",
        status=404,
        kind="no-guide",
        guides=[guides[name].model for name in guides],
    )


def _version(guide: CompiledGuide) -> str:
    """Of the picture that is shared."""
    return drawing_hash(guide.wording)


def _guides(request: Request) -> Guides:
    service: Service = request.app.state.service
    return service.content.library.guides


def _ordered(links: tuple[AppLink, ...], inside: str) -> list[AppLink]:
    """The app that one is in already comes first."""
    home = HOME_OF.get(inside, "")
    return sorted(links, key=lambda one: one.channel != home)


def _browser_link(url: str, user_agent: str) -> str:
    """On Android an address that leaves the app's browser for the phone's own; elsewhere there is none."""
    parts = urlsplit(url)
    return f"intent://{parts.netloc}{parts.path}#Intent;scheme={parts.scheme};end" if "Android" in user_agent else ""


def _shown_step(guide: CompiledGuide, step_id: str, words: PageWords) -> dict[str, str] | None:
    """The step that the link opens, as far as it can be shown before anybody has answered anything."""
    step = guide.model.steps.get(step_id)
    kind = step_kind(step) or ""
    source = getattr(step, kind, None)
    if step is None or not isinstance(source, str) or slot_names(source) or kind == "call":
        return None
    place = f"{guide.id}.{step_id}.{kind}"
    shown = {"text": words.catalogues.text(words.language, place, source), "lang": "", "svg": "", "alt": ""}
    if not words.catalogues.speaks(words.language, place, source):
        shown["lang"] = SOURCE_LANGUAGE
    alt, note = drawing_alt(words.catalogues, words.language, step), drawing_note(words.catalogues, words.language)
    if step.screen:
        return shown | {"svg": inline_svg(step.screen, note), "alt": alt}
    return shown | {"svg": gesture(step.picture, note), "alt": alt} if step.picture in PICTURE_ALT else shown


async def missing(pages: Pages, request: Request, _error: Exception) -> Response:
    """No such page: browsers are led back, programs get the bare status."""
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse("", status_code=404)
    return pages.respond(request, "kind.html", status=404, kind="no-page", guides=[])
