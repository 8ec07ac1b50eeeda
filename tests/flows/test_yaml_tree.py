"""YAML is read with the place of every value, and nothing in it can hurt us."""

from __future__ import annotations

from typing import Any

import pytest

from bot.flows.yaml_tree import MAX_BYTES, Node, read


def tree(text: str) -> Node:
    root, troubles = read(text.encode())
    assert root is not None, troubles
    assert not troubles, troubles
    return root


def trouble(text: str | bytes) -> tuple[str, int, int]:
    """Code, line and column of the first thing that is wrong."""
    _, troubles = read(text.encode() if isinstance(text, str) else text)
    return troubles[0].code, troubles[0].line, troubles[0].column


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("có", "có"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("true", True), ("false", False), ("12", 12), ("-3", -3), ("1.5", 1.5), ("03388", "03388"),
        ("2026-11-24", "2026-11-24"), ("12:30", "12:30"), ("1_000", "1_000"), ("0x10", "0x10"), ("~", None),
        ("", None), ("'12'", "12"), ('"true"', "true"), ("1900 0368", "1900 0368"), (".5", ".5"), ("1e5", "1e5"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ],
)  # fmt: skip
def test_plain_values_are_read_as_editors_show_them(written: str, value: Any) -> None:
    """YAML 1.2: only true and false are booleans; dates and codes stay text."""
    found = tree(f"key: {written}\n").value["key"]
    assert found == value
    assert type(found) is type(value)


def test_every_value_knows_its_place() -> None:
    """Lines and columns begin at 1; a mapping or list is found at its key."""
    root = tree("a: 1\nbước:\n  - {x: y}\n  - sâu:\n      đáy: 'chữ'\n")
    assert root.place(("a",)) == (1, 4)
    assert root.place(("a",), key=True) == (1, 1)
    assert root.place(("bước",)) == (2, 1)
    assert root.place(("bước", 0, "x")) == (3, 9)
    assert root.place(("bước", 1, "sâu", "đáy")) == (5, 12)
    assert root.place(("bước", 1, "sâu", "đáy"), key=True) == (5, 7)
    assert root.place(("bước", 1, "không có")) == (4, 5)  # what is missing is shown where it belongs


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: b: c\n", "yaml-colon", 1, 5),
        ("a: 1\n\tb: 2\n", "yaml-tab", 2, 1),
        ("a: @b\n", "yaml-start", 1, 4),
        ("a: `b`\n", "yaml-start", 1, 4),
        ('a: 1\nb: "mở\n', "yaml-quote", 2, 4),
        ("a: [1, 2\nb: 3\n", "yaml-bracket", 1, 4),
        ("a: [1,\n  2\nb: 3\n", "yaml-bracket", 3, 2),
        ('a: "mở\nb: "hai"\n', "yaml-quote", 1, 4),
        ("a: {b: 'mở, c: 1}\nd: {b: 'hai', c: 1}\n", "yaml-quote", 1, 8),
        ("a: 1\nb 2\nc: 3\n", "yaml-no-colon", 2, 1),
        ("a:\n  b: 1\n c: 2\n", "yaml-indent", 3, 2),
        ("a: 'it's'\n", "yaml-indent", 1, 8),
        ("a: \x01\n", "yaml-character", 1, 4),
        ("a: 1\n---\nb: 2\n", "yaml-documents", 2, 1),
        ("a: *nobody\n", "yaml-alias", 1, 4),
        ("a: &x [*x]\n", "yaml-alias", 1, 8),
        ("? [a]\n: 1\n", "yaml-key", 1, 3),
        ("a: &x 1\n*x : 2\n", "yaml-key", 2, 1),
        ("a: !!python/object:os.system ls\n", "yaml-tag", 1, 4),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "yaml-merge", 3, 3),
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1),
        ("", "file-empty", 1, 1),
        ("# chỉ có lời ghi\n", "file-empty", 1, 1),
        ("[" * 60, "yaml-deep", 1, 41),
    ],
)
def test_what_is_wrong_is_told_where_it_is(text: str, code: str, line: int, column: int) -> None:
    """By the mistake that people make, not by what the parser expected."""
    assert trouble(text) == (code, line, column)


def test_text_in_another_encoding() -> None:
    """The line is told even though the text cannot be read."""
    assert trouble(b"guide: a\ntitle: \xd0ang k\xfd") == ("not-utf8", 2, 8)


def test_a_byte_order_mark_does_not_matter() -> None:
    """Windows editors write one."""
    assert tree("\ufeffa: 1\n").value == {"a": 1}


def test_a_file_that_is_too_large_is_not_parsed() -> None:
    """One byte more than a mebibyte."""
    assert trouble(b"#" * (MAX_BYTES + 1)) == ("file-too-large", 1, 1)
    assert trouble(b"#" * MAX_BYTES) == ("file-empty", 1, 1)


def test_aliases_work() -> None:
    """A checklist may be written once."""
    assert tree("a: &x [1, 2]\nb: *x\n").value == {"a": [1, 2], "b": [1, 2]}


def test_aliases_that_explode_are_refused() -> None:
    """Nine lines that would become a billion values."""
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    code, line, _ = trouble("\n".join(lines))
    assert code == "yaml-large"
    assert line == 5


def test_aliases_cannot_nest_beyond_the_limit() -> None:
    """A chain of aliases is as deep as what it stands for."""
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60)]
    assert trouble("\n".join(lines))[0] == "yaml-deep"


def test_all_double_keys_are_told_at_once() -> None:
    """And the first value counts."""
    root, troubles = read(b"a: 1\na: 2\nb: {c: 1, c: 2}\n")
    assert root is not None
    assert root.value == {"a": 1, "b": {"c": 1}}
    assert [(one.code, one.line, one.params["first"]) for one in troubles] == [("duplicate-key", 2, "1"), ("duplicate-key", 3, "3")]
