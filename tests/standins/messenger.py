"""Meta's Graph API on loopback: a real HTTP server with its limits, its error codes and, on request, its bad days.

In a test: `async with Graph() as graph:` and give `graph.url` as the API base. For another process:
`python -m tests.standins.messenger --port 9100 --delay-ms 50 --record sends.jsonl`; each answered or swallowed request is one line of
JSON, written before the answer goes out.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import os
import signal
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import aiohttp
import orjson
from aiohttp import web

from tests.standins.messenger_events import APP_ID, APP_SECRET, PAGE_ID, PAGE_TOKEN

try:
    from uvloop import run as _run_loop
except ImportError:
    from asyncio import run as _run_loop

Json = dict[str, Any]


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
    accepted: bool = False  # the message is taken all the same: the worst kind
    status: int = 500
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def answer(status: int, body: bytes = b"", *, accepted: bool = False, **headers: str) -> Fault:
    """Any answer at all; header names are written with underscores."""
    return Fault(how="answer", accepted=accepted, status=status, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})


def error(code: int, subcode: int | None = None, *, status: int = 400, **headers: str) -> Fault:
    """An error in the Graph API's own words."""
    return answer(status, _error_body(code, subcode, "scripted"), **headers)


def hang(*, accepted: bool = False) -> Fault:
    """No answer until the caller gives up."""
    return Fault(how="hang", accepted=accepted)


def drop(*, accepted: bool = False) -> Fault:
    """The connection is cut."""
    return Fault(how="drop", accepted=accepted)


class Refused(Exception):
    """The Graph API refuses a request."""

    def __init__(self, code: int, subcode: int | None = None, message: str = "", status: int = 400):
        self.code, self.subcode, self.status = code, subcode, status
        super().__init__(message)


