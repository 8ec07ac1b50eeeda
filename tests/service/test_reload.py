"""Content that changes while the service runs: served in a moment, in every process, and never worse than before."""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import asyncpg
import pytest

from bot.dialogue.event import Event, Kind
from bot.i18n.phrases import PHRASES
from bot.service.kept_guides import KeptGuides
from bot.service.last_good import Shelf, settle
from bot.service.wiring import Service
from bot.settings import Settings
from bot.store.embedded import EmbeddedPostgres
from tests.service.processes import Danloi, environment, free_port, nothing_left
from tests.store.machine import START

BEFORE = """\
guide: cap-the
title: Cấp thẻ
sources: [{id: s, title: S, url: https://dichvucong.gov.vn, checked: 2026-11-24}]
start: first
steps:
  first: {do: Mở ứng dụng., stuck: [{problem: Không mở được, try: Thử lại.}], next: old-name}
  old-name: {do: Bấm nút xanh., stuck: [{problem: Không có nút, try: Tìm lại.}], next: goes}
  goes: {do: Chụp giấy., stuck: [{problem: Ảnh mờ, try: Chụp lại.}], next: last}
  last: {do: Bấm gửi., stuck: [{problem: Không gửi được, try: Gửi lại.}], next: done}
  done: {end: Xong rồi., outcome: done}
"""
# `old-name` has a new name, `goes` is gone, and the first sentence is a better one.
AFTER = (
    BEFORE.replace("  old-name:", "  new-name:")
    .replace("next: old-name", "next: new-name")
    .replace("next: goes", "next: last")
    .replace("  goes: {do: Chụp giấy., stuck: [{problem: Ảnh mờ, try: Chụp lại.}], next: last}\n", "")
    .replace("Mở ứng dụng.", "Mở ứng dụng VNeID.")
    .replace("steps:\n", "moved: {old-name: new-name}\nsteps:\n")
)
OTHER = BEFORE.replace("cap-the", "doi-the").replace("Cấp thẻ", "Đổi thẻ")
ENGLISH = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: en\\n"\n"X-Language-Name: English\\n"\n\n'


class Content:
    """Folders of their own, in which a maintainer works."""

    def __init__(self, folder: Path, nlu: Path) -> None:
        self.flows, self.locales, self.nlu = folder / "flows", folder / "locales", folder / "nlu"
        (self.flows / "answers").mkdir(parents=True)
        (self.locales / "en" / "LC_MESSAGES").mkdir(parents=True)
        shutil.copytree(nlu, self.nlu)
        self.write("cap-the.yaml", BEFORE)
        self.write("doi-the.yaml", OTHER)
        self.translate("Open the app.")

    def write(self, name: str, text: str) -> None:
        (self.flows / name).write_text(text, encoding="utf-8")

    def translate(self, first: str) -> None:
        entry = f'msgctxt "cap-the.first.do"\nmsgid "Mở ứng dụng."\nmsgstr "{first}"\n'
        (self.locales / "en" / "LC_MESSAGES" / "danloi.po").write_text(ENGLISH + entry, encoding="utf-8")

    def teach(self, intent: str, *examples: str) -> None:
        text = f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n' + "".join(f"    - {one}\n" for one in examples)
        (self.nlu / "more.yml").write_text(text, encoding="utf-8")

    @property
    def variables(self) -> dict[str, str]:
        return {"DANLOI_FLOWS_DIR": str(self.flows), "DANLOI_LOCALES_DIR": str(self.locales)}


@pytest.fixture
def content(nlu: Path, data: Path) -> Content:
    return Content(data / "content", nlu)


@asynccontextmanager
async def running(content: Content, data: Path, url: str) -> AsyncIterator[Service]:
    settings = Settings(
        data_dir=data,
        database_url=url,
        flows_dir=content.flows,
        locales_dir=content.locales,
        nlu_dir=content.nlu,
        _env_file=None,
    )
    async with Service.start(settings, roles={"web"}) as service:
        yield service


async def until(holds: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await holds()):  # noqa: ASYNC110  # any condition, not only events
            await asyncio.sleep(0.02)
    return found


