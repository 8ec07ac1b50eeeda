"""What no platform would send: real deliveries with something wrong in them, for the readers of every app."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import strategies as st

JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, "", "x" * 5000, "\ud83d", "\0", "#dl:\ud83d\0", [], {}, [[]], [{}], {"id": {"id": 1}}, {"message": {"message": {}}},
    {"result": {"result": {}}},
)  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=12,
)
bodies = st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode())


def ten_thousand_bodies(*deliveries: Any, junk: Sequence[Any]) -> Iterator[bytes]:
    """The deliveries, mutated; `junk` is what may stand for something real in this app. In every second one bytes are wrong as well."""
    chance = random.Random(2026)
    for number in range(10_000):
        body = bytearray(json.dumps(mutated(deliveries[number % len(deliveries)], chance, (*JUNK, *junk))).encode())
        if number % 2:
            for _ in range(chance.randint(1, 4)):
                body[chance.randrange(len(body))] = chance.randrange(256)
        yield bytes(body)


def mutated(value: Any, chance: random.Random, junk: Sequence[Any]) -> Any:
    """The same JSON with something wrong somewhere."""
    if chance.random() < 0.08:
        return chance.choice(junk)
    if isinstance(value, dict):
        return {chance.choice([key, key, key, key, key + "x", "id"]): mutated(inside, chance, junk) for key, inside in value.items() if chance.random() > 0.03}
    if isinstance(value, list):
        return [mutated(inside, chance, junk) for inside in value * chance.choice([1, 1, 1, 2])]
    return value


@st.composite
def with_any_json_in_one_place(draw: st.DrawFn, shapes: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One of the shapes, in which something stands that nobody expects there."""
    item: dict[str, Any] = json.loads(json.dumps(draw(st.sampled_from(shapes))))
    inside = item
    while isinstance(inside, dict) and inside:
        key = draw(st.sampled_from(sorted(inside)))
        if not isinstance(inside[key], dict) or draw(st.booleans()):
            inside[key] = draw(json_values)
            break
        inside = inside[key]
    return item