class Graph:
    """The server. Set what should be different: `blocked`, `closed`, `owners`, `unfetchable`, `dead_token`, `faults`…"""

    def __init__(self, *, port: int = 0, delay_seconds: float = 0.0, record: Path | None = None, version: str = "v25.0"):
        self.version = version
        self.requests: list[Received] = []
        self.faults: deque[Fault | None] = deque()  # for the next calls of /messages, in order; None: nothing wrong
        self.blocked: set[str] = set()
        self.unknown: set[str] = set()
        self.closed: set[str] = set()  # the 24-hour window is over
        self.owners: dict[str, str] = {}  # contact to app id; nobody: everybody may send
        self.take_refused = False  # no default app is set
        self.unfetchable: set[str] = set()
        self.too_large: set[str] = set()
        self.attachments: dict[str, str] = {}  # attachment id to URL
        self.dead_token: int | None = None  # subcode of error 190
        self.page = {"id": PAGE_ID, "name": "Xã Bum Nưa"}
        self.features: Json = {"msgr_multi_app": False}
        self.profile: Json = {}
        self.subscribed: dict[str, list[str]] = {}
        self.app_subscription: Json = {}
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
        """Calls of the Send API that carried a message, in the order in which they came."""
        return [one for one in self.requests if one.path.endswith("/messages") and b'"message"' in one.body]

    @property
    def accepted(self) -> list[Json]:
        """The bodies of the messages that were taken."""
        return [one.json for one in self.sends if one.accepted]

    def script(self, *faults: Fault | None) -> None:
        self.faults.extend(faults)

    async def wait_for_sends(self, count: int) -> list[Received]:
        """Return once so many messages were sent here; the test's own time limit ends the waiting."""
        while len(self.sends) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.sends

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{version}/{tail:.*}", self._serve)
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
        body = await request.read()
        sending = request.path.endswith("/messages") and b'"message"' in body
        fault = self.faults.popleft() if sending and self.faults else None
        status, answer, headers, accepted = await self._answer(request, body, fault)
        message_id = answer.get("message_id", "") if accepted and isinstance(answer, dict) else ""
        silent = fault is not None and fault.how != "answer"
        self._remember(request, body, None if silent else status, accepted, message_id)
        if self._delay:
            await asyncio.sleep(self._delay)
        if fault and fault.how == "hang":
            await self._closing.wait()
        if silent and request.transport:
            request.transport.abort()
        raw = answer if isinstance(answer, bytes) else orjson.dumps(answer)
        return web.Response(status=status, body=raw, headers={"Content-Type": "application/json; charset=UTF-8", **headers})

    async def _answer(self, request: web.Request, body: bytes, fault: Fault | None) -> tuple[int, Json | bytes, dict[str, str], bool]:
        if fault and not fault.accepted:
            return fault.status, fault.body, fault.headers, False
        try:
            taken = await self._edge(request, body)
        except Refused as refused:
            return refused.status, _error_body(refused.code, refused.subcode, str(refused)), {}, False
        return (fault.status, fault.body, fault.headers, True) if fault else (200, taken, {}, True)

    def _remember(self, request: web.Request, body: bytes, status: int | None, accepted: bool, message_id: str) -> None:
        query = dict(request.query)
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
                    query=query,
                    headers=request.headers.copy(),
                    body=body,
                    status=status,
                    accepted=accepted,
                    message_id=message_id,
                )
            )
        self._changed.set()

    async def _edge(self, request: web.Request, body: bytes) -> Json:
        if request.match_info["version"] != self.version:
            raise Refused(2500, None, "Unknown path components")
        node, _, edge = request.match_info["tail"].partition("/")
        if node == "debug_token":
            return self._debug_token(request.query)
        if node == APP_ID and edge == "subscriptions":
            return await self._subscriptions(request)
        self._check_token(request.query)
        if node not in ("me", PAGE_ID):
            raise Refused(100, 33, "Unsupported request: the object does not exist")
        if (request.method, edge) == ("POST", "messages"):
            return self._message(_json(body))
        if edge in ("take_thread_control", "pass_thread_control", "release_thread_control") and request.method == "POST":
            return self._thread_control(edge, _json(body))
        if edge == "subscribed_apps":
            return self._subscribed_apps(request)
        if edge == "messenger_profile":
            return self._messenger_profile(request, body)
        if edge == "" and request.method == "GET":
            return self.page | ({"messaging_feature_status": self.features} if "messaging_feature_status" in request.query.get("fields", "") else {})
        raise Refused(2500, None, "Unknown path components")

    def _check_token(self, query: Mapping[str, str]) -> None:
        if self.dead_token is not None:
            raise Refused(190, self.dead_token, "The access token could not be used")
        if query.get("access_token") != PAGE_TOKEN:
            raise Refused(190, None, "Invalid OAuth access token")
        if query.get("appsecret_proof") != hmac.digest(APP_SECRET.encode(), PAGE_TOKEN.encode(), "sha256").hex():
            raise Refused(100, None, "Invalid appsecret_proof provided in the API argument")

    def _message(self, body: Json) -> Json:
        contact = body.get("recipient", {}).get("id")
        self._check_contact(contact)
        if "sender_action" in body:
            if "message" in body:
                raise Refused(100, 2018014, "message and sender_action together")
            _require(body["sender_action"] in ("typing_on", "typing_off", "mark_seen"), "unknown sender_action")
            return {"recipient_id": contact}
        _require(body.get("messaging_type") in ("RESPONSE", "UPDATE"), "messaging_type")
        _check_message(body.get("message"))
        attachment = body["message"].get("attachment", {})
        answer: Json = {"recipient_id": contact}
        if attachment.get("type") in ("image", "audio", "video"):
            answer |= self._fetch(attachment["payload"])
        if control := body.get("thread_control"):
            _require(control.get("control_type") in ("pass", "release"), "control_type")
            self.owners[contact] = str(control.get("app_id", ""))
        self._sent += 1
        return answer | {"message_id": f"m_OUT{self._sent}"}

    def _check_contact(self, contact: Any) -> None:
        _require(isinstance(contact, str) and bool(contact), "recipient.id")
        if contact in self.unknown:
            raise Refused(100, 2018001, "No matching user found")
        if contact in self.blocked:
            raise Refused(551, 1545041, "This person isn't available right now")
        if contact in self.closed:
            raise Refused(10, 2018278, "This message is sent outside of allowed window")
        if self.owners.get(contact, APP_ID) not in (APP_ID, ""):
            raise Refused(10, 2018300, "Another app is controlling this thread now")

    def _fetch(self, payload: Json) -> Json:
        if (id := payload.get("attachment_id")) is not None:
            if id not in self.attachments:
                raise Refused(100, 2018074, "Invalid attachment id")
            return {}
        url = payload.get("url", "")
        _require(url.startswith(("https://", "http://")), "url")
        if url in self.unfetchable:
            raise Refused(100, 2018008, "Failed to fetch the file from the url")
        if url in self.too_large:
            raise Refused(100, 2018109, "Attachment size exceeds allowable limit")
        if not payload.get("is_reusable"):
            return {}
        id = str(9001 + len(self.attachments))
        self.attachments[id] = url
        return {"attachment_id": id}

    def _thread_control(self, edge: str, body: Json) -> Json:
        contact = body.get("recipient", {}).get("id")
        _require(isinstance(contact, str), "recipient.id")
        if edge == "take_thread_control":
            if self.take_refused:
                raise Refused(10, None, "Not the default app")
            self.owners[contact] = APP_ID
        else:
            self.owners[contact] = str(body.get("target_app_id", ""))
        return {"success": True}

    def _subscribed_apps(self, request: web.Request) -> Json:
        if request.method == "POST":
            self.subscribed[APP_ID] = request.query["subscribed_fields"].split(",")
            return {"success": True}
        return {"data": [{"id": id, "name": "danloi", "subscribed_fields": fields} for id, fields in self.subscribed.items()]}

    def _messenger_profile(self, request: web.Request, body: bytes) -> Json:
        if request.method == "GET":
            names = request.query.get("fields", "").split(",")
            return {"data": [{name: value for name, value in self.profile.items() if name in names}] if self.profile else []}
        if request.method == "DELETE":
            for name in _json(body)["fields"]:
                self.profile.pop(name, None)
            return {"result": "success"}
        wanted = self.profile | _json(body)
        _check_profile(wanted)
        self.profile = wanted
        return {"result": "success"}

    def _debug_token(self, query: Mapping[str, str]) -> Json:
        if query.get("access_token") != f"{APP_ID}|{APP_SECRET}":
            raise Refused(190, None, "Invalid OAuth access token")
        valid = query.get("input_token") == PAGE_TOKEN and self.dead_token is None
        return {"data": {"app_id": APP_ID, "type": "PAGE", "is_valid": valid, "expires_at": 0, "scopes": ["pages_messaging", "pages_manage_metadata"]}}

    async def _subscriptions(self, request: web.Request) -> Json:
        """The app's webhook; Meta calls it at once to see whether it is ours."""
        if request.query.get("access_token") != f"{APP_ID}|{APP_SECRET}":
            raise Refused(190, None, "Invalid OAuth access token")
        if request.method == "GET":
            return {"data": [self.app_subscription] if self.app_subscription else []}
        wanted = dict(request.query) | dict(await request.post())
        _require(wanted.get("object") == "page", "object")
        asked = {"hub.mode": "subscribe", "hub.verify_token": wanted["verify_token"], "hub.challenge": "1158201444"}
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.get(wanted["callback_url"], params=asked, timeout=aiohttp.ClientTimeout(total=5)) as response,
            ):
                right = response.status == 200 and await response.text() == "1158201444"
        except (aiohttp.ClientError, TimeoutError):
            right = False
        if not right:
            raise Refused(2200, None, "Callback verification failed")
        self.app_subscription = {
            "object": "page",
            "callback_url": wanted["callback_url"],
            "active": True,
            "fields": [{"name": name} for name in wanted["fields"].split(",")],
        }
        return {"success": True}


