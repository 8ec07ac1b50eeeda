"""How well the classifier understands: on sentences left out of training in turn, and on files that are never trained on.

Imported only by the command line: it trains, so it needs `danloi[train]`.
"""

from __future__ import annotations

import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from xml.etree import ElementTree

from sklearn.model_selection import StratifiedKFold

from bot.dialogue.event import Parse
from bot.flows.diagnostics import Diagnostic
from bot.i18n.folding import unmark
from bot.nlu.classifier import OUT_OF_SCOPE, SCAM_REPORT, Classifier
from bot.nlu.rasa_yaml import BadNluData, Example, TrainingData, data_hash, folder_files, read
from bot.nlu.train import SEED, learn

BINS = 10  # of the calibration error
ALL = "tất cả"

# A file of sentences in one way of writing, and how its row is called.
FILES: Mapping[str, str] = {
    "diacritics": "có dấu",
    "none": "không dấu",
    "typo": "gõ nhầm",
    "teencode": "viết tắt",
    "dialect": "tiếng vùng",
    "long": "kể dài",
    "out-of-scope": "ngoài phạm vi",
    "scam": "lừa đảo",
    # The same questions from ten people.
    "elder-by-voice": "người già đọc cho máy ghi",
    "schoolchild": "học sinh",
    "highlander": "người vùng cao",
    "south-and-centre": "người miền Nam, miền Trung",
    "mother-at-night": "người mẹ kể chuyện",
    "official": "cán bộ",
    "two-languages": "chen tiếng Anh",
    "english": "tiếng Anh",
    "keyboard": "gõ chệch phím",
    "decomposed": "dấu tổ hợp rời",
    "afterwards": "viết sau cùng",
    # Exams written by people who had seen no data.
    "strangers-diacritics": "người lạ: có dấu",
    "strangers-none": "người lạ: không dấu",
    "strangers-typo": "người lạ: gõ nhầm",
    "strangers-teencode": "người lạ: viết tắt",
    "strangers-dialect": "người lạ: tiếng vùng",
    "strangers-long": "người lạ: kể dài",
    "strangers-voice": "người lạ: đọc cho máy ghi",
    "strangers-english": "người lạ: tiếng Anh",
    "strangers-first": "người lạ: ba bài đầu",
    "strangers-borders": "người lạ: ở ranh giới",
}
# All sentences again, rewritten by a machine.
REWRITTEN: Mapping[str, Callable[[str], str]] = {
    "bỏ hết dấu": unmark,
    "tổ hợp rời (NFD)": lambda text: unicodedata.normalize("NFD", text),
    "CHỮ HOA": str.upper,
}


class Reads(Protocol):
    """The embedded classifier, alone or with e5 behind it."""

    def parse(self, text: str) -> Parse: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One sentence with what it means and what was understood."""

    text: str
    intent: str
    guess: str
    confidence: float
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The figures of one run. Shares are 0 to 1, or None where there is nothing to count."""

    judged: tuple[Judged, ...]

    @property
    def accuracy(self) -> float | None:
        """How often the best guess was right, in scope, whether it was believed or not."""
        return _share(one.guess == one.intent for one in self._inside)

    @property
    def rejected(self) -> float | None:
        """How much of what is in scope got no answer."""
        return _share(not one.sure for one in self._inside)

    @property
    def right_when_sure(self) -> float | None:
        return _share(one.guess == one.intent for one in self._inside if one.sure)

    @property
    def macro_f1(self) -> float | None:
        scores = [self.f1(intent) for intent in sorted({one.intent for one in self.judged})]
        return sum(scores) / len(scores) if scores else None

    def f1(self, intent: str) -> float:
        hit = sum(one.guess == one.intent == intent for one in self.judged)
        total = sum((one.guess == intent) + (one.intent == intent) for one in self.judged)
        return 2 * hit / total if total else 0.0

    @property
    def out_of_scope_recall(self) -> float | None:
        """How much of what is out of scope gets no guide and no answer."""
        return _share(not one.sure for one in self.judged if one.intent == OUT_OF_SCOPE)

    @property
    def scam_recall(self) -> float | None:
        return _share(one.guess == SCAM_REPORT and one.sure for one in self.judged if one.intent == SCAM_REPORT)

    @property
    def calibration_error(self) -> float | None:
        """Expected calibration error over ten bins: how far confidence and truth lie apart."""
        bins: dict[int, list[Judged]] = {}
        for one in self.judged:
            bins.setdefault(min(int(one.confidence * BINS), BINS - 1), []).append(one)
        gaps = (abs(sum(one.guess == one.intent for one in group) - sum(one.confidence for one in group)) for group in bins.values())
        return sum(gaps) / len(self.judged) if self.judged else None

    def confusions(self, count: int = 10) -> list[tuple[str, str, int]]:
        """The commonest mistakes: meant, understood, how often."""
        pairs = Counter((one.intent, one.guess) for one in self.judged if one.guess != one.intent)
        return [(meant, understood, times) for (meant, understood), times in pairs.most_common(count)]

    @property
    def _inside(self) -> list[Judged]:
        return [one for one in self.judged if one.intent != OUT_OF_SCOPE]


