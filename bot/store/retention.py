"""What is deleted when its time is over, in small steps that wait for nobody."""

from __future__ import annotations

from datetime import timedelta

from bot.store import queries
from bot.store.store import Store

EVENT_IDS_KEPT = timedelta(days=7)  # no platform repeats a delivery later than that
PENDING_KEPT = timedelta(days=1)  # no platform takes an answer later than that
TALK_KEPT = timedelta(days=1)  # without consent: a page that is opened again the same day still shows what was said
GAPS_KEPT = timedelta(days=90)
# Buttons stay in a chat for good. One that nobody was sent or tapped for so long belongs to a step that is gone, and then its label chooses.
SHORT_KEYS_KEPT = timedelta(days=730)


async def vanish(store: Store) -> None:
    """Finish erasures: last words that a page has had time to fetch, contacts of whom nothing is left."""
    async with store.connection() as connection:
        await connection.execute(queries.VANISHED)
        async with connection.transaction():
            ids = [row[0] for row in await connection.fetch(queries.EMPTY_CONTACTS)]
            if ids:
                await connection.execute(queries.CLEAR_CONTACTS, ids)


async def delete_old(store: Store, *, sessions: timedelta, messages: timedelta) -> None:
    """Delete what is older than the operator wants to keep it."""
    async with store.connection() as connection:
        await connection.execute(queries.STUCK_MESSAGES, max(messages, PENDING_KEPT))
        await connection.execute(queries.OLD_MESSAGES, messages)
        await connection.execute(queries.UNASKED_MESSAGES, min(messages, TALK_KEPT))
        await connection.execute(queries.OLD_GAPS, GAPS_KEPT)
        await connection.execute(queries.OLD_SENDS, messages)
        await connection.execute(queries.OLD_SESSIONS, sessions)
        await connection.execute(queries.OLD_ENTRIES, sessions)
        await connection.execute(queries.OLD_HANDOFFS, messages)
        await connection.execute(queries.OLD_PARKED, messages)
        await connection.execute(queries.OLD_EVENTS, EVENT_IDS_KEPT)
        await connection.execute(queries.OLD_UPLOADS)
        await connection.execute(queries.OLD_SHORT_KEYS, max(sessions, SHORT_KEYS_KEPT))
        await connection.execute(queries.OLD_WORKERS)
    await vanish(store)