def _check_message(message: Any) -> None:
    _require(isinstance(message, dict), "message")
    _require(("text" in message) != ("attachment" in message), "text or attachment")
    _require(len(message.get("metadata", "")) < 1000, "metadata")
    if "text" in message:
        _require(
            isinstance(message["text"], str) and _units(message["text"].strip()) > 0 and _units(message["text"]) < 2000,
            "text must be UTF-8 with less than 2000 characters",
        )
    else:
        _check_attachment(message["attachment"])
    replies = message.get("quick_replies", [])
    _require(len(replies) <= 13 and ("quick_replies" not in message or replies), "quick_replies")
    for one in replies:
        _require(one.get("content_type") == "text", "content_type")
        _check_title(one.get("title"), 20)
        _require(isinstance(one.get("payload"), str) and 0 < len(one["payload"].encode()) <= 1000, "payload")


def _check_attachment(attachment: Json) -> None:
    if attachment.get("type") != "template":
        _require(
            attachment.get("type") in ("image", "audio", "video", "file") and ("url" in attachment["payload"]) != ("attachment_id" in attachment["payload"]),
            "attachment",
        )
        return
    payload = attachment["payload"]
    _require(payload.get("template_type") == "button" and 0 < _units(payload.get("text", "")) <= 640, "template text")
    _require(1 <= len(payload.get("buttons", [])) <= 3, "buttons")
    for button in payload["buttons"]:
        _check_title(button.get("title"), 20)
        _require(button["type"] == "web_url" and button["url"].startswith(("https://", "http://")), "button")


def _check_profile(profile: Json) -> None:
    _require("persistent_menu" not in profile or "get_started" in profile, "the persistent menu needs Get Started")
    for greeting in profile.get("greeting", ()):
        _require(0 < _units(greeting["text"]) <= 160, "greeting")
    for name in ("greeting", "persistent_menu", "ice_breakers"):
        _require(name not in profile or any(one["locale"] == "default" for one in profile[name]), f"{name}: default locale")
    for menu in profile.get("persistent_menu", ()):
        _require(1 <= len(menu["call_to_actions"]) <= 20, "menu items")
        for item in menu["call_to_actions"]:
            _check_title(item["title"], 30)
            _require(item["type"] == "postback" and 0 < len(item["payload"].encode()) <= 1000, "menu payload")
    for breakers in profile.get("ice_breakers", ()):
        _require(1 <= len(breakers["call_to_actions"]) <= 4, "ice breakers")


def _check_title(title: Any, limit: int) -> None:
    _require(isinstance(title, str) and _units(title.strip()) > 0 and _units(title) <= limit, "title")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise Refused(100, None, f"(#100) {what}")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _json(body: bytes) -> Json:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(100, None, "not JSON") from None
    _require(isinstance(value, dict), "not an object")
    return value


def _error_body(code: int, subcode: int | None, message: str) -> bytes:
    inside: Json = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "AbC"}
    return orjson.dumps({"error": inside | ({"error_subcode": subcode} if subcode is not None else {})})


async def _run(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stop.set)
    graph = Graph(port=arguments.port, delay_seconds=arguments.delay_ms / 1000, record=arguments.record)
    graph.keep = False
    async with graph:
        print(graph.url, flush=True)
        await stop.wait()


def main(words: Iterable[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Meta's Graph API; prints its address and runs until it is ended.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--record", type=Path, help="a file to which each request is appended as a line of JSON")
    _run_loop(_run(parser.parse_args(list(words) if words is not None else None)))


if __name__ == "__main__":
    main()
