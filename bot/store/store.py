"""The store: turns in, talks out, all in PostgreSQL. Statements are in `queries.py`, what a batch of turns does in `turns.py`."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import asyncpg
import msgspec
import orjson

from bot.dialogue.codes import is_lone_code
from bot.dialogue.event import Event
from bot.dialogue.reply import Fact
from bot.store import queries, schema
from bot.store.errors import Gone, Stale, Unavailable, WrongKey
from bot.store.order import Place
from bot.store.turns import HIDDEN, WEB, Applied, Batch, Bubbles, ContactKey, Fit, TakeTurn
from bot.store.turns import contact_key as key_of
from bot.store.vault import Vault

STATEMENT_SECONDS = 15.0  # a database that does not answer for so long is away
CONNECT_SECONDS = 10.0
KNOWN_CONTACTS = 20_000  # ids kept in memory; who is not among them costs one more statement
WRONG_KEY = (
    "Cơ sở dữ liệu này được ghi bằng một khóa bí mật khác, nên không đọc được địa chỉ của bà con. Đặt lại đúng khóa cũ: DANLOI_SECRET_KEY, hoặc tệp"
    " secret.key trong thư mục dữ liệu (xem bản sao lưu). Nếu khóa đã mất hẳn: chạy `danloi db new-key`; mọi cuộc trò chuyện sẽ bị xóa, các con số vẫn còn."
)
QUIET_SECONDS = 25.0  # how long a page waits before it looks by itself

# Viet Nam has one time and no summer time; a fixed offset needs no time zone data on the machine.
VIET_NAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver, when a connection is cut at a bad moment
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # it is shutting down or starting up
    asyncpg.InsufficientResourcesError,  # its disk is full, its connections are used up
    asyncpg.ReadOnlySQLTransactionError,  # it has become a standby
    asyncpg.InvalidAuthorizationSpecificationError,
)
AGAIN = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.ForeignKeyViolationError,  # a contact of whom nothing was left went just now
)
TRIES = 5


class Store:
    """One process's way to the database: two connections for turns (one writes, one reads ahead), a small pool for the rest, one that listens."""

    def __init__(self, url: str, *, vault: Vault, take_turn: TakeTurn, fit: Fit, clock: Callable[[], datetime] | None = None) -> None:
        self.url, self.vault = url, vault
        self.take_turn, self._bubbles = take_turn, Bubbles(fit)
        self._clock = clock or (lambda: datetime.now(VIET_NAM))
        self._ids: dict[ContactKey, int] = {}
        self._pool: asyncpg.Pool | None = None
        self._hot: list[asyncpg.Connection] = []
        self._hots: asyncio.Queue[asyncpg.Connection] = asyncio.Queue()  # those of `_hot` that nobody uses now
        self._ear: asyncpg.Connection | None = None
        self._bells: dict[int, set[asyncio.Event]] = {}
        self._outbox_bells: set[asyncio.Event] = set()
        self._content_bells: set[asyncio.Event] = set()
        self.closing = asyncio.Event()

    # --- connections ---

    async def open(self, *, migrate: bool = True) -> None:
        """Connect and bring the tables up to date; raises `Unavailable`, `Stale` or `WrongKey`. May be called again after the database was away.

        Without `migrate` only an empty database is given its tables: a command that looks must not change what servers of another version use.
        """
        with _translated():
            await self._disconnect()
            self._hot = [await self._connect()]
            if not await schema.fits(self._hot[0]):
                if not migrate:
                    await schema.refuse_older(self._hot[0])
                await schema.upgrade_aside(self.url, self.vault)
            await self._check_key(self._hot[0])
            self._hot.append(await self._connect())
            self._hots = asyncio.Queue()
            for connection in self._hot:
                self._hots.put_nowait(connection)
            self._pool = await asyncpg.create_pool(
                self.url, min_size=1, max_size=6, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS, reset=_as_it_is
            )
            await self._listen()

    async def _check_key(self, connection: asyncpg.Connection) -> None:
        """Whoever comes first writes down which secret it has; whoever has another one is refused."""
        await connection.execute(queries.NOTE_KEPT, schema.KEY_CHECK, self.vault.check)
        if await connection.fetchval(queries.READ_KEPT, schema.KEY_CHECK) != self.vault.check:
            await self._disconnect()
            raise WrongKey(WRONG_KEY)

    async def close(self) -> None:
        self.closing.set()
        for bells in self._bells.values():
            for bell in bells:
                bell.set()
        await self._disconnect()

    @property
    def connected(self) -> bool:
        return self._ear is not None and not any(connection.is_closed() for connection in (*self._hot, self._ear))

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS, server_settings={"application_name": "danloi"})

    async def _disconnect(self) -> None:
        pool, self._pool = self._pool, None
        hot, self._hot = self._hot, []
        ear, self._ear = self._ear, None
        for connection in (*hot, *([ear] if ear else ())):
            with contextlib.suppress(*AWAY):
                await connection.close(timeout=2)
        if pool is not None:
            try:
                async with asyncio.timeout(5):
                    await pool.close()
            except AWAY:
                pool.terminate()

    async def _listen(self) -> None:
        self._ear = await self._connect()
        await self._ear.add_listener("danloi_web", self._hear_talks)
        await self._ear.add_listener("danloi_outbox", self._hear_outbox)
        await self._ear.add_listener("danloi_content", self._hear_content)
        self._hear_outbox()
        for bells in self._bells.values():  # what was said while nobody listened
            for bell in bells:
                bell.set()

    def _hear_talks(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        for contact_id in payload.split(","):
            for bell in self._bells.get(int(contact_id), ()):
                bell.set()

    def _hear_outbox(self, *_: Any) -> None:
        for bell in self._outbox_bells:
            bell.set()

    def _hear_content(self, *_: Any) -> None:
        for bell in self._content_bells:
            bell.set()

    def outbox_bell(self) -> contextlib.AbstractContextManager[asyncio.Event]:
        """An event that is set whenever some process has put something into the outbox."""
        return _hung(self._outbox_bells)

    def content_bell(self) -> contextlib.AbstractContextManager[asyncio.Event]:
        """An event that is set whenever some process has read new guides or translations."""
        return _hung(self._content_bells)

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection for ordinary work; raises `Unavailable`."""
        with _translated():
            if self._pool is None:
                raise Unavailable("the database is away")
            async with self._pool.acquire() as connection:
                yield connection

    # --- turns ---

    async def apply(self, events: Sequence[Event], place: Place | None = None) -> list[Applied]:
        """Every event's turn in one transaction, what was committed before 200 is said. Events that were applied before are only named
        so. One that fails is parked, and the others are as if it had not come. Raises `Unavailable`; then nothing was applied, or
        (where the commit's answer was lost) everything: the events may be handed in again either way. With a `place`, keeps the order
        of the process's batches and raises `Overtaken`.
        """
        with _translated():
            hots = self._hots
            connection = await hots.get()
            try:
                return await self._persistently(connection, events, place)
            except AWAY:
                connection.terminate()  # whatever state it is in: `connected` becomes false, and somebody opens the store again
                raise
            finally:
                hots.put_nowait(connection)

    async def step_in(self, contact_key: int, event: Event, allowed: Callable[[asyncpg.Connection], Awaitable[Sequence[tuple[Fact, str]]]]) -> None:
        """The turn of an event that the console brings, about a contact that is known by its key alone (`event.contact` is empty).

        `allowed` is asked while the talk is locked; whatever it raises undoes everything, and what it counts (each with a volunteer's code) is
        counted with the turn. A repeat of the event does nothing. Raises `Unavailable`, and `Gone` where the contact was erased.
        """
        async with self.connection() as connection, connection.transaction():
            if not await connection.fetch(queries.NEW_EVENTS, [self.vault.event_digest(event.channel, event.account, event.id)]):
                return
            try:
                batch = await self._take_turns(connection, [event], {key_of(event): contact_key})
            except _Erased as error:
                raise Gone from error
            if batch.failed:
                raise RuntimeError(_where(batch.failed[0][1])) from None  # its own text may hold what was said
            batch.facts.extend((event.channel, fact, volunteer) for fact, volunteer in await allowed(connection))
            await self._write(connection, batch)

    async def _persistently(self, connection: asyncpg.Connection, events: Sequence[Event], place: Place | None) -> list[Applied]:
        for _ in range(TRIES):
            try:
                applied = await self._transaction(connection, events, place)
            except (*AGAIN, _Erased):
                if place:
                    place.stumbled()
            except AWAY:
                raise
            except asyncpg.PostgresError as error:
                if place:
                    place.stumbled()
                await self._still_ours(connection)
                if len(events) > 1:
                    break
                await self._park(connection, events[0], error)
                return [Applied(event_id=events[0].id)]
            else:
                if place:
                    place.passed()
                return applied
        return await self._one_by_one(connection, events)

    async def _still_ours(self, connection: asyncpg.Connection) -> None:
        """A newer program may have changed the tables under us: then no event is to blame, and all are safe on the disk until we are newer too."""
        try:
            await schema.fits(connection)
        except Stale as error:
            connection.terminate()
            raise Unavailable(str(error)) from error

    async def _one_by_one(self, connection: asyncpg.Connection, events: Sequence[Event]) -> list[Applied]:
        """The database refuses something in the batch: who is it?"""
        if len(events) == 1:
            raise Unavailable("the database is too busy")
        done = {}
        for number in sorted(range(len(events)), key=lambda number: events[number].at):
            done[number] = (await self._persistently(connection, [events[number]], None))[0]
        return [done[number] for number in range(len(events))]

    async def _transaction(self, connection: asyncpg.Connection, events: Sequence[Event], place: Place | None) -> list[Applied]:
        ids = await self._contact_ids(connection, events)
        digests = [self.vault.event_digest(event.channel, event.account, event.id) for event in events]
        async with connection.transaction():
            new = {row[0] for row in await connection.fetch(queries.NEW_EVENTS, sorted(set(digests)))}
            fresh = []
            for digest, event in zip(digests, events, strict=True):
                if digest in new:
                    new.discard(digest)  # a repeat within the batch is a repeat
                    fresh.append(event)
            batch = await self._take_turns(connection, await self._without_our_echoes(connection, fresh, ids), ids)
            if place:
                place.locked()
                await place.may_write()
            answers = await self._write(connection, batch) if fresh else {}
        fresh_ids = {id(event) for event in fresh}
        return [Applied(event_id=one.id, duplicate=id(one) not in fresh_ids, messages=tuple(answers.get(id(one), ()))) for one in events]

    async def _without_our_echoes(self, connection: asyncpg.Connection, events: Sequence[Event], ids: dict[ContactKey, int]) -> Sequence[Event]:
        """Another process may have sent what a platform tells here as somebody's words."""
        echoes = [event for event in events if event.maybe_ours]
        if not echoes:
            return events
        rows = await connection.fetch(queries.OUR_ECHOES, [ids[key_of(event)] for event in echoes], [event.id for event in echoes])
        ours = {row[0] for row in rows}
        return [event for event in events if not (event.maybe_ours and event.id in ours)]

    async def _take_turns(self, connection: asyncpg.Connection, fresh: Sequence[Event], ids: dict[ContactKey, int]) -> Batch:
        """Lock the sessions of these events and take the turns, in memory."""
        batch = Batch(self.take_turn, self._bubbles, self._clock())
        keys = {key_of(event) for event in fresh}
        rows = await connection.fetch(queries.LOCK_SESSIONS, sorted(ids[key] for key in keys)) if keys else []
        states = {row[0]: row[1] for row in rows}
        if len(states) < len(keys):
            for key in keys:
                if ids[key] not in states:
                    self._ids.pop(key, None)
            raise _Erased
        batch.run(fresh, ids, states)
        return batch

    async def _write(self, connection: asyncpg.Connection, batch: Batch) -> dict[int, list[dict[str, Any]]]:
        """Write a batch down; what the bot said to each event comes back."""
        for event, error in batch.failed:
            await self._write_parked(connection, event, error)
        if batch.erased:
            await self._erase(connection, batch.erased)
            await connection.execute(queries.ADD_SESSIONS, *self._columns(talk.key for talk in batch.talks.values() if talk.erased and not talk.blank))
        if batch.withdrawn:
            await connection.execute(queries.DROP_GAPS, [self._gap_tag(key) for key in batch.withdrawn])
        if batch.gaps:
            await connection.execute(queries.ADD_GAPS, *batch.gap_parameters(self._gap_tag))
        if batch.entries:
            await connection.execute(queries.ADD_ENTRIES, *batch.entry_parameters())
        if batch.handoffs:
            await connection.execute(queries.ADD_HANDOFFS, *batch.handoff_parameters())
        written = await connection.fetchrow(queries.WRITE_TURNS, *batch.write_parameters())
        return batch.answers(written[0] or ())

    async def _contact_ids(self, connection: asyncpg.Connection, events: Iterable[Event]) -> dict[ContactKey, int]:
        keys = {key_of(event) for event in events}
        known = self._ids
        missing = keys - known.keys()
        if missing:
            wanted = sorted(missing)
            channels, accounts, digests = self._columns(wanted)
            # The page of the web chat fetches: nothing is sent there, so nobody needs the address.
            sealed = [None if key.channel == WEB else self.vault.seal(digest, key.contact) for key, digest in zip(wanted, digests, strict=True)]
            async with connection.transaction():
                # Need not be on disk by itself: the turn's commit, which comes after it in the log, takes it along.
                await connection.execute("SET LOCAL synchronous_commit = off")
                await connection.execute(queries.ADD_CONTACTS, channels, accounts, digests, sealed)
                await connection.execute(queries.ADD_SESSIONS, channels, accounts, digests)
            if len(known) > KNOWN_CONTACTS:
                known.clear()
            wanted = sorted(keys - known.keys())
            columns = self._columns(wanted)
            found = {tuple(row[1:]): row[0] for row in await connection.fetch(queries.FIND_CONTACTS, *columns)}
            known.update((key, found[row]) for key, row in zip(wanted, zip(*columns, strict=True), strict=True))
        return {key: known[key] for key in keys}

    def _gap_tag(self, key: ContactKey) -> bytes:
        return self.vault.gap_tag(self.vault.digest(key.channel, key.contact))

    def _columns(self, keys: Iterable[ContactKey]) -> tuple[list[str], list[str], list[bytes]]:
        rows = list(keys)
        return [key.channel for key in rows], [key.account for key in rows], [self.vault.digest(key.channel, key.contact) for key in rows]

    async def _park(self, connection: asyncpg.Connection, event: Event, error: Exception) -> None:
        """Keep an event that the database refuses, and count it as applied."""
        async with connection.transaction():
            if await connection.fetch(queries.NEW_EVENTS, [self.vault.event_digest(event.channel, event.account, event.id)]):
                await self._write_parked(connection, event, error)

    async def _write_parked(self, connection: asyncpg.Connection, event: Event, error: Exception) -> None:
        """The event without its names, and what went wrong."""
        about = {name: value for name, value in msgspec.to_builtins(event).items() if name not in ("id", "contact")}
        if is_lone_code(event.text):
            about["text"] = HIDDEN
        body = msgspec.json.encode(about).decode().replace("\\u0000", "")
        self.parked += 1
        await connection.execute(queries.PARK, event.channel, event.account, self.vault.digest(event.channel, event.contact), body, _where(error))

    parked = 0  # events that could not be applied, since the start

    # --- talks ---

    async def contact(self, channel: str, account: str, contact: str) -> int | None:
        """The key of a contact; None where nobody has written yet."""
        known = self._ids.get(ContactKey(channel, account, contact))
        if known is not None:
            return known
        async with self.connection() as connection:
            found: int | None = await connection.fetchval(queries.FIND_CONTACT, channel, account, self.vault.digest(channel, contact))
        return found

    async def messages(self, contact_key: int, after: int = 0, limit: int = 60) -> list[dict[str, Any]]:
        """The newest messages after the id `after`, oldest first, the person's own words ("from": "me") among them."""
        async with self.connection() as connection:
            rows = await connection.fetch(queries.READ_MESSAGES, contact_key, after, limit)
        return [orjson.loads(row["body"]) | {"id": row["id"], "from": row["sender"], "at": row["created_at"].isoformat()} for row in reversed(rows)]

    async def listen(self, contact_key: int) -> AsyncIterator[None]:
        """Yields at once, and then whenever something new may stand in the contact's talk; ends when the store closes."""
        bell = asyncio.Event()
        self._bells.setdefault(contact_key, set()).add(bell)
        try:
            while not self.closing.is_set():
                bell.clear()
                yield
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(QUIET_SECONDS):
                        await bell.wait()
        finally:
            bells = self._bells[contact_key]
            bells.discard(bell)
            if not bells:
                del self._bells[contact_key]

    async def erase(self, channel: str, contact: str) -> dict[str, int]:
        """Delete all that is kept of a person, for the operator; how many rows went, by table (contacts: one for each account)."""
        async with self.connection() as connection, connection.transaction():
            ids = [row[0] for row in await connection.fetch(queries.FIND_PERSON, channel, self.vault.digest(channel, contact))]
            await connection.fetch(queries.LOCK_SESSIONS, ids)
            erased = await self._erase(connection, ids)
            await connection.execute("DELETE FROM contacts WHERE id = ANY($1::bigint[])", ids)
        return erased

    async def _erase(self, connection: asyncpg.Connection, ids: Sequence[int]) -> dict[str, int]:
        """Everything but the contacts themselves, inside the caller's transaction."""
        erased: dict[str, int] = {}
        for table, statement in queries.ERASE.items():
            if table == "contacts":
                digests = [row[0] for row in await connection.fetch(statement, ids)]
                erased[table] = len(digests)
            else:
                erased[table] = _count(await connection.execute(statement, ids))
        erased["gaps"] = _count(await connection.execute(queries.DROP_GAPS, [self.vault.gap_tag(digest) for digest in digests]))
        return erased

    async def gaps(self, limit: int) -> list[tuple[str, str]]:
        """The newest sentences that were not understood, each with where it was said (`guide/step`, empty outside of guides)."""
        async with self.connection() as connection:
            rows = await connection.fetch(queries.READ_GAPS, limit)
        return [(row["text"], f"{row['guide']}/{row['step']}" if row["guide"] else "") for row in rows]


class _Erased(Exception):
    """A session that we knew is gone: look the contact up again."""


@contextlib.contextmanager
def _hung(bells: set[asyncio.Event]) -> Iterator[asyncio.Event]:
    """A bell among the others, for as long as somebody listens."""
    bell = asyncio.Event()
    bells.add(bell)
    try:
        yield bell
    finally:
        bells.discard(bell)


async def _as_it_is(_connection: asyncpg.Connection) -> None:
    """Nothing of a session is ever changed here, so a connection that comes back to the pool needs no reset (a round trip each)."""


def _count(status: str) -> int:
    """How many rows a statement took, from what the server says of it (`DELETE 3`)."""
    return int(status.rpartition(" ")[2])


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """The driver's many ways of saying that the database is away become ours."""
    try:
        yield
    except AWAY as error:
        raise Unavailable(f"the database is away ({type(error).__name__})") from error


def _where(error: BaseException) -> str:
    """Class and place of an error; never its text, which may hold a citizen's words."""
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "/bot/" in frame.filename]
    return f"{type(error).__name__} at {ours[-1].filename.rpartition('/bot/')[2]}:{ours[-1].lineno}" if ours else type(error).__name__
