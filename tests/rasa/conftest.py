"""One real Rasa server for all tests of this folder, with the model that `make rasa-train` made from nlu_data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.rasa import MISSING, RasaServer, newest_model, rasa_server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without Rasa these tests are left out; only CI insists, and fails with a sentence."""
    if newest_model() is not None or os.environ.get("CI") == "true":
        return
    without = [item for item in items if item.get_closest_marker("rasa")]
    config.hook.pytest_deselected(items=without)
    items[:] = [item for item in items if item not in without]


@pytest.fixture(scope="session")
def rasa() -> Iterator[RasaServer]:
    model = newest_model()
    if model is None:
        pytest.fail(MISSING, pytrace=False)
    with rasa_server(model) as server:
        yield server
