"""Fixtures of the service's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.nlu.model_cache import ensure_model
from tests.store.databases import database, folder, server

__all__ = ["database", "folder", "server"]

EXAMPLES = {
    "vneid": ["cài vneid", "kích hoạt vneid", "tải vneid", "định danh điện tử", "tài khoản vneid"],
    "khai-sinh": ["làm khai sinh", "giấy khai sinh", "khai sinh cho con", "đăng ký khai sinh", "khai sinh ở đâu"],
    "menu": ["menu", "xem các việc", "có những việc gì", "về đầu", "bắt đầu lại"],
    "out_of_scope": ["trời hôm nay đẹp", "giá vàng", "đá bóng", "nấu cơm", "xổ số hôm nay"],
}


@pytest.fixture(scope="session")
def nlu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few examples of their own: these tests are not about understanding, and a small model is trained in a moment."""
    folder = tmp_path_factory.mktemp("nlu")
    lines = ['version: "3.1"', "nlu:"]
    for intent, examples in EXAMPLES.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {example}" for example in examples)]
    (folder / "few.yml").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="session")
def trained(nlu: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `cache` folder with the model of `nlu`, to be copied into data folders."""
    cache = tmp_path_factory.mktemp("cache")
    ensure_model(nlu, cache)
    return cache


@pytest.fixture
def data(trained: Path) -> Iterator[Path]:
    """A data folder in which the model is there already."""
    with TemporaryDirectory(prefix="danloi-test-") as folder:
        (Path(folder) / "cache").symlink_to(trained)
        yield Path(folder)
