"""Zalo's OpenAPI and token server on loopback: a real HTTP server with the limits, error codes and single-use tokens of the OA API.

In a test: `async with ZaloOa() as zalo:` and give `zalo.url` as API and OAuth base. For another process:
`python -m tests.standins.zalo_oa --port 9200 --delay-ms 50 --record sends.jsonl`; each answered or swallowed request is one line of
JSON, written before the answer goes out. The first pair of tokens is AT0 and RT0.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import orjson
from aiohttp import web

from tests.standins.zalo_oa_events import APP_ID, APP_SECRET, OA_ID

try:
    from uvloop import run as _run_loop
except ImportError:
    from asyncio import run as _run_loop

Json = dict[str, Any]

SEND = "/v3.0/oa/message/cs"
SEND_ANONYMOUS = "/v2.0/oa/message"
UPLOAD = "/v2.0/oa/upload/image"
OAUTH = "/v4/oa/access_token"
OA_INFO = "/v2.0/oa/getoa"
MAX_UPLOAD_BYTES = 2**20
PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request as it came, and what became of it."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    status: int | None  # None: the connection was dropped or left without an answer
    accepted: bool
    message_id: str = ""

    @property
    def json(self) -> Json:
        return orjson.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What happens to one request instead of, or after, the usual."""

    how: Literal["answer", "hang", "drop"]
    accepted: bool = False  # the message (or the refresh token) is taken all the same: the worst kind
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def answer(status: int, body: bytes = b"", *, accepted: bool = False, **headers: str) -> Fault:
    """Any answer at all; header names are written with underscores."""
    return Fault(how="answer", accepted=accepted, status=status, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def error(code: int | str, *, status: int = 200, **headers: str) -> Fault:
    """An error in Zalo's own words: HTTP 200 nearly always."""
    return answer(status, _error_body(code, "scripted"), **headers)


def hang(*, accepted: bool = False) -> Fault:
    """No answer until the caller gives up."""
    return Fault(how="hang", accepted=accepted)


def drop(*, accepted: bool = False) -> Fault:
    """The connection is cut."""
    return Fault(how="drop", accepted=accepted)


class Refused(Exception):
    """Zalo refuses a request."""

    def __init__(self, code: int, message: str = ""):
        self.code = code
        super().__init__(message)


class ZaloOa:
    """The server. Set what should be different: `blocked`, `closed`, `no_buttons`, `token_dead`, `faults`…"""

    def __init__(self, *, port: int = 0, delay_seconds: float = 0.0, record: Path | None = None):
        self.requests: list[Received] = []
        self.faults: deque[Fault | None] = deque()  # for the next messages, in order; None: nothing wrong
        self.upload_faults: deque[Fault | None] = deque()
        self.oauth_faults: deque[Fault | None] = deque()
        self.info_faults: deque[Fault | None] = deque()
        self.blocked: set[str] = set()
        self.closed: set[str] = set()  # no interaction for 7 days
        self.unfollowed: set[str] = set()
        self.no_buttons: int | None = None  # the code with which messages with buttons are refused
        self.buttons_beside_pictures = False  # whether v3 takes them there, as v2 did
        self.unfetchable: set[str] = set()
        self.attachments: dict[str, bytes] = {}
        self.access_token, self.refresh_token = "AT0", "RT0"
        self.used: set[str] = set()  # refresh tokens that are gone
        self.chain_broken = False
        self.refreshes = 0
        self.expires_in: Any = "90000"
        self.oa: Json = {"oaid": OA_ID, "name": "UBND xã Bum Nưa", "is_verified": True, "oa_type": 4, "package_name": "Nâng cao"}
        self.quota: Json | None = {"quota_type": "reply"}
        self.keep = True  # remember requests; off for long benches
        self._port, self._delay = port, delay_seconds
        self._record = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644) if record else None
        self._sent = 0
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def sends(self) -> list[Received]:
        """Calls that carried a message, in the order in which they came."""
        return [one for one in self.requests if one.path in (SEND, SEND_ANONYMOUS)]

    @property
    def uploads(self) -> list[Received]:
        return [one for one in self.requests if one.path == UPLOAD]

    @property
    def renewals(self) -> list[Received]:
        return [one for one in self.requests if one.path == OAUTH]

    @property
    def accepted(self) -> list[Json]:
        """The bodies of the messages that were taken."""
        return [one.json for one in self.sends if one.accepted]

    def script(self, *faults: Fault | None) -> None:
        self.faults.extend(faults)

    def expire(self) -> None:
        """The access token ends before its time."""
        self.access_token = f"{self.access_token}-gone"

    def burn(self) -> None:
        """The refresh token is used by somebody who is not us: the chain is broken."""
        self.used.add(self.refresh_token)
        self.refresh_token = "RT-of-a-stranger"
        self.expire()

    async def wait_for_sends(self, count: int) -> list[Received]:
        """Return once so many messages were sent here; the test's own time limit ends the waiting."""
        while len(self.sends) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.sends

    async def wait_for_renewals(self, count: int) -> list[Received]:
        while len(self.renewals) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.renewals

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**23)
        app.router.add_route("*", "/{tail:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        await self._runner.cleanup()
        if self._record is not None:
            os.close(self._record)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        # A form with a file is read once only, and not kept as bytes.
        body = await request.read() if not request.content_type.startswith("multipart/") else b""
        waiting = {SEND: self.faults, SEND_ANONYMOUS: self.faults, UPLOAD: self.upload_faults, OAUTH: self.oauth_faults, OA_INFO: self.info_faults}.get(
            request.path
        )
        fault = waiting.popleft() if waiting else None
        status, said, headers, accepted = await self._answer(request, body, fault)
        message_id = said.get("data", {}).get("message_id", "") if accepted and isinstance(said, dict) else ""
        silent = fault is not None and fault.how != "answer"
        self._remember(request, body, None if silent else status, accepted, message_id)
        if self._delay:
            await asyncio.sleep(self._delay)
        if fault and fault.how == "hang":
            await self._closing.wait()
        if silent and request.transport:
            request.transport.abort()
        raw = said if isinstance(said, bytes) else orjson.dumps(said)
        return web.Response(status=status, body=raw, headers={"Content-Type": "application/json", **headers})

    async def _answer(self, request: web.Request, body: bytes, fault: Fault | None) -> tuple[int, Json | bytes, dict[str, str], bool]:
        if fault and not fault.accepted:
            return fault.status, fault.body, fault.headers, False
        try:
            said = await self._route(request, body)
        except Refused as refused:
            return 200, _error_body(refused.code, str(refused)), {}, False
        return (fault.status, fault.body, fault.headers, True) if fault else (200, said, {}, True)

    def _remember(self, request: web.Request, body: bytes, status: int | None, accepted: bool, message_id: str) -> None:
        if self._record is not None:
            line = {
                "method": request.method,
                "path": request.path,
                "body": body.decode(errors="replace"),
                "status": status,
                "accepted": accepted,
                "message_id": message_id,
            }
            os.write(self._record, orjson.dumps(line) + b"\n")
        if self.keep:
            self.requests.append(
                Received(
                    method=request.method,
                    path=request.path,
                    query=dict(request.query),
                    headers=request.headers.copy(),
                    body=body,
                    status=status,
                    accepted=accepted,
                    message_id=message_id,
                )
            )
        self._changed.set()

    async def _route(self, request: web.Request, body: bytes) -> Json:
        if (request.method, request.path) == ("POST", OAUTH):
            return self._renew(request, dict(await request.post()))
        self._check_token(request)
        match request.method, request.path:
            case "POST", "/v3.0/oa/message/cs":
                return self._message(_json(body))
            case "POST", "/v2.0/oa/message":
                return self._anonymous(_json(body))
            case "POST", "/v2.0/oa/upload/image":
                return await self._upload(request)
            case "GET", "/v2.0/oa/getoa":
                return {"error": 0, "message": "Success", "data": self.oa}
        raise Refused(-404, "no such API")

    def _check_token(self, request: web.Request) -> None:
        if request.headers.get("access_token") != self.access_token:
            raise Refused(-216, "Access token is invalid")

    def _renew(self, request: web.Request, form: Json) -> Json:
        """Single use: the old pair is dead with the answer, and a used refresh token breaks the chain for good."""
        if request.headers.get("secret_key") != APP_SECRET or form.get("app_id") != APP_ID or form.get("grant_type") != "refresh_token":
            raise Refused(-14002, "Invalid app or secret")
        given = form.get("refresh_token")
        if given in self.used:
            self.chain_broken = True
        if self.chain_broken or given != self.refresh_token:
            raise Refused(-14014, "Invalid refresh token")
        self.refreshes += 1
        self.used.add(given)
        self.access_token, self.refresh_token = f"AT{self.refreshes}", f"RT{self.refreshes}"
        return {"access_token": self.access_token, "refresh_token": self.refresh_token, "expires_in": self.expires_in}

    def _message(self, body: Json) -> Json:
        check_shape(body, "user_id")
        contact, message = body["recipient"]["user_id"], body["message"]
        self._check_contact(contact)
        payload = message.get("attachment", {}).get("payload", {})
        _require("buttons" not in payload or "elements" not in payload or self.buttons_beside_pictures, "buttons beside a picture")
        if "buttons" in payload and self.no_buttons is not None:
            raise Refused(self.no_buttons, "buttons")
        for element in payload.get("elements", ()):
            if "attachment_id" in element and element["attachment_id"] not in self.attachments:
                raise Refused(-100, "attachment_id expired")
            if element.get("url") in self.unfetchable:
                raise Refused(-201, "url")
        return self._took({"user_id": contact})

    def _anonymous(self, body: Json) -> Json:
        if "user_id" in body.get("recipient", {}):
            raise Refused(-240, "MessageV2 API has been shut down")
        check_shape(body, "anonymous_id")
        _require(isinstance(body["recipient"].get("conversation_id"), str), "conversation_id")
        return self._took({})

    def _took(self, more: Json) -> Json:
        self._sent += 1
        data = {"message_id": f"out{self._sent}", "sent_time": "1757000000123", **more}
        return {"error": 0, "message": "Success", "data": data | ({"quota": self.quota} if self.quota is not None else {})}

    def _check_contact(self, contact: str) -> None:
        if contact in self.blocked:
            raise Refused(-244, "User has restricted this message type")
        if contact in self.unfollowed:
            raise Refused(-213, "User has not followed OA")
        if contact in self.closed:
            raise Refused(-230, "User has not interacted with the OA in the past 7 days")

    async def _upload(self, request: web.Request) -> Json:
        file = (await request.post()).get("file")
        _require(isinstance(file, web.FileField), "file")
        assert isinstance(file, web.FileField)
        content = file.file.read()
        _require(content.startswith(PICTURES), "jpg or png")
        if len(content) > MAX_UPLOAD_BYTES:
            raise Refused(-210, "file too large")
        id = f"att{len(self.attachments) + 1}"
        self.attachments[id] = content
        return {"error": 0, "message": "Success", "data": {"attachment_id": id}}


def check_shape(body: Json, recipient: str) -> None:
    """Everything that can be seen without knowing anybody: raises `Refused` with Zalo's own code."""
    _require(set(body) == {"recipient", "message"}, "recipient and message")
    contact = body["recipient"].get(recipient)
    _require(isinstance(contact, str) and bool(contact), recipient)
    message = body["message"]
    _require(isinstance(message, dict) and set(message) <= {"text", "attachment"} and bool(message), "message")
    if "text" in message:
        _limit(message["text"], 2000, "text")
    _require("text" in message or "attachment" in message, "text")
    if "attachment" in message:
        _check_attachment(message["attachment"], "text" in message)


def _check_attachment(attachment: Json, with_text: bool) -> None:
    _require(attachment.get("type") == "template", "attachment type")
    payload = attachment["payload"]
    if payload.get("template_type") == "media":
        _require({"template_type", "elements"} <= set(payload) <= {"template_type", "elements", "buttons"} and len(payload["elements"]) == 1, "one element")
        (element,) = payload["elements"]
        _require(element.get("media_type") == "image" and ("url" in element) != ("attachment_id" in element), "url or attachment_id")
        _require("url" not in element or element["url"].startswith(("https://", "http://")), "url")
        if "buttons" not in payload:
            return
    else:
        _require(payload.get("template_type") in (None, "button"), "template_type")
    _require(with_text, "text")
    if not 1 <= len(payload.get("buttons", ())) <= 5:
        raise Refused(-210, "buttons")
    for button in payload["buttons"]:
        _check_button(button)


def _check_button(button: Json) -> None:
    _limit(button.get("title"), 100, "title")
    payload = button.get("payload")
    match button.get("type"):
        case "oa.query.hide" | "oa.query.show":
            _require(isinstance(payload, str) and bool(payload), "payload must be a text")
            if len(payload.encode()) > 1000:
                raise Refused(-210, "payload")
        case "oa.open.url":
            _require(isinstance(payload, dict) and str(payload.get("url", "")).startswith(("https://", "http://")), "url")
        case "oa.open.phone":
            _require(isinstance(payload, dict) and str(payload.get("phone_code", "")).isdecimal(), "phone_code")
        case _:
            raise Refused(-201, "button type")


def _limit(text: Any, most: int, what: str) -> None:
    """What the longest way of counting says: our own texts must fit by any."""
    _require(isinstance(text, str) and bool(text.strip()), what)
    if len(text.encode("utf-16-le")) // 2 > most:
        raise Refused(-210, what)


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Refused(-201, what)


def _json(body: bytes) -> Json:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(-201, "not JSON") from None
    _require(isinstance(value, dict), "not an object")
    return value


def _error_body(code: int | str, message: str) -> bytes:
    return orjson.dumps({"error": code, "message": message})


async def _run(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    zalo = ZaloOa(port=arguments.port, delay_seconds=arguments.delay_ms / 1000, record=arguments.record)
    zalo.keep = False
    async with zalo:
        print(zalo.url, flush=True)
        await stop.wait()


def main(words: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Zalo's OA API; prints its address and runs until it is ended.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--record", type=Path, help="a file to which each request is appended as a line of JSON")
    _run_loop(_run(parser.parse_args(list(words) if words is not None else None)))


if __name__ == "__main__":
    main()
