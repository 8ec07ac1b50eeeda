"""Learns the layer on top of e5's vectors: `python -m bot.nlu.e5_train NLU_DIR CACHE OUT`. Minutes the first time, seconds afterwards.

Vectors are kept in CACHE, so that only new sentences are read. Needs the extras `e5` and `train`.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from bot.nlu.classifier import Cuts
from bot.nlu.e5 import Embedder, Head, Vectors
from bot.nlu.normalise import spelt_out
from bot.nlu.rasa_yaml import TrainingData, read_folder
from bot.nlu.train import Floats, Sample, fit_cuts, fit_temperature, on_unseen, parted, prepare, softmax

AT_ONCE = 64  # texts
C, ROUNDS = 0.3, 150
EVEN = 0.5  # below it an answer is rather wrong than right, however few are sent away


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 3:
        print("python -m bot.nlu.e5_train NLU_DIR CACHE OUT", file=sys.stderr)  # noqa: T201  # this is a command
        return 2
    nlu_dir, cache, out = map(Path, arguments)
    learn(read_folder(nlu_dir), cache, Embedder()).save(out)
    return 0


def learn(data: TrainingData, cache: Path, embedder: Embedder) -> Head:
    """The layer for `data`, with the temperature and the cuts of both models on sentences that neither has seen."""
    samples = prepare(data.examples)
    intents = sorted({sample.intent for sample in samples})
    written = {sample.group: spelt_out(data.examples[sample.group].text) for sample in samples}
    # A text with its marks and one without them are two texts to e5.
    kept = _Kept(cache, embedder, [*written.values(), *(sample.text for sample in samples)])
    seen, _ = parted(samples)
    unseen, first = on_unseen(samples)
    tried = _layer(seen, written, kept, intents)
    both = tried.together(first, kept.of([written[sample.group] for sample in unseen]))
    temperature = fit_temperature(both, unseen, intents)
    cuts = _cuts_of_unclear(first, softmax(both / temperature), unseen, intents)
    layer = _layer(samples, written, kept, intents)
    return Head(intents=layer.intents, weights=layer.weights, biases=layer.biases, temperature=temperature, cuts=cuts)


def _cuts_of_unclear(first: Floats, scores: Floats, unseen: Sequence[Sample], intents: Sequence[str]) -> Cuts:
    """Fitted on what e5 will be asked about: what the linear model alone leaves between its own cuts."""
    alone = softmax(first / fit_temperature(first, unseen, intents))
    cuts = fit_cuts(alone, unseen, intents)
    rows = np.flatnonzero((alone.max(axis=1) >= cuts.ask) & (alone.max(axis=1) < cuts.accept))
    if not rows.size:
        return cuts
    fitted = fit_cuts(scores[rows], [unseen[row] for row in rows.tolist()], intents)
    return replace(fitted, accept=max(fitted.accept, EVEN))


def _layer(samples: Sequence[Sample], written: dict[int, str], kept: _Kept, intents: Sequence[str]) -> Head:
    vectors = np.vstack([kept.of([written[sample.group] for sample in samples]), kept.of([sample.text for sample in samples])])
    middle, spread = vectors.mean(axis=0), vectors.std(axis=0)
    model = LogisticRegression(C=C, class_weight="balanced", max_iter=ROUNDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # more rounds gain nothing on unseen sentences
        model.fit((vectors - middle) / spread, [sample.intent for sample in samples] * 2)
    weights = np.zeros((vectors.shape[1], len(intents)), np.float32)
    biases = np.full(len(intents), -10.0, np.float32)
    columns = [intents.index(intent) for intent in model.classes_]
    weights[:, columns] = (model.coef_ / spread).T
    biases[columns] = model.intercept_ - middle @ (model.coef_ / spread).T
    return Head(intents=tuple(intents), weights=weights, biases=biases, temperature=1.0, cuts=Cuts(accept=1.0, ask=1.0, known=0.0))


class _Kept:
    """Vectors of texts, read once and kept in a file."""

    def __init__(self, file: Path, embedder: Embedder, texts: Sequence[str]):
        self._of: dict[str, Vectors] = {}
        if file.exists():
            with np.load(file) as kept:
                self._of = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))
        new = sorted(set(texts) - self._of.keys())
        for at in range(0, len(new), AT_ONCE):
            some = new[at : at + AT_ONCE]
            self._of.update(zip(some, embedder.vectors(some).astype(np.float16), strict=True))
        if new:
            file.parent.mkdir(parents=True, exist_ok=True)
            wanted = sorted(set(texts))
            with file.open("wb") as out:
                np.savez(out, texts=np.array(wanted), vectors=np.array([self._of[text] for text in wanted]))

    def of(self, texts: Sequence[str]) -> Vectors:
        return np.array([self._of[text] for text in texts], dtype=np.float32)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
