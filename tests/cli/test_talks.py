"""`danloi test` and `danloi chat --record`: from a talk in the terminal to a test that runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import ROOT, danloi
from tests.flows.writing import END, guide_text

GUIDE = guide_text(
    """
    a: {ask: Gì?, slot: kind, choices: [{label: Một, value: one}, {label: Hai, value: two, next: e}], next: [{if: slots.kind == "one", then: b}, {else: e}]}
    b: {do: Làm đi., stuck: [{problem: Hỏng, says: [bị hỏng], try: Thử lại.}], next: e}
    """
    + END
)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one guide, with the real language data."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/thu.yaml").write_text(GUIDE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, folder in (("FLOWS", tmp_path / "flows"), ("NLU", ROOT / "nlu_data"), ("LOCALES", ROOT / "locales"), ("DATA", ROOT / "data")):
        monkeypatch.setenv(f"DANLOI_{name}_DIR", str(folder))
    return tmp_path


def test_a_talk_in_the_terminal_becomes_a_test(house: Path) -> None:
    """What the place tells is not written twice; a secret is not written at all."""
    (house / "tests/talks").mkdir(parents=True)
    typed = "một\nbị hỏng\nmã OTP của tôi là 123456\nxong rồi\n"
    assert danloi("chat", "thu", "--record", "tests/talks/hong.yaml", typed=typed)[0] == 0
    text = (house / "tests/talks/hong.yaml").read_text(encoding="utf-8")
    assert text.splitlines()[3:] == [
        "  - open: thu",
        "    at: thu/a",
        "  - user: một",
        "    at: thu/b",
        "  - user: bị hỏng",
        "    bot: Thử lại.",
        "    at: thu/b",
        "  - user: xong rồi",
        "    bot: Xong rồi.",
        "    outcome: done",
    ]
    code, shown = danloi("test")
    assert code == 0
    assert "✓ tests/talks/hong.yaml  Ghi lại từ danloi chat: hong" in shown
    assert "1 cuộc trò chuyện, 0 không như mong đợi, 0 lỗi trong tệp" in shown


def test_what_no_talk_visits_is_shown_at_its_line(house: Path) -> None:
    (house / "hai.yaml").write_text("talk: Hai\nturns:\n  - {open: thu, at: a}\n  - {tap: Hai, outcome: done}\n", encoding="utf-8")
    code, shown = danloi("test", "hai.yaml")
    assert code == 0
    flows = (house / "flows").as_posix()
    assert [line.strip() for line in shown.splitlines() if line.startswith("  ")] == [
        f"{flows}/thu.yaml:6:140  a → b",
        f"{flows}/thu.yaml:6:151  a → e",
        f"{flows}/thu.yaml:7:3  b",
        f"{flows}/thu.yaml:7:84  b → e",
    ]
    assert "1/4  25%" in shown
    assert "█████░░░░░░░░░░░░░░░" in shown


def test_a_talk_that_does_not_go_as_written_ends_with_one(house: Path) -> None:
    (house / "hai.yaml").write_text("talk: Hai\nturns:\n  - {open: thu, at: b}\n", encoding="utf-8")
    code, shown = danloi("test", "hai.yaml")
    assert code == 1
    assert "hai.yaml:3:17  bà con đứng ở “thu/a”, không phải “b”" in shown
    code, shown = danloi("test", "hai.yaml", "--format", "json")
    assert code == 1
    told = json.loads(shown)
    assert told["talks"] == [
        {
            "file": "hai.yaml",
            "title": "Hai",
            "passed": False,
            "failures": [{"line": 3, "column": 17, "message": "bà con đứng ở “thu/a”, không phải “b”"}],
        }
    ]
    assert told["coverage"][0]["steps"] == {"all": 3, "visited": 1}
    assert told["coverage"][0]["edges"] == {"all": 4, "visited": 0}


def test_a_broken_talk_and_a_broken_guide_end_with_one(house: Path) -> None:
    (house / "hai.yaml").write_text("talk: Hai\nturn: []\n", encoding="utf-8")
    code, shown = danloi("test", "hai.yaml")
    assert code == 1
    assert "hai.yaml:2:1  unknown-key  Không có khóa “turn” ở đây → có phải là “turns” không?" in shown
    (house / "hai.yaml").write_text("talk: Hai\nturns:\n  - {user: chào}\n", encoding="utf-8")
    (house / "flows/thu.yaml").write_text("guide: thu\n", encoding="utf-8")
    code, shown = danloi("test", "hai.yaml")
    assert code == 1
    assert "thu.yaml:1:1  missing-key" in shown
    assert danloi("test", "nowhere")[0] == 2
