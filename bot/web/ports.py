"""What the pages need of the running service. `bot.service.wiring.Service` fits; a test may hand in something smaller."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import asyncpg
from prometheus_client import CollectorRegistry

from bot.channels.base import ChannelAdapter
from bot.dialogue.event import Event
from bot.flows.guides import Guides
from bot.i18n.catalogue import Catalogues
from bot.service.desk import Desk

Message = dict[str, Any]  # MESSAGE of the contract, with its `id`; "from" is "bot", "person" or "me"


class Taken(Protocol):
    """What became of one event."""

    @property
    def duplicate(self) -> bool: ...
    @property
    def messages(self) -> Sequence[Message]: ...


class Turns(Protocol):
    async def take(self, events: Sequence[Event]) -> Sequence[Taken]:
        """Resolves when the events are stored, or spooled; raises `Overloaded` or `Unavailable`."""


class Store(Protocol):
    async def contact(self, channel: str, account: str, contact: str) -> int | None:
        """The key of a contact; None where nobody has written yet."""

    async def messages(self, contact_key: int, after: int = 0, limit: int = 60) -> Sequence[Message]:
        """The newest messages after the id `after`, oldest first, the person's own words among them."""

    def listen(self, contact_key: int) -> AsyncIterator[None]:
        """Yields whenever something new may stand in the contact's talk."""

    def connection(self) -> AbstractAsyncContextManager[asyncpg.Connection]:
        """A connection for figures; raises `Unavailable`."""


class Library(Protocol):
    @property
    def guides(self) -> Guides: ...
    @property
    def words(self) -> Catalogues: ...


class Content(Protocol):
    @property
    def library(self) -> Library: ...


class Health(Protocol):
    """Whether turns can be taken, and what else is wrong, in words."""

    @property
    def ready(self) -> bool: ...
    @property
    def degraded(self) -> Sequence[str]: ...
    @property
    def database(self) -> bool: ...
    @property
    def guides(self) -> int: ...
    @property
    def worker_seconds(self) -> float | None: ...


class Service(Protocol):
    """Everything that runs."""

    @property
    def content(self) -> Content: ...
    @property
    def adapters(self) -> Mapping[str, ChannelAdapter]: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def store(self) -> Store: ...
    @property
    def desk(self) -> Desk: ...
    @property
    def metrics(self) -> CollectorRegistry: ...
    def unsigned(self, channel: str, why: str) -> None:
        """Somebody knocked who is not the platform, or whose secret we do not know."""

    async def health(self) -> Health: ...
