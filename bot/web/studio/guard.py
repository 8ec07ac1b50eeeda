"""Who may use the studio: whoever sits at this machine, and who has the token. It writes files, so nothing of it is open to others."""

from __future__ import annotations

import hmac
import ipaddress
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.visitors import same_origin

COOKIE = "danloi_studio"
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cross-origin-opener-policy": "same-origin"}
CLOSED = "Xưởng này chỉ mở trên chính máy đang chạy danloi studio. Từ máy khác thì dùng đường dẫn có mã mà lệnh đó in ra."


class Guard:
    """Stands before the whole application. `token` is empty where nobody from elsewhere may come."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app, self._token = app, token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Request(scope))
        if refusal is not None:
            await refusal(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, request: Request) -> Response | None:
        """None where the request may go on."""
        given = request.query_params.get("token", "")
        if given and self._is_token(given) and request.method == "GET":
            return self._remembered(request, given)
        if not _is_local(request) and not self._is_token(request.cookies.get(COOKIE, "")):
            return PlainTextResponse(CLOSED, status_code=403, headers=HEADERS)
        if request.method in ("GET", "HEAD"):
            return None
        # A page elsewhere can send a form or plain text to us, but no JSON; and a browser says where it comes from.
        is_json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        if not is_json or not same_origin(request, ""):
            return PlainTextResponse("", status_code=403, headers=HEADERS)
        return None

    def _is_token(self, given: str) -> bool:
        return bool(self._token) and hmac.compare_digest(given.encode(), self._token.encode())

    def _remembered(self, request: Request, token: str) -> Response:
        """The token leaves the address bar and stays in a cookie."""
        rest = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != "token"])
        response = RedirectResponse(request.url.path + (f"?{rest}" if rest else ""), status_code=303, headers=HEADERS)
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response


def _is_local(request: Request) -> bool:
    """From this machine, and under a name of this machine: a stranger's name that leads here (DNS rebinding) is none."""
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        return name in LOCAL_NAMES and request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
