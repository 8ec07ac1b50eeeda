"""The pair of tokens lives through restarts, two workers, lost answers and a full disk; and where it cannot, somebody is told."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.channels.base import Failure, SendFailed
from bot.channels.zalo_oa import ZaloOaAdapter
from bot.channels.zalo_oa_tokens import FileTokenStore, MemoryTokenStore, TokenPair, Tokens, TokenState, TokenStore, TokenStoreFailed, dead_sentence
from bot.dialogue.reply import Reply
from tests.channels.conftest import NOW, zalo_oa_settings
from tests.standins.zalo_oa import Fault, ZaloOa, answer, drop, error, hang

HELLO = Reply(text="Chào bà con.")
LIFE = timedelta(seconds=90_000)


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class FullDisk(MemoryTokenStore):
    """Fails to save as often as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.good_saves = 10**9
        self.saves = 0

    async def save(self, state: TokenState) -> None:
        self.saves += 1
        if self.saves > self.good_saves:
            raise TokenStoreFailed("Không ghi được. Xem chỗ trống của đĩa.")
        await super().save(state)


def tokens_of(zalo: ZaloOa, session: aiohttp.ClientSession, store: TokenStore, clock: Clock | None = None, **changes: Any) -> Tokens:
    return Tokens(zalo_oa_settings(zalo, **changes), session, store, timeout_seconds=0.5, clock=clock or Clock(), save_again_seconds=(0.0, 0.0))


async def told(work: Any) -> SendFailed:
    with pytest.raises(SendFailed) as caught:
        await work
    return caught.value


@pytest.fixture
def store() -> MemoryTokenStore:
    return MemoryTokenStore()


def kept(store: MemoryTokenStore) -> TokenState:
    assert store.state is not None
    return store.state


