"""The web chat: one page that works without a script, and the calls that its script makes.

The signed cookie is the contact. Every event carries an id, the browser's own where it sent one, so what is sent twice
on a bad network is applied once.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from math import ceil
from typing import Any
from urllib.parse import parse_qs

import anyio
import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.base import NotUnderstood
from bot.dialogue.event import Event, Kind
from bot.dialogue.orders import RESTED
from bot.dialogue.payload import read_entry
from bot.service.errors import Overloaded, Unavailable
from bot.web.errors import read_body
from bot.web.pages import Pages, page_words
from bot.web.ports import Message, Service
from bot.web.status import json_response
from bot.web.throttle import Throttle
from bot.web.view import chat_view
from bot.web.visitors import Visitor, Visitors, same_origin
from bot.web.words import PageWords

CHANNEL = ACCOUNT = "web"
MAX_EVENT_BYTES = 64 * 1024
MAX_TEXT_CHARS = 4000
MAX_ID_CHARS = 64
HISTORY = 60  # messages on the page
HEARTBEAT_SECONDS = 25  # many proxies cut what is silent for 30
GOODBYE_SECONDS = 2  # for streams to end when the server does
END = object()
KINDS = {"text": Kind.TEXT, "tap": Kind.TAP, "open": Kind.OPENED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a browser sent: one thing, and the id that makes a repeat harmless."""

    kind: Kind
    value: str
    id: str


