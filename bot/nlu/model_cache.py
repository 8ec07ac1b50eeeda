"""Finds the model that belongs to the training data, or has it trained; a start with unchanged data loads what is there.

Training needs scipy, which is larger than all the rest: a plain install goes without it and uses the model that travels
beside the data (`nlu_data/trained`). Where the data has changed since, that model still answers, and the operator is told.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from bot.nlu.classifier import TABLES
from bot.nlu.rasa_yaml import data_hash, folder_files

TRAINED = "trained"
KEY = "key"
KEPT = 3  # models of older data, for a process that started before the data changed
TIME_LIMIT_SECONDS = 300.0
_CODE = (
    "classifier.py",
    "entities.py",
    "features.py",
    "normalise.py",
    "rasa_yaml.py",
    "scam.py",
    "softmax.py",
    "syllables.py",
    "train.py",
    "vectors.py",
    "../i18n/folding.py",
)


class TrainingFailed(Exception):
    """The trainer said no; the message is its own, with file and line where the data is wrong."""


def ensure_model(nlu_dir: Path, cache_dir: Path) -> Path:
    """The folder of the model for the data in `nlu_dir`: the one beside the data, the cached one, or one trained now in its own process.

    Any number of processes may ask at once: each trains aside and the first one's folder stays. Where training is not installed, the
    model beside the data is used though it is older (see `is_current`). Raises `BadNluData` where there are no files, `TrainingFailed`
    where they cannot be learnt from.
    """
    key = model_key(nlu_dir)
    home, shipped = cache_dir / f"nlu-{key}", nlu_dir / TRAINED
    if is_current(shipped, nlu_dir):
        return shipped
    if not (home / TABLES).exists():
        if find_spec("scipy") is None:
            if (shipped / TABLES).exists():
                return shipped
            raise TrainingFailed("dữ liệu NLU chưa có mô hình, và máy này chưa cài phần huấn luyện → cài danloi[train]")
        cache_dir.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".nlu-", dir=cache_dir))
        try:
            _train(nlu_dir, draft)
            (draft / KEY).write_text(key)
            _publish(draft, home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _forget_old(cache_dir, home)
    return home


def is_current(model: Path, nlu_dir: Path) -> bool:
    """Whether a model's folder was made from this data by this code."""
    try:
        return (model / KEY).read_text().strip() == model_key(nlu_dir)
    except FileNotFoundError:
        return False


def keep_beside_data(model: Path, nlu_dir: Path) -> Path:
    """Put a model where it travels with its data, for machines that do not train."""
    home = nlu_dir / TRAINED
    if model != home:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(model, home)
        home.chmod(0o755)  # a draft is its maker's alone
    return home


def model_key(nlu_dir: Path) -> str:
    """16 hex digits of the data and of the code that learns and scores: either change makes a new model."""
    code = sha256()
    here = Path(__file__).parent
    for name in _CODE:
        code.update((here / name).read_bytes())
    return sha256(f"{data_hash(folder_files(nlu_dir))}{code.hexdigest()}".encode()).hexdigest()[:16]


def _train(nlu_dir: Path, out: Path) -> None:
    command = [sys.executable, "-m", "bot.nlu.train", str(nlu_dir.resolve()), str(out.resolve())]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise TrainingFailed(f"training took longer than {TIME_LIMIT_SECONDS:.0f} s") from error
    if done.returncode:
        raise TrainingFailed(done.stderr.strip() or f"the trainer ended with {done.returncode}")


def _publish(draft: Path, home: Path) -> None:
    try:
        draft.rename(home)
    except OSError:
        # Another process was faster. Its model is as good as ours: same data, same code.
        if not (home / TABLES).exists():
            raise


def _forget_old(cache_dir: Path, home: Path) -> None:
    models = sorted((path for path in cache_dir.glob("nlu-*") if path != home), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in models[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)
