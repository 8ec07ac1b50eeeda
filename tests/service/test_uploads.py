"""Each picture goes to a platform once: what one worker sent, all others of the cluster only name, today and after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.base import ChannelAdapter
from bot.channels.registry import adapters
from bot.channels.uploads import File
from bot.channels.zalo_oa_tokens import MemoryTokenStore
from bot.dialogue.reply import Attachment, Reply
from bot.service.uploads import StoredUploads
from bot.store import retention
from bot.store.store import Store
from tests.service.apps import APPS, settings_for
from tests.store.machine import VAULT, as_it_is, turn

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
PICTURE = Reply(text="", media=(Attachment(kind="image", url="/media/vneid/scan-0a1b2c3d4e.png", alt="Màn hình quét thẻ"),))
FILE = File("zalo-oa", "3886", "/media/vneid/scan-0a1b2c3d4e.png")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a platform is given a picture the first time, how it is named afterwards, and how the platform forgets it."""

    brought: Callable[[Any], int]
    named: Callable[[Any], list[str]]
    forget: Callable[[Any], None]


def _payload(body: Any) -> Any:
    return body["message"]["attachment"]["payload"]


def _only(known: dict[str, Any]) -> None:
    """Another file takes the place of all: the next id is a new one."""
    known.clear()
    known["another"] = b""


KINDS = {
    "messenger": Kind(
        brought=lambda graph: sum("url" in _payload(body) for body in graph.accepted),
        named=lambda graph: [_payload(body).get("attachment_id", "") for body in graph.accepted],
        forget=lambda graph: _only(graph.attachments),
    ),
    "zalo-oa": Kind(
        brought=lambda zalo: len(zalo.uploads),
        named=lambda zalo: [_payload(body)["elements"][0].get("attachment_id", "") for body in zalo.accepted],
        forget=lambda zalo: _only(zalo.attachments),
    ),
    "telegram": Kind(
        brought=lambda telegram: sum(bool(call.files) for call in telegram.accepted),
        named=lambda telegram: [call.parameters.get("photo", "") for call in telegram.accepted],
        forget=lambda telegram: _only(telegram.files),
    ),
}


class Office:
    """One platform, our own server with its pictures, one database; workers as many as are asked for."""

    def __init__(self, name: str, standin: Any, database: str, public_url: str) -> None:
        self.name, self.standin, self.kind = name, standin, KINDS[name]
        self._database, self._public_url, self._tokens = database, public_url, MemoryTokenStore()

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[ChannelAdapter]:
        """The adapter of a process that has just begun: it remembers nothing."""
        store = Store(self._database, vault=VAULT, take_turn=turn, fit=as_it_is)
        await store.open()
        async with aiohttp.ClientSession() as session:
            settings = settings_for({self.name: self.standin}, public_url=self._public_url)
            yield adapters(settings, session, zalo_tokens=self._tokens, uploads=StoredUploads(store))[self.name]
        await store.close()


@pytest.fixture
async def public_url() -> AsyncIterator[str]:
    """Our own server, as far as its pictures go."""
    server = web.Application()
    server.router.add_get("/media/{tail:.*}", _picture)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _picture(_request: web.Request) -> web.Response:
    return web.Response(body=PNG, content_type="image/png")


@pytest.fixture(params=sorted(KINDS))
async def office(request: pytest.FixtureRequest, database: str, public_url: str) -> AsyncIterator[Office]:
    async with APPS[request.param].start() as standin:
        yield Office(request.param, standin, database, public_url)


async def test_a_second_worker_brings_nothing(office: Office) -> None:
    """It names the picture that the first one brought, and so does a worker that starts tomorrow."""
    async with office.worker() as first, office.worker() as second:
        await first.send("2002", PICTURE, "1")
        await second.send("2003", PICTURE, "2")
        await first.send("2004", PICTURE, "3")
    async with office.worker() as tomorrow:
        await tomorrow.send("2005", PICTURE, "4")
    assert office.kind.brought(office.standin) == 1
    assert len(set(office.kind.named(office.standin)[1:])) == 1
    assert "" not in office.kind.named(office.standin)[1:]


async def test_a_picture_that_the_platform_forgot_is_brought_once_more_for_all(office: Office) -> None:
    """The first who is told so brings it again; the other, who still believes the old id, finds the new one."""
    async with office.worker() as first, office.worker() as second:
        for number, worker in enumerate((first, second)):
            await worker.send("2002", PICTURE, str(number))
        office.kind.forget(office.standin)
        for number, worker in enumerate((first, second, second)):
            await worker.send("2003", PICTURE, str(number + 2))
    assert office.kind.brought(office.standin) == 2
    *_, old, _, new, again = office.kind.named(office.standin)
    assert old != new == again


async def test_without_the_database_a_worker_still_sends(office: Office, database: str) -> None:
    """It remembers for itself what it brought."""
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)  # never opened: the database is away
    async with aiohttp.ClientSession() as session:
        settings = settings_for({office.name: office.standin}, public_url=office._public_url)
        worker = adapters(settings, session, zalo_tokens=MemoryTokenStore(), uploads=StoredUploads(store))[office.name]
        for number in range(3):
            await worker.send("2002", PICTURE, str(number))
    assert office.kind.brought(office.standin) == 1


async def test_of_many_at_once_one_uploads_to_zalo(database: str, public_url: str) -> None:
    """Its uploads are numbered (5,000 a month): while one worker uploads, the others give the address."""
    async with APPS["zalo-oa"].start(delay_seconds=0.05) as zalo, AsyncExitStack() as stack:
        office = Office("zalo-oa", zalo, database, public_url)
        workers = [await stack.enter_async_context(office.worker()) for _ in range(3)]
        await asyncio.gather(*(worker.send(f"24{number}", PICTURE, str(number)) for number, worker in enumerate(workers * 5)))
        assert (len(zalo.uploads), len(zalo.accepted)) == (1, 15)


async def test_what_is_known_ends_with_its_time(database: str) -> None:
    """An id that the platform keeps no longer is not told to a worker that starts then, and its row goes."""
    stores = [Store(database, vault=VAULT, take_turn=turn, fit=as_it_is) for _ in range(2)]
    for store in stores:
        await store.open()
    one, other = (StoredUploads(store) for store in stores)
    await one.keep(FILE, "att1", HOUR)
    assert await other.known(FILE) == "att1"
    async with stores[0].connection() as connection:
        await connection.execute("UPDATE uploads SET until = now()")
        assert await StoredUploads(stores[1]).known(FILE) is None
        await retention.delete_old(stores[0], sessions=HOUR, messages=HOUR)
        assert await connection.fetchval("SELECT count(*) FROM uploads") == 0
    for store in stores:
        await store.close()


async def test_a_claim_that_nobody_kept_ends(database: str) -> None:
    """A worker died while it uploaded: after a while another one may."""
    store = Store(database, vault=VAULT, take_turn=turn, fit=as_it_is)
    await store.open()
    dead, other = StoredUploads(store), StoredUploads(store)
    assert await dead.claim(FILE, HOUR)
    assert not await other.claim(FILE, HOUR)
    assert await other.known(FILE) == ""
    async with store.connection() as connection:
        await connection.execute("UPDATE uploads SET until = now()")
    assert await other.claim(FILE, HOUR)
    await other.keep(FILE, "att1", HOUR)
    assert await dead.known(FILE) == "att1"
    await store.close()
