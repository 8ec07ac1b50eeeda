"""The outbox goes out: in order, once, and whatever happens, with a sentence for the operator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from bot.channels.base import Failure, SendFailed
from bot.dialogue.reply import Attachment, Reply
from bot.service.alive import Alive
from bot.service.delivery import Delivery, Policy
from bot.service.metrics import Metrics
from bot.store.outbox import Outbox, Report
from bot.store.status import Status
from bot.store.store import Store
from tests.service.platform import Platform
from tests.store.machine import VAULT, as_it_is, event, turn

Start = Callable[..., AbstractAsyncContextManager["Running"]]
SECOND = timedelta(seconds=1)


class Running:
    """A worker in this process, with the store that it reads and what it counts."""

    def __init__(self, store: Store, delivery: Delivery, metrics: Metrics) -> None:
        self.store, self.delivery, self.metrics = store, delivery, metrics

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    async def rows(self, query: str) -> list[asyncpg.Record]:
        async with self.store.connection() as connection:
            found: list[asyncpg.Record] = await connection.fetch(query)
        return found

    async def outbox(self) -> list[tuple[str, str, str | None]]:
        """(text, status, error) of what the bot said, in order."""
        rows = await self.rows("SELECT body->>'text', status, error FROM messages WHERE sender = 'bot' ORDER BY id")
        return [tuple(row) for row in rows]

    async def settled(self) -> list[tuple[str, str, str | None]]:
        """The outbox, once nothing is pending and no contact is in hand."""
        while await self.rows("SELECT 1 FROM messages WHERE status = 'pending' UNION ALL SELECT 1 FROM contacts WHERE owner IS NOT NULL"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the worker writes, we can only look
        return await self.outbox()


@pytest.fixture
def start(database: str, tmp_path: Path) -> Start:
    """Starts a worker with these platforms, and finishes it."""

    @asynccontextmanager
    async def begin(*platforms: Platform, owner: str = "one") -> AsyncIterator[Running]:
        store, metrics = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is), Metrics()
        await store.open()
        alive = Alive(tmp_path / "workers", owner)
        policy = Policy(send_timeout_seconds=1.0, backoff_seconds=0.01)
        delivery = Delivery(store, {one.name: one for one in platforms}, alive, metrics, policy=policy)
        running = asyncio.create_task(delivery.run())
        yield Running(store, delivery, metrics)
        delivery.finish()
        await running
        alive.close()
        await store.close()

    return begin


def failed(failure: Failure, sentence: str = "câu cho người trực", **more: Any) -> SendFailed:
    return SendFailed(failure, sentence, **more)


async def test_a_contacts_messages_go_one_after_the_other(start: Start) -> None:
    """Contacts side by side, a contact's messages never."""
    platform = Platform()
    async with start(platform) as worker:
        await worker.store.apply([event("hai", id=f"{contact}{n}", contact=contact, seconds=n) for contact in ("a", "b", "c") for n in range(5)])
        await platform.until_got(30)
        assert dict(platform.got) == {contact: ["một", "hai"] * 5 for contact in ("a", "b", "c")}
        assert platform.most_at_once <= 3
        assert {status for _, status, _ in await worker.settled()} == {"sent"}
        assert worker.count("danloi_sends_total", channel="messenger", result="sent") == 30
        assert worker.count("danloi_sends_repeated_total", channel="messenger") == 0


async def test_what_comes_while_a_contact_is_in_hand_is_sent_behind(start: Start) -> None:
    """Nothing is forgotten between a claim and its end."""
    platform = Platform()
    platform.gate.clear()
    async with start(platform) as worker:
        await worker.store.apply([event("một")])
        await platform.until_called(1)
        await worker.store.apply([event("nhì")])
        platform.gate.set()
        await platform.until_got(2)
        assert platform.got["2002"] == ["1: một", "2: nhì"]


async def test_two_workers_share_the_work(start: Start) -> None:
    """Each contact is with one of them at a time; nothing is sent twice."""
    first, second = Platform(), Platform()
    async with start(first, owner="one") as worker, start(second, owner="two"):
        for n in range(20):
            await worker.store.apply([event(f"{n}", contact=f"c{contact}") for contact in range(20)])
        await worker.settled()
        sent = first.keys + second.keys
        assert len(sent) == len(set(sent)) == 400