class Person:
    """Somebody in the web chat of a service."""

    def __init__(self, service: Service, contact: str) -> None:
        self.service, self.contact, self.count = service, contact, 0

    async def send(self, kind: Kind, value: str = "", **more: Any) -> list[dict[str, Any]]:
        self.count += 1
        said = {"text" if kind is Kind.TEXT else "payload": value}
        one = Event(id=f"{self.contact}-{self.count}", channel="web", account="web", contact=self.contact, at=START, kind=kind, **said, **more)
        (taken,) = await self.service.turns.take([one])
        return list(taken.messages)

    async def sees(self, language: str = "") -> str:
        """The step at hand."""
        return str((await self.send(Kind.OPENED, language=language))[-1]["text"])


async def test_a_better_sentence_is_said_at_once_and_a_broken_one_never(content: Content, data: Path, database: str) -> None:
    async with running(content, data, database) as service:
        one = Person(service, "1001")
        await one.send(Kind.OPENED, "cap-the")
        content.write("cap-the.yaml", BEFORE.replace("Mở ứng dụng.", "Mở ứng dụng VNeID."))
        await until(lambda: _says(one, "Mở ứng dụng VNeID."))

        content.write("cap-the.yaml", BEFORE.replace("next: goes", "next: goess"))
        content.write("doi-the.yaml", OTHER.replace("Mở ứng dụng.", "Mở máy."))
        degraded = await until(lambda: _degraded(service))
        assert len(degraded) == 1
        assert degraded[0].startswith("cap-the.yaml:7:")
        assert degraded[0].endswith("(bản trước vẫn được dùng)")
        assert await one.sees() == "Mở ứng dụng VNeID."
        two = Person(service, "1002")
        await two.send(Kind.OPENED, "doi-the")
        assert await two.sees() == "Mở máy."
        assert (await service.health()).ready

        content.write("cap-the.yaml", BEFORE)
        await until(lambda: _whole(service))
        assert await one.sees() == "Mở ứng dụng."


async def test_a_process_that_starts_with_a_broken_guide_serves_it_as_it_last_was_good(content: Content, data: Path, database: str) -> None:
    """As the cluster knew it, whichever process served it last; what is new and broken is left out and named."""
    async with running(content, data, database) as service:
        one = Person(service, "1001")
        await one.send(Kind.OPENED, "cap-the")
        content.write("cap-the.yaml", BEFORE.replace("Mở ứng dụng.", "Mở ứng dụng VNeID."))
        await until(lambda: _says(one, "Mở ứng dụng VNeID."))
        await until(lambda: _cluster_keeps(database, "Mở ứng dụng VNeID."))

    content.write("cap-the.yaml", BEFORE.replace("next: goes", "next: goess"))
    content.write("doi-the.yaml", OTHER.replace("Mở ứng dụng.", "Mở máy."))
    content.write("moi.yaml", "guide: moi\n")
    with TemporaryDirectory(prefix="danloi-test-") as elsewhere:  # another machine: nothing of the first one's disk is there
        (Path(elsewhere) / "cache").symlink_to((data / "cache").resolve())
        shutil.copy(data / "secret.key", elsewhere)
        async with running(content, Path(elsewhere), database) as service:
            health = await service.health()
            assert health.ready
            told = {one.partition(":")[0]: one.endswith("(bản trước vẫn được dùng)") for one in health.degraded}
            assert told == {"cap-the.yaml": True, "moi.yaml": False}
            again = Person(service, "1001")
            again.count = 100
            assert await again.sees() == "Mở ứng dụng VNeID."
            two = Person(service, "1002")
            await two.send(Kind.OPENED, "doi-the")
            assert await two.sees() == "Mở máy."
            await until(lambda: _cluster_keeps(database, "Mở máy."))
            assert await _cluster_keeps(database, "Mở ứng dụng VNeID."), "what was good stays kept while it is broken"
            content.write("cap-the.yaml", BEFORE)
            (content.flows / "moi.yaml").unlink()
            await until(lambda: _whole(service))
            assert await again.sees() == "Mở ứng dụng."


async def test_what_was_good_is_not_forgotten_before_it_has_been_asked_for(content: Content, data: Path, database: str) -> None:
    """Where the database comes back later than the process started, a broken folder must not take the place of the good one."""
    async with running(content, data, database) as service:
        await until(lambda: _cluster_keeps(database, "Đổi thẻ"))
        fresh = KeptGuides(service.store)
        await fresh.keep(settle({"doi-the.yaml": OTHER.replace("Đổi thẻ", "Thẻ khác").encode()}))
        assert not await _cluster_keeps(database, "Thẻ khác")
        assert set((await fresh.recall() or Shelf()).guides) == {"cap-the", "doi-the"}
        await fresh.keep(Shelf())
        assert await _cluster_keeps(database, "Đổi thẻ"), "an empty folder is no decision"
        await fresh.keep(settle({"doi-the.yaml": OTHER.replace("Đổi thẻ", "Thẻ khác").encode()}))
        assert await _cluster_keeps(database, "Thẻ khác")


