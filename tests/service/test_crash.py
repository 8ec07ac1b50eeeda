"""Kill processes under load: no acknowledged event without its effect, none twice, order kept, twice sent only what was in flight.

`python -m bench.reliability` does the same with more people and writes the numbers into docs/reliability.md.
"""

from __future__ import annotations

from pathlib import Path

from bot.service.delivery import MAX_IN_HAND
from tests.service.crash import Load, Numbers, kill_everything, kill_one_at_a_time
from tests.service.processes import postgres_of


def show(numbers: Numbers) -> None:
    """With `pytest -s`, or where the test fails."""
    print("", *(f"{name:>14}  {value}" for name, value in numbers.rows()), sep="\n")


def check(numbers: Numbers, load: Load) -> None:
    show(numbers)
    assert numbers.events == load.contacts * load.events
    assert numbers.deliveries > numbers.events
    assert (numbers.lost, numbers.applied_twice, numbers.out_of_order, numbers.parked) == (0, 0, 0, 0)
    assert (numbers.unsent, numbers.sent_wrongly) == (0, 0)
    assert numbers.sends == numbers.messages + numbers.sent_twice
    assert numbers.sent_twice <= load.kills * MAX_IN_HAND * 2
    assert numbers.most_to_one <= load.kills


async def test_everything_is_killed_five_times(data: Path, nlu: Path) -> None:
    """500 people say 20 things each to two servers, whose database dies with them."""
    load = Load(contacts=500, events=20, kills=5)
    check(await kill_everything(load, data, nlu), load)
    assert postgres_of(data) == []


async def test_webs_and_workers_are_killed_at_random_points(data: Path, nlu: Path) -> None:
    """Two of each share a PostgreSQL; one or the other is always missing, and nobody notices."""
    load = Load(contacts=200, events=15, kills=8)
    check(await kill_one_at_a_time(load, data, nlu), load)
