"""Tells what someone means, in about a tenth of a millisecond and without scipy.

First a table of everything that the training data says word for word, then a linear model over words, pairs and letter runs.
The model's numbers were learnt by `train`; this file only adds them up. It never guesses: `Parse.sure` holds only above the
cut that was fitted on sentences the model had not seen.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from bot.dialogue.event import Parse
from bot.nlu.entities import Entities
from bot.nlu.features import char_ngrams
from bot.nlu.normalise import exact_key, normalise
from bot.nlu.scam import tells_of_fraud
from bot.nlu.syllables import Mender

OUT_OF_SCOPE, SCAM_REPORT = "out_of_scope", "scam_report"
ANSWERS = "hoi/"  # so begin the intents that ask for one fact
WEIGHTS, TABLES = "weights.npz", "model.json"
MAX_CHARS = 1000  # of an utterance; what follows says nothing new about the intent and only costs time
RANKED = 5
QUESTION_WORDS = 3  # a shorter text names a topic ("nfc", "hồ sơ") but asks nothing, so no answer can be sure
PLAINLY = 0.9  # from here on the model knows that somebody asks what is usual, and no pattern makes a report of that
DOUBTED = 0.7  # of the cut for all others: a warning too many is a few words, one too few may cost the savings of a family
CERTAIN = 0.97  # the confidence of a report that a rule raised; as often as such a rule was right on sentences kept apart
SUSPICION, SUSPECTED = 0.3, 0.5  # from which share on a report goes before what seems likelier, and how often it then is right

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]
Values = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """From which calibrated confidence on to act, and from which on to ask between a few."""

    accept: float
    ask: float
    known: float  # the least share of a text's letter runs that the training data has, for `accept` to count


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one word adds by its letter runs: to every intent, to the squared length of the text, and how much of it is known."""

    scores: Rows
    square: float
    known: int
    total: int


class Sentences:
    """Which intent a whole sentence of the training data has. Only digests are kept, on disk and in memory: ten bytes a sentence, not 120."""

    def __init__(self, digests: NDArray[np.uint64], rows: NDArray[np.uint16], intents: Sequence[str]):
        """`digests` sorted; `rows`: for each the number of its intent."""
        self._digests, self._rows, self._intents = array("Q", digests.tobytes()), array("H", rows.tobytes()), intents

    def get(self, text: str) -> str | None:
        wanted = digest(text)
        at = bisect_left(self._digests, wanted)
        return self._intents[self._rows[at]] if at < len(self._digests) and self._digests[at] == wanted else None


