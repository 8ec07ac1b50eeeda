"""Nothing that citizens see in an app changes unseen: each step of each guide, as it is sent there."""

from __future__ import annotations

import pytest

from tests.snapshots.drawing import FOLDER, snapshots


@pytest.mark.parametrize("name", snapshots())
def test_the_guide_looks_as_it_was_last_looked_at(name: str) -> None:
    """Meant to change? `python -m tests.snapshots` writes it anew; look at the difference before you commit it."""
    assert (FOLDER / name).read_text(encoding="utf-8") == snapshots()[name]


def test_no_snapshot_is_of_something_that_is_gone() -> None:
    assert {path.name for path in FOLDER.glob("*.txt")} == set(snapshots())
