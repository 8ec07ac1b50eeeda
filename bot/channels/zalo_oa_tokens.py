"""The pair of tokens of an Official Account: kept in one place for the whole cluster, renewed by one process at a time.

A refresh token works once: each renewal kills the old pair at once, and whoever renews with a used one breaks the chain, so that
a person must authorise again. Hence the lock, reading again after locking, a mark before asking, and storing before using.
What cannot be excluded is a death between Zalo's answer and our store: the mark stays behind, and the next one who finds it says so.

Source: OAuth v4 as in zaloplatform/zalo-php-sdk (`OAuth2Client.php`); lifetimes from docs.zaloplatforms.com, read at second hand.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import orjson
import structlog

from bot.channels.base import Failure, SendFailed
from bot.channels.calling import Answer, Caller
from bot.channels.waiting import retry_after
from bot.channels.zalo_oa_errors import NEW_PAIR, error_of
from bot.channels.zalo_oa_events import CHANNEL
from bot.settings import ZaloOaSettings

TOKEN_FILE = "zalo-oa-token.json"  # noqa: S105  # a file's name
AHEAD = 0.8  # of the lifetime: then it is renewed
MARGIN = timedelta(minutes=1)  # a token that ends while the message is on its way is no use
SHORTEST_LIFE_SECONDS = 3600  # where Zalo does not say: what older sources name, against 25 hours today
LOCK_POLL_SECONDS = 0.05
ASK_AGAIN = timedelta(seconds=15)  # after a renewal that came to nothing; many messages wait for it, and each would ask
SAVE_AGAIN_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
RATE_LIMIT = -32

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """`expires_at` is the access token's end; None where nobody knows, as of a pasted one."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    obtained_at: datetime
    expires_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        return bool(self.access_token) and (self.expires_at is None or now < self.expires_at - MARGIN)

    def due(self, now: datetime) -> bool:
        """Whether it is time to renew it ahead of its end."""
        return self.expires_at is None or now >= self.obtained_at + AHEAD * (self.expires_at - self.obtained_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenState:
    """Everything that is kept. `seeds` are fingerprints of the refresh tokens that ever came from the settings: a new one starts a new chain."""

    pair: TokenPair
    previous: TokenPair | None = None  # for whoever has to find out what happened
    seeds: tuple[str, ...] = ()
    asked_at: datetime | None = None  # a renewal began then; left behind, its answer was lost
    dead: str = ""  # the code with which Zalo refused the refresh token

    def as_json(self) -> dict[str, Any]:
        return {
            "pair": _pair_json(self.pair),
            "previous": _pair_json(self.previous) if self.previous else None,
            "seeds": list(self.seeds),
            "asked_at": self.asked_at.isoformat() if self.asked_at else None,
            "dead": self.dead,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> TokenState:
        """The state that `as_json` wrote down."""
        return cls(
            pair=_pair(value["pair"]),
            previous=_pair(value["previous"]) if value.get("previous") else None,
            seeds=tuple(value.get("seeds", ())),
            asked_at=_moment(value.get("asked_at")),
            dead=value.get("dead", ""),
        )


class TokenStoreFailed(Exception):
    """The state could not be read or written down; the sentence is for the operator."""


class TokenStore(Protocol):
    """Where the state is kept for the whole cluster. All but `lock` raise `TokenStoreFailed`."""

    def lock(self) -> AbstractAsyncContextManager[None]:
        """Held by one process of the cluster at a time; free at once when that process dies. Raises `TokenStoreFailed` on entry."""

    async def load(self) -> TokenState | None:
        """The newest state; None where there never was one."""

    async def save(self, state: TokenState) -> None:
        """Durable when it returns."""


class MemoryTokenStore:
    """For tests, and for nothing that shall survive."""

    def __init__(self) -> None:
        self.state: TokenState | None = None
        self._lock = asyncio.Lock()

    def lock(self) -> AbstractAsyncContextManager[None]:
        return self._lock

    async def load(self) -> TokenState | None:
        return self.state

    async def save(self, state: TokenState) -> None:
        self.state = state


class FileTokenStore:
    """One file in the data folder, for all processes of one machine; only its owner may read it."""

    def __init__(self, path: Path):
        self._path = path

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        """An advisory lock that the system takes back from a dead process."""
        handle = self._open_lock()
        try:
            while not _locked(handle):  # noqa: ASYNC110  # a file's lock has no event, and a thread that waits cannot be called back
                await asyncio.sleep(LOCK_POLL_SECONDS)
            yield
        finally:
            os.close(handle)

    async def load(self) -> TokenState | None:
        return await asyncio.to_thread(self.read)

    async def save(self, state: TokenState) -> None:
        await asyncio.to_thread(self._write, state)

    def read(self) -> TokenState | None:
        """The same as `load`, for a command that does not run a loop."""
        try:
            return TokenState.from_json(orjson.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise TokenStoreFailed(f"Không đọc được {self._path} ({type(error).__name__}). Xem quyền của tệp; nếu tệp hỏng thì xóa đi. {NEW_PAIR}") from None

    def _open_lock(self) -> int:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise TokenStoreFailed(f"Không ghi được vào {self._path.parent} ({type(error).__name__}). Xem quyền và chỗ trống của đĩa.") from None

    def _write(self, state: TokenState) -> None:
        """Beside it, to the disk, then in its place: a reader sees the old or the new one, a power cut leaves one of them."""
        draft = self._path.with_suffix(f".{secrets.token_hex(4)}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(orjson.dumps(state.as_json()))
                file.flush()
                os.fsync(handle)
            draft.replace(self._path)
            _sync(self._path.parent)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise TokenStoreFailed(f"Không ghi được {self._path} ({type(error).__name__}). Xem quyền và chỗ trống của đĩa.") from None


class Tokens:
    """The access token that is good now. Any number of these, in any number of processes, share one `TokenStore`."""

    def __init__(
        self,
        settings: ZaloOaSettings,
        session: aiohttp.ClientSession,
        store: TokenStore,
        *,
        timeout_seconds: float = 10.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        save_again_seconds: Sequence[float] = SAVE_AGAIN_SECONDS,
    ):
        self._settings, self._store, self._clock, self._save_again = settings, store, clock, save_again_seconds
        self._url = f"{settings.oauth_base.rstrip('/')}/v4/oa/access_token"
        self._caller = Caller(session=session, timeout_seconds=timeout_seconds, unreachable=_UNREACHABLE, unanswered=_UNANSWERED)
        self._pair: TokenPair | None = None
        self._unsaved: TokenState | None = None  # Zalo's answer, as long as the store does not take it
        self._refused = ""  # the refresh token that was refused to this process: it is not asked again
        self._failed: SendFailed | None = None  # the last renewal, and when the next may be tried
        self._again_at = clock()
        self._told_of: datetime | None = None  # the mark of somebody's lost renewal that was told already
        self._work: asyncio.Task[TokenPair] | None = None

    async def access(self) -> str:
        """An access token that is believed good; raises `SendFailed`."""
        if self._pair is None:
            self._pair = (await self._state()).pair
        if self._pair.usable(self._clock()):
            return self._pair.access_token
        return await self.renew(self._pair.access_token)

    async def renew(self, used: str) -> str:
        """Another access token than `used`, which Zalo refused: the one that somebody else got meanwhile, or a new one; raises `SendFailed`.

        The work goes on when its caller is cancelled: an answer that nobody writes down would end the chain.
        """
        pair = await self._join(used)
        if pair.access_token == used:
            pair = await self._join(used)
        return pair.access_token

    async def refresh_ahead(self) -> bool:
        """Renew if four fifths of the lifetime are over, and say whether it was so; for a job that runs every few minutes. Raises `SendFailed`."""
        state = await self._state()
        if not state.pair.due(self._clock()):
            self._pair = state.pair
            return False
        await self.renew(state.pair.access_token)
        return True

    async def close(self) -> None:
        """Wait for a renewal that is under way."""
        if self._work is not None:
            await asyncio.wait([self._work])

    async def _join(self, used: str) -> TokenPair:
        """The renewal that runs in this process, or a new one."""
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._renew(used))
            self._work.add_done_callback(_looked_at)
        return await asyncio.shield(self._work)

    async def _renew(self, used: str) -> TokenPair:
        try:
            async with self._store.lock():
                state = await self._state()
                other = bool(state.pair.access_token) and state.pair.access_token != used
                self._pair = state.pair if other and state.pair.usable(self._clock()) else await self._exchange(state)
                return self._pair
        except TokenStoreFailed as failure:
            raise SendFailed(Failure.RETRY, str(failure), code="token store") from None

    async def _state(self) -> TokenState:
        """What is stored, or the start of a new chain where the settings bring a refresh token that was never used before."""
        try:
            if self._unsaved is not None:
                await self._keep(self._unsaved)
            state = await self._store.load()
        except TokenStoreFailed as failure:
            raise SendFailed(Failure.RETRY, str(failure), code="token store") from None
        given = self._settings.refresh_token.get_secret_value()
        seed = sha256(given.encode()).hexdigest()[:16]
        if state is not None and seed in state.seeds:
            return state
        pair = TokenPair(access_token=self._settings.access_token.get_secret_value(), refresh_token=given, obtained_at=self._clock())
        return TokenState(pair=pair, previous=state.pair if state else None, seeds=(*(state.seeds if state else ()), seed))

    async def _exchange(self, state: TokenState) -> TokenPair:
        """Ask Zalo for a new pair; the caller holds the lock. The mark is written first and taken away with the new pair."""
        if self._refused == state.pair.refresh_token:
            raise _dead(state)
        self._wait_for_better_times()
        if state.asked_at and state.asked_at != self._told_of:
            self._told_of = state.asked_at
            log.error("token renewal was cut off", channel=CHANNEL, since=state.asked_at.isoformat(), sentence=_CUT_OFF)
        await self._store.save(replace(state, asked_at=state.asked_at or self._clock()))
        try:
            pair = self._read(await self._ask(state.pair.refresh_token))
        except SendFailed as failure:
            self._failed, self._again_at = failure, self._clock() + max(ASK_AGAIN, timedelta(seconds=failure.retry_after or 0))
            if failure.failure is Failure.TOKEN:
                await self._bury(state, failure)
            if not failure.ambiguous:
                await self._store.save(state)  # Zalo never got it, or said why not: the refresh token is as good as before
            raise
        self._failed = None
        await self._keep(replace(state, pair=pair, previous=state.pair, asked_at=None, dead=""))
        log.info("token renewed", channel=CHANNEL, until=pair.expires_at.isoformat() if pair.expires_at else "")
        return pair

    def _wait_for_better_times(self) -> None:
        """Raise the last failure again as long as it is fresh."""
        wait = (self._again_at - self._clock()).total_seconds()
        if self._failed is not None and wait > 0:
            raise SendFailed(Failure.RETRY, self._failed.sentence, retry_after=wait, code=self._failed.code)

    async def _ask(self, refresh_token: str) -> Answer:
        form = {"refresh_token": refresh_token, "app_id": self._settings.app_id, "grant_type": "refresh_token"}
        return await self._caller.call("POST", self._url, headers={"secret_key": self._settings.app_secret.get_secret_value()}, data=form)

    def _read(self, answer: Answer) -> TokenPair:
        """The new pair; raises `SendFailed`: TOKEN where Zalo said no, ambiguous where it is not known what it did."""
        body = answer.json or {}
        access, refresh = body.get("access_token"), body.get("refresh_token")
        if isinstance(access, str) and isinstance(refresh, str) and access and refresh:
            now = self._clock()
            return TokenPair(access_token=access, refresh_token=refresh, obtained_at=now, expires_at=now + timedelta(seconds=_life(body.get("expires_in"))))
        error = error_of(body)
        if error == RATE_LIMIT or answer.status == 429:
            raise SendFailed(Failure.RETRY, _BUSY, retry_after=retry_after(answer.headers), code=f"oauth {error or answer.status}")
        if error and answer.status < 500:
            raise SendFailed(Failure.TOKEN, _DEAD, code=f"oauth {error}")
        raise SendFailed(Failure.RETRY, _UNANSWERED, code=f"oauth http {answer.status}", ambiguous=True)

    async def _bury(self, state: TokenState, failure: SendFailed) -> None:
        """The refresh token is dead: say so once, write it down, and never ask with it again. A mark that was left behind tells why."""
        dead = replace(state, dead=failure.code)
        self._refused = state.pair.refresh_token
        await self._store.save(dead)
        raised = _dead(dead)
        log.error("token is dead", channel=CHANNEL, code=failure.code, sentence=raised.sentence)
        raise raised from None

    async def _keep(self, state: TokenState) -> None:
        """Store the new state, trying again for some seconds; as long as that fails it is not used, and nobody is asked for another."""
        self._unsaved = state
        for wait in (*self._save_again, None):
            try:
                await self._store.save(state)
            except TokenStoreFailed as failure:
                log.error("new token is not stored", channel=CHANNEL, sentence=f"{failure} {_UNSAVED}")
                if wait is None:
                    raise
                await asyncio.sleep(wait)
            else:
                self._unsaved = None
                return


def _dead(state: TokenState) -> SendFailed:
    return SendFailed(Failure.TOKEN, _LOST if state.asked_at else _DEAD, code=state.dead)


def dead_sentence(state: TokenState) -> str:
    """Why the pair is dead and what to do; empty while it lives."""
    return _dead(state).sentence if state.dead else ""


_DEAD = f"Zalo không nhận mã làm mới (refresh token) của OA: mã đã dùng rồi, đã quá 3 tháng, hoặc bị thu hồi. {NEW_PAIR}"
_LOST = f"Mã truy cập mới của OA đã mất: máy dừng hoặc đứt mạng đúng lúc Zalo đổi mã, mã cũ không dùng lại được. {NEW_PAIR}"
_CUT_OFF = "Lần đổi mã truy cập trước bị cắt ngang, có thể mã làm mới đã bị dùng mất. Dẫn Lối thử lại một lần; nếu Zalo từ chối thì phải lấy cặp mã mới."
_UNSAVED = "Mã mới của Zalo đang chỉ nằm trong bộ nhớ: đừng tắt tiến trình này cho đến khi lưu được."
_BUSY = "Zalo bảo chờ khi đổi mã truy cập. Dẫn Lối tự thử lại."
_UNREACHABLE = "Không nối được tới máy chủ cấp mã của Zalo. Dẫn Lối tự thử lại; nếu kéo dài, kiểm tra đường truyền và DANLOI_ZALO_OA__OAUTH_BASE."
_UNANSWERED = "Máy chủ cấp mã của Zalo không trả lời rõ ràng, chưa biết mã đã đổi chưa. Dẫn Lối tự thử lại."


def _life(value: Any) -> float:
    """`expires_in` in seconds; Zalo sends it as a text."""
    if isinstance(value, str) and value.isdecimal() and len(value) < 9:
        value = int(value)
    return float(value) if type(value) is int and 0 < value < 10**9 else float(SHORTEST_LIFE_SECONDS)


def _looked_at(work: asyncio.Task[TokenPair]) -> None:
    """Where everybody who waited is gone, the failure has been logged; asyncio need not complain."""
    if not work.cancelled():
        work.exception()


def _pair_json(pair: TokenPair) -> dict[str, Any]:
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "obtained_at": pair.obtained_at.isoformat(),
        "expires_at": pair.expires_at.isoformat() if pair.expires_at else None,
    }


def _pair(value: dict[str, Any]) -> TokenPair:
    return TokenPair(
        access_token=value["access_token"],
        refresh_token=value["refresh_token"],
        obtained_at=datetime.fromisoformat(value["obtained_at"]),
        expires_at=_moment(value.get("expires_at")),
    )


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(folder: Path) -> None:
    """A rename is on the disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
