"""Turns normalised texts into rows of numbers: the part of a model that is fitted before the weights are.

A text's row has two blocks, words (with pairs) and letter runs. Each occurrence counts with its rarity (idf), and each block is
divided by its length, so that a long story weighs no more than a short question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from bot.nlu.features import char_ngrams, word_ngrams

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """One block's features, in the order of their columns, and how rare each is."""

    columns: dict[str, int]
    counts: NDArray[np.int64]  # in how many texts each occurs
    idf: Floats

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]], *, kept: Callable[[str, int], bool]) -> Vocabulary:
        """What occurs in `texts` and is `kept` by its name and count."""
        seen = Counter(feature for features in texts for feature in set(features))
        names = sorted(name for name, count in seen.items() if kept(name, count))
        counts = np.array([seen[name] for name in names], dtype=np.int64)
        return cls(columns={name: column for column, name in enumerate(names)}, counts=counts, idf=np.log((1 + len(texts)) / (1 + counts)) + 1)

    def rows(self, texts: Sequence[Sequence[str]]) -> csr_matrix:
        """A row for each text, of length one."""
        known = self.columns.get
        columns = np.array([known(feature, -1) for features in texts for feature in features], dtype=np.int64)
        numbers = np.repeat(np.arange(len(texts)), [len(features) for features in texts])[columns >= 0]
        columns = columns[columns >= 0]
        idf = self.idf[columns]
        lengths = np.sqrt(np.bincount(numbers, idf * idf, minlength=len(texts)))
        rows = csr_matrix((idf / lengths[numbers], (numbers, columns)), shape=(len(texts), len(self.columns)))
        rows.sum_duplicates()
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Both blocks."""

    words: Vocabulary
    chars: Vocabulary

    @classmethod
    def of(cls, texts: Sequence[str]) -> Vectors:
        """Every word; pairs and letter runs that occur in two texts at least: the rest is chance."""
        return cls(
            words=Vocabulary.of(_words(texts), kept=lambda name, count: count > 1 or " " not in name),
            chars=Vocabulary.of(_chars(texts), kept=lambda _, count: count > 1),
        )

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """A row for each text, words before letter runs."""
        return hstack([self.words.rows(_words(texts)), self.chars.rows(_chars(texts))], format="csr")


def _words(texts: Sequence[str]) -> list[list[str]]:
    return [word_ngrams(text) for text in texts]


def _chars(texts: Sequence[str]) -> list[list[str]]:
    of_word = lru_cache(maxsize=None)(char_ngrams)  # speech repeats its words
    return [[gram for word in text.split() for gram in of_word(word)] for text in texts]
