"""Folders whose files maintainers change: a word whenever something is saved in one of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

import structlog
from watchfiles import awatch

from bot.settings import Settings

QUIET_MS, LONGEST_MS = 50, 500  # several files that are written together are one change
AGAIN_SECONDS = 5.0

log = structlog.get_logger()


async def changes(folders: Callable[[], Iterable[Path]]) -> AsyncIterator[None]:
    """For ever: yields after each change. Folders that come later are watched from the next change on, or soon after."""
    while True:
        there = [path for path in folders() if path.is_dir()]
        if not there:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        try:
            async for _ in awatch(*there, recursive=False, step=QUIET_MS, debounce=LONGEST_MS, ignore_permission_denied=True):
                yield None
                if there != [path for path in folders() if path.is_dir()]:
                    break
        except (OSError, RuntimeError) as error:  # a folder went away, or there are no more watches to be had
            log.warning("folders are not watched now", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)


def text_folders(settings: Settings) -> list[Path]:
    """Where guides, answers and translations lie."""
    return [settings.flows_dir, settings.flows_dir / "answers", settings.locales_dir, *sorted(settings.locales_dir.glob("*/LC_MESSAGES"))]
