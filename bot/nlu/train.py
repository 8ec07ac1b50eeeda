"""Learns a model from a folder of training data: `python -m bot.nlu.train NLU_DIR OUT`.

Runs in a process of its own, because scikit-learn costs a second and 100 MB that a server should not pay. The recipe was
measured before it was chosen: letter runs and word pairs of the folded text, balanced logistic regression, one temperature
and the cuts fitted on predictions that the model made for sentences it had not seen.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.multiclass import OneVsRestClassifier

from bot.i18n.folding import fold
from bot.nlu.classifier import OUT_OF_SCOPE, TABLES, WEIGHTS, Cuts
from bot.nlu.entities import entity_tables
from bot.nlu.features import char_ngrams, word_ngrams
from bot.nlu.normalise import exact_key, normalise
from bot.nlu.rasa_yaml import BadNluData, DataProblem, Example, TrainingData, data_hash, folder_files, read

FOLDS = 3
SEED = 20261124
KNOWN = 0.5  # below this share of known letter runs a text is gibberish or another language
WRONG = 4.0  # how many right answers a wrong one is worth: the citizen has to find out and go back
ASKED = 0.90  # how often the right intent should be among those asked for
LEARNT_WORDS = 3  # shorter examples are answered by the exact table, so they say nothing about the cuts

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A normalised text to learn from. Texts of one `group` are variants of one example and stay in one fold."""

    text: str
    intent: str
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """scikit-learn's objects after training; `export` writes them down for the classifier."""

    words: TfidfVectorizer
    chars: TfidfVectorizer
    model: OneVsRestClassifier

    @property
    def intents(self) -> list[str]:
        return [str(intent) for intent in self.model.classes_]

    def logits(self, texts: Sequence[str]) -> Floats:
        return np.asarray(self.model.decision_function(_vectors(self.words, self.chars, texts)), dtype=np.float64)

    @property
    def coefficients(self) -> Floats:
        """A row for each feature, words before letter runs, and a column for each intent."""
        return np.vstack([one.coef_ for one in self.model.estimators_]).T

    @property
    def biases(self) -> Floats:
        return np.array([one.intercept_[0] for one in self.model.estimators_])


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
    """Learn from `data`: the model, its temperature and its cuts."""
    check_enough(data)
    samples = prepare(data.examples)
    fitted = fit(samples)
    seen_not = out_of_fold(samples, fitted.intents)
    temperature = fit_temperature(seen_not, samples, fitted.intents)
    cuts = fit_cuts(softmax(seen_not / temperature), samples, fitted.intents)
    export(out, data=data, fitted=fitted, temperature=temperature, cuts=cuts, hash_of_data=hash_of_data)


def check_enough(data: TrainingData) -> None:
    """Raise `BadNluData` where an intent has too few examples to be tried on unseen ones."""
    first: dict[str, Example] = {}
    counts = Counter(example.intent for example in data.examples)
    for example in data.examples:
        first.setdefault(example.intent, example)
    few = [one for intent, one in first.items() if counts[intent] < FOLDS]
    problems = [
        DataProblem(file=one.file, line=one.line, message=f"ý định “{one.intent}” chỉ có {counts[one.intent]} ví dụ → viết ít nhất {FOLDS}, nên có 15")
        for one in few
    ]
    if len(counts) < 2:
        problems.append(DataProblem(file="nlu", line=1, message="chỉ có một ý định → viết ít nhất hai, nên có out_of_scope"))
    if problems:
        raise BadNluData(tuple(problems))


def prepare(examples: Iterable[Example]) -> list[Sample]:
    """Normalised texts, each also as it would be without its marks where shorthand makes that a different text."""
    samples: dict[tuple[str, str], Sample] = {}
    for group, example in enumerate(examples):
        for text in (normalise(example.text), normalise(fold(example.text))):
            if text:
                samples.setdefault((text, example.intent), Sample(text=text, intent=example.intent, group=group))
    return list(samples.values())


def fit(samples: Sequence[Sample]) -> Fitted:
    """Learn from all samples. Weights are rounded to half precision here, so that what is tested is what is scored."""
    texts = [sample.text for sample in samples]
    words = TfidfVectorizer(analyzer=word_ngrams, sublinear_tf=True, dtype=np.float64)
    chars = TfidfVectorizer(analyzer=char_ngrams, sublinear_tf=True, min_df=2, dtype=np.float64)
    vectors = hstack([words.fit_transform(texts), chars.fit_transform(texts)], format="csr")
    # One model for each intent against the rest, in the dual: as good as the multinomial one, and five times faster.
    model = OneVsRestClassifier(LogisticRegression(C=10, class_weight="balanced", solver="liblinear", dual=True, tol=0.3, random_state=SEED))
    model.fit(vectors, [sample.intent for sample in samples])
    for one in model.estimators_:
        one.coef_ = one.coef_.astype(np.float16).astype(np.float64)
    return Fitted(words=words, chars=chars, model=model)


