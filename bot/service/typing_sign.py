""" "Typing", where an answer takes a while: an upload, a platform that fetches a picture, our own pace.

An ordinary message is there sooner than the sign would be, so nothing is shown for it and no call is spent. No message ever waits for
the sign or fails because of it, and once the message has gone the sign is called off: it must not come after.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Iterator

import structlog

from bot.channels.base import ChannelAdapter

AFTER_SECONDS = 0.7
TRY_SECONDS = 3.0  # how long we try to show it; the apps let it fade after five seconds, or when the message comes

log = structlog.get_logger()


class TypingSign:
    """The signs of one channel."""

    def __init__(self, adapter: ChannelAdapter, after_seconds: float = AFTER_SECONDS) -> None:
        self._adapter, self._after = adapter, after_seconds
        self._shown: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def if_slow(self, contact: str) -> Iterator[None]:
        """Around the sending of one message."""
        signs: list[asyncio.Task[None]] = []
        # In a context of its own: the log of deliveries tells what a message took, and a sign that was called off is no part of that.
        timer = asyncio.get_running_loop().call_later(self._after, lambda: signs.append(self._show(contact)), context=contextvars.Context())
        try:
            yield
        finally:
            timer.cancel()
            for sign in signs:
                sign.cancel()

    async def close(self) -> None:
        """Return when nothing is under way."""
        if self._shown:
            await asyncio.wait(self._shown)

    def _show(self, contact: str) -> asyncio.Task[None]:
        sign = asyncio.create_task(self._call(contact))
        self._shown.add(sign)
        sign.add_done_callback(self._shown.discard)
        return sign

    async def _call(self, contact: str) -> None:
        try:
            async with asyncio.timeout(TRY_SECONDS):
                await self._adapter.typing(contact)
        except TimeoutError:
            log.debug("typing is not shown in time", channel=self._adapter.name)
        except Exception as error:  # whatever is wrong with a sign, the message goes
            log.debug("typing failed", channel=self._adapter.name, error=type(error).__name__)
