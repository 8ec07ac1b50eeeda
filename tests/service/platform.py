"""A chat app by hand: takes replies, keeps them in order, and fails as it is told."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence

from bot.channels.base import Capabilities, SendFailed
from bot.dialogue.event import Event
from bot.dialogue.reply import Reply


class Platform:
    """`failures` happen to the next sends, in order (None: nothing wrong); `down` to all of them, until it is None again."""

    account = "1001"
    capabilities = Capabilities(max_text_chars=2000, max_quick_replies=13, typing=True)

    def __init__(self, name: str = "messenger") -> None:
        self.name = name
        self.got: dict[str, list[str]] = defaultdict(list)
        self.keys: list[str] = []
        self.calls = 0
        self.failures: deque[SendFailed | None] = deque()
        self.down: SendFailed | None = None
        self.gate = asyncio.Event()  # sends wait while it is not set
        self.gate.set()
        self.at_once = self.most_at_once = 0
        self.moved = asyncio.Event()
        self.renewed = 0
        self.typed: list[str] = []  # who was shown "typing"
        self.called_off = 0
        self.typing_is: Exception | asyncio.Event | None = None  # what becomes of that: an error, or an answer when the event is set

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Nothing is signed here."""

    def events(self, body: bytes) -> Sequence[Event]:
        return ()

    async def send(self, contact: str, reply: Reply, key: str) -> str:
        self.calls += 1
        self.moved.set()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.gate.wait()
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        failed = self.down or (self.failures.popleft() if self.failures else None)
        if failed:
            raise failed
        self.got[contact].append(reply.text)
        self.keys.append(key)
        self.moved.set()
        return f"m_{key}"

    async def refresh(self) -> None:
        """The token is renewed; what fails is up to `failures`."""
        self.renewed += 1

    async def typing(self, contact: str) -> None:
        self.typed.append(contact)
        self.moved.set()
        if isinstance(self.typing_is, Exception):
            raise self.typing_is
        if self.typing_is:
            try:
                await self.typing_is.wait()
            except asyncio.CancelledError:
                self.called_off += 1
                raise

    async def close(self) -> None:
        """Nothing is held."""

    async def until_got(self, count: int) -> None:
        """Return once so many messages were taken; the test's own time limit ends the waiting."""
        while sum(map(len, self.got.values())) < count:
            self.moved.clear()
            await self.moved.wait()

    async def until_typing(self, count: int) -> None:
        while len(self.typed) < count:
            self.moved.clear()
            await self.moved.wait()

    async def until_called(self, count: int) -> None:
        while self.calls < count:
            self.moved.clear()
            await self.moved.wait()
