"""What is hidden in an event before anybody keeps it, and what must stay whole."""

from __future__ import annotations

from bot.dialogue.event import Event, Kind, Parse
from bot.dialogue.payload import entry_payload
from bot.outreach.volunteers import new_code
from bot.service.understand import Understanding
from tests.store.machine import event

understand = Understanding(lambda _: Parse())


def opened(payload: str) -> Event:
    return understand(event("", id="1", kind=Kind.OPENED, payload=payload))


def test_a_link_keeps_its_volunteer_and_its_commune() -> None:
    """Whatever code chance has made, also one that ends in digits."""
    for payload in [entry_payload("vneid", "", code, "03466") for code in ("t7k4", "abc1", "a123", "pw2x", "mk7a", "pin4", *(new_code() for _ in range(500)))]:
        assert opened(payload).payload == payload


def test_an_identity_number_in_a_link_is_hidden() -> None:
    assert "031090123456" not in opened("vneid__031090123456").payload
    assert "031090123456" not in opened("vneid_031090123456__03466").payload
