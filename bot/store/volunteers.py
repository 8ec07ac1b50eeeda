"""Volunteers with their codes, and what is counted: by guide, volunteer and place, never by citizen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import asyncpg

ADD = "INSERT INTO volunteers (code, name, commune) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING code"
ALL = "SELECT code, name, commune, created_at, revoked_at FROM volunteers ORDER BY commune, name, code"
ONE = "SELECT code, name, commune, created_at, revoked_at FROM volunteers WHERE code = $1"
REVOKE = "UPDATE volunteers SET revoked_at = now() WHERE code = $1 AND revoked_at IS NULL RETURNING code"
# A fact says the place of the link that brought the contact, else it is the commune of the volunteer who shared it.
COUNTS = """
SELECT f.guide, f.volunteer, coalesce(nullif(f.data->>'place', ''), v.commune, '') AS place, f.kind, count(*) AS number
FROM facts f LEFT JOIN volunteers v ON v.code = f.volunteer
WHERE f.at >= now() - $1::interval AND f.guide <> '' AND (
  f.kind IN ('opened', 'started', 'person', 'helped') OR (f.kind = 'finished' AND f.detail = 'done') OR (f.kind = 'thumb' AND f.detail = 'up')
)
GROUP BY 1, 2, 3, 4
"""
# How many talks came to each step of a guide, and how many answered there.
STEPS = """
SELECT step, count(*) FILTER (WHERE kind = 'entered') AS entered, count(*) FILTER (WHERE kind = 'answered') AS answered FROM facts
WHERE kind IN ('entered', 'answered') AND guide = $1 AND at >= now() - $2::interval GROUP BY step
"""
# How often somebody went from one step of a guide to another.
WAYS = """
SELECT way, count(*) AS number FROM facts, unnest(string_to_array(data->>'ways', ' ')) AS way
WHERE guide = $1 AND data ? 'ways' AND at >= now() - $2::interval GROUP BY way
"""


class Database(Protocol):
    """The part of `Store` that is needed here."""

    def connection(self) -> AbstractAsyncContextManager[asyncpg.Connection]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteer:
    code: str
    name: str
    commune: str  # the code of the place
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What happened in a guide through one volunteer's links in one place; "" where there was none."""

    guide: str
    volunteer: str
    place: str
    numbers: Mapping[str, int] = field(default_factory=dict)  # opened, started, finished, person, helped, thumb


async def add(store: Database, code: str, name: str, commune: str) -> bool:
    """Whether the code was still free."""
    async with store.connection() as connection:
        return await connection.fetchval(ADD, code, name, commune) is not None


async def every(store: Database) -> list[Volunteer]:
    async with store.connection() as connection:
        return [_volunteer(row) for row in await connection.fetch(ALL)]


async def find(store: Database, code: str) -> Volunteer | None:
    async with store.connection() as connection:
        row = await connection.fetchrow(ONE, code)
    return _volunteer(row) if row else None


async def revoke(store: Database, code: str) -> bool:
    """Whether there was such a volunteer who was not revoked yet. What was counted stays."""
    async with store.connection() as connection:
        return await connection.fetchval(REVOKE, code) is not None


async def counts(store: Database, since: timedelta) -> list[Counted]:
    async with store.connection() as connection:
        rows = await connection.fetch(COUNTS, since)
    found: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in rows:
        found.setdefault((row["guide"], row["volunteer"], row["place"]), {})[row["kind"]] = row["number"]
    return [Counted(guide=guide, volunteer=volunteer, place=place, numbers=numbers) for (guide, volunteer, place), numbers in sorted(found.items())]


async def steps(store: Database, guide: str, since: timedelta) -> dict[str, tuple[int, int]]:
    """Of each step: how many came, and how many of them went on."""
    async with store.connection() as connection:
        rows: Sequence[Any] = await connection.fetch(STEPS, guide, since)
    return {row["step"]: (row["entered"], min(row["entered"], row["answered"])) for row in rows}


async def ways(store: Database, guide: str, since: timedelta) -> dict[tuple[str, str], int]:
    """How many moves from one step of a guide to another there were, asked again or not."""
    async with store.connection() as connection:
        rows = await connection.fetch(WAYS, guide, since)
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        step, _, to = row["way"].partition(">")
        found[step, to] = row["number"]
    return found


def _volunteer(row: Any) -> Volunteer:
    return Volunteer(**dict(row))


LEAST = 5  # smaller numbers together with a place could be about somebody whom people know


def shown(numbers: Mapping[str, int]) -> dict[str, int | None]:
    """Numbers by place that may stand beside their sum: None hides what is under five.

    Where that is a single place, the smallest of the others is hidden with it: else the sum would tell.
    """
    small = {place for place, number in numbers.items() if 0 < number < LEAST}
    if len(small) == 1 and (others := {place: number for place, number in numbers.items() if number >= LEAST}):
        small.add(min(others, key=lambda place: others[place]))
    return {place: None if place in small else number for place, number in numbers.items()}
