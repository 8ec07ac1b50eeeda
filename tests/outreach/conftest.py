from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import build
from bot.flows.guides import Guides
from bot.flows.loader import load
from bot.service.content import guide_files

ROOT = Path(__file__).parents[2]
PLATFORMS = {
    "DANLOI_PUBLIC_URL": "https://danloi.example",
    "DANLOI_FLOWS_DIR": str(ROOT / "flows"),
    "DANLOI_MESSENGER__PAGE_ID": "1001",
    "DANLOI_MESSENGER__PAGE_TOKEN": "x",
    "DANLOI_MESSENGER__APP_SECRET": "x",
    "DANLOI_MESSENGER__VERIFY_TOKEN": "x",
    "DANLOI_ZALO_OA__OA_ID": "2002",
    "DANLOI_ZALO_OA__APP_ID": "1",
    "DANLOI_ZALO_OA__APP_SECRET": "x",
    "DANLOI_ZALO_OA__OA_SECRET": "x",
    "DANLOI_ZALO_OA__REFRESH_TOKEN": "x",
    "DANLOI_TELEGRAM__TOKEN": "1:x",
    "DANLOI_TELEGRAM__USERNAME": "@danloi_bot",
}

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def guides() -> Guides:
    """The guides that citizens get."""
    return load(guide_files(ROOT / "flows")).guides


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """`danloi …` with these platforms on, its data in a fresh folder."""
    monkeypatch.chdir(tmp_path)
    for name, value in {**PLATFORMS, "DANLOI_DATA_DIR": str(tmp_path / "data")}.items():
        monkeypatch.setenv(name, value)

    def danloi(*words: str) -> Result:
        return CliRunner().invoke(build(words[0]), words)

    return danloi
