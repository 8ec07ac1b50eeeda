"""The conversations of `tests/talks`, with the real guides and the real classifier; and what a file may get wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.test import covered_guides
from bot.dialogue.event import Event
from bot.dialogue.library import Library
from bot.dialogue.talks import Result, Surroundings, run_talk
from bot.flows.model import Outcome
from bot.flows.schema import talk_schema
from bot.flows.talks import TalkDraft, TalkFile, TalkTurn, read_talks, written_talk
from bot.flows.yaml_tree import read
from bot.service.content import Content, load_content
from bot.service.rehearsal import surroundings
from bot.settings import load_settings
from tests.dialogue.talking import NOON

ROOT = Path(__file__).parents[2]
TALKS = {path.relative_to(ROOT / "tests/talks").as_posix(): path.read_bytes() for path in sorted((ROOT / "tests/talks").rglob("*.yaml"))}
TODAY = NOON.date()


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    folders = {f"{name}_dir": ROOT / folder for name, folder in (("flows", "flows"), ("nlu", "nlu_data"), ("locales", "locales"))}
    return load_content(load_settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), **folders))


@pytest.fixture(scope="module")
def results(content: Content) -> list[Result]:
    talks, found = read_talks(TALKS)
    assert [one.text() for one in found] == []
    around = surroundings(content)
    return [run_talk(talk, around, TODAY) for talk in talks]


def test_every_talk_goes_as_it_is_written(results: list[Result]) -> None:
    assert [failure.text() for result in results for failure in result.failures] == []


def test_every_guide_has_its_talks_and_nearly_every_way_is_gone(content: Content, results: list[Result]) -> None:
    """Three talks at least (straight, stuck, changed mind), and 95 of 100 ways."""
    begun = Counter(name.partition("/")[0] for name in TALKS)
    covered = covered_guides(content, ROOT / "flows", results)
    assert {one.guide for one in covered} == set(begun)
    for guide in covered:
        assert begun[guide.guide] >= 3
        assert guide.edge_share >= 0.95, [place.text() for place in guide.missed_edges]
        assert guide.step_share >= 0.95, [place.text() for place in guide.missed_steps]


@pytest.mark.parametrize("name", TALKS)
def test_the_editor_takes_every_talk(name: str) -> None:
    root, _ = read(TALKS[name])
    assert root is not None
    assert not list(jsonschema.Draft7Validator(talk_schema()).iter_errors(root.value))


def around(library: Library) -> Surroundings:
    """Without a classifier: only words that the step knows are understood."""
    return Surroundings(library=library, channels=("web",), understand=_as_it_is, fit=lambda _, reply: (reply,))


def _as_it_is(event: Event) -> Event:
    return event


def talk(turns: str, head: str = "") -> TalkDraft:
    drafts, found = read_talks({"a.yaml": f"talk: Thử\n{head}turns:\n{turns}".encode()})
    assert [one.text() for one in found] == []
    return drafts[0]


def told(guides: Library, turns: str, head: str = "") -> list[str]:
    return [failure.text() for failure in run_talk(talk(turns, head), around(guides), TODAY).failures]


def test_what_is_as_expected_says_nothing(guides: Library) -> None:
    turns = """\
  - {open: phone, bot: [Cài máy, Điện thoại loại nào?], choices: [Android, iPhone, Không biết, Gặp người hỗ trợ], at: kind}
  - {user: samsung, at: phone/play}
  - {later: 2 ngày, user: chào, bot: "Hôm kia bà con đang làm: Cài máy, đến bước 2/3."}
  - {tap: Làm tiếp, at: play}
  - {tap: done, at: scan}
  - {tap: phone/scan/done, bot: "Xong rồi, giỏi quá!", outcome: done}
