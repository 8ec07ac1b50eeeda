"""Who waits for a person, who helps them, and what was said there: the statements of the volunteers' console.

Locks are taken in the order of the turns (a session, then its handoff), so that a volunteer and a citizen wait for each other, never in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson

from bot.dialogue.session import Session
from bot.store.errors import Gone
from bot.store.store import Store

IDLE = timedelta(minutes=30)  # who took somebody and does nothing for so long no longer keeps others from helping
MOST = 200  # rows of the list; more than that nobody reads
LINES = 200  # of a talk

# Open handoffs, longest first. A volunteer who was revoked has nobody any more.
OPEN = """
SELECT h.id, h.contact_id, c.channel, c.account, h.guide, h.step, h.asked_at, h.answered_at, h.acted_at, s.state,
  t.code AS taken_by, t.name AS taker, coalesce(b.commune, '') AS brought, said.text AS said, said.at AS said_at, person.at AS person_at
FROM handoffs h JOIN contacts c ON c.id = h.contact_id JOIN sessions s ON s.contact_id = h.contact_id
LEFT JOIN volunteers t ON t.code = h.taken_by AND t.revoked_at IS NULL
LEFT JOIN volunteers b ON b.code = s.state #>> '{entry,volunteer}'
LEFT JOIN LATERAL (
  SELECT m.body->>'text' AS text, m.created_at AS at FROM messages m WHERE m.contact_id = h.contact_id AND m.sender = 'me' ORDER BY m.id DESC LIMIT 1
) said ON true
LEFT JOIN LATERAL (
  SELECT m.created_at AS at FROM messages m WHERE m.contact_id = h.contact_id AND m.sender = 'person' ORDER BY m.id DESC LIMIT 1
) person ON true
WHERE h.closed_at IS NULL AND ($1::bigint = 0 OR h.id = $1) ORDER BY h.asked_at, h.id LIMIT $2
"""

# Exactly one of two who come at once matches; who has somebody already may take them again.
TAKE = """
UPDATE handoffs h SET taken_by = $2, acted_at = now() WHERE id = $1 AND closed_at IS NULL AND (
  taken_by IS NULL OR taken_by = $2 OR acted_at < now() - $3::interval
  OR EXISTS (SELECT FROM volunteers v WHERE v.code = h.taken_by AND v.revoked_at IS NOT NULL)
) RETURNING id
"""
RELEASE = "UPDATE handoffs SET taken_by = NULL, acted_at = now() WHERE id = $1 AND taken_by = $2 AND closed_at IS NULL RETURNING id"
CLOSE = "UPDATE handoffs SET closed_at = now() WHERE id = $1 AND taken_by = $2 AND closed_at IS NULL RETURNING id"
ANSWERED = """
UPDATE handoffs SET answered_at = coalesce(answered_at, now()), acted_at = now() WHERE id = $1 AND taken_by = $2 AND closed_at IS NULL RETURNING id
"""

# The newest of a talk, with what became of each message; `$2`: nothing from before.
LINES_OF = """
SELECT id, sender, status, body, created_at, error FROM messages
WHERE contact_id = $1 AND created_at >= coalesce($2, '-infinity'::timestamptz) ORDER BY id DESC LIMIT $3
"""

# For the figures: how many wait, how many are being helped, and how long the first has waited.
FIGURES = """
SELECT count(*) FILTER (WHERE taken_by IS NULL) AS waiting, count(*) FILTER (WHERE taken_by IS NOT NULL) AS taken,
  coalesce(extract(epoch FROM now() - min(asked_at) FILTER (WHERE taken_by IS NULL)), 0)::float AS oldest
FROM handoffs WHERE closed_at IS NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """Somebody who wants a person. `taken_by` and `taker` are the code and the name of who helps, "" while nobody does."""

    id: int
    contact_id: int
    channel: str
    account: str
    guide: str  # where they asked
    step: str
    asked_at: datetime
    answered_at: datetime | None
    acted_at: datetime | None
    taken_by: str
    taker: str
    brought: str  # the commune of the volunteer whose link brought them
    session: Session
    said: str  # their last words, masked
    said_at: datetime | None
    person_at: datetime | None  # when a person last wrote to them


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One message of a talk. `error`: why it did not arrive, for people to read."""

    id: int
    sender: str
    status: str
    body: dict[str, Any]
    at: datetime
    error: str


async def every(store: Store) -> list[Handoff]:
    """All that are open, longest first."""
    async with store.connection() as connection:
        return [_handoff(row) for row in await connection.fetch(OPEN, 0, MOST)]


async def find(store: Store, id: int) -> Handoff | None:
    """One that is open."""
    async with store.connection() as connection:
        row = await connection.fetchrow(OPEN, id, 1)
    return _handoff(row) if row else None


async def take(store: Store, id: int, volunteer: str) -> bool:
    """Whether this volunteer has it now."""
    async with store.connection() as connection:
        return await connection.fetchval(TAKE, id, volunteer, IDLE) is not None


async def release(store: Store, id: int, volunteer: str) -> bool:
    """Let others take it; False where it was not this volunteer's."""
    async with store.connection() as connection:
        return await connection.fetchval(RELEASE, id, volunteer) is not None


async def close(store: Store, id: int, volunteer: str) -> bool:
    """Nothing more is to be done; False where it was not this volunteer's."""
    async with store.connection() as connection:
        return await connection.fetchval(CLOSE, id, volunteer) is not None


async def mark(connection: asyncpg.Connection, statement: str, id: int, volunteer: str) -> None:
    """`ANSWERED` or `CLOSE` within a turn; raises `Gone` where it is not this volunteer's any more."""
    if await connection.fetchval(statement, id, volunteer) is None:
        raise Gone


async def lines(store: Store, handoff: Handoff, since: datetime | None) -> Sequence[Line]:
    """The newest messages of the talk, oldest first; none from before `since`."""
    async with store.connection() as connection:
        rows = await connection.fetch(LINES_OF, handoff.contact_id, since, LINES)
    return [
        Line(id=row["id"], sender=row["sender"], status=row["status"], body=orjson.loads(row["body"]), at=row["created_at"], error=row["error"] or "")
        for row in reversed(rows)
    ]


def _handoff(row: Any) -> Handoff:
    values = dict(row)
    state = values.pop("state")
    texts = {name: values[name] or "" for name in ("taken_by", "taker", "said")}
    return Handoff(**values | texts, session=Session.from_json(state))
