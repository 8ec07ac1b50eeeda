"""Who is writing: a browser's signed cookie is its contact, with nothing behind it that names a person."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from itsdangerous import BadSignature, Signer
from starlette.requests import Request
from starlette.responses import Response

COOKIE = "danloi"
MAX_AGE_SECONDS = 180 * 24 * 3600
CONTACT = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One browser. `known`: its cookie was good; otherwise the contact is fresh and the cookie still has to be set."""

    contact: str
    known: bool


class Visitors:
    """Reads and writes the cookie."""

    def __init__(self, key: bytes, *, secure: bool):
        self._signer = Signer(key, salt="web-contact", digest_method=sha256)
        self._secure = secure

    def of(self, request: Request) -> Visitor:
        """The browser that asks; a cookie that we did not sign is as good as none."""
        try:
            contact = self._signer.unsign(request.cookies.get(COOKIE, "")).decode()
        except (BadSignature, UnicodeDecodeError):
            contact = ""
        if CONTACT.fullmatch(contact):
            return Visitor(contact=contact, known=True)
        return Visitor(contact=secrets.token_urlsafe(16), known=False)

    def remember(self, visitor: Visitor, response: Response) -> Response:
        """Set the cookie anew, so that it lasts from the last visit on."""
        value = self._signer.sign(visitor.contact.encode()).decode()
        response.set_cookie(COOKIE, value, max_age=MAX_AGE_SECONDS, path="/", secure=self._secure, httponly=True, samesite="lax")
        return response


def same_origin(request: Request, public_origin: str) -> bool:
    """Whether one of our own pages sent this, or no browser at all.

    Browsers say where a request comes from: `Sec-Fetch-Site` since 2020, `Origin` with every POST before that. What
    sends neither is no browser and carries nobody's cookie by accident.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return origin == public_origin or origin.partition("://")[2] == request.headers.get("host")
