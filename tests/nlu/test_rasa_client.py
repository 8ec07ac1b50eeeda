"""A Rasa server is asked, and its answer read as our own; every way in which it may fail has its name."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.event import Parse
from bot.nlu.rasa_client import ACCEPT, RasaClient, RasaFailed, read
from tests.standins.rasa import Rasa, parsed

SAID = "làm sao để cài vneid"


@pytest.fixture
async def rasa() -> AsyncIterator[Rasa]:
    async with Rasa() as server:
        yield server


@pytest.fixture
async def client(rasa: Rasa) -> AsyncIterator[RasaClient]:
    client = RasaClient(rasa.url + "/", timeout_seconds=0.2)
    yield client
    await client.close()


async def test_it_asks_for_a_text_and_reads_the_ranking(rasa: Rasa, client: RasaClient) -> None:
    found = await client.parse(SAID)

    assert rasa.asked == [{"text": SAID}]
    assert found == Parse(ranking=(("vneid", 0.93), ("khai-sinh", 0.04), ("menu", 0.02)), sure=True, close=("vneid",))


async def test_decomposed_letters_are_composed(rasa: Rasa, client: RasaClient) -> None:
    """Some keyboards send a letter and its marks apart; Rasa would take the pieces for other words."""
    await client.parse(unicodedata.normalize("NFD", SAID))

    assert rasa.asked == [{"text": SAID}]


@pytest.mark.parametrize("text", ["", "   ", "?!", "…"])
async def test_a_text_without_words_is_not_asked(rasa: Rasa, client: RasaClient, text: str) -> None:
    """Rasa would answer "affirm" to it."""
    assert await client.parse(text) == Parse()
    assert rasa.asked == []


async def test_too_slow(rasa: Rasa, client: RasaClient) -> None:
    rasa.slow = asyncio.Event()
    with pytest.raises(RasaFailed) as failed:
        await client.parse(SAID)
    rasa.slow.set()

    assert failed.value.why == "timeout"


async def test_nobody_there(rasa: Rasa, client: RasaClient) -> None:
    await rasa.stop()
    with pytest.raises(RasaFailed) as failed:
        await client.parse(SAID)

    assert failed.value.why == "unreachable"


async def test_an_http_error(rasa: Rasa, client: RasaClient) -> None:
    rasa.status = 500
    with pytest.raises(RasaFailed) as failed:
        await client.parse(SAID)

    assert failed.value.why == "status"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"{}",
        b'{"intent": null, "intent_ranking": []}',
        b'{"intent": {"name": "vneid"}, "intent_ranking": [{"name": 7, "confidence": 0.9}]}',
        b'{"intent": {"name": "vneid"}, "intent_ranking": [{"name": "vneid", "confidence": "high"}]}',
        b'{"intent": {"name": "vneid"}, "intent_ranking": [{"name": "vneid", "confidence": -3}]}',
        b'{"intent": {"name": "vneid"}, "intent_ranking": [["vneid", 0.9]]}',
        b'{"intent": {"name": "vneid"}, "intent_ranking": [], "entities": ["place"]}',
        b'{"intent": {"name": "hoi"}, "intent_ranking": [], "response_selector": {"hoi": []}}',
    ],
)
async def test_an_answer_of_another_shape(rasa: Rasa, client: RasaClient, answer: bytes) -> None:
    rasa.answer = answer
    with pytest.raises(RasaFailed) as failed:
        await client.parse(SAID)

    assert failed.value.why == "answer"
    assert SAID not in str(failed.value)


def test_a_fallback_is_no_guess() -> None:
    """`nlu_fallback` stands before what Rasa really thought; that may still be asked for."""
    found = read(parsed(SAID, {"vneid": 0.38, "khai-sinh": 0.31, "menu": 0.02}, fallback=True), SAID)

    assert found.intent is None
    assert found.ranking[0] == ("vneid", 0.38)
    assert found.close == ("vneid", "khai-sinh")


def test_what_is_not_likely_is_not_believed() -> None:
    """Also where the server has no FallbackClassifier."""
    assert read(parsed(SAID, {"vneid": ACCEPT - 0.01}), SAID).intent is None


def test_out_of_scope_is_never_answered() -> None:
    found = read(parsed(SAID, {"out_of_scope": 0.99, "vneid": 0.005}), SAID)

    assert found.intent is None
    assert found.close == ()


def test_a_question_is_named_by_the_response_selector() -> None:
    answer = parsed("cài vneid mất bao lâu", {"hoi": 0.9, "vneid": 0.1}, questions={"hoi/vneid-bao-lau": 0.8, "hoi/vneid-la-gi": 0.2})
    found = read(answer, "cài vneid mất bao lâu")

    assert found.intent == "hoi/vneid-bao-lau"
    assert [(intent, round(share, 3)) for intent, share in found.ranking] == [("hoi/vneid-bao-lau", 0.72), ("hoi/vneid-la-gi", 0.18), ("vneid", 0.1)]


def test_two_words_are_no_question() -> None:
    found = read(parsed("lệ phí", {"hoi": 1.0}, questions={"hoi/khai-sinh-le-phi": 1.0}), "lệ phí")

    assert found.intent is None
    assert found.close == ("hoi/khai-sinh-le-phi",)


def test_a_certain_fraud_is_reported_whatever_rasa_thinks() -> None:
    text = "có người giả danh công an bảo tôi cài vneid"
    found = read(parsed(text, {"vneid": 0.97, "scam_report": 0.02}), text)

    assert found.intent == "scam_report"
    assert [intent for intent, _ in found.ranking] == ["scam_report", "vneid"]


def test_entities_come_once() -> None:
    place: dict[str, Any] = {"entity": "place", "value": "Xã Bum Nưa", "start": 0, "end": 7, "extractor": "RegexEntityExtractor"}
    found = read(parsed(SAID, {"vneid": 0.9}, entities=[place, place]), SAID)

    assert found.entities == (("place", "Xã Bum Nưa"),)


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))


@given(st.dictionaries(st.sampled_from(["intent", "intent_ranking", "entities", "response_selector", "text"]), JSON) | JSON)
def test_whatever_comes_is_read_or_refused(answer: Any) -> None:
    """Nothing but the errors that the client translates."""
    try:
        found = read(orjson.loads(orjson.dumps(answer)), SAID)
    except (AttributeError, KeyError, TypeError, ValueError):
        return
    assert all(0 <= share <= 1 for _, share in found.ranking)
