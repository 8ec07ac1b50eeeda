"""Whatever stands in a file, loading ends with guides and findings, never with an exception."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flows.checks import check
from bot.flows.loader import load
from bot.flows.reference import EXAMPLE
from tests.flows.writing import TODAY

KEYS = [
    "guide",
    "title",
    "start",
    "steps",
    "sources",
    "id",
    "url",
    "say",
    "do",
    "ask",
    "let",
    "call",
    "handoff",
    "end",
    "next",
    "if",
    "then",
    "else",
    "choices",
    "label",
    "value",
    "answer",
]
KEYS += [
    "slot",
    "stuck",
    "problem",
    "try",
    "valid",
    "from",
    "until",
    "link",
    "screen",
    "moved",
    "source",
    "accept",
    "reason",
    "answers",
    "<<",
    "a",
    "b",
    "checked",
    "media",
    "keep",
]
WORDS = st.one_of(
    st.sampled_from(["a", "b", "thu", "slots.a == 1", "today", "{a}", "date", "2026-11-24", "https://vneid.gov.vn", "x: y", "*a", "&a", ""]),
    st.text(max_size=12),
)
SCALARS = st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False))
TREES = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)), max_leaves=25)
STEPS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.dictionaries(st.sampled_from(KEYS), TREES, max_size=6), max_size=3)
HEAD = {"guide": "thu", "title": "Thử", "start": "a", "sources": [{"id": "s", "title": "x", "url": "https://moj.gov.vn"}]}


def looked_at(**files: bytes) -> None:
    """Load and check, and read every sentence in both languages."""
    result = load({f"{name}.yaml".replace("__", "/"): content for name, content in files.items()})
    for one in check(result, today=TODAY):
        assert one.line >= 1
        assert one.column >= 1
        assert one.text("vi")
        assert one.text("en")
        assert set(one.as_json()) == {"file", "line", "column", "code", "severity", "message", "mend"}
    assert not {guide.file for guide in result.guides.values()} & {one.file for one in result.diagnostics}


@given(st.binary(max_size=200))
def test_bytes(content: bytes) -> None:
    """Not even text."""
    looked_at(a=content, answers__a=content)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,? \n\t<~0\u0110é", max_size=120))
def test_what_looks_like_yaml(text: str) -> None:
    """Every sign that means something in YAML."""
    looked_at(a=text.encode())


@settings(max_examples=200)
@given(TREES, STEPS)
def test_trees_of_our_own_keys(tree: Any, steps: Any) -> None:
    """Right words in wrong places."""
    looked_at(
        a=yaml.safe_dump(tree, allow_unicode=True).encode(),
        answers__a=yaml.safe_dump({"answers": tree}).encode(),
        b=yaml.safe_dump(HEAD | {"steps": steps}, allow_unicode=True).encode(),
    )


@settings(max_examples=200)
@given(st.integers(0, len(EXAMPLE) - 1), st.integers(0, 12), st.sampled_from(["", "\n", " ", "x", ":", "- ", "{", "]", "'", '"', "\t", "next", "slots.", "ạ"]))
def test_a_good_guide_with_a_slip(at: int, length: int, slip: str) -> None:
    """Something is cut out, something else slips in."""
    looked_at(a=(EXAMPLE[:at] + slip + EXAMPLE[at + length :]).encode())


def test_a_file_full_of_mistakes_is_not_told_to_its_end() -> None:
    """Nobody reads more than two hundred findings of one file."""
    assert len(load({"a.yaml": ("prepare: [" + "1, " * 50_000 + "1]").encode()}).diagnostics) == 200


def test_thousands_of_wrong_names_are_not_compared_with_thousands() -> None:
    """Guessing what was meant would take minutes."""
    steps = "".join(f"  s{number}: {{say: Chào., next: q{number}}}\n" for number in range(4000))
    found = load(
        {"a.yaml": f"guide: thu\ntitle: Thử\nsources: [{{id: s, title: x, url: https://moj.gov.vn}}]\nstart: s0\nsteps:\n{steps}".encode()}
    ).diagnostics
    assert {one.code for one in found} == {"unknown-step"}
    assert len(found) == 4000


def test_a_key_as_long_as_a_file_is_shortened() -> None:
    """In the sentence, and before guessing what was meant."""
    (found,) = (one for one in load({"a.yaml": b"? " + b"n" * 500_000 + b"\n: 1\n"}).diagnostics if one.code == "unknown-key")
    assert len(found.text()) < 300
