"""Where the platforms knock: plain Starlette routes, because this is the hot road and FastAPI's costs a fifth of it."""

from __future__ import annotations

from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.channels.base import BadSignature
from bot.settings import Settings
from bot.web.errors import read_body
from bot.web.ports import Service

OK = PlainTextResponse("EVENT_RECEIVED")


async def receive_messenger(request: Request) -> Response:
    """Take one delivery of the Messenger Platform; 200 means that its events are stored or spooled."""
    service: Service = request.app.state.service
    adapter = service.adapters.get("messenger")
    if adapter is None:
        return PlainTextResponse("", status_code=404)
    body = await read_body(request)
    adapter.verify(request.headers, body)
    events = adapter.events(body)
    if events:
        await service.turns.take(events)
    return OK


async def confirm_messenger(request: Request) -> Response:
    """Repeat Meta's challenge, as plain text, to whoever knows our word."""
    settings: Settings = request.app.state.settings
    if not settings.messenger.on:
        return PlainTextResponse("", status_code=404)
    said = request.query_params
    ours = settings.messenger.verify_token.get_secret_value()
    if said.get("hub.mode") != "subscribe" or not compare_digest(said.get("hub.verify_token", "").encode(), ours.encode()):
        raise BadSignature
    return PlainTextResponse(said.get("hub.challenge", ""))


routes = [
    Route("/webhooks/messenger", receive_messenger, methods=["POST"]),
    Route("/webhooks/messenger", confirm_messenger, methods=["GET"]),
]
