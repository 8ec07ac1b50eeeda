"""`python -m bench.reliability`: kill processes under load, print what became of it all, and write docs/reliability.md."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.nlu.model_cache import ensure_model
from tests.service.crash import Load, Numbers, kill_everything, kill_one_at_a_time

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reliability.md"
ALL = Load(contacts=300, events=20, kills=5)
ONE = Load(contacts=200, events=15, kills=8)
BEGIN, END = "<!-- numbers: python -m bench.reliability writes them -->", "<!-- end of numbers -->"


def measure() -> list[tuple[str, Numbers]]:
    """Both kinds of death, one after the other."""
    nlu = ROOT / "nlu_data"
    found = []
    for name, kill, load in (("everything at once", kill_everything, ALL), ("one process at a time", kill_one_at_a_time, ONE)):
        with TemporaryDirectory(prefix="danloi-reliability-") as folder:
            ensure_model(nlu, Path(folder) / "cache")
            found.append((name, asyncio.run(kill(load, Path(folder), nlu))))
        print(f"\n{name}", *(f"{what:>16}  {value}" for what, value in found[-1][1].rows()), sep="\n", flush=True)
    return found


def table(found: Sequence[tuple[str, Numbers]]) -> str:
    """As Markdown; a column for each kind of death."""
    names = [name for name, _ in found]
    rows = zip(*(numbers.rows() for _, numbers in found), strict=True)
    lines = [f"| | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
    lines += [f"| {row[0][0]} | {' | '.join(value for _, value in row)} |" for row in rows]
    return "\n".join([f"Measured on {datetime.now(UTC):%-d %b %Y}.", "", *lines])


def write(found: Sequence[tuple[str, Numbers]]) -> None:
    """Put the table into the page, between its marks."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(found)}\n\n{END}{after}", encoding="utf-8")
    print(f"\nwritten: {PAGE.relative_to(ROOT)}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.reliability", description=__doc__)
    parser.add_argument("--print", action="store_true", dest="only_print", help="leave the page as it is")
    arguments = parser.parse_args()
    found = measure()
    if not arguments.only_print:
        write(found)
    bad = [numbers for _, numbers in found if numbers.lost or numbers.applied_twice or numbers.out_of_order or numbers.unsent or numbers.sent_wrongly]
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
