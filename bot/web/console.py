"""`/console`: the volunteers' desk on a phone. Who waits for a person, the talk with one of them, a box to answer.

A personal link (`danloi volunteer link`) sets a signed cookie and leads on to the clean address; each request asks anew whether that volunteer
still helps. Everything is a form that is answered 303 and works without a script; the script only looks whether there is news.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from math import ceil
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.channels.base import NotUnderstood
from bot.outreach.volunteers import SIGNED_IN, Passes, token
from bot.service.desk import MAX_CHARS, Desk, Gone, Secret, Taken, Talk, WindowClosed
from bot.service.errors import Unavailable
from bot.settings import Settings
from bot.store.volunteers import Volunteer, find
from bot.web.desk_words import app_name, clock_time, since
from bot.web.errors import read_body
from bot.web.pages import Pages, page_words
from bot.web.ports import Service
from bot.web.status import json_response
from bot.web.throttle import Throttle
from bot.web.visitors import same_origin

COOKIE = "danloi_console"
PATH = "/console"
MAX_FORM_BYTES = 64 * 1024
MAX_NONCE_CHARS = 64
MAX_NUMBER = 2**63 - 1  # the database counts no further

NOTICES = {
    "back": "Đã trả bà con số {number} lại cho Dẫn Lối.",
    "closed": "Đã đóng, không trả lời bà con số {number}.",
    "released": "Bà con số {number} lại ở trong danh sách chờ.",
}

Answer = Callable[[Request, Volunteer], Awaitable[Response]]


class Console:
    """The routes. Nobody sees anything here but volunteers who still help."""

    def __init__(self, pages: Pages, settings: Settings, *, public_origin: str) -> None:
        self._pages, self._public_origin, self._key = pages, public_origin, settings.key()
        self._links, self._cookies = Passes.for_links(self._key), Passes.for_cookies(self._key)
        self._secure = public_origin.startswith("https:")
        self._throttle = Throttle(burst=30, per_second=0.5)

    @property
    def routes(self) -> list[Route]:
        number = PATH + "/{number:int}"
        return [
            Route(PATH, self._for(self.queue), methods=["GET"]),
            Route(PATH + "/news", self._for(self.news), methods=["GET"]),
            Route(PATH + "/in/{link}", self.sign_in, methods=["GET"]),
            Route(PATH + "/out", self.sign_out, methods=["POST"]),
            Route(number, self._for(self.talk), methods=["GET"]),
            Route(number + "/news", self._for(self.talk_news), methods=["GET"]),
            Route(number + "/take", self._for(self.take), methods=["POST"]),
            Route(number + "/answer", self._for(self.answer), methods=["POST"]),
            Route(number + "/back", self._for(self.give_back), methods=["POST"]),
            Route(number + "/release", self._for(self.release), methods=["POST"]),
        ]

    # --- coming in ---

    async def sign_in(self, request: Request) -> Response:
        """The link becomes a cookie, and leaves the address bar before anything can see it as a referrer."""
        code = self._links.code_of(request.path_params["link"])
        try:
            volunteer = await self._volunteer(request, code)
        except Unavailable:
            return self._busy(request)
        if volunteer is None:
            return self._stranger(request)
        return self._remember(volunteer, _to(PATH))

    async def sign_out(self, request: Request) -> Response:
        """For a phone that is lent."""
        if not same_origin(request, self._public_origin):
            return PlainTextResponse("", status_code=403)
        response = _to(PATH)
        response.delete_cookie(COOKIE, path=PATH, secure=self._secure, httponly=True, samesite="lax")
        return response

    def _for(self, page: Answer) -> Callable[[Request], Awaitable[Response]]:
        """The page for who is a volunteer now; what another site sends, or anybody else, comes to nothing."""

        async def answered(request: Request) -> Response:
            if request.method == "POST" and not same_origin(request, self._public_origin):
                return PlainTextResponse("", status_code=403)
            try:
                volunteer = await self._volunteer(request, self._cookies.code_of(request.cookies.get(COOKIE, "")))
                if volunteer is None:
                    return self._stranger(request)
                if request.method == "POST" and (wait := self._throttle.wait(volunteer.code)):
                    return self._slower(request, wait)
                try:
                    if request.path_params.get("number", 0) > MAX_NUMBER:
                        raise Gone
                    response = await page(request, volunteer)
                except Gone:
                    response = await self._gone(request, volunteer)
            except Unavailable:
                return self._busy(request)
            return self._remember(volunteer, response)

        return answered

    async def _volunteer(self, request: Request, code: str | None) -> Volunteer | None:
        if code is None:
            return None
        service: Service = request.app.state.service
        volunteer = await find(service.store, code)
        return volunteer if volunteer and volunteer.revoked_at is None else None

    def _remember(self, volunteer: Volunteer, response: Response) -> Response:
        """Set the cookie anew, so that it lasts from the last visit on."""
        age = int(SIGNED_IN.total_seconds())
        response.set_cookie(COOKIE, self._cookies.make(volunteer.code), max_age=age, path=PATH, secure=self._secure, httponly=True, samesite="lax")
        return response

    # --- the list ---

    async def queue(self, request: Request, volunteer: Volunteer) -> Response:
        notice = NOTICES.get(request.query_params.get("done", ""), "")
        number = request.query_params.get("number", "")
        return await self._queue(request, volunteer, notice=notice.format(number=number) if number.isascii() and number.isdecimal() else "")

    async def news(self, request: Request, volunteer: Volunteer) -> Response:
        """The list as markup, where it is not what the page has (`?seen=`)."""
        values = await self._list(request, volunteer)
        return self._unless_seen(request, {"queue": self._pages.render("_queue.html", page_words(request), **values), "title": _title(values)})

    async def _queue(self, request: Request, volunteer: Volunteer, *, status: int = 200, notice: str = "", look: str = "") -> Response:
        """The list, with what has just happened above it; `look` where that is not what was wanted."""
        values = await self._list(request, volunteer)
        place = _service(request).content.library.guides.places.get(volunteer.commune)
        more = {"volunteer": volunteer, "commune": place.name if place else "", "own_page": f"/v/{token(self._key, volunteer.code)}"}
        return self._page(request, "console.html", status, title=_title(values), notice=notice, look=look, **values, **more)

    async def _list(self, request: Request, volunteer: Volunteer) -> dict[str, Any]:
        return {"queue": await _desk(request).queue(volunteer), "app_name": app_name, "since": since}

    async def _gone(self, request: Request, volunteer: Volunteer) -> Response:
        number = request.path_params.get("number", "")
        look = f"Bà con số {number} không còn ở chỗ anh chị: đã giúp xong, đã sang người khác, hoặc bà con đã xóa dữ liệu."
        return await self._queue(request, volunteer, status=404, look=look)

    # --- one talk ---

    async def take(self, request: Request, volunteer: Volunteer) -> Response:
        number = request.path_params["number"]
        try:
            await _desk(request).take(number, volunteer)
        except Taken as taken:
            who = taken.name or "Người khác"
            return await self._queue(request, volunteer, status=409, look=f"{who} vừa nhận bà con số {number}. Anh chị giúp người khác nhé.")
        return _to(f"{PATH}/{number}")

    async def talk(self, request: Request, volunteer: Volunteer) -> Response:
        return self._talk(request, volunteer, await _desk(request).talk(request.path_params["number"], volunteer))

    async def talk_news(self, request: Request, volunteer: Volunteer) -> Response:
        """The moving parts of a talk as markup, where they are not what the page has (`?seen=`)."""
        talk = await _desk(request).talk(request.path_params["number"], volunteer)
        words, values = page_words(request), self._of(talk, volunteer)
        names = {"log": "_desk_log.html", "state": "_desk_state.html", "where": "_desk_where.html", "step": "_desk_step.html"}
        return self._unless_seen(request, {name: self._pages.render(template, words, **values) for name, template in names.items()})

    async def answer(self, request: Request, volunteer: Volunteer) -> Response:
        """Send what was written; where that cannot be, the page says why, with what may be kept of it still in the box."""
        number, (text, nonce) = request.path_params["number"], await _read_form(request)
        if not text:
            return _to(f"{PATH}/{number}")
        desk, look, left = _desk(request), "", ""
        try:
            await desk.answer(number, volunteer, text, nonce)
            return _to(f"{PATH}/{number}")
        except Secret as secret:
            look = "Tin chưa gửi và không được giữ: trong đó có số giống số căn cước, số thẻ, số điện thoại hoặc mã. Bỏ số đi rồi gửi lại."
            left = secret.masked
        except WindowClosed:
            left = text
        return self._talk(request, volunteer, await desk.talk(number, volunteer), status=422, look=look, left=left)

    async def give_back(self, request: Request, volunteer: Volunteer) -> Response:
        number = request.path_params["number"]
        helped = await _desk(request).give_back(number, volunteer)
        return _to(f"{PATH}?done={'back' if helped.answered else 'closed'}&number={number}")

    async def release(self, request: Request, volunteer: Volunteer) -> Response:
        number = request.path_params["number"]
        await _desk(request).release(number, volunteer)
        return _to(f"{PATH}?done=released&number={number}")

    def _talk(self, request: Request, volunteer: Volunteer, talk: Talk, *, status: int = 200, look: str = "", left: str = "") -> Response:
        values = self._of(talk, volunteer)
        return self._page(request, "console_talk.html", status, look=look, left=left, nonce=secrets.token_hex(8), max_chars=MAX_CHARS, **values)

    def _of(self, talk: Talk, volunteer: Volunteer) -> dict[str, Any]:
        return {"talk": talk, "person": talk.person, "volunteer": volunteer, "app_name": app_name, "clock_time": clock_time}

    # --- how it is answered ---

    def _page(self, request: Request, template: str, status: int, **values: Any) -> Response:
        return self._pages.respond(request, template, status=status, cache="no-store", words=page_words(request, "vi"), **values)

    def _unless_seen(self, request: Request, parts: dict[str, str]) -> Response:
        seen = sha256("\0".join(parts.values()).encode()).hexdigest()[:16]
        if request.query_params.get("seen") == seen:
            return Response(status_code=204, headers={"cache-control": "no-store"})
        return json_response(parts | {"seen": seen})

    def _stranger(self, request: Request) -> Response:
        """How to get in, and nothing else. What a browser brought along is forgotten."""
        response = self._page(request, "console_closed.html", 403)
        if COOKIE in request.cookies:
            response.delete_cookie(COOKIE, path=PATH, secure=self._secure, httponly=True, samesite="lax")
        return response

    def _busy(self, request: Request) -> Response:
        response = self._page(request, "kind.html", 503, kind="busy", guides=[])
        response.headers["retry-after"] = "5"
        return response

    def _slower(self, request: Request, wait: float) -> Response:
        response = self._page(request, "kind.html", 429, kind="too-fast", guides=[])
        response.headers["retry-after"] = str(ceil(wait))
        return response


async def _read_form(request: Request) -> tuple[str, str]:
    """What was written, and the page's own mark; raises `NotUnderstood`."""
    body = await read_body(request, MAX_FORM_BYTES)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=10)
    except (UnicodeDecodeError, ValueError) as error:
        raise NotUnderstood("not a form") from error
    text, nonce = (fields.get(name, [""])[0].replace("\0", "").strip() for name in ("text", "id"))
    if len(text) > MAX_CHARS or len(nonce) > MAX_NONCE_CHARS:
        raise NotUnderstood("too long")
    return text.replace("\r\n", "\n"), nonce or secrets.token_hex(8)


def _title(values: dict[str, Any]) -> str:
    waiting = len(values["queue"].waiting)
    return f"{waiting} người đang chờ" if waiting else "Chưa ai chờ"


def _to(address: str) -> Response:
    return RedirectResponse(address, status_code=303, headers={"cache-control": "no-store", "referrer-policy": "no-referrer"})


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def _desk(request: Request) -> Desk:
    return _service(request).desk
