"""Keys for payloads that a button has no room for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.short_keys import ShortKeysHere, is_key, key_of, short
from bot.dialogue.payload import read_tap
from bot.nlu.privacy import mask

PAYLOADS = st.text(max_size=200)


def test_what_fits_goes_as_it_is() -> None:
    assert short("a" * 64, 64) == "a" * 64
    assert short("ạ" * 21, 64) == "ạ" * 21
    assert short("ạ" * 22, 64) == key_of("ạ" * 22)  # 66 bytes


@given(PAYLOADS)
def test_whatever_goes_into_a_button_has_room_in_it(payload: str) -> None:
    assert len(short(payload, 64).encode()) <= 64
    assert is_key(short(payload, 64)) == (short(payload, 64) != payload)


@given(PAYLOADS)
def test_the_privacy_filter_finds_nothing_in_a_key(payload: str) -> None:
    """It hides long runs of digits, and a key that lost some signs would lead nowhere, and warn a citizen of a secret that was none."""
    assert (mask(key_of(payload)).text, mask(key_of(payload)).kinds) == (key_of(payload), ())


@given(PAYLOADS)
def test_a_key_is_no_payload_of_the_dialogue(payload: str) -> None:
    assert read_tap(key_of(payload)) is None


def test_a_payload_that_looks_like_a_key_gets_one_too() -> None:
    assert short(key_of("x"), 64) == key_of(key_of("x"))
    assert short("~x", 64) == key_of("~x")


async def test_a_process_for_itself_remembers() -> None:
    keys = ShortKeysHere()
    await keys.keep(["a" * 70, "b" * 70])
    assert await keys.whole({key_of("a" * 70), key_of("c" * 70)}) == {key_of("a" * 70): "a" * 70}
