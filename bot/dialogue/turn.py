"""What one turn brings about."""

from __future__ import annotations

import msgspec

from bot.dialogue.reply import Fact, Reply
from bot.dialogue.session import Session

Way = tuple[str, tuple[str | int, ...]]  # a guide, and the path in its file at which the step that was gone to is named


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The new session, what to show in order, and what to count.

    `erased`: all that was kept of the contact must go, and these replies too once they are read. `forgets`: what was kept until
    now must go (a volunteer helps the next person); `session` and `replies` stay. `ways`: every way in a guide that was gone or
    gone again, for the coverage of `danloi test`.
    """

    session: Session
    replies: tuple[Reply, ...] = ()
    facts: tuple[Fact, ...] = ()
    erased: bool = False
    forgets: bool = False
    ways: tuple[Way, ...] = ()
