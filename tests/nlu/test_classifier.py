"""What people write is understood, what is not is admitted, and the scorer agrees with the trainer."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue.event import Parse
from bot.i18n.folding import fold
from bot.nlu.classifier import OUT_OF_SCOPE, Classifier
from bot.nlu.evaluate import ALL, Report, judge_held_out
from bot.nlu.normalise import normalise
from bot.nlu.rasa_yaml import Example, TrainingData
from bot.nlu.syllables import Mender
from bot.nlu.train import fit, prepare, softmax
from tests.nlu.conftest import HELD_OUT, ROOT

COMMANDS = {"menu", "back", "redo", "repeat", "stop", "language", "human", "help_other", "erase", "my_data"}
TALK = {"affirm", "deny", "done", "stuck", "greet", "thanks", "scam_report", "listen"}
GUIDES = {"vneid", "khai-sinh", "thanh-toan"}


@pytest.fixture(scope="session")
def reports(classifier: Classifier) -> dict[str, Report]:
    return judge_held_out(classifier, HELD_OUT)


@pytest.mark.parametrize(
    ("utterance", "intent"),
    [
        ("lam khai sinh cho con o dau", "khai-sinh"),
        ("lam sao de dk khai sinh cho chau", "khai-sinh"),
        ("lam vneid the nao", "vneid"),
        ("cài vneid", "vneid"),
        ("e bi loi nfc", "hoi/nfc-khong-doc"),
        ("k nhan dc ma", "hoi/otp-khong-den"),
        ("may k co nfc thi sao", "hoi/may-khong-nfc"),
        ("ho goi bao cap nhat vneid co phai lua dao k", "scam_report"),
        ("co mat tien ko", "hoi/vneid-mat-tien-khong"),
        ("Nộp lệ phí thế nào ạ?", "thanh-toan"),
        ("dừng", "stop"),
        ("Đúng!", "affirm"),
        ("dung", "affirm"),
        ("xong rồi ạ", "done"),
        ("👍", "affirm"),
        ("✅", "done"),
        ("⬅️", "back"),
        ("menu", "menu"),
        ("quay lai", "back"),
        ("xóa dữ liệu", "erase"),
        ("xoá dữ liệu", "erase"),
        ("gap nguoi ho tro", "human"),
        ("làm hộ chiếu", None),
        ("đổi bằng lái xe ở đâu vậy", None),
        ("sdkfj wieur", None),
        ("ddawng kys khai sinh cho con", "khai-sinh"),
        ("khaisinh cho cháu ở đâu", "khai-sinh"),
        ("lam muc2 o nha dc k", "hoi/muc-2-o-nha"),
        ("nhờ má cài vneid", "vneid"),
        ("…", None),
        ("", None),
    ],
)
def test_people_are_understood(classifier: Classifier, utterance: str, intent: str | None) -> None:
    """With and without marks, in shorthand, by emoji; and None where it is none of our business."""
    assert classifier.parse(utterance).intent == intent


@pytest.mark.parametrize("topic", ["nfc", "hồ sơ", "căn cước", "otp", "mật khẩu"])
def test_a_topic_is_not_a_question(classifier: Classifier, topic: str) -> None:
    """One word may mean many questions: none is answered, the near ones are offered."""
    parse = classifier.parse(topic)
    assert parse.intent is None
    assert parse.close


def test_a_guess_comes_with_its_neighbours(classifier: Classifier) -> None:
    """The ranking falls, confidences are shares, and what is close enough to ask about is named."""
    parse = classifier.parse("bác hỏi cái mức hai ấy là răng hè")
    confidences = [confidence for _, confidence in parse.ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert 0 <= sum(confidences) <= 1 + 1e-9
    assert set(parse.close) <= {intent for intent, _ in parse.ranking}


def test_values_are_found(classifier: Classifier) -> None:
    """A former commune leads to the new one, an app and a paper get their proper names."""
    entities = classifier.parse("tôi ở Pa Vệ Sủ, mất cccd, cài vnid trên may oppo, thủ tục 1.001193").entities
    assert entities == (("place", "Xã Bum Nưa"), ("document", "thẻ căn cước"), ("app", "VNeID"), ("phone", "Android"), ("procedure", "1.001193"))


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("tôi ở xã Bun Nưa muốn làm khai sinh", "Xã Bum Nưa"),
        ("nhà em ở xã sin súôi ho", "Xã Sin Suối Hồ"),
        ("em ở xa tua sin chai", "Xã Tủa Sín Chải"),
        ("quê ở Pa Vệ Sử", "Xã Bum Nưa"),
        ("xã giang maa", "Xã Tả Lèng"),
        ("ở nhà làm khai sinh được không", None),
        ("ở đâu làm vneid hả bạn", None),
        ("xã nào làm khai sinh cho con tôi", None),
        ("ra xã làm thẻ căn cước", None),
    ],
)
def test_misspelt_places_are_found(classifier: Classifier, said: str, place: str | None) -> None:
    """New and former names, one slip away, where the sentence speaks of a place."""
    assert dict(classifier.parse(said).entities).get("place") == place


@pytest.mark.parametrize(
    ("row", "accuracy"),
    [
        *(("có dấu", 0.95), ("không dấu", 0.95), ("gõ nhầm", 0.92), ("viết tắt", 0.92), ("tiếng vùng", 0.88), ("kể dài", 0.85)),
        *(("lừa đảo", 0.97), (ALL, 0.97), ("bỏ hết dấu", 0.97), ("CHỮ HOA", 0.97)),
        *(("người lạ: có dấu", 0.97), ("người lạ: không dấu", 0.97), ("người lạ: gõ nhầm", 0.95), ("người lạ: viết tắt", 0.95)),
        *(("người lạ: tiếng vùng", 0.95), ("người lạ: kể dài", 0.95), ("người lạ: đọc cho máy ghi", 0.95), ("người lạ: ở ranh giới", 0.93)),
    ],
)
def test_sentences_kept_apart_are_understood(reports: dict[str, Report], row: str, accuracy: float) -> None:
    """In every way of writing; an answer that is given is right."""
    report = reports[row]
    assert report.accuracy is not None
    assert report.accuracy >= accuracy
    assert report.right_when_sure is not None
    assert report.right_when_sure >= 0.95


@pytest.mark.parametrize("row", [ALL, *(f"người lạ: {style}" for style in ("có dấu", "không dấu", "viết tắt", "tiếng vùng", "kể dài", "ở ranh giới"))])
def test_few_are_sent_away_and_few_strangers_let_in(reports: dict[str, Report], row: str) -> None:
    """What is out of scope gets no answer, what is in scope does, frauds are told, and confidence is honest."""
    report = reports[row]
    assert report.out_of_scope_recall is not None
    assert report.out_of_scope_recall >= 0.9
    assert report.scam_recall is not None
    assert report.scam_recall >= (0.97 if row == ALL else 0.95)
    assert report.rejected is not None
    assert report.rejected <= 0.08
    assert report.calibration_error is not None
    assert report.calibration_error <= 0.05


def test_frauds_are_told(reports: dict[str, Report]) -> None:
    """All ways of writing together."""
    report = reports[ALL]
    assert report.scam_recall is not None
    assert report.scam_recall >= 0.97


def test_decomposed_text_is_the_same(classifier: Classifier, held_out: tuple[Example, ...]) -> None:
    """What iPhones and old Macs send is understood to the last digit as composed text is."""
    assert [one.text for one in held_out if classifier.parse(unicodedata.normalize("NFD", one.text)) != classifier.parse(one.text)] == []


def test_a_fraud_never_opens_a_guide(classifier: Classifier, held_out: tuple[Example, ...]) -> None:
    """Whoever tells of a fraud is told what to do at once, whatever service it pretended to be."""
    told = [one.text for one in held_out if one.intent == "scam_report"]
    assert [text for text in told if classifier.parse(text).ranking[0][0] in GUIDES] == []


@given(st.text(alphabet="bcdfghjklmnpqrstvwxz", min_size=8, max_size=30))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gibberish_is_never_sure(classifier: Classifier, text: str) -> None:
    """Letters without vowels mean nothing."""
    assert not classifier.parse(text).sure


def test_sentences_kept_apart_are_not_trained_on(data: TrainingData, held_out: tuple[Example, ...]) -> None:
    """Else the figures would be a lie."""
    trained = {fold(example.text) for example in data.examples}
    assert [example.text for example in held_out if fold(example.text) in trained] == []


def test_scores_are_the_trainers(data: TrainingData, classifier: Classifier, held_out: tuple[Example, ...]) -> None:
    """The scorer and the trainer give the same probabilities to a hundred-thousandth."""
    fitted = fit(prepare(data.examples))
    vocabulary = fitted.vectors.words
    mender = Mender(dict(zip(vocabulary.columns, vocabulary.counts.tolist(), strict=True)), vocabulary.columns)
    texts = [*(example.text for example in held_out), "a", "khai sinh khai sinh khai sinh"]
    expected = softmax(fitted.logits([mender.mend(normalise(text)) for text in texts]) / classifier.temperature)
    assert tuple(fitted.intents) == classifier.intents
    assert np.abs(np.array([classifier.probabilities(text) for text in texts]) - expected).max() < 1e-5


def test_every_intent_has_examples(data: TrainingData) -> None:
    """The intents that the dialogue knows, each answer's question, and enough examples for each."""
    files = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "flows/answers").glob("*.yaml")]
    answers = [answer for file in files for answer in file["answers"]]
    assert set(data.intents) == GUIDES | COMMANDS | TALK | {OUT_OF_SCOPE} | {f"hoi/{answer['answer']}" for answer in answers}
    count = {intent: sum(example.intent == intent for example in data.examples) for intent in data.intents}
    assert [intent for intent in GUIDES if count[intent] < 250] == []
    assert [intent for intent, examples in count.items() if examples < 30] == []
    assert count[OUT_OF_SCOPE] >= 900


def test_nothing_said_is_nothing_understood(classifier: Classifier) -> None:
    """Silence, spaces and punctuation have no intent at all."""
    assert {classifier.parse(text) for text in ("", "   ", "?!", "\u200b")} == {Parse()}


def test_scoring_needs_no_scikit_learn(model: Path) -> None:
    """What the server imports stays small: numpy, but neither scikit-learn nor scipy."""
    program = (
        "import sys; from pathlib import Path; from bot.nlu.classifier import Classifier; import bot.nlu.model_cache, bot.nlu.privacy; "
        f"print(Classifier.load(Path({str(model)!r})).parse('cài vneid').intent, sorted({{'sklearn', 'scipy'}} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "vneid []"
