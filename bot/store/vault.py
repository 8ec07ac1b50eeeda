"""Keeps people's addresses so that a copy of the database names nobody.

An address (what a platform calls a person) is kept twice: as a keyed hash, by which it is found, and encrypted, for sending.
Both keys are made from the operator's secret, which is not in the database. Event ids, which may hold an address, are hashed
with a third; lines on disk are encrypted with a fourth.
"""

from __future__ import annotations

import hmac
from binascii import Error as BadBase64
from binascii import a2b_base64, b2a_base64
from hashlib import blake2b

from nacl.exceptions import CryptoError
from nacl.secret import Aead

DIGEST_BYTES = 16  # of the hash: short enough for a small index, long enough that no two people ever share one


class Unreadable(Exception):
    """It was not written with this secret, or was changed since."""


class Vault:
    """All that is done with the operator's secret, but for cookies."""

    def __init__(self, secret: bytes) -> None:
        self._finding, self._events, self._gaps = (_derived(secret, use) for use in ("contact", "event", "gap"))
        self._addresses, self._lines = Aead(_derived(secret, "address")), Aead(_derived(secret, "line"))
        self.check = _derived(secret, "check").hex()  # tells whether two secrets are the same one, and nothing else

    def digest(self, channel: str, contact: str) -> bytes:
        """The hash by which a contact is found."""
        return hmac.digest(self._finding, f"{channel}\0{contact}".encode(), "sha256")[:DIGEST_BYTES]

    def seal(self, digest: bytes, contact: str) -> bytes:
        """The address, encrypted; it can be opened only beside its own hash, so that rows cannot be given each other's."""
        return bytes(self._addresses.encrypt(contact.encode(), digest))

    def open(self, digest: bytes, sealed: bytes) -> str:
        """The address that `seal` hid; raises `Unreadable`."""
        try:
            return self._addresses.decrypt(sealed, digest).decode()
        except (CryptoError, ValueError) as error:
            raise Unreadable from error

    def event_digest(self, channel: str, account: str, event_id: str) -> bytes:
        """What makes a repeat of an event harmless."""
        return self.hide_digest(blake2b(f"{channel}\0{account}\0{event_id}".encode(), digest_size=16).digest())

    def hide_digest(self, plain: bytes) -> bytes:
        """A hash that anybody could have made, made one that only we can make."""
        return blake2b(plain, key=self._events, digest_size=16).digest()

    def gap_tag(self, digest: bytes) -> bytes:
        """What marks the sentences that a contact gave us to learn from: erasure finds them, nobody else can tell whose they are."""
        return blake2b(digest, key=self._gaps, digest_size=16).digest()

    def seal_line(self, line: bytes) -> bytes:
        """One line for the disk, without its line end."""
        return b2a_base64(self._lines.encrypt(line), newline=False)

    def open_line(self, sealed: bytes) -> bytes:
        """The line that `seal_line` hid; raises `Unreadable`."""
        try:
            return self._lines.decrypt(a2b_base64(sealed, strict_mode=True))
        except (BadBase64, CryptoError, ValueError) as error:
            raise Unreadable from error


def _derived(secret: bytes, use: str) -> bytes:
    """A key of 32 bytes for one use; none tells anything about another or about the secret."""
    return hmac.digest(secret, f"danloi {use}".encode(), "sha256")
