"""Communes are found by what citizens call them, the old names too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.places import Place, Places

PLACES = Places.from_csv((Path(__file__).parents[2] / "flows" / "places.csv").read_text(encoding="utf-8"))


def test_all_thirty_eight_are_there() -> None:
    """As the province has them since July 2025."""
    assert len(PLACES) == 38
    assert PLACES.get("03390") == Place(
        code="03390",
        name="Xã Bình Lư",
        kind="xã",
        former=("Thị trấn Tam Đường (Huyện Tam Đường)", "Xã Bình Lư (Huyện Tam Đường)", "Xã Sơn Bình (Huyện Tam Đường)"),
    )
    assert PLACES.get("x") is None


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Xã Bình Lư", "Xã Bình Lư"),
        ("binh lu", "Xã Bình Lư"),
        ("Em ở xã Bum Nưa ạ", "Xã Bum Nưa"),
        ("thị trấn Tam Đường", "Xã Bình Lư"),
        ("tam đường", "Xã Bình Lư"),
        ("Sơn Bình", "Xã Bình Lư"),
        ("San Thàng", "Phường Tân Phong"),
        ("phường đoàn kết thành phố lai châu", "Phường Đoàn Kết"),
        ("Xã Hố Mít (Huyện Tân Uyên)", "Xã Pắc Ta"),
        ("hố mít huyện tân uyên", "Xã Pắc Ta"),
        ("Sin Súi Hồ", "Xã Sin Suối Hồ"),
        ("binh luu", "Xã Bình Lư"),
        ("UBND xã Khun Há", "Xã Khun Há"),
    ],
)
def test_the_likeliest_place_comes_first(said: str, name: str) -> None:
    """New and former names, with and without kind, district and diacritics, with a slip."""
    assert PLACES.match(said)[0].name == name


def test_a_name_may_mean_several_places() -> None:
    """The new name before the old one; whoever says the kind means one."""
    assert [place.name for place in PLACES.match("Mường Tè")] == ["Xã Mường Tè", "Xã Bum Tở"]
    assert [place.name for place in PLACES.match("xã Mường Tè")] == ["Xã Mường Tè"]


@pytest.mark.parametrize("said", ["", "a", "không biết", "Lai Châu", "Hà Nội", "xã", "?" * 200])
def test_what_is_no_place_is_not_guessed(said: str) -> None:
    """The bot asks again."""
    assert PLACES.match(said) == ()


@given(st.sampled_from(sorted(place.code for place in PLACES)))
def test_every_place_is_found_by_its_name(code: str) -> None:
    """Its own name is never mistaken for another's former one."""
    place = PLACES.get(code)
    assert place is not None
    assert PLACES.match(place.name)[0] == place


@given(st.text(max_size=150))
def test_no_text_breaks_it(text: str) -> None:
    """At most five places come back."""
    assert len(PLACES.match(text)) <= 5