@pytest.mark.parametrize("failure", [Failure.GONE, Failure.WINDOW, Failure.HUMAN])
async def test_nothing_more_is_sent_to_who_cannot_be_reached(start: Start, failure: Failure) -> None:
    """All that waits for them is closed with the sentence; others get theirs, and so do they when they write again."""
    platform = Platform()
    platform.failures.append(failed(failure))
    async with start(platform) as worker:
        await worker.store.apply([event("hai")])
        assert await worker.settled() == [("một", "dropped", "câu cho người trực"), ("hai", "dropped", "câu cho người trực")]
        await worker.store.apply([event("lại đây")])
        await platform.until_got(1)
        assert platform.got["2002"] == ["2: lại đây"]


async def test_a_message_that_can_never_be_sent_is_left_out(start: Start) -> None:
    """The next one goes all the same."""
    platform = Platform()
    platform.failures.append(failed(Failure.PERMANENT))
    async with start(platform) as worker:
        await worker.store.apply([event("hai")])
        assert await worker.settled() == [("một", "failed", "câu cho người trực"), ("hai", "sent", None)]


async def test_what_fails_for_a_while_is_sent_later_and_in_order(start: Start) -> None:
    """Backoff holds up the contact, not the channel."""
    platform = Platform()
    platform.failures.extend([failed(Failure.RETRY, retry_after=0.01), failed(Failure.RETRY)])
    async with start(platform) as worker:
        await worker.store.apply([event("hai")])
        await platform.until_got(2)
        assert platform.got["2002"] == ["một", "hai"]
        rows = await worker.settled()
        assert [row[:2] for row in rows] == [("một", "sent"), ("hai", "sent")]
        assert [row["attempts"] for row in await worker.rows("SELECT attempts FROM messages WHERE sender = 'bot' ORDER BY id")] == [3, 1]


async def test_the_platforms_own_limit_of_retries_is_kept(start: Start) -> None:
    """After them the message has failed."""
    platform = Platform()
    platform.failures.extend([failed(Failure.RETRY, max_retries=1)] * 2)
    async with start(platform) as worker:
        await worker.store.apply([event("hai")])
        assert [row[:2] for row in await worker.settled()] == [("một", "failed"), ("hai", "sent")]
        assert platform.calls == 3


async def test_a_send_without_an_answer_is_tried_once_more_and_counted(start: Start) -> None:
    """It may have arrived: so it is one of those that may have been sent twice."""
    platform = Platform()
    platform.failures.extend([failed(Failure.RETRY, ambiguous=True)] * 2)
    async with start(platform) as worker:
        await worker.store.apply([event("một")])
        assert [row[:2] for row in await worker.settled()] == [("1: một", "failed")]
        assert platform.calls == 2
        assert worker.count("danloi_sends_repeated_total", channel="messenger") == 1


async def test_a_dead_token_is_renewed_once(start: Start) -> None:
    """Then the same message goes."""
    platform = Platform()
    platform.failures.append(failed(Failure.TOKEN))
    async with start(platform) as worker:
        await worker.store.apply([event("một")])
        await platform.until_got(1)
        assert platform.renewed == 1
        assert worker.count("danloi_channel_up", channel="messenger") == 1


@pytest.mark.parametrize("failure", [Failure.TOKEN, Failure.STOP])
async def test_a_channel_that_may_not_send_waits(start: Start, failure: Failure) -> None:
    """The outbox keeps, the operator is told, other channels go on."""
    platform, other = Platform(), Platform("zalo-oa")
    platform.down = failed(failure, "Lấy mã mới.")
    async with start(platform, other) as worker:
        await worker.store.apply([event("một"), event("một", contact="3003"), event("một", channel="zalo-oa")])
        await other.until_got(1)
        await platform.until_called(1)
        while not worker.delivery.degraded:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert worker.delivery.degraded == ["messenger: Lấy mã mới."]
        assert worker.count("danloi_channel_up", channel="messenger") == 0
        assert worker.count("danloi_channel_up", channel="zalo-oa") == 1
        assert [
            row["status"]
            for row in await worker.rows("SELECT status FROM messages m JOIN contacts c ON c.id = contact_id WHERE channel = 'messenger' AND sender = 'bot'")
        ] == [
            "pending",
            "pending",
        ]


