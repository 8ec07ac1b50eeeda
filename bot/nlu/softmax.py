"""Multinomial logistic regression for texts: rows with forty numbers in thirty thousand columns, and some eighty intents.

General solvers visit every weight in every step, or learn each intent against the rest; here a step visits the columns that its
rows hold, and all intents at once. On our data that takes a third of liblinear's time for as few mistakes; the constants below
were chosen on one half of the data, by models of the other (docs/nlu.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

EPOCHS, STEPS = 12, 24  # of each epoch; more of either understand no better
AT_ONCE = (32, 1024)  # at least and at most so many rows a step, however few or many there are
STEP, DAMPING = 0.5, 0.1  # Adagrad's; the damping keeps rare columns from leaping at their first step
BALANCE = 0.4  # 0: a large intent counts by all its examples; 1: every intent counts the same
DOUBT = 0.1  # label smoothing: what is learnt never becomes certain, so new sentences stay comparable
HIDDEN = 0.3  # the share of numbers left out in each step (dropout), so that no intent hangs on one word

Weights = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Some rows, narrowed to the columns that they hold."""

    columns: NDArray[np.int64]
    rows: csr_matrix
    wanted: Weights  # what the scores should be
    worth: Weights  # of each row

    @classmethod
    def of(cls, rows: csr_matrix, wanted: Weights, worth: Weights) -> _Batch:
        columns, narrowed = np.unique(rows.indices, return_inverse=True)
        return cls(columns=columns, rows=csr_matrix((rows.data, narrowed, rows.indptr), shape=(rows.shape[0], columns.size)), wanted=wanted, worth=worth)


def fit_softmax(rows: csr_matrix, labels: NDArray[np.int64], *, classes: int, seed: int) -> tuple[Weights, Weights]:
    """Weights, a row for each column of `rows` and a column for each class, and a bias for each class.

    `labels` are numbers below `classes`, and each of these occurs. The same arguments give the same weights.
    """
    chance = np.random.default_rng(seed)
    weights, biases = np.zeros((rows.shape[1], classes), np.float32), np.zeros(classes, np.float32)
    moved, biases_moved = np.full_like(weights, DAMPING), np.full_like(biases, DAMPING)
    batches = list(_batches(rows, labels, classes, chance))
    for _ in range(EPOCHS):
        for number in chance.permutation(len(batches)):
            batch = batches[number]
            heard = (chance.random(batch.rows.nnz, dtype=np.float32) >= HIDDEN) / np.float32(1 - HIDDEN)
            seen = csr_matrix((batch.rows.data * heard, batch.rows.indices, batch.rows.indptr), shape=batch.rows.shape)
            known = weights[batch.columns]
            wrong = batch.worth * (_softmax(seen @ known + biases) - batch.wanted)
            slopes = seen.T @ wrong
            past = moved[batch.columns]
            past += slopes * slopes
            moved[batch.columns] = past
            # In place: these arrays are millions of numbers, and making one costs more than filling it.
            np.sqrt(past, out=past)
            slopes /= past
            slopes *= STEP
            known -= slopes
            weights[batch.columns] = known
            slope = wrong.sum(axis=0)
            biases_moved += slope * slope
            biases -= STEP * slope / np.sqrt(biases_moved)
    return weights, biases


def _batches(rows: csr_matrix, labels: NDArray[np.int64], classes: int, chance: np.random.Generator) -> Iterator[_Batch]:
    counts = np.bincount(labels, minlength=classes)
    worth = ((labels.size / (classes * counts)) ** BALANCE)[labels]
    wanted = np.eye(classes) * (1 - DOUBT) + DOUBT / classes
    order = chance.permutation(labels.size)
    size = min(max(labels.size // STEPS, AT_ONCE[0]), AT_ONCE[1])
    for start in range(0, labels.size, size):
        some = order[start : start + size]
        yield _Batch.of(rows[some].astype(np.float32), wanted[labels[some]].astype(np.float32), worth[some, None].astype(np.float32))


def _softmax(scores: Weights) -> Weights:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)
