"""A model is trained once for its data, aside, and by whoever comes first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.nlu.classifier import Classifier
from bot.nlu.model_cache import TrainingFailed, ensure_model, is_current, keep_beside_data
from bot.nlu.rasa_yaml import BadNluData

SMALL = """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - xin chào
    - chào bạn
    - chào cán bộ
- intent: thanks
  examples: |
    - cảm ơn bạn
    - cảm ơn nhiều
    - xin cảm ơn
- intent: out_of_scope
  examples: |
    - thời tiết hôm nay
    - giá vàng hôm nay
    - kết quả bóng đá
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "nlu"
    folder.mkdir()
    (folder / "a.yml").write_text(SMALL, encoding="utf-8")
    return folder


def test_unchanged_data_is_not_trained_again(small: Path, tmp_path: Path) -> None:
    """The second start finds the first one's model; changed data makes another."""
    cache = tmp_path / "cache"
    first = ensure_model(small, cache)
    written = (first / "model.json").stat().st_mtime_ns
    assert ensure_model(small, cache) == first
    assert (first / "model.json").stat().st_mtime_ns == written

    (small / "a.yml").write_text(SMALL.replace("chào cán bộ", "alo"), encoding="utf-8")
    second = ensure_model(small, cache)
    assert second != first
    assert Classifier.load(second).parse("alo").intent == "greet"


def test_two_starts_at_once_agree(small: Path, tmp_path: Path) -> None:
    """Both processes train aside; one folder stays, and no draft is left behind."""
    cache = tmp_path / "cache"
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: ensure_model(small, cache), range(2))
    assert first == second
    assert [path.name for path in cache.iterdir()] == [first.name]


def test_bad_data_is_told_in_its_own_words(small: Path, tmp_path: Path) -> None:
    """File and line come through from the trainer's process, and nothing is cached."""
    (small / "b.yml").write_text('version: "3.1"\nnlu:\n- intent: a\n  examples: |\n    x\n', encoding="utf-8")
    with pytest.raises(TrainingFailed, match=r"b\.yml:5:5  nlu-line  “x” không phải là ví dụ"):
        ensure_model(small, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_too_few_examples_are_told(small: Path, tmp_path: Path) -> None:
    """An intent that cannot be tried on unseen sentences is named, with the place of its first example."""
    (small / "b.yml").write_text('version: "3.1"\nnlu:\n- intent: a\n  examples: |\n    - một câu\n', encoding="utf-8")
    with pytest.raises(TrainingFailed, match=r"b\.yml:5:7  nlu-too-few  Ý định “a” chỉ có 1 ví dụ"):
        ensure_model(small, tmp_path / "cache")


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """A wrong `DANLOI_NLU_DIR` is a sentence, not a stack trace from the trainer."""
    with pytest.raises(BadNluData, match="không có tệp"):
        ensure_model(tmp_path / "nowhere", tmp_path / "cache")


def test_old_models_are_thrown_away(small: Path, tmp_path: Path) -> None:
    """A few stay for processes that still run on older data; the cache does not grow for ever."""
    cache = tmp_path / "cache"
    for number in range(6):
        (cache / f"nlu-{number:016x}").mkdir(parents=True)
    ensure_model(small, cache)
    assert len(list(cache.iterdir())) == 4


def test_a_model_beside_its_data_needs_no_training(small: Path, tmp_path: Path) -> None:
    """It is used as it stands, in an empty cache too; changed data makes it old, and that can be told."""
    kept = keep_beside_data(ensure_model(small, tmp_path / "cache"), small)
    assert ensure_model(small, tmp_path / "another") == kept
    assert not (tmp_path / "another").exists()
    assert is_current(kept, small)

    (small / "a.yml").write_text(SMALL.replace("chào cán bộ", "alo"), encoding="utf-8")
    assert not is_current(kept, small)
    assert ensure_model(small, tmp_path / "cache") != kept


def test_the_model_in_the_repository_belongs_to_its_data() -> None:
    """A plain install cannot train: after a change of nlu_data run `danloi nlu train --keep`."""
    data = Path(__file__).parents[2] / "nlu_data"
    assert is_current(data / "trained", data)
