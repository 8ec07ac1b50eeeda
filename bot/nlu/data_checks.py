"""What a maintainer should know of the training data beside the guides: intents that nobody understands, or that are too alike.

Cheap enough to run at each save: texts are normalised as the classifier does it, and counted; nothing is trained.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import log, log1p, sqrt

from bot.dialogue.commands import KNOWN_INTENTS
from bot.flows.diagnostics import Diagnostic
from bot.flows.loader import Loaded
from bot.flows.schema_errors import near
from bot.nlu.enough import ENOUGH, counted, few, too_little
from bot.nlu.features import word_ngrams
from bot.nlu.normalise import normalise
from bot.nlu.rasa_yaml import Example, TrainingData

Plain = Sequence[tuple[Example, str]]  # each example with its normalised text

QUESTION = "hoi/"  # before the name of a short answer
ALIKE = 0.5  # cosine of two intents. Those of this house come to 0.4; where half of the sentences are the same but for a word or two, it is 0.55
TELLING = 200  # words and pairs of an intent that say most of it: with these alone, hundreds of intents are compared in a moment
TOLD_BY_MARKS = 3  # shorter sentences may differ by their marks alone: “dừng” and “đúng”


def data_findings(data: TrainingData) -> tuple[Diagnostic, ...]:
    """What can be said of the data alone."""
    plain = [(example, normalise(example.text)) for example in data.examples]
    return (*too_little(data), *few(data), *_same_words(plain), *_alike(plain))


def unheard(data: TrainingData, loaded: Loaded) -> Iterator[Diagnostic]:
    """Guides and answers that nobody can ask for in words of their own, and intents from which nothing follows."""
    there = set(data.intents)
    wanted = set(KNOWN_INTENTS)
    for guide in loaded.guide_drafts:
        intent = guide.model.intent or guide.model.guide
        wanted.add(intent)
        if intent not in there:
            yield guide.finding("guide-unheard", ("intent",) if guide.model.intent else ("guide",), intent=intent, enough=str(ENOUGH))
    for answers in loaded.answer_drafts:
        for number, answer in enumerate(answers.model.answers):
            intent = QUESTION + answer.answer
            wanted.add(intent)
            if intent not in there:
                yield answers.finding("answer-unheard", ("answers", number, "answer"), intent=intent, enough=str(ENOUGH))
    if any(one.severity == "error" for one in loaded.diagnostics):
        return  # what is wanted by a file that cannot be read is not known
    for first, _ in counted(data):
        if first.intent not in wanted:
            yield first.finding("nlu-unused", intent=first.intent, near=near(first.intent, wanted))


def _same_words(plain: Plain) -> Iterator[Diagnostic]:
    """Sentences of two intents that are one once shorthand and marks are gone, too long for the marks to tell them apart."""
    seen: dict[str, Example] = {}
    for example, text in plain:
        first = seen.setdefault(text, example)
        if first.intent != example.intent and len(text.split()) >= TOLD_BY_MARKS:
            yield example.finding("nlu-same-words", text=example.text, other=first.intent, where=_where(first))


def _alike(plain: Plain) -> Iterator[Diagnostic]:
    """Pairs of intents whose words and pairs of words are nearly the same, at the first example of the later one."""
    for intent, other in _near_pairs(_directions(plain)):
        first = next(example for example, _ in plain if example.intent == intent)
        mine, theirs = _nearest(plain, intent, other)
        yield first.finding("nlu-alike", intent=intent, other=other, mine=mine.text, theirs=theirs.text, where=_where(theirs))


def _directions(plain: Plain) -> dict[str, Mapping[str, float]]:
    """Of each intent: its words and pairs by how often it has them and how few others do; of length one."""
    counts: dict[str, Counter[str]] = {}
    for example, text in plain:
        counts.setdefault(example.intent, Counter()).update(set(word_ngrams(text)))
    spread = Counter(feature for one in counts.values() for feature in one)
    # What only two intents share is as telling as what one has alone: that is just what is looked for.
    rarity = {feature: log((1 + len(counts)) / max(number, 2)) for feature, number in spread.items()}
    found: dict[str, Mapping[str, float]] = {}
    for intent, one in counts.items():
        telling = sorted(((log1p(number) * rarity[feature], feature) for feature, number in one.items()), reverse=True)[:TELLING]
        weighed = {feature: weight for weight, feature in telling}
        length = sqrt(sum(value * value for value in weighed.values())) or 1.0
        found[intent] = {feature: value / length for feature, value in weighed.items()}
    return found


def _near_pairs(directions: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, str]]:
    """Each intent with an earlier one that is too near to it."""
    holders: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for intent, direction in directions.items():
        nearness: defaultdict[str, float] = defaultdict(float)
        for feature, value in direction.items():
            for other, theirs in holders[feature]:
                nearness[other] += value * theirs
            holders[feature].append((intent, value))
        yield from ((intent, other) for other, cosine in sorted(nearness.items()) if cosine >= ALIKE)


def _nearest(plain: Plain, intent: str, other: str) -> tuple[Example, Example]:
    """The two examples, one of each intent, that share most of their words."""
    mine, theirs = ([(example, set(text.split())) for example, text in plain if example.intent == name] for name in (intent, other))

    def shared(pair: tuple[tuple[Example, set[str]], tuple[Example, set[str]]]) -> float:
        (_, first), (_, second) = pair
        return len(first & second) / (len(first | second) or 1)

    (one, _), (two, _) = max(product(mine, theirs), key=shared)
    return one, two


def _where(example: Example) -> str:
    return f"{example.file}:{example.line}"
