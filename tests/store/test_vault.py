"""A copy of the database names nobody, and a wrong key is told before anything is done."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st

from bot.store import schema
from bot.store.embedded import EmbeddedPostgres
from bot.store.errors import WrongKey
from bot.store.outbox import Outbox
from bot.store.store import Store
from bot.store.vault import Unreadable, Vault
from tests.store.databases import dump
from tests.store.machine import VAULT, as_it_is, event, turn

OTHER = Vault(b"another secret")


@given(st.text(max_size=80))
def test_an_address_comes_back_to_who_has_the_key(contact: str) -> None:
    """And to nobody else, nor beside another hash, nor changed."""
    digest = VAULT.digest("messenger", contact)
    sealed = VAULT.seal(digest, contact)
    assert VAULT.open(digest, sealed) == contact
    assert sealed != VAULT.seal(digest, contact), "twice the same address would show that it is the same person"
    for vault, beside, what in (
        (OTHER, digest, sealed),
        (VAULT, VAULT.digest("telegram", contact), sealed),
        (VAULT, digest, sealed[:-1]),
        (VAULT, digest, b""),
    ):
        with pytest.raises(Unreadable):
            vault.open(beside, what)


@given(st.binary(max_size=200))
def test_a_line_comes_back(line: bytes) -> None:
    """It is one line, whatever stands in it; a torn one is known as such."""
    sealed = VAULT.seal_line(line)
    assert b"\n" not in sealed
    assert VAULT.open_line(sealed) == line
    for vault, what in ((OTHER, sealed), (VAULT, sealed[: len(sealed) // 2]), (VAULT, line)):
        with pytest.raises(Unreadable):
            vault.open_line(what)


def test_hashes_need_the_key_and_tell_channels_apart() -> None:
    """The same number on two channels is two people; without the key nobody can try all numbers."""
    digests = {VAULT.digest("messenger", "2002"), VAULT.digest("telegram", "2002"), OTHER.digest("messenger", "2002"), VAULT.digest("messenger", "2003")}
    assert len(digests) == 4
    assert VAULT.event_digest("messenger", "1001", "m_1") != OTHER.event_digest("messenger", "1001", "m_1")


async def test_a_dump_names_nobody(database: str) -> None:
    """Neither the id of a person nor that of an event, also where an event was parked or waits to be sent."""
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    person, page = "7193648250174", "c6Yk2WqPzWm0aZ9vT1uXbQ"
    await store.apply([event("một", contact=person), event("vỡ", contact=person), event("một", contact=page, channel="web"), event("người", contact=person)])
    dumped = await dump(database)
    assert "một" in dumped
    assert person not in dumped
    assert page not in dumped
    [claim] = await Outbox(store, "me", timedelta(seconds=30)).claim("messenger", 10)
    assert claim.contact == person
    await store.close()


async def test_an_address_that_was_tampered_with_blocks_nobody(database: str) -> None:
    """Its messages are closed with a reason, the others go out."""
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    await store.apply([event("một"), event("một", contact="3003")])
    outbox = Outbox(store, "me", timedelta(seconds=30))
    async with store.connection() as connection:
        # Somebody gives one person's row the address of another, to read what is said to them.
        await connection.execute(
            "UPDATE contacts SET address = (SELECT address FROM contacts WHERE digest = $1) WHERE digest = $2",
            VAULT.digest("messenger", "3003"),
            VAULT.digest("messenger", "2002"),
        )
    assert [claim.contact for claim in await outbox.claim("messenger", 10)] == ["3003"]
    async with store.connection() as connection:
        [row] = await connection.fetch("SELECT status, error FROM messages WHERE sender = 'bot' AND status <> 'pending'")
        assert row["status"] == "dropped"
        assert "không đọc được" in row["error"]
    await store.close()


async def test_a_wrong_key_is_refused(database: str) -> None:
    """With what to do; nothing was changed, and who has the right key goes on. When the key is lost, one begins anew."""
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    await store.apply([event("một")])
    await store.close()

    other = Store(database, vault=OTHER, take_turn=turn, fit=as_it_is)
    with pytest.raises(WrongKey, match="DANLOI_SECRET_KEY"):
        await other.open()
    again = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await again.open()
    await again.apply([event("nhì")])
    key = await again.contact("messenger", "1001", "2002")
    assert key is not None
    assert len(await again.messages(key)) == 4
    await again.close()

    await schema.forget_everybody(database)
    await other.open()
    await other.apply([event("ba")])
    key = await other.contact("messenger", "1001", "2002")
    assert key is not None
    assert [one["text"] for one in await other.messages(key)] == ["ba", "1: ba"]
    await other.close()


async def test_older_tables_are_hidden_at_the_first_start(server: EmbeddedPostgres) -> None:
    """People stay who they are, what was applied stays applied, and the old names are gone from the files too."""
    name = f"old_{uuid4().hex[:12]}"
    url = server.url.replace("/postgres?", f"/{name}?")
    admin = await asyncpg.connect(server.url.replace("/postgres?", "/template1?"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template1")
    await admin.close()
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://")
    command.upgrade(config, "0004")
    old = await asyncpg.connect(url)
    await old.execute(
        "INSERT INTO contacts (channel, account, contact) SELECT 'messenger', '1001', 'geheim' || n FROM generate_series(1, 6000) n;"
        "INSERT INTO contacts (channel, account, contact) VALUES ('web', '', 'geheim-web');"
        "INSERT INTO sessions (contact_id) SELECT id FROM contacts;"
        "INSERT INTO parked (channel, account, contact, event, error)"
        """ VALUES ('messenger', '1001', 'geheim1', '{"id": "m_1", "contact": "geheim1", "text": "vỡ"}', 'Broken')"""
    )
    await old.execute("INSERT INTO inbox VALUES ($1)", bytes.fromhex("2e6b7b7ee5d8b41b1b4a9d03eb6c4ad6"))
    await old.close()

    store = Store(url, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    await store.apply([event("một", contact="geheim17")])
    dumped = await dump(url)
    assert "vỡ" in dumped
    assert "geheim" not in dumped
    assert VAULT.hide_digest(bytes.fromhex("2e6b7b7ee5d8b41b1b4a9d03eb6c4ad6")).hex() in dumped
    [claim] = await Outbox(store, "me", timedelta(seconds=30)).claim("messenger", 10)
    assert claim.contact == "geheim17"
    async with store.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM contacts") == 6001
        await connection.execute("CHECKPOINT")
        for table in ("contacts", "parked"):
            assert b"geheim" not in await connection.fetchval("SELECT pg_read_binary_file(pg_relation_filepath($1::text::regclass))", table)
    await store.close()
