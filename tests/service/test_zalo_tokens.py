"""Zalo's single-use tokens, from the outbox of two real workers to what the operator is told."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.store.embedded import EmbeddedPostgres
from tests.journeys.running import OWN
from tests.service.processes import Danloi, environment, free_port
from tests.standins.zalo_oa import ZaloOa
from tests.standins.zalo_oa_events import delivery, signed, text

NEW_PAIR = "DANLOI_ZALO_OA__REFRESH_TOKEN"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One web, two workers, one PostgreSQL, one Official Account."""

    zalo: ZaloOa
    web: Danloi
    workers: Sequence[Danloi]
    session: aiohttp.ClientSession
    logs: Path

    async def says(self, contact: str, words: str) -> None:
        body = delivery(text(contact, words, msg_id=f"{contact}-{words}"))
        async with self.session.post(f"{self.web.url}/webhooks/zalo-oa", data=body, headers=signed(body)) as response:
            assert response.status == 200

    async def ready(self) -> tuple[int, list[str]]:
        async with self.session.get(f"{self.web.url}/readyz") as response:
            return response.status, (await response.json())["degraded"]

    async def degraded(self, channel: str) -> str:
        """What /readyz says about a channel, as soon as it says something."""
        while True:
            status, sentences = await self.ready()
            assert status == 200
            found = [one for one in sentences if one.startswith(f"{channel}:")]
            if found:
                return found[0]
            await asyncio.sleep(0.1)  # a worker's sign of life carries it

    def danloi(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the operator's, on the same settings."""
        settings = self.web.settings | {"COLUMNS": "160", "NO_COLOR": "1"}
        return subprocess.run([sys.executable, "-m", "bot.cli.main", *words], env=settings, capture_output=True, text=True, check=False)

    def told(self, event: str) -> list[dict[str, Any]]:
        """Lines of the workers' logs."""
        lines = [json.loads(line) for path in sorted(self.logs.glob("*.log")) for line in path.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == event]


@asynccontextmanager
async def cluster(folder: Path, data: Path, nlu: Path, logs: Path) -> AsyncIterator[Cluster]:
    async with AsyncExitStack() as stack:
        zalo = await stack.enter_async_context(ZaloOa())
        server = stack.enter_context(EmbeddedPostgres(folder))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        oa = {f"DANLOI_ZALO_OA__{key}": value for key, value in OWN["zalo-oa"].items()}
        oa |= {"DANLOI_ZALO_OA__API_BASE": zalo.url, "DANLOI_ZALO_OA__OAUTH_BASE": zalo.url, "DANLOI_DATABASE_URL": server.url, "DANLOI_LOG_FORMAT": "json"}
        started: list[Danloi] = []
        stack.callback(_kill, started)
        for number, role in enumerate(("web", "worker", "worker")):
            one = Danloi(role, environment(data, nlu, free_port()) | oa)
            one.log = stack.enter_context((logs / f"{number}.log").open("wb"))
            one.start()
            started.append(one)
        await asyncio.gather(*(one.ready() for one in started))
        await zalo.wait_for_renewals(1)  # of a pasted token nobody knows the age: the first job renews it
        yield Cluster(zalo=zalo, web=started[0], workers=started[1:], session=session, logs=logs)
        assert [await one.end() for one in started] == [0, 0, 0]


def _kill(processes: Sequence[Danloi]) -> None:
    """Whatever a failed test left."""
    for one in processes:
        if one.process is not None and one.process.poll() is None:
            one.kill()
            one.bury()


async def test_two_workers_renew_an_expired_token_once(folder: Path, data: Path, nlu: Path, tmp_path: Path) -> None:
    """Thirty people at once after the token's end: one renewal for the cluster, everybody is answered once; `doctor` sees the new pair."""
    async with cluster(folder, data, nlu, tmp_path) as office:
        office.zalo.expire()
        await asyncio.gather(*(office.says(f"{n}", "menu") for n in range(30)))
        while len({body["recipient"]["user_id"] for body in office.zalo.accepted}) < 30:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert office.zalo.refreshes == len(office.zalo.renewals) == 2  # the start's, and this one
        assert len(office.zalo.accepted) == 30
        assert not [one for one in (await office.ready())[1] if one.startswith("zalo-oa:")]
        said = await asyncio.to_thread(office.danloi, "channels", "doctor", "zalo-oa")
        assert "Còn hạn đến" in said.stdout
        log = await asyncio.to_thread(office.danloi, "channels", "log", "zalo-oa", "--last", "5")
        assert log.returncode == 0
        assert "/v3.0/oa/message/cs" in log.stdout
        assert "đã gửi" in log.stdout
        for secret in ("AT1", "RT1", "AT2", "RT2", "AT0", "RT0"):
            assert secret not in log.stdout + said.stdout


async def test_a_burnt_token_is_told_everywhere_and_to_the_point(folder: Path, data: Path, nlu: Path, tmp_path: Path) -> None:
    """Somebody else used the refresh token: the outbox keeps, /readyz, the log (once a worker) and `doctor` say what to do; Zalo is left in peace."""
    async with cluster(folder, data, nlu, tmp_path) as office:
        office.zalo.burn()
        await asyncio.gather(*(office.says(f"{n}", "menu") for n in range(30)))
        assert NEW_PAIR in await office.degraded("zalo-oa")
        assert not office.zalo.accepted
        assert len(office.zalo.renewals) <= 1 + len(office.workers)
        alarms = office.told("channel does not send")
        assert 1 <= len(alarms) <= len(office.workers)
        assert all(NEW_PAIR in alarm["sentence"] for alarm in alarms)
        said = await asyncio.to_thread(office.danloi, "channels", "doctor", "zalo-oa")
        assert said.returncode == 1
        assert NEW_PAIR in said.stdout
        assert "Lần gửi hỏng gần đây" in said.stdout
        log = await asyncio.to_thread(office.danloi, "channels", "log", "zalo-oa")
        assert "chờ mã" in log.stdout
