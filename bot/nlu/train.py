"""Learns a model from a folder of training data: `python -m bot.nlu.train NLU_DIR OUT`.

Runs in a process of its own, because scipy and the rows cost memory that a server should not pay. The recipe was measured
before it was chosen: letter runs and word pairs of the folded text, balanced logistic regression, one temperature and the cuts
fitted on predictions that the model made for sentences it had not seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from bot.i18n.folding import fold
from bot.nlu.classifier import OUT_OF_SCOPE, TABLES, WEIGHTS, Cuts, digest
from bot.nlu.enough import too_little
from bot.nlu.entities import entity_tables
from bot.nlu.normalise import exact_key, normalise
from bot.nlu.rasa_yaml import BadNluData, Example, TrainingData, data_hash, folder_files, read
from bot.nlu.softmax import fit_softmax
from bot.nlu.vectors import Vectors

SEED = 20261124
LEVELS = 63  # of a weight, up and down; finer ones make the file larger and nothing better
KNOWN = 0.5  # below this share of known letter runs a text is gibberish or another language
LET_IN, SENT_AWAY = 0.04, 0.10  # the shares we would not exceed: of what is out of scope, answered; of what is in scope, not answered at once
ACCEPT = (0.40, 0.80)  # the cut stays in these bounds, whatever a small set of examples says
ASKED = 0.92  # how often the right intent should be among those asked for
LEARNT_WORDS = 3  # shorter examples are answered by the exact table, so they say nothing about the cuts

Floats = NDArray[np.float64]

plain = lru_cache(maxsize=None)(normalise)  # the samples and the exact tables ask for the same texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A normalised text to learn from. Texts of one `group` are variants of one example and stay in one fold."""

    text: str
    intent: str
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A model after training; `export` writes it down for the classifier.

    `weights` has a row for each feature, words before letter runs, and a column for each intent: whole numbers that are
    multiplied with the intent's scale. What is tested is what is scored: nothing is rounded later.
    """

    vectors: Vectors
    intents: list[str]
    weights: NDArray[np.int8]
    scales: Floats
    biases: Floats

    def logits(self, texts: Sequence[str]) -> Floats:
        return np.asarray(self.vectors.rows(texts) @ (self.weights * self.scales) + self.biases, dtype=np.float64)


def main(arguments: Sequence[str]) -> int:
    """The command; problems of the data go to standard error, one a line."""
    if len(arguments) != 2:
        print("python -m bot.nlu.train NLU_DIR OUT", file=sys.stderr)  # noqa: T201  # this is a command
        return 2
    try:
        train_folder(Path(arguments[0]), Path(arguments[1]))
    except BadNluData as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


def train_folder(folder: Path, out: Path) -> None:
    """Learn from `folder` and write the model's files into `out`; raises `BadNluData`."""
    files = folder_files(folder)
    learn(read(files), out, hash_of_data=data_hash(files))


def learn(data: TrainingData, out: Path, *, hash_of_data: str) -> None:
    """Learn from `data`: the model, its temperature and its cuts; raises `BadNluData` where there is too little to be tried on unseen examples."""
    problems = too_little(data)
    if problems:
        raise BadNluData(problems)
    fitted, temperature, cuts = fit_and_try(data.examples)
    export(out, data=data, fitted=fitted, temperature=temperature, cuts=cuts, hash_of_data=hash_of_data)


def prepare(examples: Iterable[Example]) -> list[Sample]:
    """Normalised texts, each also as it would be without its marks where shorthand makes that a different text."""
    samples: dict[tuple[str, str], Sample] = {}
    for group, example in enumerate(examples):
        for text in (plain(example.text), plain(fold(example.text))):
            if text:
                samples.setdefault((text, example.intent), Sample(text=text, intent=example.intent, group=group))
    return list(samples.values())


def fit_and_try(examples: Iterable[Example]) -> tuple[Fitted, float, Cuts]:
    """The model of all examples, its temperature and its cuts: learnt and tried side by side where there are two cores."""
    if (os.cpu_count() or 1) < 2:
        samples = prepare(examples)
        return fit(samples), *tried_out(samples)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        beside.submit(os.getpid)  # it loads scipy while the examples are prepared here
        samples = prepare(examples)
        tried = beside.submit(tried_out, samples)
        return fit(samples), *tried.result()


def fit(samples: Sequence[Sample]) -> Fitted:
    """Learn from all samples."""
    vectors, rows = Vectors.learnt([sample.text for sample in samples])
    intents, labels = np.unique([sample.intent for sample in samples], return_inverse=True)
    weights, biases = fit_softmax(rows, labels, classes=intents.size, seed=SEED)
    scales = np.abs(weights).max(axis=0) / LEVELS
    return Fitted(
        vectors=vectors,
        intents=intents.tolist(),
        weights=np.round(weights / scales).astype(np.int8),
        scales=scales.astype(np.float64),
        biases=biases.astype(np.float64),
    )


def tried_out(samples: Sequence[Sample]) -> tuple[float, Cuts]:
    """The temperature and the cuts for a model of `samples`, by what one of their first half says of the other."""
    unseen, logits = on_unseen(samples)
    intents = sorted({sample.intent for sample in samples})
    temperature = fit_temperature(logits, unseen, intents)
    return temperature, fit_cuts(softmax(logits / temperature), unseen, intents)