async def test_a_picture_that_cannot_be_sent_is_said_in_words(start: Start) -> None:
    """The description and the address, in its place."""
    platform = Platform()
    platform.failures.append(failed(Failure.MEDIA))
    picture = Attachment(kind="image", url="https://danloi.example/a.png", alt="Hình vẽ: áp thẻ")
    async with start(platform) as worker:
        await worker.store.apply([event("một")])
        await platform.until_called(1)
        await worker.settled()
        platform.failures.append(failed(Failure.MEDIA))
        body = Reply(text="", media=(picture,)).as_message()
        async with worker.store.connection() as connection:
            await connection.execute(
                "INSERT INTO messages (contact_id, sender, status, body) SELECT id, 'bot', 'pending', $1::jsonb FROM contacts", _json(body)
            )
            await connection.execute("UPDATE contacts SET next_at = now()")
        await platform.until_got(1)
        [text] = platform.got["2002"]
        assert "Hình vẽ: áp thẻ" in text
        assert "https://danloi.example/a.png" in text


async def test_the_last_word_after_an_erasure_goes_out_and_is_gone(start: Start) -> None:
    """Then nothing is kept of what was said."""
    platform = Platform()
    async with start(platform) as worker:
        await worker.store.apply([event("một")])
        await platform.until_got(1)
        await worker.store.apply([event("xóa")])
        await platform.until_got(2)
        while await worker.rows("SELECT 1 FROM messages"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert platform.got["2002"] == ["1: một", "Đã xóa."]


async def test_a_dead_workers_contacts_are_free_at_once(start: Start, database: str, tmp_path: Path) -> None:
    """Its lock file is free because its process is gone; the message that was in flight goes again and is counted."""
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    await store.apply([event("hai")])
    dead = Alive(tmp_path / "workers", "dead")
    [claim] = await Outbox(store, "dead", timedelta(hours=1)).claim("messenger", 10)
    assert [one.reply.text for one in claim.waiting] == ["một", "hai"]
    dead.die()

    platform = Platform()
    async with start(platform) as worker:
        await platform.until_got(2)
        assert worker.count("danloi_sends_repeated_total", channel="messenger") == 1
    [late] = await Outbox(store, "dead", SECOND).complete(
        [Report(contact_id=claim.contact_id, fence=claim.fence, message_id=claim.waiting[0].id, status=Status.FAILED)]
    )
    assert late is False
    assert [row["status"] for row in await _rows(store, "SELECT status FROM messages WHERE sender = 'bot'")] == ["sent", "sent"]
    await store.close()


async def test_a_lease_that_ran_out_can_be_claimed(database: str) -> None:
    """A worker on another machine that is silent loses what it has in hand, and its fence no longer fits."""
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    await store.apply([event("một")])
    first = Outbox(store, "far", timedelta(0))
    second = Outbox(store, "near", timedelta(hours=1))
    [lost] = await first.claim("messenger", 10)
    [taken] = await second.claim("messenger", 10)
    assert (taken.contact_id, taken.abandoned, taken.fence) == (lost.contact_id, True, lost.fence + 1)
    assert await first.claim("messenger", 10) == []
    assert await first.complete([Report(contact_id=lost.contact_id, fence=lost.fence, release=True)]) == [False]
    assert await second.complete([Report(contact_id=taken.contact_id, fence=taken.fence, release=True)]) == [True]
    await store.close()


async def test_what_is_in_hand_is_finished_at_the_end(start: Start) -> None:
    """A worker that is told to end sends the message that it has begun, writes it down, and leaves the rest."""
    platform = Platform()
    platform.gate.clear()
    async with start(platform) as worker:
        await worker.store.apply([event("hai")])
        await platform.until_called(1)
        worker.delivery.finish()
        platform.gate.set()
        await platform.until_got(1)
    async with start(platform) as worker:
        await platform.until_got(2)
        assert platform.got["2002"] == ["một", "hai"]


async def _rows(store: Store, query: str) -> list[asyncpg.Record]:
    async with store.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(query)
    return found


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