def judge(classifier: Reads, examples: Sequence[Example], style: Callable[[str], str] = lambda text: text) -> Report:
    """What `classifier` understands of `examples`, each rewritten by `style` first."""
    judged: list[Judged] = []
    for example in examples:
        parse = classifier.parse(style(example.text))
        guess, confidence = parse.ranking[0] if parse.ranking else ("", 0.0)
        judged.append(Judged(text=example.text, intent=example.intent, guess=guess, confidence=confidence, sure=parse.sure))
    return Report(judged=tuple(judged))


def judge_held_out(classifier: Reads, path: Path) -> dict[str, Report]:
    """A report for each file of a folder, for all of them, and for all rewritten; `path` may be a single file.

    Raises `BadNluData` where there is nothing to read.
    """
    files = folder_files(path) if path.is_dir() else {path.name: path.read_bytes()} if path.is_file() else {}
    if not files:
        raise BadNluData((Diagnostic(file=str(path), line=1, column=1, code="nlu-no-files"),))
    examples = read(files).examples
    order = [*FILES, *sorted(Path(name).stem for name in files)]
    names = sorted(files, key=lambda name: order.index(Path(name).stem))
    reports = {FILES.get(Path(name).stem, Path(name).stem): judge(classifier, [one for one in examples if one.file == name]) for name in names}
    reports[ALL] = judge(classifier, examples)
    return reports | {name: judge(classifier, examples, style) for name, style in REWRITTEN.items()}


def judge_k_fold(data: TrainingData, folds: int = 5) -> Report:
    """Train `folds` times, each time without a share of the examples, and judge that share."""
    judged: list[Judged] = []
    for kept, held in _split(data.examples, folds):
        part = TrainingData(examples=tuple(kept), synonyms=data.synonyms, regexes=data.regexes, lookups=data.lookups)
        with tempfile.TemporaryDirectory() as folder:
            learn(part, Path(folder), hash_of_data=data_hash({}))
            judged += judge(Classifier.load(Path(folder)), held).judged
    return Report(judged=tuple(judged))


def plot(reports: Mapping[str, Report]) -> bytes:
    """The main figures of every row, in percent, as an SVG picture that needs nothing from the network."""
    import pygal
    import pygal.style

    # pygal leaves a finder for its plugins behind, of a kind that Python does not know any more: each later import would warn.
    sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]
    chart = pygal.HorizontalBar(
        title="Dẫn Lối hiểu đúng bao nhiêu", range=(0, 110), y_labels=range(0, 101, 20), js=(), margin_right=40,
        legend_at_bottom=True, legend_at_bottom_columns=2, height=160 + 64 * len(reports),
        print_values=True, print_values_position="top", formatter=_beside_bar,
        style=pygal.style.Style(font_family="sans-serif", value_font_size=10, background="white", plot_background="white", opacity="1", colors=COLOURS),
    )  # fmt: skip
    rows = list(reports.items())[::-1]  # a horizontal chart begins at its foot
    chart.x_labels = [f"{name} ({len(report.judged)})" for name, report in rows]
    for title in DRAWN:
        chart.add(title, [None if (share := SHARES[title](report)) is None else share * 100 for _, report in rows])
    root = chart.render_tree()
    # A picture is looked at, in a document too: it carries no program.
    for parent in list(root.iter()):
        for script in [child for child in parent if str(child.tag).rpartition("}")[2] == "script"]:
            parent.remove(script)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


SHARES: Mapping[str, Callable[[Report], float | None]] = {
    "đúng trong phạm vi": lambda report: report.accuracy,
    "không dám trả lời": lambda report: report.rejected,
    "đúng khi dám": lambda report: report.right_when_sure,
    "macro-F1": lambda report: report.macro_f1,
    "ngoài phạm vi nhận ra": lambda report: report.out_of_scope_recall,
    "lừa đảo nhận ra": lambda report: report.scam_recall,
    "lệch tin cậy": lambda report: report.calibration_error,
}


COLOURS = ("#2e8b57", "#c9a227", "#3b6fb6", "#b5474c")  # right, sent away, strangers, frauds; told apart by those who see no red either
DRAWN = ("đúng trong phạm vi", "không dám trả lời", "ngoài phạm vi nhận ra", "lừa đảo nhận ra")  # more would not be read


def _beside_bar(value: float | None) -> str:
    """pygal centres a value on the end of its bar: figure spaces before it move it beside the bar."""
    return "" if value is None else "\u2007" * 7 + f"{value:.1f}"


def _split(examples: Sequence[Example], folds: int) -> list[tuple[list[Example], list[Example]]]:
    splitter = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    labels = [example.intent for example in examples]
    return [([examples[row] for row in kept], [examples[row] for row in held]) for kept, held in splitter.split(labels, labels)]


def _share(holds: Iterable[bool]) -> float | None:
    values = list(holds)
    return sum(values) / len(values) if values else None
