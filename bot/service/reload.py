"""Live change: guides, answers, translations and training data that change on the disk are served in a moment, without a restart.

Every process looks after its own folders: it is woken by the system (watchfiles), by another process of the cluster (a row in
`kept` and a NOTIFY), and looks by itself from time to time, for folders that tell nobody (network drives, some containers).
What is new is made ready aside; then one reference changes, and the next batch of turns reads the new content.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import orjson
import structlog

from bot.nlu.classifier import Classifier
from bot.nlu.model_cache import TrainingFailed, is_current
from bot.service.content import FILES, Content, examples_hash, read_library
from bot.service.errors import Unavailable
from bot.service.kept_guides import KeptGuides
from bot.service.metrics import Metrics
from bot.service.training import train
from bot.service.watching import changes, text_folders
from bot.settings import Settings
from bot.store import queries
from bot.store.store import Store

NAME = "content revision"
LOOK_SECONDS = 5.0  # how often we look though nobody told us
AGAIN_SECONDS = 0.5  # after files could not be read: somebody is just writing them

log = structlog.get_logger()


class Reload:
    """Keeps one process's content fresh. `current` and `serve` get and set what turns read."""

    def __init__(self, settings: Settings, store: Store, current: Callable[[], Content], serve: Callable[[Content], None], metrics: Metrics) -> None:
        self._settings, self._store, self._current, self._serve, self._metrics = settings, store, current, serve, metrics
        self._stamp = ""
        self._examples = current().examples  # of the data as it lies there; learning from it takes a while
        self._announced = ""
        self._elsewhere = ""
        self._training: asyncio.Task[None] | None = None
        self._told: set[str] = set(current().degraded)
        self._kept = KeptGuides(store)
        metrics.content.info({"revision": self.revision})

    @property
    def revision(self) -> str:
        """Of all that lies on this machine's disk and has been read."""
        return sha256(f"{self._current().texts} {self._examples}".encode()).hexdigest()[:16]

    @property
    def degraded(self) -> list[str]:
        """What is wrong with the folders beyond what stands in them."""
        if not self._elsewhere:
            return []
        return [f"content: máy {self._elsewhere} có nội dung khác máy này; làm cho thư mục hướng dẫn, bản dịch và dữ liệu NLU trên các máy giống nhau."]

    async def recall(self) -> None:
        """Serve what is broken here as it last was good in the cluster. Once, before the first turn, or when the database is there."""
        if self._kept.asked:
            return
        try:
            kept = await self._kept.recall()
        except Unavailable:
            return
        if kept is None or not any(one.severity == "error" for one in self._current().diagnostics):
            return
        former = replace(self._current(), shelf=kept)
        library, shelf, texts = await asyncio.to_thread(read_library, self._settings, former)
        if shelf.old:
            self._take(replace(self._current(), library=library, shelf=shelf, texts=texts))

    async def run(self) -> None:
        """For ever."""
        with self._store.content_bell() as bell:
            watching = asyncio.create_task(self._watch(bell), name="watch content")
            try:
                while True:
                    bell.clear()
                    pause = LOOK_SECONDS if await self._look(bell) else AGAIN_SECONDS
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(pause):
                            await bell.wait()
            finally:
                ending = [task for task in (watching, self._training) if task is not None]
                for task in ending:
                    task.cancel()
                await asyncio.wait(ending)

    async def _look(self, bell: asyncio.Event) -> bool:
        """Read what has changed. False where that did not work and should be tried again soon."""
        try:
            stamp = await asyncio.to_thread(_stamp, self._settings)
            if stamp != self._stamp:
                await self._read_texts()
                await self._read_examples(bell)
                self._stamp = stamp
        except Exception as error:  # the outermost loop: what is served stays as it is
            log.warning("content cannot be read, what was read before is served", error=type(error).__name__)
            return False
        await self._compare()
        await self.recall()
        with contextlib.suppress(Unavailable):
            await self._kept.keep(self._current().shelf)
        return True

    async def _read_texts(self) -> None:
        former = self._current()
        library, shelf, texts = await asyncio.to_thread(read_library, self._settings, former)
        if texts != former.texts:
            # The classifier may have become another one meanwhile.
            self._take(replace(self._current(), library=library, shelf=shelf, texts=texts))

    async def _read_examples(self, bell: asyncio.Event) -> None:
        self._examples = examples = await asyncio.to_thread(examples_hash, self._settings)
        if examples != self._current().examples and (self._training is None or self._training.done()):
            self._training = asyncio.create_task(self._learn(examples, bell), name="learn")

    async def _learn(self, examples: str, bell: asyncio.Event) -> None:
        """A classifier for the new training data, when it is ready."""
        settings = self._settings
        try:
            model = await train(settings.nlu_dir, settings.data_dir / "cache")
            classifier, current = await asyncio.to_thread(lambda: (Classifier.load(model), is_current(model, settings.nlu_dir)))
            self._take(replace(self._current(), classifier=classifier, model_is_current=current, learning_trouble="", examples=examples))
        except Exception as error:  # whatever it is, the former classifier goes on
            why = str(error) if isinstance(error, TrainingFailed) else type(error).__name__
            self._take(replace(self._current(), learning_trouble=f"nlu_data: {why} (mô hình trước vẫn được dùng)", examples=examples))
        self._stamp = ""  # the data may have changed once more while it was learnt from
        bell.set()

    def _take(self, content: Content) -> None:
        """Serve it. Between two turns: nobody sees half of the old and half of the new."""
        self._serve(content)
        self._metrics.content.info({"revision": self.revision})
        self._metrics.reloads.labels("kept" if content.degraded else "whole").inc()
        log.info("content has changed", revision=self.revision, guides=len(content.library.guides))
        for sentence in content.degraded:
            if sentence not in self._told:
                log.error("content is degraded", sentence=sentence)
        self._told = set(content.degraded)

    async def _compare(self) -> None:
        """Tell the cluster what we have where that is new, else see whether another machine has something else."""
        try:
            async with self._store.connection() as connection:
                kept = await connection.fetchval(queries.READ_KEPT, NAME)
                last = orjson.loads(kept) if kept else {}
                ours = self.revision
                if last.get("revision") != ours and self._announced != ours:
                    state = orjson.dumps({"revision": ours, "machine": socket.gethostname()}).decode()
                    await connection.execute(queries.SAVE_KEPT, NAME, state)
                    await connection.execute(queries.TELL_CONTENT)
                    last = {}
        except Unavailable:
            return
        self._announced = ours
        self._elsewhere = last.get("machine", "") if last.get("revision", ours) != ours else ""

    async def _watch(self, bell: asyncio.Event) -> None:
        """Ring when the system says that something changed."""
        async for _ in changes(lambda: (*text_folders(self._settings), self._settings.nlu_dir)):
            bell.set()


def _stamp(settings: Settings) -> str:
    """Changes when a file is written, comes or goes; cheap, so that looking often costs nothing."""
    total = sha256()
    patterns = [*((settings.flows_dir, one) for one in FILES), (settings.nlu_dir, "*.y*ml"), (settings.locales_dir, "*/LC_MESSAGES/*.po")]
    for folder, pattern in patterns:
        for path in sorted(folder.glob(pattern)):
            status = path.stat()
            total.update(f"{path} {status.st_mtime_ns} {status.st_size} {status.st_ino}\n".encode())
    return total.hexdigest()