async def test_a_guide_that_is_taken_down_is_told_kindly(content: Content, data: Path, database: str) -> None:
    async with running(content, data, database) as service:
        one = Person(service, "1001")
        await one.send(Kind.OPENED, "doi-the")
        (content.flows / "doi-the.yaml").unlink()
        await until(lambda: _guides(service, 1))
        said = await one.send(Kind.TEXT, "xong")
        assert PHRASES["guide-gone"] in [message["text"] for message in said]
        assert said[-1]["choices"]


async def test_translations_change_and_a_broken_catalogue_stays_as_it_was(content: Content, data: Path, database: str) -> None:
    async with running(content, data, database) as service:
        one = Person(service, "1001")
        await one.send(Kind.OPENED, "cap-the", language="en")
        assert await one.sees() == "Open the app."
        content.translate("Start the app.")
        await until(lambda: _says(one, "Start the app."))
        (content.locales / "en" / "LC_MESSAGES" / "danloi.po").write_text('msgid "x\nmsgstr', encoding="utf-8")
        assert "en/LC_MESSAGES/danloi.po" in (await until(lambda: _degraded(service)))[0]
        assert await one.sees() == "Start the app."
        assert [one.code for one in service.content.library.words.languages] == ["vi", "en"]


async def test_new_examples_are_learnt_while_the_old_ones_are_understood(content: Content, data: Path, database: str) -> None:
    async with running(content, data, database) as service:
        assert service.content.classifier.parse("xem các việc").intent == "menu"
        content.teach("hoi/le-phi", "hết bao nhiêu tiền", "có tốn tiền không", "lệ phí thế nào", "mất phí không", "giá bao nhiêu tiền")

        async def learnt() -> bool:
            assert service.content.classifier.parse("xem các việc").intent == "menu"
            return service.content.classifier.parse("có tốn tiền không").intent == "hoi/le-phi"

        await until(learnt, 120)
        assert not (await service.health()).degraded

        content.teach("hoi/le-phi", "sai [chỗ này](", "")
        (told,) = await until(lambda: _degraded(service), 120)
        assert told.startswith("nlu_data: ")
        assert service.content.classifier.parse("có tốn tiền không").intent == "hoi/le-phi"


async def test_machines_with_different_content_are_told_of(content: Content, nlu: Path, data: Path, database: str) -> None:
    """Each has a folder of its own: a change on one is announced to all, who say so until they have it too."""
    with TemporaryDirectory(prefix="danloi-test-") as folder:
        there = Content(Path(folder), nlu)
        async with running(content, data, database) as here, running(there, data, database) as other:
            assert not (await here.health()).degraded
            content.write("cap-the.yaml", AFTER)
            (told,) = await until(lambda: _degraded(other))
            assert "nội dung khác" in told
            assert not (await here.health()).degraded
            there.write("cap-the.yaml", AFTER)
            await until(lambda: _whole(other))
            assert here.reload.revision == other.reload.revision


async def _cluster_keeps(database: str, words: str) -> bool:
    """Whether the cluster keeps a guide with these words."""
    connection = await asyncpg.connect(database)
    state = await connection.fetchval("SELECT state FROM kept WHERE name = 'last good guides'")
    await connection.close()
    return state is not None and words in state


MOST_WORDS = 150  # by two processes, each of which takes a hundred at once from one contact


class Citizen:
    """Somebody in the web chat over HTTP, each time at any of the processes."""

    def __init__(self, session: aiohttp.ClientSession, urls: list[str], seed: int) -> None:
        self.session, self.urls, self.random = session, urls, random.Random(seed)
        self.cookies: dict[str, str] = {}
        self.statuses: Counter[int] = Counter()
        self.said: list[str] = []

    async def post(self, **what: str) -> list[dict[str, Any]]:
        url = self.random.choice(self.urls)
        async with self.session.post(f"{url}/chat/events", json=what, cookies=self.cookies) as response:
            self.statuses[response.status] += 1
            self.cookies |= {name: one.value for name, one in response.cookies.items()}
            return list((await response.json())["messages"]) if response.status == 200 else []

    async def say(self, text: str) -> None:
        self.said.append(text)
        await self.post(text=text)

    async def go_to(self, step: str) -> None:
        """Through the guide as it is before the change."""
        await self.post(open="cap-the")
        for here in ("first", "old-name", "goes"):
            if here == step:
                return
            await self.post(tap=f"cap-the/{here}/done")

    async def history(self) -> list[dict[str, Any]]:
        async with self.session.get(f"{self.urls[0]}/chat/messages?after=0", cookies=self.cookies) as response:
            return list((await response.json())["messages"])


