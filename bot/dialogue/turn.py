"""What one turn brings about."""

from __future__ import annotations

import msgspec

from bot.dialogue.reply import Fact, Reply
from bot.dialogue.session import Session


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The new session, what to show in order, and what to count.

    `erased`: all that was kept of the contact until now (messages, answers, entries, handoffs) must go; `session` and
    `replies` are what remains.
    """

    session: Session
    replies: tuple[Reply, ...] = ()
    facts: tuple[Fact, ...] = ()
    erased: bool = False
