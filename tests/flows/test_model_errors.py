"""A file that does not fit the guide language: every mistake at its place, with a sentence on how to mend it."""

from __future__ import annotations

import pytest

from bot.flows.diagnostics import Diagnostic
from tests.flows.writing import END, SOURCES, errors, first_error, guide_text, loaded


def only(text: str) -> Diagnostic:
    """The one finding in a file."""
    found = loaded(text).diagnostics
    assert len(found) == 1, [one.text("en") for one in found]
    return found[0]


def test_a_mistyped_key_is_shown_with_what_was_meant() -> None:
    """In Vietnamese, with line and column; in English on demand."""
    found = only(guide_text("a:\n  say: Chào.\n  nxet: e\n  next: e\n" + END))
    assert found.text() == "g0.yaml:8:5  unknown-key  Không có khóa “nxet” ở đây → có phải là “next” không?"
    assert found.text("en") == "g0.yaml:8:5  unknown-key  There is no key “nxet” here → did you mean “next”?"
    assert found.severity == "error"
    assert found.as_json() == {
        "file": "g0.yaml", "line": 8, "column": 5, "code": "unknown-key", "severity": "error",
        "message": "Không có khóa “nxet” ở đây", "mend": "có phải là “next” không?",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "code", "line", "column", "near"),
    [
        ("a: {ask: Gì?, choices: [{lable: A, label: B}], next: e}\n" + END, "unknown-key", 6, 28, "label"),
        ("a:\n  do: Làm.\n  next: e\n  stuck:\n    - {problem: Hỏng, tri: Lại, next: e}\n" + END, "unknown-key", 10, 25, "try"),
        ("a:\n  say: Chào.\n  next:\n    - {iff: today == today, then: e, else: e}\n" + END, "unknown-key", 9, 10, "if"),
        ("a:\n  sai: Chào.\n  next: e\n" + END, "step-kind", 6, 3, "say"),
        ("a:\n  say: Chào.\n  link: {label: Mở, ulr: x, url: https://dichvucong.gov.vn}\n  next: e\n" + END, "unknown-key", 8, 23, "url"),
        ("a:\n  say: Chào.\n  screen: {app: A, title: B, highlight: C, hnit: D}\n  next: e\n" + END, "unknown-key", 8, 46, "hint"),
        ("a:\n  ask: Gì?\n  answer: dat\n  next: e\n" + END, "wrong-value", 8, 13, "date"),
        ("a:\n  ask: Gì?\n  keep: sesion\n  answer: text\n  next: e\n" + END, "wrong-value", 8, 11, "session"),
        ("e: {end: Xong., outcome: don}", "wrong-value", 6, 28, "done"),
        ("e:\n  end: Xong.\n  media: [{kind: foto, url: a.png, alt: x}]\n", "wrong-value", 8, 20, ""),
        ("Bước một: {end: Xong.}", "bad-id", 6, 3, "buoc-mot"),
        ("a: {ask: Gì?, slot: Ngày sinh, answer: date, next: e}\n" + END, "bad-slot-name", 6, 23, "ngay_sinh"),
        ("a: {say: Chào., next: Bước hai}\n" + END, "bad-id", 6, 25, "buoc-hai"),
    ],
)
def test_what_was_probably_meant(steps: str, code: str, line: int, column: int, near: str) -> None:
    """Keys, kinds, values and names: each at its own place."""
    found = first_error(steps, start="e")
    assert (found.code, found.line, found.column, found.params.get("near", "")) == (code, line, column, near)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ("a: {say: Chào.}\n" + END, "missing-key"),
        ("a: {say: Chào., do: Làm., next: e}\n" + END, "two-kinds"),
        ("a: {say: 113, next: e}\n" + END, "wrong-text"),
        ("a: {say: true, next: e}\n" + END, "wrong-text"),
        ("a: {say: [x], next: e}\n" + END, "wrong-type"),
        ("a: {say: , next: e}\n" + END, "empty-value"),
        ('a: {say: "", next: e}\n' + END, "empty-value"),
        ("a: {say: Chào., next: {x: e}}\n" + END, "next-shape"),
        ("a: {say: Chào., next: 5}\n" + END, "next-shape"),
        ("a: {say: Chào., next: [{then: e}]}\n" + END, "branch-shape"),
        ("a: {say: Chào., next: [e]}\n" + END, "wrong-mapping"),
        ("a: {ask: Gì?, next: e}\n" + END, "ask-shape"),
        ("a: {ask: Gì?, answer: date, choices: [{label: A}], next: e}\n" + END, "ask-shape"),
        ("a: {ask: Gì?, choices: A, next: e}\n" + END, "wrong-list"),
        ("a: {ask: Gì?, choices: [{label: A, value: [1]}], next: e}\n" + END, "wrong-type"),
        ("a: {ask: Gì?, choices: [" + ", ".join(f"{{label: C{n}}}" for n in range(13)) + "], next: e}\n" + END, "too-many"),
        ("a: {do: Làm., next: e, stuck: [{problem: Hỏng}]}\n" + END, "problem-helpless"),
        ("a: {do: Làm., next: e, stuck: {problem: Hỏng}}\n" + END, "wrong-list"),
        ("a: {say: Chào., valid: {}, next: e}\n" + END, "valid-empty"),
        ("a: {say: Chào., valid: {from: 2027-03-02, until: 2027-03-01}, next: e}\n" + END, "valid-reversed"),
        ("a: {say: Chào., valid: {from: 1/3/2027}, next: e}\n" + END, "bad-date"),
        ("a: {let: {}, next: e}\n" + END, "too-few"),
        ("a: {let: x, next: e}\n" + END, "wrong-mapping"),
        ("a: {let: {x: 5}, next: e}\n" + END, "wrong-text"),
        ("a: Chào.\n" + END, "step-kind"),
        ("a:\n" + END, "step-kind"),
        (f"a: {{say: {'x' * 4001}, next: e}}\n" + END, "too-long"),
        ("a: {say: Chào., source: [1], next: e}\n" + END, "wrong-text"),
        ("a: {say: Chào., link: https://dichvucong.gov.vn, next: e}\n" + END, "wrong-mapping"),
    ],
)
def test_one_mistake_is_told_once(steps: str, code: str) -> None:
    """Also where pydantic reports both halves of an either-or."""
    assert errors(steps) == [code]


