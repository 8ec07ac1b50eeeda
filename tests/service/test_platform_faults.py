"""A platform's bad days, from the outbox to the stand-in and back: nothing is lost, and twice is only what may have arrived."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import orjson
import pytest

from bot.channels.zalo_oa_tokens import MemoryTokenStore
from bot.service.alive import Alive
from bot.service.breaker import Door
from bot.service.delivery import Delivery, Policy
from bot.service.metrics import Metrics
from bot.store.outbox import last_sends
from bot.store.store import Store
from tests.service.apps import APPS, App, Standin, adapters_of, took
from tests.store.machine import VAULT, as_it_is, event, turn

SENT, WAITS = ("sent", None), "pending"
HOUR = 3600.0


class Office:
    """One worker with real adapters before the platforms' stand-ins."""

    def __init__(self, store: Store, delivery: Delivery, metrics: Metrics, standins: dict[str, Standin]) -> None:
        self.store, self.delivery, self.metrics, self.standins = store, delivery, metrics, standins

    async def say(self, app: App, *texts: str, contact: str = "2002") -> None:
        """The person says these things, one after the other; the bot's answers go into the outbox."""
        for text in texts:
            await self.store.apply([event(text, contact=contact, channel=app.name, id=f"{app.name}-{contact}-{text}")])

    def took(self, app: App) -> dict[str, list[str]]:
        return took(app, self.standins[app.name])

    async def rows(self, app: App) -> list[asyncpg.Record]:
        return await self.fetch(
            "SELECT m.id, m.status, m.error, m.attempts, m.next_at - now() AS waits FROM messages m JOIN contacts c ON c.id = m.contact_id"
            " WHERE c.channel = $1 AND m.sender = 'bot' ORDER BY m.id",
            app.name,
        )

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        async with self.store.connection() as connection:
            found: list[asyncpg.Record] = await connection.fetch(query, *values)
        return found

    async def settled(self, app: App) -> list[tuple[str, str | None]]:
        """(status, error) of the bot's messages, once none is pending."""
        return [(row["status"], row["error"]) for row in await self.until(app, lambda rows: all(row["status"] != "pending" for row in rows))]

    async def until(self, app: App, what: Callable[[list[asyncpg.Record]], bool]) -> list[asyncpg.Record]:
        while not what(rows := await self.rows(app)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the worker writes, we can only look
        return rows

    async def given_back(self) -> None:
        while await self.fetch("SELECT 1 FROM contacts WHERE owner IS NOT NULL"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def time_passes(self, seconds: float) -> None:
        """All that waits has waited so long already."""
        await self.given_back()
        span = f"interval '{seconds} seconds'"
        await self.fetch(f"UPDATE messages SET next_at = next_at - {span}, created_at = created_at - {span}")
        await self.fetch(f"UPDATE contacts SET next_at = next_at - {span}")
        for name in self.standins:
            self.delivery.breaker(name).clock = _later(self.delivery.breaker(name).clock, seconds)
        await self.fetch("SELECT pg_notify('danloi_outbox', '')")

    def repeated(self, app: App) -> float:
        return self.metrics.registry.get_sample_value("danloi_sends_repeated_total", {"channel": app.name}) or 0.0


def _later(clock: Callable[[], float], seconds: float) -> Callable[[], float]:
    return lambda: clock() + seconds


Open = Callable[..., AbstractAsyncContextManager[Office]]


@pytest.fixture
def office(database: str, tmp_path: Path) -> Open:
    """Opens the office for these apps."""

    @asynccontextmanager
    async def begin(*apps: App, seconds: float = 5.0, **choices: Any) -> AsyncIterator[Office]:
        async with AsyncExitStack() as stack:
            standins = {app.name: await stack.enter_async_context(app.start()) for app in apps}
            adapters = await stack.enter_async_context(
                adapters_of(standins, choices=choices, tokens=MemoryTokenStore(), data_dir=tmp_path, database_url="postgresql://", send_timeout_seconds=seconds)
            )
            store, metrics = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is), Metrics()
            await store.open()
            stack.push_async_callback(store.close)
            alive = Alive(tmp_path / "workers", "one")
            delivery = Delivery(store, adapters, alive, metrics, policy=Policy(send_timeout_seconds=seconds, backoff_seconds=0.01))
            running = asyncio.create_task(delivery.run())
            yield Office(store, delivery, metrics, standins)
            delivery.finish()
            await running
            alive.close()

    return begin


each_app = pytest.mark.parametrize("app", APPS.values(), ids=list(APPS))


@each_app
async def test_told_to_wait_we_wait_as_long_as_we_are_told(office: Open, app: App) -> None:
    """429 with a time: not before it, then at once, in order, each once."""
    async with office(app) as desk:
        desk.standins[app.name].script(app.busy(HOUR))
        await desk.say(app, "hai")
        [first, second] = await desk.until(app, lambda rows: rows[0]["attempts"] == 1)
        assert (first["status"], second["status"]) == (WAITS, WAITS)
        assert first["waits"].total_seconds() > HOUR - 60
        assert not desk.took(app)
        if app.name == "telegram":
            return  # the adapter itself holds back the whole bot for that hour; its own tests move its clock
        await desk.time_passes(HOUR + 60)
        assert await desk.settled(app) == [SENT, SENT]
        assert desk.took(app) == {"2002": ["một", "hai"]}
        assert desk.repeated(app) == 0


@each_app
async def test_told_to_wait_without_a_time_we_back_off(office: Open, app: App) -> None:
    """429 without a time, then an error of the server: the message goes in the end, once, and the next behind it."""
    async with office(app) as desk:
        desk.standins[app.name].script(app.broken(), None)
        await desk.say(app, "hai")
        assert await desk.settled(app) == [SENT, SENT]
        assert desk.took(app) == {"2002": ["một", "hai"]}
        desk.standins[app.name].script(app.busy(None))
        await desk.say(app, "ba")
        await desk.until(app, lambda rows: rows[2]["attempts"] >= 1)
        await desk.settled(app)
        assert desk.took(app)["2002"] == ["một", "hai", "2: ba"]
        assert desk.repeated(app) == 0


@each_app
@pytest.mark.parametrize("how", ["hang", "drop"])
async def test_nothing_came_back_and_nothing_had_arrived(office: Open, app: App, how: str) -> None:
    """A time-out or a cut before the platform took the message: it goes once more, and arrives once."""
    async with office(app, seconds=0.3) as desk:
        desk.standins[app.name].script(getattr(app, how)())
        await desk.say(app, "hai")
        assert await desk.settled(app) == [SENT, SENT]
        assert desk.took(app) == {"2002": ["một", "hai"]}
        assert desk.repeated(app) == 1  # nobody could know


@each_app
@pytest.mark.parametrize("how", ["hang", "drop"])
async def test_nothing_came_back_though_it_had_arrived(office: Open, app: App, how: str) -> None:
    """The worst: it is seen twice, which is counted, and never a third time."""
    async with office(app, seconds=0.3) as desk:
        desk.standins[app.name].script(getattr(app, how)(accepted=True))
        await desk.say(app, "hai")
        assert await desk.settled(app) == [SENT, SENT]
        assert desk.took(app) == {"2002": ["một", "một", "hai"]}
        assert desk.repeated(app) == 1


@each_app
async def test_an_answer_that_makes_no_sense_is_asked_for_once_more(office: Open, app: App) -> None:
    """A login page of some hotel instead of JSON; the second time the message is given up with a sentence, the next one goes."""
    async with office(app) as desk:
        desk.standins[app.name].script(app.nonsense(), app.nonsense())
        await desk.say(app, "hai")
        [first, second] = await desk.settled(app)
        assert first[0] == "failed"
        assert "không đọc được" in (first[1] or "")
        assert second == SENT
        assert desk.took(app) == {"2002": ["hai"]}


@pytest.mark.parametrize("app", [app for app in APPS.values() if app.name != "zalo-bot"], ids=lambda app: app.name)
async def test_who_blocked_us_is_left_alone(office: Open, app: App) -> None:
    """What waits for them is closed with the reason, never tried again; others get theirs; and so do they when they come back."""
    async with office(app) as desk:
        standin = desk.standins[app.name]
        app.block(standin, "2002")
        await desk.say(app, "hai")
        await desk.say(app, "một", contact="3003")
        rows = await desk.settled(app)
        assert [status for status, _ in rows] == ["dropped", "dropped", "sent"]
        assert all(error and error.endswith(".") for status, error in rows if status == "dropped")
        assert len(standin.sends) == 2
        standin.blocked.clear()
        await desk.say(app, "lại đây")
        assert (await desk.settled(app))[-1] == SENT


@pytest.mark.parametrize("app", [APPS["messenger"], APPS["zalo-oa"]], ids=lambda app: app.name)
async def test_a_closed_window_closes_what_waits(office: Open, app: App) -> None:
    """Said by the platform."""
    async with office(app) as desk:
        desk.standins[app.name].closed.add("2002")
        await desk.say(app, "hai")
        rows = await desk.settled(app)
        assert [status for status, _ in rows] == ["dropped", "dropped"]
        assert all("nhắn lại" in (error or "") for _, error in rows)
        assert len(desk.standins[app.name].sends) == 1


@pytest.mark.parametrize(
    ("name", "hours", "choices", "said"),
    [
        ("messenger", 24, {}, "không cho gửi nữa"),
        ("zalo-oa", 48, {}, "bị tính tiền"),
        ("zalo-oa", 7 * 24, {"paid_messages": True}, "không cho gửi nữa"),
        ("zalo-bot", 7 * 24, {}, "7 ngày"),
        ("telegram", 7 * 24, {}, "7 ngày"),
    ],
)
async def test_what_waited_past_the_window_is_closed_unasked(office: Open, name: str, hours: int, choices: dict[str, Any], said: str) -> None:
    """Known by ourselves: the platform was away so long that an answer would be refused, charged, or come from another world. It is not asked."""
    app = APPS[name]
    async with office(app, **choices) as desk:
        standin = desk.standins[name]
        standin.script(app.busy(30 * 24 * HOUR))
        await desk.say(app, "hai")
        await desk.until(app, lambda rows: rows[0]["attempts"] == 1)
        await desk.time_passes((hours - 1) * HOUR)
        assert [row["status"] for row in await desk.rows(app)] == [WAITS, WAITS]
        await desk.time_passes(2 * HOUR)
        await desk.fetch("UPDATE contacts SET next_at = now()")  # only now, or a look before the time has passed puts it off again
        await desk.fetch("SELECT pg_notify('danloi_outbox', '')")
        rows = await desk.settled(app)
        assert [status for status, _ in rows] == ["dropped", "dropped"]
        assert all(said in (error or "") and "Khi bà con nhắn lại" in (error or "") for _, error in rows)
        assert len(standin.sends) == 1


async def test_who_writes_again_opens_the_window_again(office: Open) -> None:
    """What waited since yesterday goes behind all when the person is there again, because the window counts from their last word."""
    app = APPS["messenger"]
    async with office(app) as desk:
        desk.standins["messenger"].script(app.busy(25 * HOUR))
        await desk.say(app, "một")
        await desk.until(app, lambda rows: rows[0]["attempts"] == 1)
        await desk.given_back()
        await desk.say(app, "ba")
        await desk.fetch("UPDATE messages SET created_at = created_at - interval '25 hours' WHERE sender = 'bot' AND attempts = 1")
        await desk.fetch("UPDATE messages SET next_at = now()")
        await desk.fetch("UPDATE contacts SET next_at = now()")
        await desk.fetch("SELECT pg_notify('danloi_outbox', '')")
        assert await desk.settled(app) == [SENT, SENT]


async def test_zalos_token_ends_in_the_middle_of_a_burst(office: Open) -> None:
    """Forty people at once, some before and some after: one renewal, everybody has their answers, in order, once."""
    app = APPS["zalo-oa"]
    async with office(app) as desk:
        zalo = desk.standins["zalo-oa"]
        talking = asyncio.gather(*(desk.say(app, "hai", "ba", contact=f"{n}") for n in range(40)))
        await zalo.wait_for_sends(30)
        zalo.expire()
        await talking
        assert set(await desk.settled(app)) == {SENT}
        assert desk.took(app) == {f"{n}": ["một", "hai", "2: ba"] for n in range(40)}
        assert zalo.refreshes == 1


async def test_the_pages_token_ends_in_the_middle_of_a_burst(office: Open) -> None:
    """Nobody can renew that one: the outbox keeps everything, the operator is told, and with a good token all goes out once."""
    app = APPS["messenger"]
    async with office(app) as desk:
        graph = desk.standins["messenger"]
        talking = asyncio.gather(*(desk.say(app, "hai", contact=f"{n}") for n in range(40)))
        await graph.wait_for_sends(30)
        graph.dead_token = 463
        await talking
        while not desk.delivery.degraded:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert "DANLOI_MESSENGER__PAGE_TOKEN" in desk.delivery.degraded[0]
        assert not any(row["status"] in ("failed", "dropped") for row in await desk.rows(app))
        graph.dead_token = None
        await desk.time_passes(HOUR / 6)
        assert set(await desk.settled(app)) == {SENT}
        assert desk.took(app) == {f"{n}": ["một", "hai"] for n in range(40)}
        assert not desk.delivery.degraded


async def test_a_dead_platform_holds_up_nobody_else(office: Open) -> None:
    """One never answers, one refuses everything: the others' people are served meanwhile, each platform has its own lane and circuit."""
    dead, broken, well, also = APPS["zalo-oa"], APPS["zalo-bot"], APPS["messenger"], APPS["telegram"]
    async with office(dead, broken, well, also, seconds=3.0) as desk:
        desk.standins["zalo-oa"].script(*(dead.hang() for _ in range(50)))
        desk.standins["zalo-bot"].script(*(broken.broken() for _ in range(200)))
        for n in range(12):
            for app in (dead, broken, well, also):
                await desk.say(app, "hai", contact=f"{7000 + n}")
        await desk.standins["zalo-oa"].wait_for_sends(12)
        for app in (well, also):
            assert set(await desk.settled(app)) == {SENT}
            assert desk.took(app) == {f"{7000 + n}": ["một", "hai"] for n in range(12)}
        while desk.delivery.breaker("zalo-bot").door is Door.OPEN:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert desk.delivery.breaker("messenger").door is desk.delivery.breaker("telegram").door is Door.OPEN
        assert "zalo-bot" in [sentence.partition(":")[0] for sentence in desk.delivery.degraded]


async def test_after_the_pause_one_message_tries_and_then_all_go(office: Open) -> None:
    """Half-open: a platform that still is down gets one call, not a crowd; when that one is answered, the door is open."""
    app = APPS["zalo-bot"]
    async with office(app) as desk:
        standin, breaker = desk.standins["zalo-bot"], desk.delivery.breaker("zalo-bot")
        now = [monotonic()]
        breaker.clock = lambda: now[0]
        standin.script(*(app.broken() for _ in range(500)))
        for n in range(30):
            await desk.say(app, "một", contact=f"{n}")
        while breaker.door is Door.OPEN:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await desk.given_back()
        before = len(standin.sends)
        now[0] += 3
        await desk.fetch("UPDATE messages SET next_at = NULL")
        await desk.fetch("UPDATE contacts SET next_at = now() - interval '1 second' WHERE owner IS NULL")
        await standin.wait_for_sends(before + 1)
        while breaker.door is not Door.SHUT:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await desk.given_back()
        assert len(standin.sends) == before + 1
        standin.faults.clear()
        now[0] += 60
        await desk.fetch("UPDATE messages SET next_at = NULL WHERE status = 'pending'")
        await desk.fetch("UPDATE contacts SET next_at = now() - interval '1 second' WHERE owner IS NULL")
        assert set(await desk.settled(app)) == {SENT}
        assert breaker.door is Door.OPEN


@each_app
async def test_the_log_of_deliveries_names_no_word_no_token_and_nobody(office: Open, app: App) -> None:
    """Each attempt: which call, what came back, in the platform's own codes; the rest is told by its length."""
    async with office(app) as desk:
        desk.standins[app.name].script(app.busy(0.01))
        await desk.say(app, "mật khẩu nhà tôi là hoa ban", contact="20022002")
        if app.name != "telegram":
            await desk.settled(app)
        await desk.until(app, lambda rows: rows[0]["attempts"] >= 1)
        log = await last_sends(desk.store, app.name)
        assert log[0].result == "retry"
        assert log[0].sentence.endswith(".")
        assert log[0].calls[0]["call"].startswith("POST /")
        written = orjson.dumps([dict(call) for one in log for call in one.calls]).decode()
        for secret in ("hoa ban", "20022002", "AT0", "RT0", "TEST_PAGE_TOKEN", "abc-xyz", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"):
            assert secret not in written
        assert log[0].calls[0]["status"] in (200, 429)
