"""What one turn brings about."""

from __future__ import annotations

import msgspec

from bot.dialogue.reply import Fact, Reply
from bot.dialogue.session import Session


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence that was not understood, from someone who agreed that it is kept to learn from.

    `consent`: the version of the words that they agreed to, and when.
    """

    text: str
    guide: str
    step: str
    language: str
    consent: str


Way = tuple[str, tuple[str | int, ...]]  # a guide, and the path in its file at which the step that was gone to is named


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The new session, what to show in order, and what to count.

    `erased`: all that was kept of the contact must go, and these replies too once they are read. `forgets`: what was kept until
    now must go (a volunteer helps the next person); `session` and `replies` stay. `ways`: every way in a guide that was gone or
    gone again, for the coverage of `danloi test`. `hides`: what the contact said must not be kept, though the filter let it pass.
    `gaps`: what may be kept to learn from. `withdraws`: whatever was kept to learn from must go.
    """

    session: Session
    replies: tuple[Reply, ...] = ()
    facts: tuple[Fact, ...] = ()
    erased: bool = False
    forgets: bool = False
    ways: tuple[Way, ...] = ()
    hides: bool = False
    gaps: tuple[Gap, ...] = ()
    withdraws: bool = False