class Chat:
    """The routes of the chat, with what they share."""

    def __init__(self, pages: Pages, visitors: Visitors, *, public_origin: str):
        self._pages, self._visitors, self._public_origin = pages, visitors, public_origin
        self._throttle = Throttle()

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/chat/events", self.events, methods=["POST"]),
            Route("/chat/messages", self.messages, methods=["GET"]),
            Route("/chat/stream", self.stream, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """The talk so far. A first visit opens it; `?open=PAYLOAD` opens a guide and comes back without it, `&lang=en` in that language."""
        visitor = self._visitors.of(request)
        opens = request.query_params.get("open", "")
        if opens and read_entry(opens):
            return await self._open(request, visitor, opens)
        service: Service = request.app.state.service
        messages = await self._history(service, visitor) if visitor.known else []
        if messages is None:
            return self._busy(request)
        if request.method == "GET" and (not messages or _rested(messages[-1])):
            try:
                opening = Said(kind=Kind.OPENED, value="", id=secrets.token_hex(8))
                taken = await self._take(service, visitor, opening, request.query_params.get("lang", ""))
            except (Overloaded, Unavailable):
                return self._busy(request)
            messages = await self._history(service, visitor) or taken
        view = chat_view(messages, service.content.library.guides, service.content.library.words)
        words = page_words(request, view.language)
        title, nonce = view.title(words), secrets.token_hex(8)
        response = self._pages.respond(request, "chat.html", words=words, view=view, title=title, guides=_listed(service), nonce=nonce)
        return self._visitors.remember(visitor, response)

    async def events(self, request: Request) -> Response:
        """Take one event. JSON is answered with the new messages; a form is sent back to the page."""
        if not same_origin(request, self._public_origin):
            return PlainTextResponse("", status_code=403)
        as_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        body = await read_body(request, MAX_EVENT_BYTES)
        said = _read_form(body) if as_form else _read_json(request, body)
        if said is None:
            return RedirectResponse("/", status_code=303)
        visitor = self._visitors.of(request)
        if visitor.known and (wait := self._throttle.wait(visitor.contact)):
            return self._slower(request, wait, as_form=as_form)
        service: Service = request.app.state.service
        try:
            new = await self._take(service, visitor, said)
        except (Overloaded, Unavailable):
            if as_form:
                return self._busy(request)
            raise
        if as_form:
            return self._visitors.remember(visitor, RedirectResponse("/", status_code=303))
        answer: dict[str, Any] = {"messages": new}
        if "view" in request.query_params:
            messages = await self._history(service, visitor)
            if messages is not None:  # None: the event waits on disk, its answer comes by the stream
                answer["view"] = self._view(service, messages, _number(request.query_params.get("after")))
        return self._visitors.remember(visitor, json_response(answer))

    async def messages(self, request: Request) -> Response:
        """What came after `?after=ID`."""
        visitor = self._visitors.of(request)
        if not visitor.known:
            return json_response({"messages": []})
        service: Service = request.app.state.service
        after = _number(request.query_params.get("after"))
        messages = await self._history(service, visitor)
        if messages is None:
            raise Unavailable
        answer: dict[str, Any] = {"messages": [one for one in messages if one["id"] > after]}
        if "view" in request.query_params:
            answer["view"] = self._view(service, messages, after)
        return json_response(answer)

    async def stream(self, request: Request) -> Response:
        """New messages as server-sent events; `Last-Event-ID` (or `?after`) says what the browser has."""
        visitor = self._visitors.of(request)
        service: Service = request.app.state.service
        key = await service.store.contact(CHANNEL, ACCOUNT, visitor.contact) if visitor.known else None
        if key is None:
            return PlainTextResponse("", status_code=204)  # tells an EventSource to stop
        after = _number(request.headers.get("last-event-id") or request.query_params.get("after"))
        stop = anyio.Event()
        changes = _until(stop, service.store.listen(key))
        follow = self._follow(service, visitor, changes, after, with_view="view" in request.query_params)
        return EventSourceResponse(follow, ping=HEARTBEAT_SECONDS, shutdown_event=stop, shutdown_grace_period=GOODBYE_SECONDS)

    async def _follow(self, service: Service, visitor: Visitor, changes: AsyncIterator[None], after: int, *, with_view: bool) -> AsyncIterator[ServerSentEvent]:
        async for _ in changes:
            messages = await self._history(service, visitor) or []
            new = [one for one in messages if one["id"] > after]
            if not new:
                continue
            answer: dict[str, Any] = {"messages": new}
            if with_view:
                answer["view"] = self._view(service, messages, after)
            after = max(one["id"] for one in new)
            yield ServerSentEvent(data=orjson.dumps(answer).decode(), id=str(after), event="messages")

    async def _open(self, request: Request, visitor: Visitor, payload: str) -> Response:
        """Open a guide from a link. A browser that only fetches ahead opens nothing."""
        if request.method != "GET" or "prefetch" in (request.headers.get("sec-purpose") or request.headers.get("purpose") or ""):
            return PlainTextResponse("", status_code=503, headers={"cache-control": "no-store"})
        try:
            language = request.query_params.get("lang", "")
            await self._take(request.app.state.service, visitor, Said(kind=Kind.OPENED, value=payload, id=secrets.token_hex(8)), language)
        except (Overloaded, Unavailable):
            return self._busy(request)
        return self._visitors.remember(visitor, RedirectResponse("/", status_code=303))

    async def _take(self, service: Service, visitor: Visitor, said: Said, language: str = "") -> list[Message]:
        event = Event(
            id=f"{visitor.contact}:{said.id}",  # nobody can use up another one's ids
            channel=CHANNEL,
            account=ACCOUNT,
            contact=visitor.contact,
            at=datetime.now(UTC),
            kind=said.kind,
            text=said.value if said.kind is Kind.TEXT else "",
            payload="" if said.kind is Kind.TEXT else said.value,
            language=language,
        )
        return [message for taken in await service.turns.take([event]) for message in taken.messages]

    async def _history(self, service: Service, visitor: Visitor) -> Sequence[Message] | None:
        """The newest messages of the talk; None where the database is away."""
        try:
            key = await service.store.contact(CHANNEL, ACCOUNT, visitor.contact)
            return await service.store.messages(key, 0, HISTORY) if key is not None else []
        except Unavailable:
            return None

    def _view(self, service: Service, messages: Sequence[Message], after: int) -> dict[str, Any]:
        """The moving parts of the page as markup, made by the same templates as the page."""
        view = chat_view(messages, service.content.library.guides, service.content.library.words)
        bubbles = [one for one in view.bubbles if one.id > after]
        words = PageWords(service.content.library.words, view.language)
        return {
            "log": self._pages.render("_log.html", words, bubbles=bubbles),
            "top": self._pages.render("_top.html", words, view=view),
            "answers": self._pages.render("_answers.html", words, view=view, nonce=secrets.token_hex(8)),
            "more": self._pages.render("_more.html", words, view=view, guides=_listed(service)),
            "title": view.title(words),
            "language": words.language,
            "last": view.last,
            "first": view.bubbles[0].id if view.bubbles and len(view.bubbles) < HISTORY else 0,  # what is older was erased
        }

    def _busy(self, request: Request) -> Response:
        response = self._pages.respond(request, "kind.html", status=503, kind="busy", guides=[])
        response.headers["retry-after"] = "5"
        return response

    def _slower(self, request: Request, wait: float, *, as_form: bool) -> Response:
        response = self._pages.respond(request, "kind.html", status=429, kind="too-fast", guides=[]) if as_form else PlainTextResponse("", 429)
        response.headers["retry-after"] = str(ceil(wait))
        return response


async def _until(stop: anyio.Event, changes: AsyncIterator[None]) -> AsyncIterator[None]:
    """The changes until the server ends; then the answer is completed, not cut off."""
    stopping = asyncio.ensure_future(stop.wait())
    change = asyncio.ensure_future(anext(changes, END))
    try:
        while True:
            await asyncio.wait({change, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not change.done() or change.result() is END:
                return
            yield None
            change = asyncio.ensure_future(anext(changes, END))
    finally:  # also where the browser is gone: nobody listens any more
        change.cancel()
        stopping.cancel()


def _rested(last: Message) -> bool:
    """Whether the talk is so old that the bot should offer to go on with it."""
    return "at" in last and datetime.now(UTC) - datetime.fromisoformat(last["at"]) >= RESTED


def _read_json(request: Request, body: bytes) -> Said:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise NotUnderstood("not JSON", 415)
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(raw, dict):
        raise NotUnderstood("not an object")
    return _said(raw, str(raw.get("id") or secrets.token_hex(16)))


def _read_form(body: bytes) -> Said | None:
    """A form's fields, None where nothing was written. The id is the page's: the same button twice is one tap, another text another."""
    try:
        fields = {name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=10).items()}
    except (UnicodeDecodeError, ValueError) as error:
        raise NotUnderstood("not a form") from error
    page = fields.pop("id", "") or secrets.token_hex(16)
    if not fields.get("text", "-").strip():
        return None
    said = _said(fields, page)
    return Said(kind=said.kind, value=said.value, id=sha256(f"{page}|{said.kind}|{said.value}".encode()).hexdigest()[:32])


def _said(raw: dict[str, Any], id_: str) -> Said:
    """The one of text, tap and open that is there; raises `NotUnderstood`."""
    names = [name for name in KINDS if name in raw]
    if len(names) != 1 or not isinstance(raw[names[0]], str) or not 0 < len(id_) <= MAX_ID_CHARS or not id_.isascii() or not id_.isprintable():
        raise NotUnderstood("needs one of text, tap, open")
    name, value = names[0], raw[names[0]].replace("\x00", "").strip()
    if len(value) > MAX_TEXT_CHARS or (name != "open" and not value):
        raise NotUnderstood("empty or too long")
    return Said(kind=KINDS[name], value=value, id=id_)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _listed(service: Service) -> list[Any]:
    guides = service.content.library.guides
    return [guides[name].model for name in guides]
