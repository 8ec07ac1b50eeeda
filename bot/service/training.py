"""New training data is learnt from in a process of its own, at low priority, while the old classifier goes on answering."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from pathlib import Path

from bot.nlu.model_cache import TrainingFailed, ensure_model
from bot.nlu.rasa_yaml import BadNluData

NICENESS = 10


async def train(nlu_dir: Path, cache_dir: Path) -> Path:
    """The folder of the model for the data as it is now; raises `TrainingFailed`. Whoever gives up waiting ends the training too."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot.service.training", str(nlu_dir), str(cache_dir)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # the trainer starts one of its own: both end together
    )
    try:
        out, told = await process.communicate()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        raise TrainingFailed(told.decode(errors="replace").strip() or f"the trainer ended with {process.returncode}")
    return Path(out.decode().strip())


def main() -> int:
    """`python -m bot.service.training NLU_DIR CACHE_DIR`: print the model's folder. Of many that ask at once, one trains."""
    nlu_dir, cache_dir = map(Path, sys.argv[1:])
    os.nice(NICENESS)
    cache_dir.mkdir(parents=True, exist_ok=True)
    with (cache_dir / "training.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            sys.stdout.write(f"{ensure_model(nlu_dir, cache_dir)}\n")
        except (TrainingFailed, BadNluData) as error:
            sys.stderr.write(f"{error}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