async def test_two_processes_change_under_load(content: Content, data: Path, nlu: Path) -> None:
    """No refusal, no lost turn, twenty changes; whoever stood on a renamed step goes on there, on a removed one at the last that holds."""
    with nothing_left(data):
        servers = [Danloi("web", environment(data, nlu, free_port()) | content.variables) for _ in range(2)]
        for server in servers:
            server.start()
        await asyncio.gather(*(server.ready() for server in servers))
        urls = [server.url for server in servers]
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            renamed, removed, talkers = ([Citizen(session, urls, seed + index) for index in range(12)] for seed in (100, 200, 300))
            await asyncio.gather(*(one.go_to("old-name") for one in renamed), *(one.go_to("goes") for one in removed), *(one.go_to("first") for one in talkers))

            changing = asyncio.create_task(_change(content, servers))
            await asyncio.gather(*(_talk_while(changing, one) for one in talkers))
            await changing

            for one in renamed:
                assert (await one.post(open=""))[-1]["key"] == "cap-the/new-name"
                assert (await one.post(text="xong"))[-1]["key"] == "cap-the/last"
            for one in removed:
                told = await one.post(text="menu là gì vậy")
                assert "Cách làm vừa đổi" in told[0]["text"]
                assert (await one.post(open=""))[-1]["key"] == "cap-the/last"
            for one in talkers:
                newest = [message["text"] for message in await one.history() if message["from"] == "me"]
                assert newest[-10:] == one.said[-10:]
            assert await _kept(data) == sum(len(one.said) for one in talkers)
            statuses = sum((one.statuses for one in (*renamed, *removed, *talkers)), Counter())
            assert statuses.keys() == {200}
        assert [await server.end() for server in servers] == [0, 0]


async def _change(content: Content, servers: list[Danloi]) -> None:
    """Good edits and broken ones, twenty in all; the last is the one that stays."""
    for number in range(19):
        content.write("doi-the.yaml", "guide: [" if number % 3 == 1 else OTHER.replace("Mở ứng dụng.", f"Mở ứng dụng {number}."))
        await asyncio.sleep(0.15)
    content.write("doi-the.yaml", OTHER)
    before = await asyncio.gather(*(_revision(server) for server in servers))
    content.write("cap-the.yaml", AFTER)

    async def both() -> bool:
        now = await asyncio.gather(*(_revision(server) for server in servers))
        ready = [json.loads(await server.get("/readyz")) for server in servers]
        return len(set(now)) == 1 and now[0] not in before and not any(one["degraded"] for one in ready)

    await until(both)


async def _kept(data: Path) -> int:
    """How many of the talkers' words stand in the database."""
    with EmbeddedPostgres(data) as server:
        connection = await asyncpg.connect(server.url)
        count: int = await connection.fetchval("SELECT count(*) FROM messages WHERE sender = 'me' AND body->>'text' LIKE 'tin %'")
        await connection.close()
    return count


async def _talk_while(changing: asyncio.Task[None], one: Citizen) -> None:
    """Without a pause longer than a person's, and no more than one contact may say: a quick machine would be told to slow down."""
    for number in range(1, MOST_WORDS + 1):
        await one.say(f"tin {number}")
        if changing.done() and number >= 5:
            return
        await asyncio.sleep(0.03)
    await asyncio.wait([changing])


async def _revision(server: Danloi) -> str:
    found = re.search(r'danloi_content_info\{revision="(\w+)"', await server.get("/metrics"))
    assert found
    return found[1]


async def _says(one: Person, text: str) -> bool:
    return await one.sees() == text


async def _degraded(service: Service) -> tuple[str, ...]:
    return (await service.health()).degraded


async def _whole(service: Service) -> bool:
    return not (await service.health()).degraded


async def _guides(service: Service, count: int) -> bool:
    return len(service.content.library.guides) == count