def test_a_date_the_vietnamese_way_is_shown_the_other_way() -> None:
    """24/11/2026 can only be 2026-11-24; a day without its year is not guessed."""
    more = "sources: [{id: cong, title: Cổng, url: https://dichvucong.gov.vn, checked: 24/11/2026}]"
    assert first_error(END, start="e", more=more).told()[1] == "viết năm-tháng-ngày: 2026-11-24"
    assert first_error(END, start="e", more=more.replace("/2026", "")).told()[1] == "viết năm-tháng-ngày, ví dụ 2026-11-24"


def test_numbers_have_limits() -> None:
    """In minutes: at least one, at most a day's work."""
    assert only(guide_text(END, start="e", more=f"{SOURCES}\nminutes: 0")).told("en")[0] == "“minutes” is out of its limits (≥ 1)"
    assert only(guide_text(END, start="e", more=f"{SOURCES}\nminutes: 9000")).code == "out-of-range"
    assert only(guide_text(END, start="e", more=f"{SOURCES}\nminutes: lâu")).code == "wrong-number"


@pytest.mark.parametrize("content", ["chỉ là chữ", "- a\n- b\n", "5", "true", "guide: [x]", "steps: 5\nguide: x", "steps: {a: 5}"])
def test_what_is_no_guide_at_all(content: str) -> None:
    """Still only findings, never an exception."""
    assert loaded(content).diagnostics


def test_a_problem_in_an_answer_is_told_too() -> None:
    """The answers have a model of their own."""
    found = loaded(
        answers__chung="answers:\n  - {answer: le-phi, question: Mất tiền không?, txt: Không., source: {title: A, url: https://dichvucong.gov.vn}}\n"
    ).diagnostics
    assert [(one.file, one.code, one.params.get("near") or one.params["key"]) for one in found] == [
        ("answers/chung.yaml", "unknown-key", "text"),
    ]
