"""Who says a message and how far it has come: the enums of `tables.py`, apart from it because a server need not load SQLAlchemy."""

from __future__ import annotations

from enum import StrEnum


class Sender(StrEnum):
    """Who said a message: the citizen, the bot, or a person of the office."""

    ME = "me"
    BOT = "bot"
    PERSON = "person"


class Status(StrEnum):
    """How far a message to a citizen has come. From `pending` it moves once; the others are final."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"  # this message could not be sent
    DROPPED = "dropped"  # nothing can be sent to this person now
