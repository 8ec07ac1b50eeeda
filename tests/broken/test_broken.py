"""Broken files as maintainers make them: each mistake is found at its place, and told so that somebody who cannot program can mend it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.flows.checks import check
from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import load
from tests.flows.writing import TODAY

HERE = Path(__file__).parent
EXPECTED = yaml.safe_load((HERE / "expected.yaml").read_text(encoding="utf-8"))
GOOD = (HERE / "khong-duong-den.yaml").read_text(encoding="utf-8").replace("  la-buoc-thua:\n    end: Hết.\n", "")
REAL = [path.read_text(encoding="utf-8") for path in sorted((HERE.parents[1] / "flows").glob("*.yaml"))]
# What a programmer would say, or a library said.
JARGON = re.compile(
    r"token|pars|expected|exception|traceback|none|null pointer|mapping|scalar|string|integer|pydantic|object|block|line \d|<.*>", re.IGNORECASE
)


def findings(name: str, content: bytes) -> list[Diagnostic]:
    return list(check(load({f"{name}.yaml": content}), today=TODAY))


def test_there_are_forty_of_them_and_a_good_one() -> None:
    files = {path.relative_to(HERE).with_suffix("").as_posix() for path in HERE.rglob("*.yaml")} - {"expected"}
    assert files == set(EXPECTED)
    assert len(files) >= 40
    assert findings("tot", GOOD.encode()) == []


@pytest.mark.parametrize("name", EXPECTED)
def test_the_mistake_is_found_at_its_place_and_nothing_else_is(name: str) -> None:
    wanted = EXPECTED[name]
    found = findings(name, (HERE / f"{name}.yaml").read_bytes())
    main = next(one for one in found if f"{one.line}:{one.column}" == wanted["at"] and one.code == wanted["code"])
    assert wanted["says"] in main.text().split("  ", 2)[2]
    assert [f"{one.line}:{one.column} {one.code}" for one in found if one is not main] == wanted.get("also", [])


@pytest.mark.parametrize("name", EXPECTED)
def test_the_sentence_is_for_who_cannot_program(name: str) -> None:
    """In Vietnamese, with what to do, short enough for a line, without a word of the machinery."""
    for one in findings(name, (HERE / f"{name}.yaml").read_bytes()):
        assert one.message
        assert one.mend
        assert len(one.message) + len(one.mend) < 240
        assert not JARGON.search(one.message), one.message


def test_no_mutation_of_a_guide_ends_in_a_traceback() -> None:
    """Five thousand slips: lines lost, doubled, moved, letters mistyped, words of other places."""
    chance = random.Random(20261124)
    for number in range(5000):
        # The large guides seldom: they take longer and hold the same words.
        text = REAL[number % len(REAL)] if number % 100 == 0 else GOOD
        for _ in range(chance.randint(1, 4)):
            text = chance.choice(SLIPS)(chance, text)
        told(text)


def told(text: str) -> None:
    for one in findings("a", text.encode(errors="surrogatepass")):
        assert one.line >= 1
        assert one.column >= 1
        assert one.text("vi")
        assert one.text("en")


def _line_lost(chance: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    del lines[chance.randrange(len(lines))]
    return "".join(lines)


def _line_doubled(chance: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return "".join(lines)


def _line_indented(chance: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True) or [""]
    at = chance.randrange(len(lines))
    lines[at] = " " * chance.randint(0, 8) + lines[at].lstrip(" ")
    return "".join(lines)


def _letter_mistyped(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    return (
        text[:at]
        + chance.choice([":", "\t", '"', "'", "{", "}", "[", "]", "-", "#", "&", "*", "!", "|", "ạ", "\x00", "\ud800", "\u202e", " ", "0"])
        + text[at + 1 :]
    )


def _word_swapped(chance: random.Random, text: str) -> str:
    words = list(re.finditer(r"\S+", text))
    if len(words) < 2:
        return text
    one, other = sorted(chance.sample(words, 2), key=lambda word: word.start())
    return text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0] + text[other.end() :]


def _value_replaced(chance: random.Random, text: str) -> str:
    values = list(re.finditer(r"(?<=: )[^\n{}\[\],]+", text))
    if not values:
        return text
    value = chance.choice(values)
    return (
        text[: value.start()]
        + chance.choice(["", "null", "true", "5", "-1.5e3", "[]", "{}", "[a, b]", "{a: b}", "2026-13-45", "slots.x", "x" * 5000])
        + text[value.end() :]
    )


def _cut(chance: random.Random, text: str) -> str:
    return text[: chance.randrange(len(text) + 1)]


SLIPS: list[Callable[[random.Random, str], str]] = [
    _line_lost,
    _line_doubled,
    _line_indented,
    _letter_mistyped,
    _letter_mistyped,
    _word_swapped,
    _value_replaced,
    _value_replaced,
    _cut,
]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_hypothesis_finds_no_traceback_either(data: st.DataObject) -> None:
    """It makes the smallest text that breaks, if there is one."""
    text = GOOD
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 30))
        text = text[:at] + data.draw(st.text(max_size=12)) + text[at + length :]
    told(text)
