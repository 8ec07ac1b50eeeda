"""A value is changed in a YAML file, and nothing else: not a comment, not a blank line, not a quote."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flows.loader import load
from bot.flows.yaml_tree import read
from bot.service.content import guide_files
from bot.web.studio.editing import NotEditable, diff, value_with, with_day, with_texts

ROOT = Path(__file__).parents[2]
DAY = date(2026, 12, 1)
ODD = """\
# Đầu tệp
guide: x   # tên

sources:
  # nguồn thứ nhất
  - id: a
    title: Trang A
    url: https://a.gov.vn   # địa chỉ

  # nguồn thứ hai
  - {id: b, title: B, url: https://b.gov.vn}
  - id: c
    url: https://c.gov.vn
    checked: 2020-01-01  # lâu rồi
  - id: d
    url: https://d.gov.vn

  # hết nguồn

start: s
steps:
  s:
    do: "Bấm nút: “Gửi”."   # câu quan trọng
    stuck:
      - {problem: 'Không thấy nút', try: Kéo xuống.}
    next: t

  t:
    say: |
      Dòng một.
      Dòng hai.
    next: u
  u:
    say: >-
      Gập
      lại.
    next: v
  v: {end: Xong., outcome: done}
# Cuối tệp
"""
PATHS = (("steps", "s", "do"), ("steps", "s", "stuck", 0, "problem"), ("steps", "s", "stuck", 0, "try"), ("steps", "t", "say"), ("steps", "u", "say"))
PATHS += (("steps", "v", "end"),)


def changed(before: bytes, after: bytes) -> list[str]:
    return [f"{line.sign}{line.text}" for line in diff(before, after) if line.sign in "+-"]


def test_one_sentence_is_one_line() -> None:
    before = ODD.encode()
    assert changed(before, with_texts(before, {("steps", "s", "do"): "Bấm “Gửi đi”."})) == [
        '-    do: "Bấm nút: “Gửi”."   # câu quan trọng',
        '+    do: "Bấm “Gửi đi”."     # câu quan trọng',  # remarks keep their column
    ]
    assert changed(before, with_texts(before, {("steps", "s", "stuck", 0, "try"): "Kéo xuống, rồi bấm."})) == [
        "-      - {problem: 'Không thấy nút', try: Kéo xuống.}",
        "+      - {problem: 'Không thấy nút', try: 'Kéo xuống, rồi bấm.'}",
    ]
    assert changed(before, with_texts(before, {("steps", "v", "end"): "no"})) == ["-  v: {end: Xong., outcome: done}", "+  v: {end: no, outcome: done}"]


def test_several_lines_are_a_block() -> None:
    before = ODD.encode()
    assert changed(before, with_texts(before, {("steps", "t", "say"): "Một.\nHai."})) == [
        "-    say: |",
        "-      Dòng một.",
        "-      Dòng hai.",
        "+    say: |-",
        "+      Một.",
        "+      Hai.",
    ]
    assert changed(before, with_texts(before, {("steps", "v", "end"): "Một.\nHai."}))[1:] == ['+  v: {end: "Một.\\nHai.", outcome: done}']


@pytest.mark.parametrize(
    ("number", "lines"),
    [
        (0, ["+    checked: 2026-12-01"]),
        (1, ["-  - {id: b, title: B, url: https://b.gov.vn}", "+  - {id: b, title: B, url: https://b.gov.vn, checked: 2026-12-01}"]),
        (2, ["-    checked: 2020-01-01  # lâu rồi", "+    checked: 2026-12-01  # lâu rồi"]),
        (3, ["+    checked: 2026-12-01"]),
    ],
)
def test_a_date_is_added_where_it_belongs(number: int, lines: list[str]) -> None:
    """Behind the source's last value, before the blank lines and remarks that follow it."""
    before = ODD.encode()
    after = with_day(before, ("sources", number, "checked"), DAY)
    assert changed(before, after) == lines
    follows = after.decode().split("\n")
    assert follows[follows.index(next(line for line in follows if "2026-12-01" in line)) - 1].strip().startswith(("url", "-", "#"))


@settings(max_examples=150, deadline=None)
@given(
    path=st.sampled_from(PATHS), text=st.text(st.characters(exclude_categories=("Cs",)), max_size=60) | st.text(":#'\"{}[],&*!|>-? \n\tạ“”@%`~", max_size=20)
)
def test_whatever_is_written_says_just_that(path: tuple[str | int, ...], text: str) -> None:
    """Or it is refused; never another value, never a lost remark."""
    before = ODD.encode()
    try:
        after = with_texts(before, {path: text})
    except NotEditable:
        return
    tree, troubles = read(after)
    assert tree is not None
    assert not troubles
    assert tree.value == value_with(before, {path: text})
    remarks = [line.partition("#")[2] for line in ODD.split("\n") if "#" in line]
    assert all(f"#{remark}\n" in after.decode() for remark in remarks)


def test_signs_that_nobody_can_see_are_refused() -> None:
    for text in ("0\x070", "a\x00b", "\x85", "\x1b[31m"):
        for path in PATHS:
            with pytest.raises(NotEditable, match="ký tự không đọc được"):
                with_texts(ODD.encode(), {path: text})


def test_letters_of_windows_stay() -> None:
    """A mark at the beginning and line ends of two bytes are what the maintainer's editor wants."""
    before = ("\ufeff" + ODD.replace("\n", "\r\n")).encode()
    after = with_texts(before, {("steps", "v", "end"): "Hết."})
    assert after == before.replace(b"end: Xong.", "end: Hết.".encode())


def test_what_cannot_be_kept_is_refused() -> None:
    """With a sentence: the file is not laid out anew behind the maintainer's back."""
    for text in ("a:\n      b: x\n", "a: {b: x\n", "a: {b: x}\nc:   [ 1,2 ]\n"):
        with pytest.raises(NotEditable, match="trình soạn thảo"):
            with_texts(text.encode(), {("a", "b"): "y"})


@pytest.mark.parametrize("name", sorted(guide_files(ROOT / "flows")))
def test_every_file_of_ours_can_be_edited(name: str) -> None:
    """Each source of each takes its date as one line."""
    if name.endswith(".csv"):
        return
    before = guide_files(ROOT / "flows")[name]
    tree, _ = read(before)
    assert tree is not None
    root = tree.value
    path = ("answers", len(root["answers"]) - 1, "source", "checked") if "answers" in root else ("sources", len(root["sources"]) - 1, "checked")
    after = with_day(before, path, DAY)
    assert [line for line in changed(before, after) if line.startswith("+")] in (["+    checked: 2026-12-01"], ["+      checked: 2026-12-01"])
    assert not [one for one in load({name: after}).diagnostics if one.severity == "error" and one.code.startswith("yaml")]
