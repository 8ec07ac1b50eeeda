"""The examples of `docs/checks.md`: every code has one, and each shows what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.check import drawing_errors
from bot.flows.checks import check
from bot.flows.diagnostics import Diagnostic
from bot.flows.examples import EXAMPLES, Place, whole
from bot.flows.loader import load
from bot.flows.messages import VIETNAMESE
from bot.flows.talks import read_talks
from bot.service.beside import Beside
from bot.settings import Settings
from tests.flows.writing import TODAY

SHOWN = {code: one for code, one in EXAMPLES.items() if one.place is not Place.WORLD}
WORDS = b"word,say\ntruy c\xe1\xba\xadp,m\xe1\xbb\x9f\n"


def findings(text: str, place: Place, folder: Path) -> tuple[Diagnostic, ...]:
    """What `danloi check` finds in a folder that holds this, and else what is as it should be."""
    if place is Place.TALK:
        (_, found) = read_talks({place.file: text.encode()})
        return tuple(found)
    files = {"vi-du.yaml": whole("guide: vi-du", Place.HEAD), "hard-words.csv": WORDS} | {place.file: whole(text, place)}
    if place in (Place.NLU, Place.CATALOGUE):
        path = folder / place.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        del files[place.file]
    loaded = load(files)
    settings = Settings(flows_dir=folder / "flows", nlu_dir=folder / "nlu_data", locales_dir=folder / "locales", data_dir=folder / "data", _env_file=None)
    return (*check(loaded, today=TODAY), *drawing_errors(loaded), *Beside(settings).findings(loaded))


def test_every_finding_has_an_example() -> None:
    assert EXAMPLES.keys() == VIETNAMESE.keys()


@pytest.mark.parametrize("code", SHOWN)
def test_the_bad_one_is_told_and_the_good_one_is_good(code: str, tmp_path: Path) -> None:
    one = SHOWN[code]
    assert code in [found.code for found in findings(one.bad, one.place, tmp_path / "bad")]
    good = findings(one.good, one.place, tmp_path / "good")
    assert code not in [found.code for found in good]
    if one.place in (Place.STEPS, Place.HEAD, Place.ANSWERS, Place.TALK, Place.PLACES, Place.WORDS):
        assert [found.text() for found in good if found.severity == "error"] == []
