"""Tells what someone means, in about a tenth of a millisecond and without scikit-learn.

First a table of everything that the training data says word for word, then a linear model over word pairs and letter runs.
The model's numbers were learnt by `train`; this file only adds them up. It never guesses: `Parse.sure` holds only above the
cut that was fitted on sentences the model had not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from bot.dialogue.event import Parse
from bot.nlu.entities import Entities
from bot.nlu.features import char_ngrams, word_ngrams
from bot.nlu.normalise import exact_key, normalise

OUT_OF_SCOPE = "out_of_scope"
WEIGHTS, TABLES = "weights.npz", "model.json"
MAX_CHARS = 1000  # of an utterance; what follows says nothing new about the intent and only costs time
RANKED = 5
QUESTION_WORDS = 3  # a shorter text names a topic ("nfc", "hồ sơ") but asks nothing, so no answer can be sure

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """From which calibrated confidence on to act, and from which on to ask between a few."""

    accept: float
    ask: float
    known: float  # the least share of a text's letter runs that the training data has, for `accept` to count


class Classifier:
    """A trained model, ready to score. Safe to share between threads: nothing in it changes."""

    def __init__(self, tables: Mapping[str, Any], weights: Mapping[str, NDArray[Any]]):
        self.intents: tuple[str, ...] = tuple(tables["intents"])
        self.data_hash: str = tables["data_hash"]
        self.cuts = Cuts(**tables["cuts"])
        self.temperature: float = tables["temperature"]
        self._exact: dict[str, str] = tables["exact"]
        self._exact_folded: dict[str, str] = tables["exact_folded"]
        self._words = {gram: row for row, gram in enumerate(tables["words"])}
        self._chars = {gram: row for row, gram in enumerate(tables["chars"])}
        self._word_idf, self._char_idf = weights["word_idf"], weights["char_idf"]
        self._word_weights, self._char_weights = weights["word_weights"].astype(np.float32), weights["char_weights"].astype(np.float32)
        self._bias = weights["bias"]
        # Speech repeats its words: remembering what each is made of halves the time of a parse.
        self._rows_of = lru_cache(maxsize=8192)(self._letters)
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
        exact = self._exact.get(exact_key(text)) or self._exact_folded.get(plain)
        if exact:
            return Parse(ranking=((exact, 1.0),), entities=entities, sure=exact != OUT_OF_SCOPE)
        scores, known = self._score(plain)
        best = np.argsort(scores)[::-1][:RANKED]
        ranking = tuple((self.intents[index], float(scores[index])) for index in best)
        return Parse(ranking=ranking, entities=entities, sure=self._believed(ranking, known, plain), close=self._close(ranking))

    def probabilities(self, text: str) -> Floats:
        """The calibrated confidence of every intent, in the order of `intents`, by the model alone."""
        return self._score(normalise(text[:MAX_CHARS]))[0]

    def _believed(self, ranking: tuple[tuple[str, float], ...], known: float, plain: str) -> bool:
        intent, confidence = ranking[0]
        if intent.startswith("hoi/") and len(plain.split()) < QUESTION_WORDS:
            return False
        return intent != OUT_OF_SCOPE and confidence >= self.cuts.accept and known >= self.cuts.known

    def _close(self, ranking: tuple[tuple[str, float], ...]) -> tuple[str, ...]:
        return tuple(intent for intent, confidence in ranking[:3] if confidence >= self.cuts.ask and intent != OUT_OF_SCOPE)

    def _score(self, plain: str) -> tuple[Floats, float]:
        words = [self._words[gram] for gram in word_ngrams(plain) if gram in self._words]
        chars: list[int] = []
        total = 0
        for word in plain.split():
            rows, count = self._rows_of(word)
            chars += rows
            total += count
        logits = _block(words, self._word_idf, self._word_weights) + _block(chars, self._char_idf, self._char_weights) + self._bias
        logits /= self.temperature
        raised = np.exp(logits - logits.max())
        return raised / raised.sum(), len(chars) / max(total, 1)

    def _letters(self, word: str) -> tuple[list[int], int]:
        """The rows of a word's letter runs that the model knows, and how many runs it has."""
        grams = char_ngrams(word)
        return [self._chars[gram] for gram in grams if gram in self._chars], len(grams)


def _block(rows: list[int], idf: Floats, weights: NDArray[np.float32]) -> Any:
    """One vectorizer's share of the logits: sublinear tf, idf, one L2 norm."""
    if not rows:
        return 0.0
    counts = Counter(rows)
    found = np.fromiter(counts.keys(), np.intp, len(counts))
    values = (1.0 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))) * idf[found]
    values /= np.sqrt(values @ values)
    return values @ weights[found]