def digest(text: str) -> int:
    """64 bits that stand for a sentence."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


class Classifier:
    """A trained model, ready to score. Safe to share between threads: nothing in it changes."""

    def __init__(self, tables: Mapping[str, Any], weights: Mapping[str, NDArray[Any]]):
        self.intents: tuple[str, ...] = tuple(tables["intents"])
        self.data_hash: str = tables["data_hash"]
        self.cuts = Cuts(**tables["cuts"])
        self.temperature: float = tables["temperature"]
        self._exact = {text: self.intents[row] for text, row in tables["exact"].items()}
        self._told_by_marks = {normalise(text) for text in self._exact}
        self._exact_folded = Sentences(weights["exact_digests"], weights["exact_rows"], self.intents)
        self._words = {gram: row for row, gram in enumerate(tables["words"])}
        self._chars = {gram: row for row, gram in enumerate(tables["chars"])}
        self._word_idf, self._char_idf = weights["word_idf"], weights["char_idf"]
        # Whole numbers of one byte and one scale for each intent, in memory as on disk: the few rows of a sentence are made decimals then.
        self._word_rows, self._char_rows, self._scales = weights["word_weights"], weights["char_weights"], weights["scales"].astype(np.float32)
        self._bias = weights["bias"]
        # Speech repeats its words: what each adds is worked out once.
        self._share_of = lru_cache(maxsize=8192)(self._share)
        self._ones = np.ones(4 * MAX_CHARS, np.float32)  # shorthand grows when it is spelt out
        self._mender = Mender(dict(zip(tables["words"], tables["word_counts"], strict=True)), self._words)
        self._entities = Entities.from_tables(tables["entities"])

    @classmethod
    def load(cls, path: Path) -> Classifier:
        """Read a model's folder, as `train` writes it and `model_cache.ensure_model` finds it."""
        with np.load(path / WEIGHTS) as weights:
            return cls(orjson.loads((path / TABLES).read_bytes()), {name: weights[name] for name in weights.files})

    def parse(self, text: str) -> Parse:
        """Intents best first with calibrated confidences, entities, and whether the best may be believed."""
        text = text[:MAX_CHARS]
        plain = normalise(text)
        if not plain:
            return Parse()
        entities = self._entities.find(text)
        exact = (plain in self._told_by_marks and self._exact.get(exact_key(text))) or self._exact_folded.get(plain)
        if exact is None:
            mended = self._mender.mend(plain)
            exact = self._exact_folded.get(mended) if mended != plain else None
            plain = mended
        if exact:
            return Parse(ranking=((exact, 1.0),), entities=entities, sure=exact != OUT_OF_SCOPE)
        scores, known = self._score(plain)
        return self._judged(scores, plain, entities, self.cuts, known=known)

    def probabilities(self, text: str) -> Floats:
        """The calibrated confidence of every intent, in the order of `intents`, by the model alone."""
        return self._score(self._mender.mend(normalise(text[:MAX_CHARS])))[0]

    def unclear(self, text: str) -> Floats | None:
        """The confidences of a text that lies between the cuts: too little to act, too much to give up; None for any other."""
        first = self.parse(text)
        if first.sure or not first.ranking or not self.cuts.ask <= first.ranking[0][1] < self.cuts.accept:
            return None
        plain = self._mender.mend(normalise(text[:MAX_CHARS]))
        scores, known = self._score(plain)
        return scores if known >= self.cuts.known and len(plain.split()) >= QUESTION_WORDS else None

    def judge(self, text: str, scores: Floats, cuts: Cuts) -> Parse:
        """What `parse` would have said of `text` with these confidences of somebody else, and the cuts that belong to them."""
        return self._judged(scores, self._mender.mend(normalise(text[:MAX_CHARS])), self._entities.find(text[:MAX_CHARS]), cuts)

    def _judged(self, scores: Floats, plain: str, entities: Values, cuts: Cuts, *, known: float = 1.0) -> Parse:
        best = scores.argsort()[: -RANKED - 1 : -1]
        ranking = list(zip(map(self.intents.__getitem__, best.tolist()), scores[best].tolist(), strict=True))
        fraud = self._fraud(ranking, plain)
        if fraud:
            return Parse(ranking=_raised(ranking, fraud), entities=entities, sure=True)
        believed = known >= cuts.known and _believed(ranking[0], plain, cuts)
        return Parse(ranking=tuple(ranking), entities=entities, sure=believed, close=_close(ranking, cuts))

    def _fraud(self, ranking: list[tuple[str, float]], plain: str) -> float:
        """The confidence to raise a report with; 0 where the ranking may stay as it is."""
        suspicion, (best, share) = dict(ranking).get(SCAM_REPORT, 0.0), ranking[0]
        asks = best.startswith(ANSWERS) and share >= PLAINLY
        if suspicion < CERTAIN and SCAM_REPORT in self.intents and not asks and tells_of_fraud(plain):
            return CERTAIN
        return SUSPECTED if suspicion >= SUSPICION and best != SCAM_REPORT else 0.0

    def _score(self, plain: str) -> tuple[Floats, float]:
        words = plain.split()
        known = self._words
        rows = [known[gram] for gram in (*words, *map(" ".join, pairwise(words))) if gram in known]
        shares = [self._share_of(word) for word in words]
        square = sum([share.square for share in shares])
        scores = self._bias
        # A sum as a product with ones: one call for all rows.
        if rows:
            idf = self._word_idf.take(rows)
            scores = scores + idf @ self._word_rows.take(rows, axis=0).astype(np.float32) * self._scales * (1 / math.sqrt(idf @ idf))
        if square:
            scores = scores + self._ones[: len(shares)] @ np.array([share.scores for share in shares]) * (1 / math.sqrt(square))
        raised = np.exp((scores - scores.max()) * (1 / self.temperature))
        return raised * (1 / raised.sum()), sum([share.known for share in shares]) / max(sum([share.total for share in shares]), 1)

    def _share(self, word: str) -> Share:
        grams = char_ngrams(word)
        rows = [self._chars[gram] for gram in grams if gram in self._chars]
        idf = self._char_idf[rows]
        scores = idf @ self._char_rows[rows].astype(np.float32) * self._scales
        return Share(scores=scores, square=float(idf @ idf), known=len(rows), total=len(grams))


def _believed(best: tuple[str, float], plain: str, cuts: Cuts) -> bool:
    intent, confidence = best
    if intent.startswith(ANSWERS) and len(plain.split()) < QUESTION_WORDS:
        return False
    return intent != OUT_OF_SCOPE and confidence >= cuts.accept * (DOUBTED if intent == SCAM_REPORT else 1)


def _close(ranking: list[tuple[str, float]], cuts: Cuts) -> tuple[str, ...]:
    return tuple(intent for intent, confidence in ranking[:3] if confidence >= cuts.ask and intent != OUT_OF_SCOPE)


def _raised(ranking: list[tuple[str, float]], confidence: float) -> tuple[tuple[str, float], ...]:
    """The ranking with the report before all others; what is left of certainty is shared as before."""
    others = [(intent, share * (1 - confidence)) for intent, share in ranking if intent != SCAM_REPORT]
    return ((SCAM_REPORT, confidence), *others)[:RANKED]
