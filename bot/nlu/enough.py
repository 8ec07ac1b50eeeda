"""Whether there is enough to learn from: how many examples an intent must have, and should have."""

from __future__ import annotations

from collections import Counter

from bot.flows.diagnostics import Diagnostic
from bot.nlu.rasa_yaml import Example, TrainingData

FEWEST = 3  # with fewer, none can be kept apart to try the model on what it has not seen
ENOUGH = 15  # below, an intent is understood only as it is written


def too_little(data: TrainingData) -> tuple[Diagnostic, ...]:
    """What keeps the data from being learnt from, each intent at its first example."""
    found = [_told("nlu-too-few", one, count) for one, count in counted(data) if count < FEWEST]
    if data.examples and len(data.intents) < 2:
        found.append(Diagnostic(file=data.examples[0].file, line=1, column=1, code="nlu-one-intent"))
    return tuple(found)


def few(data: TrainingData) -> tuple[Diagnostic, ...]:
    """Intents that can be learnt and would be understood better with more examples."""
    return tuple(_told("nlu-few", one, count) for one, count in counted(data) if FEWEST <= count < ENOUGH)


def counted(data: TrainingData) -> list[tuple[Example, int]]:
    """The first example of each intent, and how many there are."""
    counts = Counter(example.intent for example in data.examples)
    first: dict[str, Example] = {}
    for example in data.examples:
        first.setdefault(example.intent, example)
    return [(one, counts[intent]) for intent, one in first.items()]


def _told(code: str, first: Example, count: int) -> Diagnostic:
    return first.finding(code, intent=first.intent, count=str(count), fewest=str(FEWEST), enough=str(ENOUGH))
