"""How well the classifier understands: on sentences left out of training in turn, and on a file that is never trained on.

Imported only by the command line: it trains, so it needs scikit-learn.
"""

from __future__ import annotations

import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklearn.model_selection import StratifiedKFold

from bot.i18n.folding import unmark
from bot.nlu.classifier import OUT_OF_SCOPE, Classifier
from bot.nlu.rasa_yaml import Example, TrainingData, data_hash, read
from bot.nlu.train import SEED, learn

BINS = 10  # of the calibration error

STYLES: Mapping[str, Callable[[str], str]] = {
    "như đã viết": lambda text: text,
    "không dấu": unmark,
    "tổ hợp rời (NFD)": lambda text: unicodedata.normalize("NFD", text),
    "CHỮ HOA": str.upper,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One sentence with what it means and what was understood."""

    text: str
    intent: str
    guess: str
    confidence: float
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of one run. Shares are 0 to 1; `answered` and `right_when_sure` leave out what is out of scope."""

    judged: tuple[Judged, ...]

    @property
    def accuracy(self) -> float:
        return _share(one.guess == one.intent for one in self.judged)

    @property
    def in_scope_accuracy(self) -> float:
        return _share(one.guess == one.intent for one in self._inside)

    @property
    def macro_f1(self) -> float:
        scores = [self.f1(intent) for intent in sorted({one.intent for one in self.judged})]
        return sum(scores) / max(len(scores), 1)

    def f1(self, intent: str) -> float:
        hit = sum(one.guess == one.intent == intent for one in self.judged)
        total = sum((one.guess == intent) + (one.intent == intent) for one in self.judged)
        return 2 * hit / total if total else 0.0

    @property
    def answered(self) -> float:
        return _share(one.sure for one in self._inside)

    @property
    def right_when_sure(self) -> float:
        return _share(one.guess == one.intent for one in self._inside if one.sure)

    @property
    def out_of_scope_recall(self) -> float:
        """How much of what is out of scope gets no guide and no answer."""
        return _share(not one.sure for one in self.judged if one.intent == OUT_OF_SCOPE)

    @property
    def calibration_error(self) -> float:
        """Expected calibration error over ten bins: how far confidence and truth lie apart."""
        bins: dict[int, list[Judged]] = {}
        for one in self.judged:
            bins.setdefault(min(int(one.confidence * BINS), BINS - 1), []).append(one)
        gaps = (
            abs(_share(one.guess == one.intent for one in group) - sum(one.confidence for one in group) / len(group)) * len(group) for group in bins.values()
        )
        return sum(gaps) / max(len(self.judged), 1)

    def confusions(self, count: int = 10) -> list[tuple[str, str, int]]:
        """The commonest mistakes: meant, understood, how often."""
        pairs = Counter((one.intent, one.guess) for one in self.judged if one.guess != one.intent)
        return [(meant, understood, times) for (meant, understood), times in pairs.most_common(count)]

    @property
    def _inside(self) -> list[Judged]:
        return [one for one in self.judged if one.intent != OUT_OF_SCOPE]


def judge(classifier: Classifier, examples: Sequence[Example], style: Callable[[str], str] = lambda text: text) -> Report:
    """What `classifier` understands of `examples`, each rewritten by `style` first."""
    judged: list[Judged] = []
    for example in examples:
        parse = classifier.parse(style(example.text))
        guess, confidence = parse.ranking[0] if parse.ranking else ("", 0.0)
        judged.append(Judged(text=example.text, intent=example.intent, guess=guess, confidence=confidence, sure=parse.sure))
    return Report(judged=tuple(judged))


def judge_held_out(classifier: Classifier, file: Path) -> dict[str, Report]:
    """A report for each style of writing, on a file in the training format."""
    examples = read({file.name: file.read_bytes()}).examples
    return {name: judge(classifier, examples, style) for name, style in STYLES.items()}


def judge_k_fold(data: TrainingData, folds: int = 5) -> Report:
    """Train `folds` times, each time without a share of the examples, and judge that share."""
    judged: list[Judged] = []
    for kept, held in _split(data.examples, folds):
        part = TrainingData(examples=tuple(kept), synonyms=data.synonyms, regexes=data.regexes, lookups=data.lookups)
        with tempfile.TemporaryDirectory() as folder:
            learn(part, Path(folder), hash_of_data=data_hash({}))
            judged += judge(Classifier.load(Path(folder)), held).judged
    return Report(judged=tuple(judged))


def _split(examples: Sequence[Example], folds: int) -> list[tuple[list[Example], list[Example]]]:
    splitter = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    labels = [example.intent for example in examples]
    return [([examples[row] for row in kept], [examples[row] for row in held]) for kept, held in splitter.split(labels, labels)]


def _share(holds: Iterable[bool]) -> float:
    """The share of what holds; of nothing, all of it."""
    values = list(holds)
    return sum(values) / len(values) if values else 1.0
