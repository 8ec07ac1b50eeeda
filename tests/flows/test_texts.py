"""Slots in texts."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.flows.texts import fill, slot_names


def test_slots_become_their_values() -> None:
    """Dates day first, numbers as in Vietnam, what is missing as a gap."""
    slots: dict[str, object] = {"deadline": date(2026, 3, 5), "fee": 12000, "weight": 2.5, "name": "Mai", "married": True, "moved": False}
    assert (
        fill("Hạn {deadline}, {fee} đồng, {weight} kg, {name}, {married}, {moved}, {missing}.", slots)
        == "Hạn 5/3/2026, 12.000 đồng, 2,5 kg, Mai, có, không, …."
    )


def test_values_are_written_as_in_the_language_of_the_text() -> None:
    """A language whose way is not known gets the Vietnamese one."""
    slots: dict[str, object] = {"deadline": date(2026, 3, 5), "fee": 12000, "weight": 1234.5, "married": True}
    assert fill("{deadline}, {fee}, {weight}, {married}", slots, "en") == "5 March 2026, 12,000, 1,234.5, yes"
    assert fill("{deadline}, {fee}, {weight}, {married}", slots, "mww") == "5/3/2026, 12.000, 1.234,5, có"


def test_other_braces_are_ordinary_text() -> None:
    """Also those in a value: it is not filled again."""
    assert fill("{ a } {A} {} {1} {x}", {"x": "{y}", "y": "!"}) == "{ a } {A} {} {1} {y}"
    assert slot_names("{a} { b } {C} {d_1} {a}") == {"a", "d_1"}


@given(
    st.text(),
    st.dictionaries(st.from_regex("[a-z]{1,3}", fullmatch=True), st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.dates())),
)
def test_no_text_breaks_it(text: str, slots: dict[str, object]) -> None:
    """Whatever stands in it."""
    assert isinstance(fill(text, slots), str)
