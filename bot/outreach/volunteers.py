"""A volunteer's short code, the secret address of the volunteer's own page, and what opens the console."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from time import time

from itsdangerous import BadSignature, TimestampSigner

LETTERS = "abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else on paper: no i, l, o
DIGITS = "23456789"  # and no 0, 1
CODE_LENGTH = 4
_SIGNATURE_BYTES = 12
INVITED = timedelta(days=7)  # how long a link to the console opens it: whoever finds an old one in a chat finds nothing
SIGNED_IN = timedelta(days=90)  # how long a phone that is not used stays signed in


def new_code() -> str:
    """A letter and a digit at least: a typed code with it is no word, and it is no commune's number."""
    while True:
        code = "".join(secrets.choice(LETTERS + DIGITS) for _ in range(CODE_LENGTH))
        if any(sign in LETTERS for sign in code) and any(sign in DIGITS for sign in code):
            return code


def token(key: bytes, code: str) -> str:
    """What stands in the address of the page; nothing but the code is kept, and whoever has the key can make it again."""
    signature = hmac.digest(key, b"volunteer:" + code.encode(), "sha256")[:_SIGNATURE_BYTES]
    return f"{code}-{urlsafe_b64encode(signature).decode()}"


def code_of(key: bytes, given: str) -> str | None:
    """The code in a token that we made; None for any other."""
    code, dash, _ = given.partition("-")
    if not dash or not code.isascii() or not given.isascii():
        return None
    return code if hmac.compare_digest(token(key, code), given) else None


class Passes(TimestampSigner):
    """What a volunteer shows at the console: a code, when it was made, and our signature. A link and a cookie are not taken for each other."""

    def __init__(self, key: bytes, use: str, life: timedelta, clock: Callable[[], float] = time) -> None:
        super().__init__(key, salt=f"volunteer-{use}", digest_method=sha256)
        self._life, self._clock = life, clock

    @classmethod
    def for_links(cls, key: bytes, clock: Callable[[], float] = time) -> Passes:
        return cls(key, "link", INVITED, clock)

    @classmethod
    def for_cookies(cls, key: bytes, clock: Callable[[], float] = time) -> Passes:
        return cls(key, "cookie", SIGNED_IN, clock)

    def get_timestamp(self) -> int:
        return int(self._clock())

    def make(self, code: str) -> str:
        """A pass from now on, in letters that may stand in an address."""
        return self.sign(code).decode()

    def code_of(self, given: str) -> str | None:
        """Whose pass it is; None where we did not make it, or not for this, or too long ago."""
        try:
            return self.unsign(given, max_age=int(self._life.total_seconds())).decode()
        except (BadSignature, UnicodeError):
            return None
