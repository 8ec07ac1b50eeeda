"""Words that villagers do not know: a list that maintainers keep, and where its words stand in the guides."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.checks import check
from bot.flows.hard_words import HardWords
from bot.flows.loader import load
from tests.flows.writing import END, TODAY, guide_text

OURS = (Path(__file__).parents[2] / "flows" / "hard-words.csv").read_text(encoding="utf-8")
LIST = "word,say\nthực hiện,làm\nxác minh,hỏi lại\n"


def found(steps: str, words: str = LIST, **files: str) -> list[tuple[str, int, int, str]]:
    more = {f"{name.replace('__', '/')}.yaml": text.encode() for name, text in files.items()}
    loaded = load({"a.yaml": guide_text(steps).encode(), "hard-words.csv": words.encode(), **more})
    return [(one.file, one.line, one.column, one.params.get("word", one.code)) for one in check(loaded, today=TODAY)]


def test_each_hard_word_is_shown_at_its_place() -> None:
    """In every text that citizens read, in a text of several lines at its beginning; words of a real screen are left alone."""
    steps = """
    a: {say: Bà con Thực hiện việc này., next: b}
    b:
      do: Bấm “Thực hiện” trên máy.
      stuck: [{problem: Chưa xác minh, try: Nhờ xã xác minh giúp.}]
      next: c
    c:
      say: |
        Việc nhỏ.
        Rồi thực hiện.
      next: e
    """
    assert found(_with_end(steps)) == [
        ("a.yaml", 6, 19, "Thực hiện"),
        ("a.yaml", 9, 28, "xác minh"),
        ("a.yaml", 9, 50, "xác minh"),
        ("a.yaml", 12, 10, "thực hiện"),
    ]


def _with_end(steps: str) -> str:
    return dedent(steps).strip() + "\n" + END


def test_answers_are_read_too() -> None:
    answer = (
        "answers:\n  - answer: x\n    question: Xác minh là gì?\n    text: Xã xác minh.\n    source: {title: T, url: https://moj.gov.vn, checked: 2026-11-24}\n"
    )
    assert found("a: {say: Chào., next: e}\n" + END, answers__x=answer) == [("answers/x.yaml", 4, 14, "xác minh")]


def test_parts_of_words_and_other_spellings_are_not_meant() -> None:
    assert not list(HardWords({"nhấn": "bấm"}).found("nhấnh, nhẫn, nhan"))
    assert list(HardWords({"nhấn": "bấm", "nhấn mạnh": "nói rõ"}).found("Nhấn mạnh. nhấn")) == [(0, "Nhấn mạnh", "nói rõ"), (11, "nhấn", "bấm")]
    assert list(HardWords().found("thực hiện")) == []


@pytest.mark.parametrize(("words", "line"), [("từ,nói\n", 1), ("word,say\nthực hiện\n", 2), ("word,say\na,b\n,làm\n", 3), ("", 1)])
def test_a_broken_list_is_told_and_stops_no_guide(words: str, line: int) -> None:
    loaded = load({"a.yaml": guide_text("a: {say: Thực hiện., next: e}\n" + END).encode(), "hard-words.csv": words.encode()})
    assert "thu" in loaded.guides
    assert [(one.file, one.line, one.code, one.severity) for one in loaded.diagnostics] == [("hard-words.csv", line, "bad-hard-words", "warning")]
    assert load({"hard-words.csv": b"word,say\n\xff"}).diagnostics[0].code == "not-utf8"


@given(st.text() | st.text('a,"\n ', max_size=40))
def test_any_list_is_read_or_refused_with_its_line(text: str) -> None:
    (*_,) = load({"hard-words.csv": ("word,say\n" + text).encode("utf-8", "replace")}).diagnostics


def test_our_list_says_each_word_once_and_better() -> None:
    words = [line.partition(",")[0] for line in OURS.splitlines()[1:]]
    assert len(words) == len(set(words))
    listed = HardWords.from_csv(OURS)
    assert not [word for word, instead in listed.say.items() if list(listed.found(instead))], "what is said instead is no hard word itself"
