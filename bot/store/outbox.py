"""The outbox, for delivery: claim contacts, read what waits for them, write down what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from bot.dialogue.reply import Reply
from bot.store import queries
from bot.store.status import Status
from bot.store.store import Store
from bot.store.vault import Unreadable

UNREADABLE = "Địa chỉ của người này không đọc được (bị sửa trong cơ sở dữ liệu) nên tin được bỏ. Khi bà con nhắn lại, Dẫn Lối trả lời tiếp."


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One message that is to be sent."""

    id: int
    reply: Reply
    attempts: int
    created_at: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A contact that is ours until the lease ends, with what waits, in order. `abandoned`: its last owner died with it in hand."""

    contact_id: int
    contact: str
    fence: int
    abandoned: bool
    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of one message. With `release` the contact is given back; `again_at` is when its next message is due.

    `all_waiting`: the same holds for everything behind it. A report without a message (`message_id` 0) only gives back.
    """

    contact_id: int
    fence: int
    message_id: int = 0
    status: Status = Status.PENDING
    platform_id: str | None = None
    error: str | None = None
    attempts: int = 0
    again_at: datetime | None = None
    release: bool = False
    all_waiting: bool = False
    result: str = ""  # for the log of deliveries: "sent", or how the attempt failed; empty where there was none
    code: str = ""
    calls: str = "[]"  # what went over the wire, redacted, as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One line of the log of deliveries: an attempt to send a message."""

    at: datetime
    channel: str
    message_id: int
    result: str
    code: str
    sentence: str
    calls: Sequence[Mapping[str, Any]]


async def last_sends(store: Store, channel: str = "", *, limit: int = 20, failures: bool = False) -> list[Sent]:
    """The newest attempts, oldest first; of one channel, of failures only, where told so. Raises `Unavailable`."""
    async with store.connection() as connection:
        rows = await connection.fetch(queries.LAST_SENDS, channel, limit, failures)
    return [Sent(**dict(row) | {"calls": orjson.loads(row["calls"])}) for row in reversed(rows)]


class Outbox:
    """The delivering side of the store; all methods raise `Unavailable`."""

    def __init__(self, store: Store, owner: str, lease: timedelta) -> None:
        self._store, self._owner, self._lease = store, owner, lease

    async def claim(self, channel: str, limit: int) -> list[Claim]:
        """Up to `limit` contacts with something due, and as many that a dead worker left."""
        async with self._store.connection() as connection:
            rows = await connection.fetch(queries.CLAIM, channel, limit, self._owner, self._lease)
            if not rows:
                return []
            waiting: dict[int, list[Waiting]] = {row["id"]: [] for row in rows}
            for row in await connection.fetch(queries.READ_PENDING, list(waiting)):
                waiting[row["contact_id"]].append(
                    Waiting(
                        id=row["id"],
                        reply=Reply.from_message(orjson.loads(row["body"])),
                        attempts=row["attempts"],
                        created_at=row["created_at"],
                        next_at=row["next_at"],
                    )
                )
        claims, lost = [], []
        for row in rows:
            its, about = tuple(waiting[row["id"]]), {"contact_id": row["id"], "fence": row["fence"]}
            try:
                contact = self._store.vault.open(row["digest"], row["address"] or b"")
            except Unreadable:
                lost.append(Report(**about, message_id=its[0].id if its else 0, status=Status.DROPPED, error=UNREADABLE, all_waiting=True, release=True))
            else:
                claims.append(Claim(**about, contact=contact, abandoned=row["abandoned"], waiting=its))
        if lost:
            await self.complete(lost)
        return claims

    async def complete(self, reports: Sequence[Report]) -> list[bool]:
        """Write the reports down; False for each whose lease was lost: somebody else has the contact, and we must leave it alone."""
        ordered = sorted(reports, key=lambda one: one.contact_id)
        columns = (
            [one.contact_id for one in ordered],
            [one.message_id for one in ordered],
            [one.fence for one in ordered],
            [one.status.value for one in ordered],
            [one.platform_id for one in ordered],
            [one.error for one in ordered],
            [one.attempts for one in ordered],
            [one.again_at for one in ordered],
            [one.release for one in ordered],
            [one.all_waiting for one in ordered],
        )
        log = [one.result for one in ordered], [one.code for one in ordered], [one.calls for one in ordered]
        async with self._store.connection() as connection:
            ours = {row[0] for row in await connection.fetch(queries.COMPLETE, *columns, self._lease, *log)}
        return [one.contact_id in ours for one in reports]

    async def free_dead(self, owner: str) -> None:
        """Let the contacts of a dead worker be claimed at once."""
        async with self._store.connection() as connection:
            await connection.execute(queries.FREE_DEAD, owner)

    async def last_word(self, contact_id: int) -> datetime | None:
        """When the person last said something; None where that is no longer kept."""
        async with self._store.connection() as connection:
            found: datetime | None = await connection.fetchval(queries.LAST_WORD, contact_id)
        return found

    async def heartbeat(self, trouble: Sequence[str] = ()) -> None:
        """Say that we live, and which channels do not send (sentences for the operator)."""
        async with self._store.connection() as connection:
            await connection.execute(queries.HEARTBEAT, self._owner, orjson.dumps(trouble).decode())

    async def end(self) -> None:
        """We are no worker any more, and our troubles go with us."""
        async with self._store.connection() as connection:
            await connection.execute(queries.END_WORKER, self._owner)