"""
    assert told(guides, turns) == []


@pytest.mark.parametrize(
    ("turn", "sentence"),
    [
        ("{open: phone, bot: Chào ông}", "Dẫn Lối không nói “Chào ông”, mà nói: “Chào bà con."),
        ("{open: phone, bot: [Điện thoại, Cài máy]}", "Dẫn Lối không nói “Cài máy”"),
        ("{open: phone, choices: [Android]}", "các nút là: “Android”, “iPhone”, “Không biết”, “Gặp người hỗ trợ”"),
        ("{open: phone, at: play}", "bà con đứng ở “phone/kind”, không phải “play”"),
        ("{user: chào, at: play}", "bà con không đứng ở bước nào, không phải ở “play”"),
        ("{open: phone, outcome: done}", "hướng dẫn chưa kết thúc ở lượt này"),
        ("{tap: Xanh}", "không có nút “Xanh”; đang có: không có nút nào"),
    ],
)
def test_the_first_thing_that_is_not_as_expected_is_told_at_its_place(guides: Library, turn: str, sentence: str) -> None:
    """And what comes after it is not run."""
    (failure,) = told(guides, f"  # đầu\n  - {turn}\n  - {{tap: Vàng}}\n")
    assert failure.startswith("a.yaml:4:")
    assert sentence in failure


def test_an_app_or_a_language_that_there_is_not(guides: Library) -> None:
    assert told(guides, "  - user: chào\n", "channel: viber\n") == ["a.yaml:2:10  không có channel “viber”; dùng một trong: web"]
    assert told(guides, "  - user: chào\n", "language: fr\n") == ["a.yaml:2:11  không có language “fr”; dùng một trong: vi"]


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("talk: Thử\nturns:\n  - {user: chào, tap: Menu}\n", "a.yaml:3:5  turn-shape"),
        ("talk: Thử\nturns:\n  - {bot: Chào}\n", "a.yaml:3:5  turn-shape"),
        ("talk: Thử\nturns: []\n", "a.yaml:2:1  too-few"),
        ("talk: Thử\nturns:\n  - {user: chào, later: lâu lắm}\n", "a.yaml:3:25  bad-later  “lâu lắm” không phải là khoảng thời gian"),
        ("talk: Thử\nturns:\n  - {user: chào, bott: Chào}\n", "a.yaml:3:18  unknown-key  Không có khóa “bott” ở đây → có phải là “bot” không?"),
        ("talk: Thử\nturns:\n  - {user: 5}\n", 'a.yaml:3:12  wrong-text  “user” phải là chữ → đặt trong ngoặc kép: "5"'),
        ("talk: Thử\ntoday: 24/11/2026\nturns:\n  - {user: chào}\n", "a.yaml:2:8  bad-date"),
        ("talk: Thử\nturns:\n  - {user: chào, at: Bước Một}\n", "a.yaml:3:22  bad-id"),
        ("talk: Thử\nturns:\n  - {user: chào, outcome: xong}\n", "a.yaml:3:27  wrong-value"),
        ("turns:\n  - {user: chào}\n", "a.yaml:1:1  missing-key  Thiếu “talk”"),
        ("talk: [\n", "a.yaml:2:1  yaml-bracket"),
        ("", "a.yaml:1:1  file-empty"),
    ],
)
def test_mistakes_in_a_file_are_told_like_those_in_guides(text: str, finding: str) -> None:
    talks, found = read_talks({"a.yaml": text.encode()})
    assert talks == ()
    assert found[0].text().startswith(finding)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_bad(content: bytes) -> None:
    read_talks({"a.yaml": content})


TEXTS = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=30).map(str.strip).filter(bool)
TURNS = st.builds(
    TalkTurn,
    user=TEXTS,
    bot=st.lists(TEXTS, max_size=3).map(tuple),
    choices=st.none() | st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
    at=st.none() | st.sampled_from(["a", "vneid/card"]),
    later=st.none() | st.sampled_from(["3 ngày", "1 giờ"]),
    outcome=st.none() | st.sampled_from(list(Outcome)),
)


@given(TEXTS, st.lists(TURNS, min_size=1, max_size=3).map(tuple))
def test_a_talk_that_is_written_reads_as_the_same(title: str, turns: tuple[TalkTurn, ...]) -> None:
    """Whatever the words hold: colons, quotes, numbers."""
    model = TalkFile(talk=title, today=TODAY, turns=turns)
    (draft,), found = read_talks({"a.yaml": written_talk(model).encode()})
    assert not found
    assert [_plain(turn) for turn in draft.model.turns] == [_plain(turn) for turn in turns]
    assert draft.model.talk == model.talk


def _plain(turn: TalkTurn) -> dict[str, object]:
    return turn.model_dump() | {"bot": turn.said}
