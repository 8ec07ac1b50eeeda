"""After an erasure, and after their days, nothing of a person is in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.dialogue import engine
from bot.dialogue.event import Event, Kind
from bot.store import retention
from bot.store.outbox import Outbox, Report
from bot.store.status import Status
from bot.store.store import Store
from tests.dialogue.guides import FILES
from tests.dialogue.talking import NOON, library
from tests.store.databases import dump
from tests.store.machine import VAULT, as_it_is

LIBRARY = library(FILES)
PERSON, OTHER = "7193648250174", "8264017359283"
ODD = "cái chi chi rứa"


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    store = Store(database, vault=VAULT, take_turn=lambda session, event, now: engine.turn(LIBRARY, session, event, now), fit=as_it_is)
    await store.open()
    yield store
    await store.close()


class Person:
    """One contact, whose events count up."""

    def __init__(self, store: Store, contact: str, channel: str = "messenger") -> None:
        self.store, self.contact, self.channel, self.number = store, contact, channel, 0

    async def say(self, text: str = "", *, kind: Kind = Kind.TEXT, payload: str = "") -> list[str]:
        self.number += 1
        event = Event(
            id=f"{self.contact}.{self.number}", channel=self.channel, account="1001", contact=self.contact, at=NOON, kind=kind, text=text, payload=payload
        )
        [applied] = await self.store.apply([event])
        return [message["text"] for message in applied.messages]

    async def tap(self, payload: str) -> list[str]:
        return await self.say(kind=Kind.TAP, payload=payload)

    async def talk(self) -> None:
        """A guide from a link, answers, what is not understood, consent to all, a person called."""
        await self.say(kind=Kind.OPENED, payload="khai-sinh__tt7k")
        await self.say("5/3/2026")
        await self.say(ODD)
        await self.tap("/consent/learn/yes/1")
        await self.tap("/consent/talk/yes/1")
        await self.tap("/person")

    def traces(self) -> tuple[str, ...]:
        digest = VAULT.digest(self.channel, self.contact)
        return self.contact, digest.hex(), VAULT.gap_tag(digest).hex(), VAULT.event_digest(self.channel, "1001", f"{self.contact}.1").hex()


async def deliver_all(store: Store) -> None:
    outbox = Outbox(store, "me", timedelta(seconds=30))
    while claims := await outbox.claim("messenger", 50):
        for claim in claims:
            for place, waiting in enumerate(claim.waiting, 1):
                last = place == len(claim.waiting)
                await outbox.complete(
                    [Report(contact_id=claim.contact_id, fence=claim.fence, message_id=waiting.id, status=Status.SENT, result="sent", release=last)]
                )


async def age(store: Store, days: float) -> None:
    """Everything becomes so much older."""
    moments = {
        "sessions": "updated_at",
        "messages": "created_at",
        "contacts": "created_at",
        "gaps": "at",
        "entries": "at",
        "inbox": "applied_at",
        "facts": "at",
    }
    async with store.connection() as connection:
        for table, column in moments.items():
            await connection.execute(f"UPDATE {table} SET {column} = {column} - $1::interval", timedelta(days=days))


async def left(store: Store, *tables: str) -> list[int]:
    async with store.connection() as connection:
        return [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]


@pytest.mark.parametrize("channel", ["messenger", "web"])
async def test_after_xoa_du_lieu_nothing_is_left(store: Store, database: str, channel: str) -> None:
    """Not the words, the hash, the address, nor what they gave to learn from; somebody else's stay. Asked once, told what went."""
    person, other = Person(store, PERSON, channel), Person(store, OTHER, channel)
    await person.talk()
    await other.talk()
    assert person.traces()[1] in await dump(database)
    assert (await dump(database)).count(ODD) >= 4
    await person.say("xóa dữ liệu")
    [told] = await person.say("có")
    for line in ("Khai sinh, bước", "Số câu đã trả lời: 1", "Các tin đã nhắn", "đồng ý cho giữ cuộc trò chuyện", "Đường dẫn đã đưa bà con đến"):
        assert line in told
    await deliver_all(store)
    await age(store, 0.01)
    await retention.vanish(store)
    dumped = await dump(database)
    for trace in person.traces()[:3]:
        assert trace not in dumped
    assert dumped.count(ODD) == 2, "the other one's, in the talk and among what may be learned from"
    assert other.traces()[1] in dumped
    assert await left(store, "contacts", "sessions", "gaps", "handoffs", "entries") == [1] * 5


async def test_the_operator_erases_the_same(store: Store, database: str) -> None:
    """At once, and is told how much it was."""
    person = Person(store, PERSON)
    await person.talk()
    await deliver_all(store)
    erased = await store.erase("messenger", PERSON)
    assert erased["messages"] >= 12
    assert {name: erased[name] for name in ("contacts", "sessions", "entries", "handoffs", "gaps")} == dict.fromkeys(
        ("contacts", "sessions", "entries", "handoffs", "gaps"), 1
    )
    assert erased["sends"] >= 6
    dumped = await dump(database)
    assert not [trace for trace in person.traces()[:3] if trace in dumped]
    assert ODD not in dumped
    assert await left(store, "contacts", "sessions", "messages", "sends", "gaps", "handoffs", "entries", "parked") == [0] * 8


async def test_consent_that_is_taken_back_takes_what_it_gave(store: Store) -> None:
    """The sentences go in that turn; the talk goes with the next job."""
    person = Person(store, PERSON, "web")
    await person.talk()
    assert await left(store, "gaps") == [1]
    await person.say("rút lại đồng ý")
    assert await left(store, "gaps") == [0]
    await age(store, 2)
    await retention.delete_old(store, sessions=timedelta(days=30), messages=timedelta(days=7))
    assert await left(store, "messages", "sessions") == [0, 1]


async def test_everything_has_its_days(store: Store, database: str) -> None:
    """A talk without consent a day, with consent seven; a session thirty; sentences ninety; counts for ever, and they name nobody."""
    agreed, silent = Person(store, PERSON, "web"), Person(store, OTHER, "web")
    await agreed.talk()
    await silent.say("menu")
    counted = (await left(store, "facts"))[0]

    async def after(days: float) -> list[int]:
        await age(store, days)
        await retention.delete_old(store, sessions=timedelta(days=30), messages=timedelta(days=7))
        return await left(store, "messages", "sessions", "gaps", "contacts")

    kept = (await left(store, "messages"))[0]
    assert await after(0.9) == [kept, 2, 1, 2]
    assert await after(0.2) == [kept - 3, 2, 1, 2], "who agreed to nothing: the talk is over"
    assert await after(5) == [kept - 3, 2, 1, 2]
    assert await after(1) == [0, 2, 1, 2]
    assert await after(22) == [0, 2, 1, 2]
    assert await after(1) == [0, 0, 1, 0]
    assert await after(59) == [0, 0, 1, 0]
    assert await after(1) == [0, 0, 0, 0]
    assert (await left(store, "facts"))[0] == counted
    dumped = await dump(database)
    assert not [trace for person in (agreed, silent) for trace in person.traces() if trace in dumped]


async def test_helping_the_next_person_forgets_the_one_before(store: Store, database: str) -> None:
    """A volunteer's phone: what the last one said, was asked and agreed to is gone, the volunteer's own talk goes on."""
    person = Person(store, PERSON)
    await person.talk()
    await person.say("giúp người khác")
    dumped = await dump(database)
    assert ODD not in dumped
    assert "5/3/2026" not in dumped
    assert await left(store, "contacts", "sessions", "gaps", "handoffs") == [1, 1, 0, 0]
