"""Unclear texts are read by e5 beside the loop: in order, only where the classifier doubts, and never more than it can do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Event as Gate

import numpy as np
import pytest
from pydantic import SecretStr

from bot.dialogue.event import Event
from bot.nlu.classifier import Classifier
from bot.nlu.e5 import FOLDER, HEAD, Cascade, Embedder, Head, Vectors
from bot.nlu.rasa_yaml import read_folder
from bot.service.deep_reader import MOST_WAITING, DeepReader
from bot.service.metrics import Metrics
from bot.service.understand import Understanding
from bot.service.wiring import Service
from bot.settings import Settings
from tests.store.machine import event

NLU_DATA = Path(__file__).parents[2] / "nlu_data"
HELD_OUT = Path(__file__).parents[1] / "nlu" / "held_out"
CLEAR = "cài vneid"


class Held(Embedder):
    """No network, and no answer before the test opens the gate."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gate = Gate()

    def vectors(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        assert self.gate.wait(60)
        return np.zeros((len(texts), 384), np.float32)


@asynccontextmanager
async def reading(classifier: Classifier) -> AsyncIterator[tuple[DeepReader, Held, Metrics]]:
    held, metrics = Held(), Metrics()
    reader = DeepReader(Cascade(classifier, Head.load(NLU_DATA / FOLDER / HEAD), held), lambda: classifier, metrics)
    yield reader, held, metrics
    held.gate.set()
    reader.close()


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(NLU_DATA / "trained")


@pytest.fixture(scope="module")
def unclear(classifier: Classifier) -> str:
    """A question that the classifier leaves open, and e5 does not."""
    cascade = Cascade.beside(classifier, NLU_DATA)
    texts = (one.text for one in read_folder(HELD_OUT).examples)
    return next(text for text in texts if classifier.unclear(text) is not None and cascade.parse(text).intent)


def said(classifier: Classifier, text: str, contact: str = "2002") -> Event:
    return Understanding(classifier.parse)(event(text, contact=contact))


async def test_only_what_is_unclear_waits(classifier: Classifier, unclear: str) -> None:
    """Somebody else's clear text overtakes; the contact's own does not."""
    async with reading(classifier) as (reader, held, _):
        first_read = asyncio.create_task(read(reader, said(classifier, unclear)))
        while not held.asked:  # noqa: ASYNC110  # another task makes it so
            await asyncio.sleep(0.001)
        behind = asyncio.create_task(read(reader, said(classifier, CLEAR)))
        other = await read(reader, said(classifier, CLEAR, contact="3003"))
        assert other.parse is not None
        assert other.parse.intent == "vneid"
        assert not first_read.done()
        assert not behind.done()

        held.gate.set()
        first, second = await first_read, await behind

    assert len(held.asked) == 1
    assert first.parse is not None
    assert first.parse != said(classifier, unclear).parse
    assert second.parse == said(classifier, CLEAR).parse


async def test_a_flood_keeps_what_the_classifier_said(classifier: Classifier, unclear: str) -> None:
    async with reading(classifier) as (reader, held, metrics):
        texts = [said(classifier, unclear, contact=str(number)) for number in range(MOST_WAITING + 3)]
        waiting = [asyncio.create_task(read(reader, one)) for one in texts]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        held.gate.set()
        found = await asyncio.gather(*waiting)

    assert sum(one.parse == given.parse for one, given in zip(found, texts, strict=True)) == 3
    assert metrics.registry.get_sample_value("danloi_nlu_fallback_total", {"why": "e5-busy"}) == 3


async def test_the_service_asks_e5_where_it_is_set(database: str, data: Path, unclear: str) -> None:
    """With the real package: a question that is asked back without e5 is answered with it."""
    said = event(unclear, channel="web")
    settings = Settings(data_dir=data, database_url=SecretStr(database), e5=True, _env_file=None)
    async with Service.start(settings, roles={"web"}) as service:
        [taken] = await service.turns.take([said])
        degraded = (await service.health()).degraded
        read_by_e5 = service.metrics.get_sample_value("danloi_e5_seconds_count")
    async with Service.start(settings.model_copy(update={"e5": False}), roles={"web"}) as service:
        [alone] = await service.turns.take([event(unclear, channel="web", contact="3003")])

    assert read_by_e5 == 1
    assert [sentence for sentence in degraded if sentence.startswith("e5")] == []
    assert taken.messages != alone.messages


async def read(reader: DeepReader, one: Event) -> Event:
    [found] = await reader.read([one])
    return found
