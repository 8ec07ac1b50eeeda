"""Finds the model that belongs to the training data, or has it trained; a start with unchanged data loads what is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from bot.nlu.classifier import TABLES
from bot.nlu.rasa_yaml import data_hash, folder_files

KEPT = 3  # models of older data, for a process that started before the data changed
TIME_LIMIT_SECONDS = 300.0
_CODE = ("classifier.py", "entities.py", "features.py", "normalise.py", "rasa_yaml.py", "train.py", "../i18n/folding.py")


class TrainingFailed(Exception):
    """The trainer said no; the message is its own, with file and line where the data is wrong."""


def ensure_model(nlu_dir: Path, cache_dir: Path) -> Path:
    """The folder of the model for the data in `nlu_dir`, trained now (in its own process) if it is not in the cache.

    Any number of processes may ask at once: each trains aside and the first one's folder stays. Raises `BadNluData` where
    there are no files, `TrainingFailed` where they cannot be learnt from.
    """
    home = cache_dir / f"nlu-{model_key(nlu_dir)}"
    if not (home / TABLES).exists():
        cache_dir.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".nlu-", dir=cache_dir))
        try:
            _train(nlu_dir, draft)
            _publish(draft, home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        _forget_old(cache_dir, home)
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
