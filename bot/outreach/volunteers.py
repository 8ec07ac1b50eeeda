"""A volunteer's short code, and the secret address of the volunteer's own page."""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode

LETTERS = "abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else on paper: no i, l, o
DIGITS = "23456789"  # and no 0, 1
CODE_LENGTH = 4
_SIGNATURE_BYTES = 12


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
