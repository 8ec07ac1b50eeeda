"""The learner of the weights: as right as a general solver, the same every time, and fair to small classes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from bot.nlu.softmax import Weights, fit_softmax

CLASSES, COLUMNS = 8, 400
SIZES = (300, 200, 200, 100, 100, 50, 30, 12)  # rows of each class


@pytest.fixture(scope="module")
def speech() -> tuple[csr_matrix, NDArray[np.int64], csr_matrix, NDArray[np.int64]]:
    """Rows to learn from and rows to be asked, as of texts: each class prefers a few columns, and all share the rest."""
    chance = np.random.default_rng(7)
    habits = chance.dirichlet(np.full(COLUMNS, 0.05), CLASSES) * 0.6 + 0.4 / COLUMNS
    labels = np.repeat(np.arange(CLASSES), SIZES)

    def rows() -> csr_matrix:
        counts = np.array([chance.multinomial(12, habits[label]) for label in labels], dtype=np.float64)
        return csr_matrix(counts / np.linalg.norm(counts, axis=1, keepdims=True))

    return rows(), labels, rows(), labels


def test_as_right_as_a_general_solver(speech: tuple[csr_matrix, NDArray[np.int64], csr_matrix, NDArray[np.int64]]) -> None:
    """Rows that it has not seen are told apart as well as scikit-learn tells them, to a point in a hundred."""
    rows, labels, asked, truth = speech
    weights, biases = fit_softmax(rows, labels, classes=CLASSES, seed=1)
    theirs = LogisticRegression(C=20, max_iter=500).fit(rows, labels)
    ours = _right(asked, truth, weights, biases)
    assert ours.mean() > (theirs.predict(asked) == truth).mean() - 0.01
    assert ours[truth == CLASSES - 1].mean() > 0.5  # twelve examples among a thousand


def test_the_same_every_time(speech: tuple[csr_matrix, NDArray[np.int64], csr_matrix, NDArray[np.int64]]) -> None:
    """A model can be made again from its data: the same seed gives the same bytes."""
    rows, labels, *_ = speech
    first, second, other = (fit_softmax(rows, labels, classes=CLASSES, seed=seed)[0] for seed in (1, 1, 2))
    assert first.tobytes() == second.tobytes() != other.tobytes()


def test_a_column_that_nobody_has_weighs_nothing() -> None:
    """What never occurs stays at zero, so that it can say nothing later."""
    rows = csr_matrix(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]))
    weights, _ = fit_softmax(rows, np.array([0, 1]), classes=2, seed=1)
    assert not weights[1].any()
    assert _right(rows, np.array([0, 1]), weights, np.zeros(2, np.float32)).all()


def _right(rows: csr_matrix, truth: NDArray[np.int64], weights: Weights, biases: Weights) -> NDArray[np.bool_]:
    return np.asarray((rows @ weights + biases).argmax(axis=1) == truth)
