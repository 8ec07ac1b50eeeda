"""How the store can fail its callers."""

from __future__ import annotations


class Unavailable(Exception):
    """The database is away (or, from `Turns.take`, the spool's disk as well): nothing was stored, try again later."""

    retry_after = 5.0  # seconds


class Gone(Exception):
    """Who or what it was about is not there any more: erased, closed, or somebody else's."""


class Stale(Exception):
    """The database's tables are not those of this program; the sentence says what to run."""


class WrongKey(Stale):
    """The database was written with another secret key; the sentence says what to do."""
