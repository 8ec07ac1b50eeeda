"""The real model of the real data, trained once for all tests of understanding."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.classifier import Classifier
from bot.nlu.model_cache import ensure_model
from bot.nlu.rasa_yaml import Example, TrainingData, read_folder

ROOT = Path(__file__).parents[2]
NLU_DATA = ROOT / "nlu_data"
HELD_OUT = Path(__file__).parent / "held_out"


@pytest.fixture(scope="session")
def data() -> TrainingData:
    return read_folder(NLU_DATA)


@pytest.fixture(scope="session")
def held_out() -> tuple[Example, ...]:
    """Sentences that are never trained on."""
    return read_folder(HELD_OUT).examples


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_model(NLU_DATA, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def classifier(model: Path) -> Classifier:
    return Classifier.load(model)