class TestTheFirstPair:
    async def test_the_settings_access_token_is_used_until_it_is_refused(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        assert await tokens_of(zalo, session, store).access() == "AT0"
        assert zalo.requests == []

    async def test_without_one_the_first_is_fetched(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        assert await tokens_of(zalo, session, store, access_token="").access() == "AT1"
        (asked,) = zalo.renewals
        assert (asked.method, asked.path, asked.body) == (
            "POST",
            "/v4/oa/access_token",
            b"refresh_token=RT0&app_id=1234500000000000001&grant_type=refresh_token",
        )
        assert asked.headers["secret_key"] == "test_app_secret"
        assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"

    async def test_the_new_pair_and_the_old_one_are_kept(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        await tokens_of(zalo, session, store).renew("AT0")
        state = kept(store)
        assert state.pair == TokenPair(access_token="AT1", refresh_token="RT1", obtained_at=NOW, expires_at=NOW + LIFE)
        assert state.previous == TokenPair(access_token="AT0", refresh_token="RT0", obtained_at=NOW)
        assert (state.asked_at, state.dead) == (None, "")

    async def test_a_restart_goes_on_with_the_kept_pair(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        """The settings' refresh token is used up by then, and not asked with again."""
        await tokens_of(zalo, session, store).renew("AT0")
        later = tokens_of(zalo, session, store)
        assert await later.access() == "AT1"
        assert await later.renew("AT1") == "AT2"

    async def test_a_new_one_in_the_settings_starts_anew_and_an_old_process_follows(
        self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore
    ) -> None:
        old = tokens_of(zalo, session, store)
        await old.renew("AT0")
        zalo.burn()
        assert (await told(old.renew("AT1"))).failure is Failure.TOKEN
        zalo.chain_broken, zalo.access_token, zalo.refresh_token = False, "AT8", "RT8"
        assert await tokens_of(zalo, session, store, access_token="AT8", refresh_token="RT8").renew("AT8") == "AT2"
        assert await old.renew("AT1") == "AT2"
        assert await tokens_of(zalo, session, store).access() == "AT2"
        assert kept(store).dead == ""

    @pytest.mark.parametrize(("said", "seconds"), [("90000", 90_000), (7200, 7200), (None, 3600), ("soon", 3600), (-1, 3600), (True, 3600), (10**12, 3600)])
    async def test_the_lifetime_is_what_zalo_says(
        self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore, said: object, seconds: int
    ) -> None:
        zalo.expires_in = said
        await tokens_of(zalo, session, store).renew("AT0")
        assert kept(store).pair.expires_at == NOW + timedelta(seconds=seconds)


class TestAhead:
    async def test_it_is_renewed_when_four_fifths_of_its_life_are_over(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        clock = Clock()
        tokens = tokens_of(zalo, session, store, clock)
        assert await tokens.refresh_ahead()  # nobody knows how old a pasted one is
        clock.now = NOW + 0.79 * LIFE
        assert not await tokens.refresh_ahead()
        clock.now = NOW + 0.8 * LIFE
        assert await tokens.refresh_ahead()
        assert (zalo.refreshes, await tokens.access()) == (2, "AT2")

    async def test_what_another_process_renewed_is_taken_over(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        here, there = tokens_of(zalo, session, store), tokens_of(zalo, session, store)
        assert await here.access() == "AT0"
        await there.refresh_ahead()
        assert not await here.refresh_ahead()
        assert await here.access() == "AT1"

    async def test_a_token_at_its_end_is_not_even_tried(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        clock = Clock()
        tokens = tokens_of(zalo, session, store, clock)
        await tokens.renew("AT0")
        clock.now = NOW + LIFE - timedelta(seconds=30)
        assert await tokens.access() == "AT2"

    async def test_the_adapters_watchdog_does_it(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        tokens = tokens_of(zalo, session, store)
        oa = ZaloOaAdapter(zalo_oa_settings(zalo), session, tokens)
        await oa.watchdog()
        await oa.close()
        assert await tokens.access() == "AT1"


class TestOneRefresher:
    async def test_two_workers_with_an_expired_token_renew_once(self, zalo: ZaloOa, session: aiohttp.ClientSession, tmp_path: Path) -> None:
        """Each has its own file handles, as in two processes."""
        workers = []
        for _ in range(2):
            its = tokens_of(zalo, session, FileTokenStore(tmp_path / "token.json"))
            workers.append(ZaloOaAdapter(zalo_oa_settings(zalo), session, its))
        await asyncio.gather(*(one.send("2468", HELLO, "1") for one in workers))
        zalo.expire()
        ids = await asyncio.gather(*(one.send(f"24{number}", HELLO, str(number)) for number in range(20) for one in workers))
        assert len(set(ids)) == 40
        assert (zalo.refreshes, zalo.chain_broken) == (1, False)

    async def test_three_processes_renew_once(self, zalo: ZaloOa, tmp_path: Path) -> None:
        said = await asyncio.gather(*(run(PROCESS, zalo.url, tmp_path / "token.json") for _ in range(3)))
        assert said == [(0, "AT1")] * 3
        assert (zalo.refreshes, zalo.chain_broken) == (1, False)

    async def test_a_caller_who_is_cut_off_does_not_end_the_work(self, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        async with ZaloOa(delay_seconds=0.1) as zalo:
            tokens = tokens_of(zalo, session, store)
            caller = asyncio.create_task(tokens.renew("AT0"))
            await zalo.wait_for_renewals(1)
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
            await tokens.close()
            assert kept(store).pair.access_token == "AT1"


class TestZaloIsAway:
    """A refresh token that was surely not used is as good as before; of one that may be used, the mark stays."""

    async def test_unreachable(self, session: aiohttp.ClientSession, zalo: ZaloOa, store: MemoryTokenStore, unused_tcp_port: int) -> None:
        failed = await told(tokens_of(zalo, session, store, oauth_base=f"http://127.0.0.1:{unused_tcp_port}").renew("AT0"))
        assert (failed.failure, failed.ambiguous) == (Failure.RETRY, False)
        assert kept(store).asked_at is None

    @pytest.mark.parametrize("fault", [error(-32), answer(429, b"", Retry_After="9")])
    async def test_too_often(self, session: aiohttp.ClientSession, zalo: ZaloOa, store: MemoryTokenStore, fault: Fault) -> None:
        zalo.oauth_faults.append(fault)
        failed = await told(tokens_of(zalo, session, store).renew("AT0"))
        assert (failed.failure, failed.retry_after) == (Failure.RETRY, 9 if fault.headers else None)
        assert kept(store).asked_at is None

    @pytest.mark.parametrize(
        "fault", [hang(), drop(), answer(503), answer(200, b"<html>"), answer(200, b'{"access_token":"AT1"}'), answer(500, b'{"error":-1}')]
    )
    async def test_no_clear_answer_and_then_a_good_one(self, session: aiohttp.ClientSession, zalo: ZaloOa, store: MemoryTokenStore, fault: Fault) -> None:
        zalo.oauth_faults.append(fault)
        clock = Clock()
        tokens = tokens_of(zalo, session, store, clock)
        assert (await told(tokens.renew("AT0"))).failure is Failure.RETRY
        assert kept(store).asked_at == NOW
        clock.now += timedelta(seconds=15)
        with capture_logs() as logs:
            assert await tokens.renew("AT0") == "AT1"
        assert [one["event"] for one in logs if one["log_level"] == "error"] == ["token renewal was cut off"]
        assert kept(store).asked_at is None

    @pytest.mark.parametrize("fault", [hang(accepted=True), drop(accepted=True), answer(502, b"", accepted=True)])
    async def test_an_answer_that_was_lost_ends_the_chain_and_is_told(
        self, session: aiohttp.ClientSession, zalo: ZaloOa, store: MemoryTokenStore, fault: Fault
    ) -> None:
        zalo.oauth_faults.append(fault)
        clock = Clock()
        tokens = tokens_of(zalo, session, store, clock)
        assert (await told(tokens.renew("AT0"))).failure is Failure.RETRY
        clock.now += timedelta(seconds=15)
        with capture_logs() as logs:
            failed = await told(tokens.renew("AT0"))
        assert (failed.failure, failed.code) == (Failure.TOKEN, "oauth -14014")
        assert "đã mất" in failed.sentence
        assert failed.sentence == dead_sentence(kept(store))
        assert [one["event"] for one in logs] == ["token renewal was cut off", "token is dead"]

    async def test_many_messages_that_wait_do_not_all_ask(self, session: aiohttp.ClientSession, zalo: ZaloOa, store: MemoryTokenStore) -> None:
        zalo.oauth_faults.extend([answer(503)] * 9)
        clock = Clock()
        tokens = tokens_of(zalo, session, store, clock)
        with capture_logs() as logs:
            for seconds, asked in ((0, 1), (5, 1), (9, 1), (2, 2), (20, 3)):
                clock.now += timedelta(seconds=seconds)
                failed = await told(tokens.renew("AT0"))
                assert (failed.failure, len(zalo.renewals)) == (Failure.RETRY, asked)
        assert [one["event"] for one in logs] == ["token renewal was cut off"]


class TestDead:
    async def test_it_is_said_once_and_zalo_never_asked_again(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        zalo.burn()
        tokens = tokens_of(zalo, session, store)
        with capture_logs() as logs:
            failures = [await told(tokens.renew("AT0")) for _ in range(5)]
        assert {one.failure for one in failures} == {Failure.TOKEN}
        assert {one.sentence for one in failures} == {dead_sentence(kept(store))}
        assert "DANLOI_ZALO_OA__REFRESH_TOKEN" in failures[0].sentence
        assert (len(zalo.renewals), len(logs)) == (1, 1)

    async def test_a_restart_may_ask_once_more(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        """What was wrong may have been the app's secret, which the operator has mended."""
        wrong = tokens_of(zalo, session, store, app_secret="typo")
        assert (await told(wrong.renew("AT0"))).code == "oauth -14002"
        assert kept(store).dead == "oauth -14002"
        assert await tokens_of(zalo, session, store).renew("AT0") == "AT1"
        assert kept(store).dead == ""

    async def test_the_job_hears_it_too(self, zalo: ZaloOa, session: aiohttp.ClientSession, store: MemoryTokenStore) -> None:
        zalo.burn()
        tokens = tokens_of(zalo, session, store)
        for _ in range(2):
            assert (await told(tokens.refresh_ahead())).failure is Failure.TOKEN


class TestTheStoreIsAway:
    async def test_nothing_is_asked_where_the_mark_cannot_be_written(self, zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
        store = FullDisk()
        store.good_saves = 0
        assert (await told(tokens_of(zalo, session, store).renew("AT0"))).failure is Failure.RETRY
        assert zalo.renewals == []

    async def test_a_new_pair_is_not_used_before_it_is_stored_and_not_lost_either(self, zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
        store = FullDisk()
        store.good_saves = 1  # the mark
        oa = ZaloOaAdapter(zalo_oa_settings(zalo), session, tokens_of(zalo, session, store))
        zalo.expire()
        with capture_logs() as logs:
            for _ in range(2):
                failed = await told(oa.send("2468", HELLO, "41"))
                assert (failed.failure, failed.code) == (Failure.RETRY, "token store")
        assert [one.headers["access_token"] for one in zalo.sends] == ["AT0", "AT0"]
        assert {one["event"] for one in logs} == {"new token is not stored"}
        store.good_saves = 10**9
        assert await oa.send("2468", HELLO, "41") == "out1"
        assert (zalo.refreshes, kept(store).pair.access_token) == (1, "AT1")

    async def test_a_short_trouble_is_sat_out(self, zalo: ZaloOa, session: aiohttp.ClientSession) -> None:
        class Hiccup(FullDisk):
            async def save(self, state: TokenState) -> None:
                self.good_saves = 1 if self.saves < 3 else 10**9
                await super().save(state)

        assert await tokens_of(zalo, session, Hiccup()).renew("AT0") == "AT1"


class TestDeath:
    async def test_between_the_answer_and_the_store(self, zalo: ZaloOa, session: aiohttp.ClientSession, tmp_path: Path) -> None:
        """The one thing that cannot be excluded: the lock is free at once, the mark tells it, and the operator hears what to do."""
        file = tmp_path / "token.json"
        assert (await run(DIES, zalo.url, file))[0] == -signal.SIGKILL
        assert zalo.refreshes == 1
        left = FileTokenStore(file).read()
        assert left is not None
        assert left.asked_at is not None
        with capture_logs() as logs:
            failed = await told(tokens_of(zalo, session, FileTokenStore(file)).renew("AT0"))
        assert failed.failure is Failure.TOKEN
        assert "đã mất" in failed.sentence
        assert [one["event"] for one in logs] == ["token renewal was cut off", "token is dead"]


class TestStores:
    @pytest.fixture(params=["memory", "file"])
    def any_store(self, request: pytest.FixtureRequest, tmp_path: Path) -> TokenStore:
        return MemoryTokenStore() if request.param == "memory" else FileTokenStore(tmp_path / "data" / "token.json")

    STATE = TokenState(
        pair=TokenPair(access_token="AT1", refresh_token="RT1", obtained_at=NOW, expires_at=NOW + LIFE),
        previous=TokenPair(access_token="", refresh_token="RT0", obtained_at=NOW),
        seeds=("a", "b"),
        asked_at=NOW,
        dead="oauth -14014",
    )

    async def test_what_is_saved_is_loaded(self, any_store: TokenStore) -> None:
        assert await any_store.load() is None
        await any_store.save(self.STATE)
        assert await any_store.load() == self.STATE

    async def test_one_at_a_time(self, any_store: TokenStore) -> None:
        inside, most = 0, 0

        async def work() -> None:
            nonlocal inside, most
            async with any_store.lock():
                inside += 1
                most = max(most, inside)
                await any_store.save(self.STATE)
                inside -= 1

        await asyncio.gather(*(work() for _ in range(5)))
        assert most == 1

    async def test_only_its_owner_may_read_the_file_and_no_draft_stays(self, tmp_path: Path) -> None:
        store = FileTokenStore(tmp_path / "token.json")
        async with store.lock():
            await store.save(self.STATE)
        assert {name: stat.S_IMODE(os.stat(tmp_path / name).st_mode) for name in os.listdir(tmp_path)} == {"token.json": 0o600, "token.lock": 0o600}

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"pair":{}}', b'{"pair":{"access_token":"a","refresh_token":"b","obtained_at":"x"}}'])
    async def test_a_broken_file_is_told(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "token.json").write_bytes(content)
        with pytest.raises(TokenStoreFailed, match=r"token\.json"):
            await FileTokenStore(tmp_path / "token.json").load()

    async def test_a_folder_that_is_none_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_bytes(b"")
        store = FileTokenStore(tmp_path / "data" / "token.json")
        with pytest.raises(TokenStoreFailed):
            await store.save(self.STATE)
        with pytest.raises(TokenStoreFailed):
            async with store.lock():
                pass

    def test_no_token_stands_in_a_repr(self) -> None:
        assert "AT1" not in repr(self.STATE)
        assert "RT" not in repr(self.STATE)


HEAD = """
import asyncio, os, sys, aiohttp
from pathlib import Path
from bot.channels.zalo_oa_tokens import FileTokenStore, Tokens
from tests.channels.conftest import zalo_oa_settings

url, file = sys.argv[1], Path(sys.argv[2])
settings = zalo_oa_settings(api_base=url, oauth_base=url)
"""
PROCESS = (
    HEAD
    + """
async def main():
    async with aiohttp.ClientSession() as session:
        print(await Tokens(settings, session, FileTokenStore(file)).renew("AT0"))

asyncio.run(main())
"""
)
DIES = (
    HEAD
    + """
class Dies(FileTokenStore):
    async def save(self, state):
        if state.pair.access_token != "AT0":
            os.kill(os.getpid(), 9)
        await super().save(state)

async def main():
    async with aiohttp.ClientSession() as session:
        await Tokens(settings, session, Dies(file)).renew("AT0")

asyncio.run(main())
"""
)


async def run(program: str, *arguments: object) -> tuple[int, str]:
    """Another Python process: its exit code and the last line that it said."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2])
    said, _ = await process.communicate()
    return process.returncode or 0, (said.decode().splitlines() or [""])[-1]
