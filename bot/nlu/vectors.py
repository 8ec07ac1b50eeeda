"""Turns normalised texts into rows of numbers: the part of a model that is fitted before the weights are.

A text's row has two blocks, words (with pairs) and letter runs. Each occurrence counts with its rarity (idf), and each block is
divided by its length, so that a long story weighs no more than a short question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, count

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
    def learnt(cls, texts: Sequence[Sequence[str]], *, kept: Callable[[str, int], bool]) -> tuple[Vocabulary, csr_matrix]:
        """What occurs in `texts` and is `kept` by its name and count, and a row for each text."""
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        found = np.fromiter(map(numbers.__getitem__, chain.from_iterable(texts)), dtype=np.int64)
        # A feature that a text has twice is one entry of the matrix.
        counts = np.bincount(csr_matrix((np.ones(found.size), (_owners(texts), found))).indices)
        names = sorted(name for name, number in numbers.items() if kept(name, counts[number]))
        numbers_kept = [numbers[name] for name in names]
        counts_kept = counts[numbers_kept]
        vocabulary = cls(
            columns={name: column for column, name in enumerate(names)},
            counts=counts_kept,
            idf=np.log((1 + len(texts)) / (1 + counts_kept)) + 1,
        )
        columns = np.full(len(numbers), -1)
        columns[numbers_kept] = np.arange(len(names))
        return vocabulary, vocabulary._weighed(columns[found], texts)

    def rows(self, texts: Sequence[Sequence[str]]) -> csr_matrix:
        """A row for each text, of length one."""
        known = self.columns.get
        return self._weighed(np.array([known(feature, -1) for features in texts for feature in features], dtype=np.int64), texts)

    def _weighed(self, columns: NDArray[np.int64], texts: Sequence[Sequence[str]]) -> csr_matrix:
        """Rows of length one; `columns` has one for each feature of each text, -1 for what is not known."""
        owners = _owners(texts)[columns >= 0]
        columns = columns[columns >= 0]
        idf = self.idf[columns]
        lengths = np.sqrt(np.bincount(owners, idf * idf, minlength=len(texts)))
        rows = csr_matrix((idf / lengths[owners], (owners, columns)), shape=(len(texts), len(self.columns)))
        rows.sum_duplicates()
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Vectors:
    """Both blocks."""

    words: Vocabulary
    chars: Vocabulary

    @classmethod
    def learnt(cls, texts: Sequence[str]) -> tuple[Vectors, csr_matrix]:
        """Every word; pairs and letter runs that occur in two texts at least: the rest is chance. With a row for each text."""
        words, of_words = Vocabulary.learnt(_words(texts), kept=lambda name, count: count > 1 or " " not in name)
        chars, of_chars = Vocabulary.learnt(_chars(texts), kept=lambda _, count: count > 1)
        return cls(words=words, chars=chars), hstack([of_words, of_chars], format="csr")

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """A row for each text, words before letter runs."""
        return hstack([self.words.rows(_words(texts)), self.chars.rows(_chars(texts))], format="csr")


def _words(texts: Sequence[str]) -> list[list[str]]:
    return [word_ngrams(text) for text in texts]


def _chars(texts: Sequence[str]) -> list[list[str]]:
    of_word = lru_cache(maxsize=None)(char_ngrams)  # speech repeats its words
    return [[gram for word in text.split() for gram in of_word(word)] for text in texts]


def _owners(texts: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """For each feature of each text, the number of its text."""
    return np.repeat(np.arange(len(texts)), [len(features) for features in texts])
