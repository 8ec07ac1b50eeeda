"""`danloi graph`: three forms of one picture."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.cli.running import ROOT, danloi
from tests.flows.writing import END, guide_text


@pytest.fixture(autouse=True)
def flows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANLOI_FLOWS_DIR", str(ROOT / "flows"))


def test_the_tree_is_for_the_terminal() -> None:
    code, shown = danloi("graph", "thanh-toan")
    assert code == 0
    lines = shown.splitlines()
    assert lines[0] == "Trả phí hồ sơ trên mạng"
    assert lines[2] == "└── Hỏi need  Bà con cần làm việc gì?"
    assert lines[3] == "    ├── Trả phí hồ sơ → Hỏi submitted  Hồ sơ của bà con có báo phải trả…"
    assert max(map(len, lines)) <= 120


def test_svg_and_mermaid_go_into_a_file(tmp_path: Path) -> None:
    for name, begins in (("svg", "<svg "), ("mermaid", "---\n")):
        path = tmp_path / f"a.{name}"
        assert danloi("graph", "vneid", "--format", name, "--out", str(path)) == (0, f"{path}\n")
        assert path.read_text(encoding="utf-8").startswith(begins)
    assert ET.parse(tmp_path / "a.svg").getroot().attrib["aria-label"] == "Cài đặt và kích hoạt VNeID"


def test_a_guide_that_there_is_not_and_one_with_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture may help to find the mistake."""
    assert danloi("graph", "vneit") == (2, "Không đọc được hướng dẫn “vneit” → có phải là “vneid” không?; danloi check nói rõ hơn\n")
    (tmp_path / "thu.yaml").write_text(guide_text("a: {say: Chào., next: x}\nb: {say: Lại., next: e}\n" + END), encoding="utf-8")
    monkeypatch.setenv("DANLOI_FLOWS_DIR", str(tmp_path))
    code, shown = danloi("graph", "thu", "--format", "svg")
    assert code == 0
    assert 'data-step="b"' in shown


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    code, shown = danloi("graph", "vneid", "--format", "svg")
    assert code == 2
    assert "danloi[studio]" in shown
    assert os.environ["PATH"] == str(tmp_path)
