"""`danloi new`: whatever a maintainer answers, the first guide loads, and its only warnings are those that only people can mend."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.talk import VIET_NAM
from bot.flows.checks import check
from bot.flows.loader import load
from bot.flows.starter import Beginning, first_guide
from tests.cli.running import ROOT, danloi
from tests.flows.writing import TODAY

LINES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


@pytest.fixture(autouse=True)
def flows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DANLOI_FLOWS_DIR", str(tmp_path))
    return tmp_path


def test_options_are_enough_without_a_terminal(flows: Path) -> None:
    options = ["--title", "Cấp lại thẻ: nhanh", "--thing", "Thẻ cũ", "--task", "Mở Cổng Dịch vụ công.", "--task", "Gửi tờ khai.", "--checked"]
    code, shown = danloi("new", "cap-the", *options)
    assert code == 0
    assert "danloi chat cap-the" in shown
    loaded = load({"cap-the.yaml": (flows / "cap-the.yaml").read_bytes()})
    assert [one.text() for one in check(loaded, today=datetime.now(VIET_NAM).date())] == []
    guide = loaded.guides["cap-the"].model
    assert list(guide.steps) == ["san-sang", "chua-du", "viec-1", "viec-2", "xong"]
    assert danloi("check", str(flows))[0] == 0
    assert danloi("graph", "cap-the")[0] == 0


def test_nothing_said_is_a_guide_too(flows: Path) -> None:
    assert danloi("new", "cap-the")[0] == 0
    (finding,) = check(load({"a.yaml": (flows / "cap-the.yaml").read_bytes()}), today=TODAY)
    assert finding.code == "source-unverified"


def test_what_cannot_be_is_told(flows: Path) -> None:
    code, shown = danloi("new", "Cấp thẻ")
    assert (code, shown) == (2, "Tên “Cấp thẻ” không dùng được → thử: cap-the\n")
    code, shown = danloi("new", "cap-the", "--source-url", "https://vneid-gov.vn.com")
    assert code == 2
    assert "không phải trang chính thức" in shown
    code, shown = danloi("new", "cap-the", "--task", "Gửi mã OTP vào đây.")
    assert code == 2
    assert "asks-secret" in shown
    assert not list(flows.iterdir())
    assert danloi("new", "cap-the")[0] == 0
    assert danloi("new", "cap-the")[0] == 2


def test_questions_are_asked_in_a_terminal(flows: Path) -> None:
    """A real one: answers are typed, an empty line ends a list."""
    here, there = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli.main", "new", "cap-the"],
        stdin=there,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"DANLOI_FLOWS_DIR": str(flows)},
    )
    os.close(there)
    os.write(here, "Cấp thẻ\n20\nThẻ cũ\n\nMở Cổng.\nGửi tờ khai.\n\n\n\ny\n".encode())
    shown, _ = process.communicate(timeout=60)
    os.close(here)
    assert process.returncode == 0, shown.decode()
    guide = load({"a.yaml": (flows / "cap-the.yaml").read_bytes()}).guides["cap-the"].model
    assert (guide.title, guide.minutes, guide.prepare) == ("Cấp thẻ", 20, ("Thẻ cũ",))
    assert guide.sources[0].checked is not None
    assert [step.do for step in guide.steps.values() if hasattr(step, "do")] == ["Mở Cổng.", "Gửi tờ khai."]


@given(LINES, st.lists(LINES, max_size=3), st.lists(LINES, max_size=3))
def test_any_words_make_yaml(title: str, things: list[str], tasks: list[str]) -> None:
    """Colons, quotes, hashes, backslashes."""
    told = Beginning(guide="thu", title=title, minutes=5, things=things, tasks=tasks, source_title="Cổng", source_url="https://dichvucong.gov.vn")
    guides = load({"thu.yaml": first_guide(told).encode()})
    words = {"asks-secret", "link-domain", "link-https", "link-address", "unknown-slot"}
    assert {one.code for one in guides.diagnostics} <= words, [one.text() for one in guides.diagnostics]
    assert guides.guide_drafts[0].model.title == title
