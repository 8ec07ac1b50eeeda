"""Turns in, exactly once and in order; talks out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from bot.dialogue.event import Kind
from bot.store import retention
from bot.store.embedded import EmbeddedPostgres
from bot.store.errors import Unavailable
from bot.store.store import Store
from tests.store.machine import VAULT, as_it_is, event, turn


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    yield store
    await store.close()


async def rows(store: Store, query: str, *values: Any) -> list[asyncpg.Record]:
    async with store.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(query, *values)
    return found


async def whom(store: Store) -> set[bytes]:
    """The hashes of all contacts."""
    return {row["digest"] for row in await rows(store, "SELECT digest FROM contacts")}


async def said_by(store: Store, contact: str = "2002", channel: str = "messenger") -> list[str]:
    """The texts of a talk, the contact's own with a dash before them."""
    key = await store.contact(channel, "1001", contact)
    assert key is not None
    return [("- " if one["from"] == "me" else "") + one["text"] for one in await store.messages(key)]


async def test_a_repeated_event_is_applied_once(store: Store) -> None:
    """Within a batch, in a later batch, and in two stores at once; each answer says which it was."""
    first = await store.apply([event("chào"), event("chào"), event("vneid")])
    again = await store.apply([event("vneid")])

    assert [(one.event_id, one.duplicate) for one in first + again] == [("2002-chào", False), ("2002-chào", True), ("2002-vneid", False), ("2002-vneid", True)]
    assert [[message["text"] for message in one.messages] for one in first + again] == [["1: chào"], [], ["2: vneid"], []]
    assert await said_by(store) == ["- chào", "1: chào", "- vneid", "2: vneid"]


async def test_two_processes_share_a_persons_first_events(store: Store, database: str) -> None:
    """Both reach the same new contact at once, with the same events: each is applied by one of them."""
    other = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await other.open()
    for batch in range(20):
        events = [event(f"{batch}-{n}", contact=f"c{batch}") for n in range(3)]
        both = await asyncio.gather(store.apply(events), other.apply(events[::-1]))
        assert sum(not one.duplicate for part in both for one in part) == 3
        assert len(await said_by(store, f"c{batch}")) == 6
    await other.close()


async def test_many_contacts_in_two_processes_never_deadlock(store: Store, database: str) -> None:
    """Batches with the same contacts in opposite orders wait for each other, and nothing is lost."""
    other = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await other.open()
    contacts = [f"c{n}" for n in range(30)]
    for number in range(10):
        forth = [event(f"a{number}", contact=contact) for contact in contacts]
        back = [event(f"b{number}", contact=contact) for contact in reversed(contacts)]
        await asyncio.gather(store.apply(forth), other.apply(back))
    await other.close()
    states = await rows(store, "SELECT jsonb_array_length(state->'slots'->'said') AS said FROM sessions")
    assert [row["said"] for row in states] == [20] * 30


async def test_times_decide_within_a_batch(store: Store) -> None:
    """A platform that delivers two events the wrong way round is put right by their times; equal times keep the order of arrival."""
    await store.apply([event("ba", seconds=3), event("một", seconds=1), event("bốn", seconds=3), event("nhì", seconds=2)])
    assert [text for text in await said_by(store) if text.startswith("- ")] == ["- một", "- nhì", "- ba", "- bốn"]


async def test_an_event_that_breaks_the_turn_is_parked(store: Store) -> None:
    """Its batch goes on as if it had not come, and nobody is told that it failed: the platform would only repeat it."""
    applied = await store.apply([event("một"), event("vỡ"), event("nhì", contact="3003")])

    assert [one.duplicate for one in applied] == [False, False, False]
    assert await said_by(store) == ["- một", "1: một"]
    assert await said_by(store, "3003") == ["- nhì", "1: nhì"]
    [parked] = await rows(store, "SELECT * FROM parked")
    assert parked["error"].startswith("Broken at ")
    assert "vỡ" not in parked["error"]
    assert (await store.apply([event("vỡ")]))[0].duplicate


async def test_an_event_that_the_database_refuses_is_parked(store: Store) -> None:
    """The batch is done again one by one, and only the offender is left out."""
    applied = await store.apply([event("một"), event("\0", id="bad", contact="3003"), event("nhì")])

    assert [one.event_id for one in applied] == ["2002-một", "bad", "2002-nhì"]
    assert [message["text"] for message in applied[2].messages] == ["2: nhì"]
    [parked] = await rows(store, "SELECT digest, event FROM parked")
    assert parked["digest"] == VAULT.digest("messenger", "3003")
    assert "3003" not in parked["event"]


