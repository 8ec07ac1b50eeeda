"""Compiled guides: keys, distances, fingerprints, codes, addresses of drawings."""

from __future__ import annotations

import re

import pytest

from bot.flows.guides import option_keys
from bot.flows.model import Choice
from tests.flows.writing import END, SOURCES, good, guide_text, loaded

WALK = """
a: {say: Chào., next: b}
b: {ask: Loại nào?, slot: phone, choices: [{label: Android, value: android}, {label: Không có máy, next: far}], next: c}
c: {do: Làm., next: d, stuck: [{problem: Hỏng, next: person}, {problem: Mất mạng, try: Chờ.}]}
d: {do: Làm nữa., next: e}
person: {handoff: Nhờ người., reason: Hỏng}
far: {do: Đến xã., next: refer}
refer: {end: Đến xã nhé., outcome: referred}
e: {end: Xong rồi.}
"""


def test_options_have_keys_that_survive_new_words() -> None:
    """The value, else where the choice leads, else its number; made unique."""
    choices = [
        Choice(label="A", value="android"),
        Choice(label="B", value=True),
        Choice(label="C", value=False),
        Choice(label="D", value=12),
        Choice(label="E", value="Không hợp"),
        Choice(label="F", next="far"),
        Choice(label="G"),
        Choice(label="H", value="a" * 25),
        Choice(label="I", next="far"),
        Choice(label="J", value="far"),
        Choice(label="K", value="yes"),
    ]
    assert option_keys(choices) == ("android", "yes", "no", "12", "c5", "far", "c7", "c8", "far-2", "far-3", "yes-2")


def test_a_made_up_key_never_takes_anothers_place() -> None:
    """`x-2` may also be a value."""
    keys = option_keys([Choice(label="A", value="x"), Choice(label="B", value="x-2"), Choice(label="C", next="x")])
    assert keys == ("x", "x-2", "x-3")


def test_a_guide_carries_its_tables() -> None:
    """By step."""
    guide = good(WALK)
    assert dict(guide.option_keys) == {"b": ("android", "far")}
    assert dict(guide.problem_keys) == {"b": (), "c": ("p1", "p2"), "d": (), "far": ()}
    assert guide.step("c").next == "d"
    with pytest.raises(KeyError):
        guide.step("x")


def test_distance_counts_what_waits_on_the_shortest_way_that_is_done() -> None:
    """Being referred elsewhere, or needing a person, is not what a citizen expects."""
    assert dict(good(WALK).distance) == {"a": 3, "b": 3, "c": 2, "d": 1, "person": 0, "far": 1, "refer": 0, "e": 0}


def test_distance_where_nothing_is_ever_done() -> None:
    """Then any end counts."""
    guide = good("a: {do: Làm., next: b}\nb: {handoff: Nhờ người., reason: x}\n")
    assert dict(guide.distance) == {"a": 1, "b": 0}


def test_new_words_change_the_wording_only() -> None:
    """So that nobody's answers are replayed for a comma."""
    before = good(WALK)
    after = good(
        WALK.replace("Loại nào?", "Máy loại nào?").replace("Không có máy", "Chưa có máy").replace("Hỏng, next", "Bị hỏng, next"), more=f"{SOURCES}\nminutes: 9"
    )
    assert before.revision == after.revision
    assert before.wording != after.wording
    assert re.fullmatch("[0-9a-f]{16}", before.revision)
    assert re.fullmatch("[0-9a-f]{16}", before.wording)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value: android", "value: androi"),
        ("next: c}", "next: d}"),
        ("d: {do: Làm nữa.", "d: {say: Làm nữa."),
        ("slot: phone, ", ""),
        ("outcome: referred", "outcome: gave_up"),
        ("e: {end: Xong rồi.}", "e: {end: Xong rồi.}\nf: {end: Khác.}"),
        ("{label: Không có máy, next: far}", "{label: Không có máy, next: far, valid: {from: 2027-01-01}}"),
        ("{problem: Hỏng, next: person}, {problem: Mất mạng, try: Chờ.}", "{problem: Mất mạng, try: Chờ.}, {problem: Hỏng, next: person}"),
        ("a: {say: Chào., next: b}", "a: {let: {title: today}, next: b}"),
    ],
)
def test_new_rules_change_the_revision(old: str, new: str) -> None:
    """Ids, kinds, ways, values, slots, days."""
    assert good(WALK.replace(old, new)).revision != good(WALK).revision


def test_a_slot_may_be_called_like_a_key() -> None:
    """Its rule is structure all the same."""
    steps = "a: {let: {title: today + days(1)}, next: e}\ne: {end: 'Ngày {title}.'}\n"
    assert good(steps).revision != good(steps.replace("days(1)", "days(2)")).revision


def test_the_order_of_steps_does_not_matter() -> None:
    """Maintainers move them about."""
    lines = WALK.strip().splitlines()
    assert good("\n".join(reversed(lines))).revision == good(WALK).revision


@pytest.mark.parametrize("typed", ["#KHAI-SINH", "khaisinh", "Khai sinh", " #KhaiSinh ", "khai_sinh", "KHÁI SINH"])
def test_a_typed_code_opens_a_guide(typed: str) -> None:
    """Case, `#`, blanks, hyphens and diacritics don't matter."""
    assert loaded(guide_text(END, start="e", name="khai-sinh")).guides.by_code(typed) == "khai-sinh"


@pytest.mark.parametrize("typed", ["", "#", "khai sinh cho con", "khai", "khaisinhx"])
def test_more_than_a_code_is_ordinary_text(typed: str) -> None:
    """Left to the NLU."""
    assert loaded(guide_text(END, start="e", name="khai-sinh")).guides.by_code(typed) is None


def test_guides_are_a_mapping() -> None:
    """In the order of their files."""
    guides = loaded(guide_text(END, start="e", name="mot"), guide_text(END, start="e", name="hai")).guides
    assert list(guides) == list(guides.keys()) == ["mot", "hai"]
    assert [guide.id for guide in guides.values()] == ["mot", "hai"]
    assert dict(guides.items()) == {"mot": guides["mot"], "hai": guides["hai"]}
    assert "mot" in guides
    assert "ba" not in guides
    assert guides.get("ba") is None
    assert len(guides) == 2


def test_a_drawing_has_an_address_that_changes_with_it() -> None:
    """So that it may be kept for ever; pictures of gestures are shared by guides."""
    steps = "a: {say: x, screen: {app: VNeID, title: Quét, highlight: Bắt đầu}, next: b}\nb: {say: y, picture: ap-the, next: e}\n" + END
    guide, changed = good(steps), good(steps.replace("Bắt đầu", "Quét"))
    assert re.fullmatch(r"/media/thu/a-[0-9a-f]{10}\.png", guide.screen_url("a") or "")
    assert guide.screen_url("a") != changed.screen_url("a")
    assert re.fullmatch(r"/media/picture/ap-the-[0-9a-f]{10}\.png", guide.screen_url("b") or "")
    assert guide.screen_url("e") is None
