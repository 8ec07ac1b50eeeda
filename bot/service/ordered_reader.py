"""Reads texts a second time, outside any transaction, and keeps each contact's deliveries in their order meanwhile."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence

from bot.dialogue.event import Event


class OrderedReader(ABC):
    """What a slower reader has in common with any other. The embedded classifier has read each text before, so nothing depends on it."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str, str], asyncio.Future[None]] = {}  # a contact → when the reading before is over

    @property
    @abstractmethod
    def trouble(self) -> str:
        """Why it is not asked at the moment, for the operator; empty while it is."""

    @abstractmethod
    def wants(self, event: Event) -> bool:
        """Whether there is anything to read again."""

    @abstractmethod
    async def again(self, event: Event) -> Event:
        """The event with a better parse, or as it is. Never raises; has a limit of its own to how long it takes."""

    async def read(self, events: Sequence[Event]) -> Sequence[Event]:
        """The events of one delivery, read at the same time.

        Deliveries come back in the order in which they came where they are about the same contact, and wait for nobody else.
        The caller must pass them on before it awaits anything.
        """
        contacts = {(event.channel, event.account, event.contact) for event in events}
        before = {self._last[contact] for contact in contacts if contact in self._last}
        if not before and not any(map(self.wants, events)):
            return events
        over = asyncio.get_running_loop().create_future()
        self._last.update(dict.fromkeys(contacts, over))
        try:
            found = await asyncio.gather(*map(self._again, events))
            if before:
                await asyncio.wait(before)
            return found
        finally:
            # Who waits for this goes on in the next round of the loop, when our caller has passed its events on.
            over.set_result(None)
            for contact in contacts:
                if self._last[contact] is over:
                    del self._last[contact]

    async def _again(self, event: Event) -> Event:
        return await self.again(event) if self.wants(event) else event