def out_of_fold(samples: Sequence[Sample], intents: Sequence[str]) -> Floats:
    """Logits for every sample from a model that has not seen its example."""
    first = {sample.group: sample for sample in reversed(samples)}
    groups = np.array(sorted(first))
    labels = [first[group].intent for group in groups]
    # An intent that a fold has not seen at all stays far below the others.
    logits = np.full((len(samples), len(intents)), -10.0)

    def fill(held: NDArray[np.intp]) -> None:
        held_groups = set(groups[held].tolist())
        fitted = fit([sample for sample in samples if sample.group not in held_groups])
        rows = [row for row, sample in enumerate(samples) if sample.group in held_groups]
        columns = [intents.index(intent) for intent in fitted.intents]
        logits[np.ix_(rows, columns)] = fitted.logits([samples[row].text for row in rows])

    # liblinear works outside the interpreter's lock, so two folds learn at once where there are two cores.
    with ThreadPoolExecutor(max_workers=min(FOLDS, os.cpu_count() or 1)) as pool:
        list(pool.map(fill, [held for _, held in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(groups, labels)]))
    return logits


def fit_temperature(logits: Floats, samples: Sequence[Sample], intents: Sequence[str]) -> float:
    """The one number that makes confidences honest: it minimises the log loss of unseen sentences."""
    truth = np.array([intents.index(sample.intent) for sample in samples])

    def loss(log_temperature: float) -> float:
        chosen = softmax(logits / np.exp(log_temperature))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(chosen, 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded").x))


def fit_cuts(scores: Floats, samples: Sequence[Sample], intents: Sequence[str]) -> Cuts:
    """From which confidence on an answer does more good than harm, and below which asking helps nobody."""
    long = np.array([len(sample.text.split()) >= LEARNT_WORDS for sample in samples])
    truth = np.array([intents.index(sample.intent) for sample in samples])[long]
    scores = scores[long]
    outside = intents.index(OUT_OF_SCOPE) if OUT_OF_SCOPE in intents else -1
    best, confidence = scores.argmax(axis=1), scores.max(axis=1)
    # An answer to what is out of scope is as wrong as a wrong answer; saying nothing costs and gains nothing.
    gain = np.where(best == outside, 0.0, np.where(best == truth, 1.0, -WRONG))
    grid = np.arange(0.20, 0.96, 0.01)
    accept = float(max(grid, key=lambda cut: gain[confidence >= cut].sum()))
    of_truth = scores[np.arange(len(truth)), truth][truth != outside]
    ask = float(np.clip(np.quantile(of_truth, 1 - ASKED), 0.05, accept)) if of_truth.size else accept
    return Cuts(accept=round(accept, 4), ask=round(ask, 4), known=KNOWN)


def export(out: Path, *, data: TrainingData, fitted: Fitted, temperature: float, cuts: Cuts, hash_of_data: str) -> None:
    """Write `weights.npz` and `model.json`, which hold all that the classifier needs."""
    out.mkdir(parents=True, exist_ok=True)
    exact, exact_folded = exact_tables(data)
    coefficients = fitted.coefficients
    split = len(fitted.words.vocabulary_)
    tables: dict[str, Any] = {
        "intents": fitted.intents,
        "data_hash": hash_of_data,
        "temperature": temperature,
        "cuts": {"accept": cuts.accept, "ask": cuts.ask, "known": cuts.known},
        "exact": exact,
        "exact_folded": exact_folded,
        "words": fitted.words.get_feature_names_out().tolist(),
        "chars": fitted.chars.get_feature_names_out().tolist(),
        "entities": entity_tables(data),
    }
    (out / TABLES).write_bytes(orjson.dumps(tables))
    with (out / WEIGHTS).open("wb") as file:
        np.savez_compressed(
            file,
            word_idf=fitted.words.idf_,
            char_idf=fitted.chars.idf_,
            word_weights=coefficients[:split].astype(np.float16),
            char_weights=coefficients[split:].astype(np.float16),
            bias=fitted.biases,
        )


def exact_tables(data: TrainingData) -> tuple[dict[str, str], dict[str, str]]:
    """Examples as typed and folded, each with its intent; a folded text that means two things is left to the model."""
    typed = {exact_key(example.text): example.intent for example in data.examples}
    folded: dict[str, set[str]] = {}
    for example in data.examples:
        folded.setdefault(normalise(example.text), set()).add(example.intent)
    typed.pop("", None)
    folded.pop("", None)
    return typed, {text: next(iter(intents)) for text, intents in folded.items() if len(intents) == 1}


def softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _vectors(words: TfidfVectorizer, chars: TfidfVectorizer, texts: Sequence[str]) -> csr_matrix:
    return hstack([words.transform(texts), chars.transform(texts)], format="csr")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