async def test_web_messages_wait_for_the_page_and_others_for_delivery(store: Store) -> None:
    """What the page fetches is not in the outbox."""
    await store.apply([event("hai"), event("hai", channel="web")])
    found = await rows(
        store, "SELECT channel, status, count(*) FROM messages m JOIN contacts c ON c.id = contact_id WHERE sender = 'bot' GROUP BY 1, 2 ORDER BY 1"
    )
    assert [tuple(row) for row in found] == [("messenger", "pending", 2), ("web", "sent", 2)]


async def test_what_is_counted_names_nobody(store: Store) -> None:
    """Facts carry guide and step; how people came and who waits for a person stand apart."""
    await store.apply([event("", id="e1", kind=Kind.OPENED, payload="vneid"), event("người")])
    facts = await rows(store, "SELECT * FROM facts")
    assert [(row["kind"], row["guide"], row["step"]) for row in facts] == [("answered", "vneid", "scan")] * 2
    assert "2002" not in str(facts)
    assert [tuple(row) for row in await rows(store, "SELECT payload, guide FROM entries")] == [("vneid", "vneid")]
    assert [tuple(row) for row in await rows(store, "SELECT reason, guide, step FROM handoffs")] == [("bà con xin gặp người", "vneid", "scan")]


async def test_erasure_leaves_the_last_word_only(store: Store) -> None:
    """All that was kept goes in that turn, what came just before it in the same batch too."""
    await store.apply([event("một"), event("người"), event("", id="e1", kind=Kind.OPENED, payload="vneid")])
    [applied] = await store.apply([event("xóa")])

    assert [message["text"] for message in applied.messages] == ["Đã xóa."]
    assert await said_by(store) == ["Đã xóa."]
    for table in ("sessions", "entries", "handoffs"):
        assert await rows(store, f"SELECT * FROM {table}") == []


async def test_one_can_begin_again_after_an_erasure(store: Store) -> None:
    """In the same batch and in the next: nothing of before is remembered."""
    await store.apply([event("một"), event("xóa", seconds=1), event("nhì", seconds=2)])
    assert await said_by(store) == ["Đã xóa.", "- nhì", "1: nhì"]
    await store.apply([event("xóa", id="again")])
    await store.apply([event("ba")])
    assert await said_by(store) == ["Đã xóa.", "- ba", "1: ba"]


async def test_the_operator_erases_a_person(store: Store) -> None:
    """On every account of the channel, and the address itself goes too."""
    await store.apply([event("một"), event("một", contact="3003")])
    assert (await store.erase("messenger", "2002"))["messages"] == 2
    assert (await store.erase("messenger", "2002"))["contacts"] == 0
    assert await whom(store) == {VAULT.digest("messenger", "3003")}
    assert len(await rows(store, "SELECT * FROM messages")) == 2
    await store.apply([event("nhì")])
    assert await said_by(store) == ["- nhì", "1: nhì"]


async def test_old_things_are_deleted(store: Store) -> None:
    """Messages, sessions and event ids have their days; a contact of whom nothing is left goes last."""
    await store.apply([event("một", channel="web"), event("nhì", contact="3003", channel="web")])
    for table, column in (("sessions", "updated_at"), ("messages", "created_at"), ("contacts", "created_at")):
        which = "id" if table == "contacts" else "contact_id"
        await rows(
            store,
            f"UPDATE {table} SET {column} = now() - interval '40 days' WHERE {which} = (SELECT id FROM contacts WHERE digest = $1)",
            VAULT.digest("web", "2002"),
        )
    await retention.delete_old(store, sessions=retention.EVENT_IDS_KEPT, messages=retention.EVENT_IDS_KEPT)

    assert await whom(store) == {VAULT.digest("web", "3003")}
    assert len(await rows(store, "SELECT * FROM inbox")) == 2
    await store.apply([event("ba", channel="web")])
    assert await said_by(store, channel="web") == ["- ba", "1: ba"]


async def test_a_page_hears_of_news(store: Store, database: str) -> None:
    """At once what is there, then each time when some process writes; the end comes with the store's."""
    other = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await other.open()
    await other.apply([event("một", channel="web")])
    key = await store.contact("web", "1001", "2002")
    assert key is not None
    news = store.listen(key)
    await anext(news)
    last = (await store.messages(key))[-1]["id"]
    await other.apply([event("nhì", channel="web")])
    await anext(news)
    assert [one["text"] for one in await store.messages(key, last)] == ["nhì", "2: nhì"]
    await other.close()
    await store.close()
    assert await anext(news, "ended") == "ended"


async def test_a_database_that_is_away_is_named_so(server: EmbeddedPostgres, store: Store) -> None:
    """Turns and pages are told the same way, and a store that is opened again goes on."""
    await store.apply([event("một")])
    backends = await asyncpg.connect(store.url)
    await backends.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    await backends.close()
    with pytest.raises(Unavailable):
        await store.apply([event("nhì")])
    assert not store.connected
    await store.open()
    [applied] = await store.apply([event("nhì")])
    assert applied.messages[0]["text"] == "2: nhì"
