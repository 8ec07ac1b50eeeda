"""A Rasa server reads texts again: its parse counts, and when it is slow or gone nobody notices but the operator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.dialogue.event import Event, Kind, Parse
from bot.nlu.rasa_client import CONNECTIONS, RasaClient
from bot.service.metrics import Metrics
from bot.service.second_reader import FAILURES_TO_SHUT, SecondReader
from bot.service.spool import Spool
from bot.service.turns import Turns
from bot.service.understand import Understanding
from bot.service.wiring import Service
from bot.settings import Settings, SettingsError, load_settings
from bot.store.store import Store
from tests.standins.rasa import Rasa
from tests.store.machine import VAULT, as_it_is, event, turn

EMBEDDED = Parse(ranking=(("menu", 0.6),), entities=(("app", "VNeID"),), sure=True)
understand = Understanding(lambda text: EMBEDDED if any(map(str.isalnum, text)) else Parse())


def said(text: str, contact: str = "2002") -> Event:
    return understand(event(text, contact=contact))


class Reading:
    """A second reader on a stand-in, with a clock that only the test moves."""

    def __init__(self, rasa: Rasa, timeout_seconds: float) -> None:
        self.now, self.metrics = 0.0, Metrics()
        self.client = RasaClient(rasa.url, timeout_seconds=timeout_seconds)
        self.reader = SecondReader(self.client, self.metrics, clock=lambda: self.now)

    async def intent(self, text: str, contact: str = "2002") -> str | None:
        [found] = await self.reader.read([said(text, contact)])
        return found.parse.intent if found.parse else None

    def counted(self, why: str) -> float:
        return self.metrics.registry.get_sample_value("danloi_nlu_fallback_total", {"why": why}) or 0.0

    async def shut(self) -> None:
        """Fail until Rasa is not asked any more."""
        for n in range(FAILURES_TO_SHUT):
            await self.intent(f"lần {n}")


@asynccontextmanager
async def reading(timeout_seconds: float = 5.0) -> AsyncIterator[tuple[Rasa, Reading]]:
    async with Rasa() as rasa:
        built = Reading(rasa, timeout_seconds)
        yield rasa, built
        await built.client.close()


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  # another task makes it so
        await asyncio.sleep(0.001)


async def test_rasa_decides_and_the_lookup_tables_add_what_they_found() -> None:
    async with reading() as (rasa, built):
        [found] = await built.reader.read([said("làm sao cài")])

    assert [body["text"] for body in rasa.asked] == ["làm sao cài"]
    assert found.parse is not None
    assert found.parse.intent == "vneid"
    assert found.parse.entities == (("app", "VNeID"),)


async def test_what_has_no_words_is_not_asked() -> None:
    """Taps, pictures, an emoji."""
    async with reading() as (rasa, built):
        events = [event("", id="tap", kind=Kind.TAP, payload="vneid/scan/done"), said("😀")]
        found = await built.reader.read(events)

    assert found == events
    assert rasa.asked == []


async def test_secrets_are_hidden_before_rasa_is_asked() -> None:
    async with reading() as (rasa, built):
        await built.intent("mã OTP của tôi là 482913")

    assert "482913" not in str(rasa.asked)


async def test_a_slow_rasa_is_given_up_and_counted() -> None:
    async with reading(timeout_seconds=0.05) as (rasa, built):
        rasa.slow = asyncio.Event()
        intent = await built.intent("làm sao cài")
        rasa.slow.set()

    assert intent == "menu"
    assert built.counted("timeout") == 1


async def test_a_dead_rasa_is_soon_not_asked_any_more() -> None:
    async with reading() as (rasa, built):
        rasa.status = 500
        await built.shut()
        intent = await built.intent("làm sao cài")

    assert intent == "menu"
    assert len(rasa.asked) == FAILURES_TO_SHUT
    assert built.counted("status") == FAILURES_TO_SHUT
    assert built.counted("circuit") == 1
    assert "rasa:" in built.reader.trouble


async def test_our_own_trial_finds_out_that_rasa_is_back() -> None:
    """No citizen waits for a trial; each one that fails makes the next one later."""
    async with reading() as (rasa, built):
        await rasa.stop()
        await built.shut()
        built.now = 2.5
        intent_of_a_citizen = await built.intent("làm sao cài")
        await built.reader.look()
        built.now = 5.0
        await rasa.start()
        await built.reader.look()
        too_early = built.reader.trouble
        built.now = 7.0
        await built.reader.look()
        intent = await built.intent("làm sao cài")

    assert intent_of_a_citizen == "menu"
    assert too_early
    assert built.reader.trouble == ""
    assert intent == "vneid"
    assert [body["text"] for body in rasa.asked] == ["xin chào", "làm sao cài"]


async def test_a_flood_is_not_sent_on() -> None:
    async with reading() as (rasa, built):
        rasa.slow = asyncio.Event()
        crowd = [asyncio.create_task(built.intent("làm sao cài", f"c{n}")) for n in range(CONNECTIONS)]
        await until(lambda: len(rasa.asked) == CONNECTIONS)
        intent = await built.intent("làm sao cài", "one too many")
        rasa.slow.set()
        intents = await asyncio.gather(*crowd)

    assert intent == "menu"
    assert built.counted("busy") == 1
    assert set(intents) == {"vneid"}


@asynccontextmanager
async def turns(url: str, spool: Path, second: SecondReader) -> AsyncIterator[tuple[Store, Turns]]:
    store = Store(url, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()

    async def revive() -> None:
        raise AssertionError("the database is there")

    yield store, Turns(store, Spool(spool, VAULT), understand, Metrics(), revive=revive, second=second)
    await store.close()


async def test_a_contact_keeps_its_order_and_others_do_not_wait(database: str, tmp_path: Path) -> None:
    """A text that is being read holds back the tap behind it, and nobody else's."""
    async with reading() as (rasa, built), turns(database, tmp_path, built.reader) as (store, taking):
        rasa.slow, rasa.slow_texts = asyncio.Event(), frozenset({"chậm"})
        first = asyncio.create_task(taking.take([event("chậm", seconds=1)]))
        await until(lambda: len(rasa.asked) == 1)
        tap = asyncio.create_task(taking.take([event("bấm", id="tap", kind=Kind.TAP, seconds=2)]))
        fast = asyncio.create_task(taking.take([event("nhanh", seconds=3)]))
        await taking.take([event("người khác", contact="3003")])
        waiting = [task.done() for task in (first, tap, fast)]
        rasa.slow.set()
        await _all(first, tap, fast)
        key = await store.contact("messenger", "1001", "2002")
        assert key is not None
        said_in_order = [one["text"] for one in await store.messages(key, limit=120) if one["from"] != "me"]

    assert waiting == [False, False, False]
    assert said_in_order == ["1: chậm", "2: bấm", "3: nhanh"]