def on_unseen(samples: Sequence[Sample]) -> tuple[list[Sample], Floats]:
    """The samples of one half, with their logits from a model that has not seen their examples."""
    intents = sorted({sample.intent for sample in samples})
    seen, unseen = parted(samples)
    fitted = fit(seen)
    # An intent that the other half has not seen at all stays far below the others.
    logits = np.full((len(unseen), len(intents)), -10.0)
    logits[:, [intents.index(intent) for intent in fitted.intents]] = fitted.logits([sample.text for sample in unseen])
    return unseen, logits


def parted(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """One half of each intent's examples to learn from and one to be tried on, the same ones every time."""
    groups: dict[str, list[int]] = {}
    for group, intent in {sample.group: sample.intent for sample in samples}.items():
        groups.setdefault(intent, []).append(group)
    chance = np.random.default_rng(SEED)
    held = {group for intent in sorted(groups) for group in chance.permutation(groups[intent])[: len(groups[intent]) // 2].tolist()}
    return [sample for sample in samples if sample.group not in held], [sample for sample in samples if sample.group in held]


def fit_temperature(logits: Floats, samples: Sequence[Sample], intents: Sequence[str]) -> float:
    """The one number that makes confidences honest: it minimises the log loss of unseen sentences."""
    from scipy.optimize import minimize_scalar  # half a second that only the process beside spends

    truth = np.array([intents.index(sample.intent) for sample in samples])

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits / np.exp(log_temperature))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def fit_cuts(scores: Floats, samples: Sequence[Sample], intents: Sequence[str]) -> Cuts:
    """From which confidence on to act, and below which asking helps nobody.

    Unseen sentences of a training set are harder than what people say once all of it is learnt. So the cut does not aim at the
    two limits but balances them: neither is nearer to being missed than the other.
    """
    long = np.array([len(sample.text.split()) >= LEARNT_WORDS for sample in samples])
    truth = np.array([intents.index(sample.intent) for sample in samples])[long]
    scores = scores[long]
    outside = intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in intents else -1
    # What the model takes for out of scope is never answered, however low the cut.
    answerable = np.where(scores.argmax(axis=1) == outside, 0.0, scores.max(axis=1))
    strangers, ours = np.sort(answerable[truth == outside]), np.sort(answerable[truth != outside])
    if strangers.size and ours.size:
        grid = np.arange(ACCEPT[0], ACCEPT[1], 0.01)
        let_in = 1 - np.searchsorted(strangers, grid) / strangers.size
        sent_away = np.searchsorted(ours, grid) / ours.size
        accept = float(grid[np.maximum(let_in / LET_IN, sent_away / SENT_AWAY).argmin()])
    else:
        accept = ACCEPT[1]
    of_truth = scores[np.arange(len(truth)), truth][truth != outside]
    ask = float(np.clip(np.quantile(of_truth, 1 - ASKED), 0.05, accept)) if of_truth.size else accept
    return Cuts(accept=round(accept, 4), ask=round(ask, 4), known=KNOWN)


def export(out: Path, *, data: TrainingData, fitted: Fitted, temperature: float, cuts: Cuts, hash_of_data: str) -> None:
    """Write `weights.npz` and `model.json`, which hold all that the classifier needs."""
    out.mkdir(parents=True, exist_ok=True)
    exact, exact_folded = exact_tables(data)
    words, chars = fitted.vectors.words, fitted.vectors.chars
    row = {intent: row for row, intent in enumerate(fitted.intents)}
    sentences = sorted((digest(text), row[intent]) for text, intent in exact_folded.items())
    tables: dict[str, Any] = {
        "intents": fitted.intents,
        "data_hash": hash_of_data,
        "temperature": temperature,
        "cuts": {"accept": cuts.accept, "ask": cuts.ask, "known": cuts.known},
        "exact": {text: row[intent] for text, intent in exact.items()},
        "words": list(words.columns),
        "word_counts": words.counts.tolist(),
        "chars": list(chars.columns),
        "entities": entity_tables(data),
    }
    (out / TABLES).write_bytes(orjson.dumps(tables))
    with (out / WEIGHTS).open("wb") as file:
        np.savez_compressed(
            file,
            word_idf=words.idf,
            char_idf=chars.idf,
            word_weights=fitted.weights[: len(words.columns)],
            char_weights=fitted.weights[len(words.columns) :],
            scales=fitted.scales,
            bias=fitted.biases,
            exact_digests=np.array([one for one, _ in sentences], dtype=np.uint64),
            exact_rows=np.array([number for _, number in sentences], dtype=np.uint16),
        )


def exact_tables(data: TrainingData) -> tuple[dict[str, str], dict[str, str]]:
    """Examples folded, each with its intent, and as typed those whose folded text alone means two things: `dừng` and `đúng`."""
    folded: dict[str, set[str]] = {}
    for example in data.examples:
        folded.setdefault(plain(example.text), set()).add(example.intent)
    typed = {exact_key(example.text): example.intent for example in data.examples if len(folded[plain(example.text)]) > 1}
    typed.pop("", None)
    folded.pop("", None)
    return typed, {text: next(iter(intents)) for text, intents in folded.items() if len(intents) == 1}


def softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
