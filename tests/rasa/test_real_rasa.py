"""The real Rasa 3.6, on a model that learnt nlu_data as it stands: what it answers is what our client reads."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bench.rasa import RasaServer
from bot.dialogue.event import Event, Parse
from bot.nlu.rasa_client import RasaClient, RasaFailed, read
from bot.nlu.rasa_yaml import Example, read_folder
from bot.service.metrics import Metrics
from bot.service.second_reader import FAILURES_TO_SHUT, SecondReader
from bot.service.understand import Understanding
from tests.store.machine import event

pytestmark = pytest.mark.rasa

NLU = Path(__file__).parents[1] / "nlu"
GUIDES = ("vneid", "khai-sinh", "thanh-toan")
EMBEDDED = Parse(ranking=(("menu", 0.6),), entities=(("place", "Xã Bum Nưa"),), sure=True)
understand = Understanding(lambda _: EMBEDDED)


@pytest.fixture
async def client(rasa: RasaServer) -> AsyncIterator[RasaClient]:
    client = RasaClient(rasa.url, timeout_seconds=60)
    yield client
    await client.close()


def held_out(name: str) -> tuple[Example, ...]:
    """Sentences that nothing was trained on."""
    return tuple(one for one in read_folder(NLU / "held_out").examples if one.file == name)


async def share_right(client: RasaClient, examples: tuple[Example, ...]) -> float:
    found = [await client.parse(one.text) for one in examples]
    return sum(parse.ranking[0][0] == one.intent for parse, one in zip(found, examples, strict=True)) / len(examples)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("tôi muốn cài vneid", "vneid"),
        ("đăng ký khai sinh cho con", "khai-sinh"),
        ("nộp lệ phí trên cổng dịch vụ công", "thanh-toan"),
        ("cho tôi gặp cán bộ", "human"),
        ("xóa dữ liệu của tôi", "erase"),
    ],
)
async def test_guides_and_commands_are_understood(client: RasaClient, text: str, intent: str) -> None:
    found = await client.parse(text)

    assert found.ranking[0][0] == intent
    assert found.intent == intent


async def test_a_question_comes_with_its_own_name(client: RasaClient) -> None:
    """Rasa's classifier says only `hoi`; the response selector's answer is read beside it."""
    found = await client.parse("vneid là ứng dụng gì")

    assert found.ranking[0][0] == "hoi/vneid-la-gi"


async def test_marks_hardly_matter(client: RasaClient) -> None:
    """nlu_data/rasa/config.yml leaves them out, as the embedded classifier does."""
    with_marks, without = held_out("diacritics.yml")[::2], held_out("none.yml")

    assert await share_right(client, with_marks) > 0.85
    assert await share_right(client, without) > 0.85


async def test_things_of_the_lookup_tables_are_found(client: RasaClient) -> None:
    assert ("app", "VNeID") in (await client.parse("tôi muốn cài vneid")).entities


async def test_its_fallback_is_read_as_not_sure(rasa: RasaServer) -> None:
    """`nlu_fallback` stands first, and the guesses behind it. It is rare: the first sentence is taken that brings it about."""
    fallen = None
    async with aiohttp.ClientSession() as session:
        for one in read_folder(NLU / "held_out").examples:
            async with session.post(f"{rasa.url}/model/parse", json={"text": one.text}) as response:
                answer = await response.json()
            if answer["intent"]["name"] == "nlu_fallback":
                fallen = answer
                break

    assert fallen is not None
    assert fallen["intent_ranking"][0]["name"] == "nlu_fallback"
    found = read(fallen, "một câu không ai hiểu")
    assert found.intent is None
    assert found.ranking
    assert "nlu_fallback" not in dict(found.ranking)


async def test_what_is_not_rasas_address_is_an_error_of_ours(rasa: RasaServer) -> None:
    client = RasaClient(f"{rasa.url}/somewhere", timeout_seconds=60)
    with pytest.raises(RasaFailed) as failed:
        await client.parse("tôi muốn cài vneid")
    await client.close()

    assert failed.value.why == "status"


async def test_a_server_that_hangs_is_left_alone_until_it_is_back(rasa: RasaServer) -> None:
    """The embedded classifier's parse stays, each time counted; after three nobody waits any more."""
    now = 0.0
    metrics = Metrics()
    client = RasaClient(rasa.url, timeout_seconds=1.5)
    reader = SecondReader(client, metrics, clock=lambda: now)

    async def intent(text: str) -> str | None:
        [found] = await reader.read([said(text)])
        return found.parse.intent if found.parse else None

    rasa.process.send_signal(signal.SIGSTOP)
    hanging = [await intent(f"tôi muốn cài vneid {n}") for n in range(FAILURES_TO_SHUT + 2)]
    rasa.process.send_signal(signal.SIGCONT)
    while reader.trouble:
        now += 60
        await reader.look()
        await asyncio.sleep(0)
    [back] = await reader.read([said("tôi muốn cài vneid")])
    await client.close()

    assert set(hanging) == {"menu"}
    assert metrics.registry.get_sample_value("danloi_nlu_fallback_total", {"why": "timeout"}) == FAILURES_TO_SHUT
    assert metrics.registry.get_sample_value("danloi_nlu_fallback_total", {"why": "circuit"}) == 2
    assert back.parse is not None
    assert back.parse.intent == "vneid"
    assert set(back.parse.entities) == {("app", "VNeID"), ("place", "Xã Bum Nưa")}


def said(text: str) -> Event:
    return understand(event(text))