async def _all(*tasks: Awaitable[object]) -> None:
    await asyncio.gather(*tasks)


async def test_the_whole_service_takes_rasas_word(database: str, data: Path, nlu: Path) -> None:
    """The embedded classifier makes nothing of this sentence; Rasa opens the guide. Once it is gone, the operator reads of it."""
    async with Rasa() as rasa:
        settings = Settings(data_dir=data, database_url=SecretStr(database), nlu_dir=nlu, rasa_url=rasa.url, _env_file=None)
        async with Service.start(settings, roles={"web"}) as service:
            [taken] = await service.turns.take([event("ấy giúp bác cái ấy với", channel="web")])
            well = (await service.health()).degraded
            await rasa.stop()
            for n in range(FAILURES_TO_SHUT):
                await service.turns.take([event(f"ấy giúp bác {n}", channel="web", contact=f"c{n}")])
            ill = (await service.health()).degraded
            fallbacks = service.metrics.get_sample_value("danloi_nlu_fallback_total", {"why": "unreachable"})

    assert any("VNeID" in message["text"] for message in taken.messages)
    assert not [sentence for sentence in well if sentence.startswith("rasa:")]
    assert [sentence for sentence in ill if sentence.startswith("rasa:")]
    assert fallbacks == FAILURES_TO_SHUT


@pytest.mark.parametrize("url", ["rasa:5005", "ftp://rasa", "http://", "http://rasa:5005/?token=x"])
def test_an_address_that_cannot_be_called_stops_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match="DANLOI_RASA_URL"):
        load_settings(rasa_url=url, _env_file=None)


def test_no_platform_would_wait_for_a_longer_limit() -> None:
    with pytest.raises(SettingsError, match="DANLOI_RASA_TIMEOUT_SECONDS"):
        load_settings(rasa_timeout_seconds=2, _env_file=None)
