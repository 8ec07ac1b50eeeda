"""A language is guessed only where there is no doubt."""

from __future__ import annotations

import pytest

from bot.dialogue.guess import guess_language


@pytest.mark.parametrize(
    "text",
    ["Hello, I need help with the birth certificate", "how does this work please?", "I don't understand what you want", "where should I register my child"],
)
def test_clear_english(text: str) -> None:
    assert guess_language(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "the can cuoc cua toi",  # thẻ căn cước
        "toi can lam the",
        "em muon cai app the nao",
        "quen password vneid",
        "please help",  # too short to be sure
        "vneid install error",
        "ok thanks em nhe, toi lam duoc roi",
        "tôi muốn help birth certificate",
        "mus tsev kawm ntawv",
        "",
    ],
)
def test_everything_else_is_not_guessed(text: str) -> None:
    assert guess_language(text) is None
