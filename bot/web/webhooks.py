"""Where the platforms knock: plain Starlette routes, because this is the hot road and FastAPI's costs a fifth of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.base import BadSignature
from bot.channels.messenger import MessengerAdapter
from bot.channels.zalo_oa import unread, verifier_page
from bot.settings import Settings
from bot.web.errors import read_body
from bot.web.ports import Service

OK = PlainTextResponse("EVENT_RECEIVED")
OFF = PlainTextResponse("", status_code=404)


def receiver(channel: str) -> Callable[[Request], Awaitable[Response]]:
    """The route of one platform. It takes one delivery; 200 means that its events are stored or spooled."""

    async def receive(request: Request) -> Response:
        service: Service = request.app.state.service
        adapter = service.adapters.get(channel)
        if adapter is None:
            return OFF
        body = await read_body(request)
        try:
            adapter.verify(request.headers, body)
        except BadSignature as error:
            service.unsigned(channel, str(error))
            raise
        events = adapter.events(body)
        if not events:
            return OK
        await service.turns.take(events)
        acknowledge = getattr(adapter, "acknowledge", None)  # an app that shows a tap as running until it is told
        return OK if acknowledge is None else PlainTextResponse("", background=BackgroundTask(acknowledge, events))

    return receive


async def confirm_messenger(request: Request) -> Response:
    """Repeat Meta's challenge, as plain text, to whoever knows our word."""
    adapter = request.app.state.service.adapters.get("messenger")
    return PlainTextResponse(adapter.challenge(request.query_params)) if isinstance(adapter, MessengerAdapter) else OFF


_receive_zalo_oa = receiver("zalo-oa")


async def receive_zalo_oa(request: Request) -> Response:
    """As the others; what is not signed as the others and holds nothing for us is answered without being read."""
    return OK if unread(request.headers) else await _receive_zalo_oa(request)


def knocker(channel: str) -> Callable[[Request], Awaitable[Response]]:
    """Zalo looks whether somebody is there before it accepts an address."""

    async def knock(request: Request) -> Response:
        return OK if channel in request.app.state.service.adapters else OFF

    return knock


async def verify_zalo_domain(request: Request) -> Response:
    """The page by which Zalo sees that the domain is ours."""
    settings: Settings = request.app.state.settings
    page = verifier_page(settings.zalo_oa, request.path_params["code"])
    return OFF if page is None else HTMLResponse(page)


routes = [
    Route("/webhooks/messenger", receiver("messenger"), methods=["POST"]),
    Route("/webhooks/messenger", confirm_messenger, methods=["GET"]),
    Route("/webhooks/zalo-oa", receive_zalo_oa, methods=["POST"]),
    Route("/webhooks/zalo-oa", knocker("zalo-oa"), methods=["GET"]),
    Route("/webhooks/zalo-bot", receiver("zalo-bot"), methods=["POST"]),
    Route("/webhooks/zalo-bot", knocker("zalo-bot"), methods=["GET"]),
    Route("/webhooks/telegram", receiver("telegram"), methods=["POST"]),
    Route("/zalo_verifier{code}.html", verify_zalo_domain, methods=["GET"]),
]
