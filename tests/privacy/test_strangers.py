"""Two exams by people who had not seen the filter: what must go, and what must stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.privacy import mask

HERE = Path(__file__).parent


def lines(name: str) -> list[list[str]]:
    """The columns of each line; a line break in a sentence stands as `\\n`."""
    return [[column.replace("\\n", "\n") for column in line.split("\t")] for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(("kind", "secret", "said"), lines("strangers-secrets.tsv"))
def test_a_secret_is_hidden(kind: str, secret: str, said: str) -> None:
    """Whole: not a part of its digits is left either."""
    masked = mask(said).text
    digits = "".join(filter(str.isdigit, secret))
    assert secret not in masked, kind
    assert len(digits) < 6 or digits not in "".join(filter(str.isdigit, masked)), kind


def test_what_is_no_secret_stays() -> None:
    """Dates, money, addresses, hotlines, laws, talk of codes without one. The few that go are rather too much than too little."""
    said = [sentence for _, sentence in lines("strangers-plain.tsv")]
    changed = [sentence for sentence in said if mask(sentence).text != sentence]
    assert len(said) > 350
    assert len(changed) <= 4, changed
