"""The library's way to the Bot API over the aiohttp session that all channels share: one pool, a tenth of httpx's work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson
from telegram.error import NetworkError, TelegramError
from telegram.request import BaseRequest, RequestData
from yarl import URL

from bot.channels.base import SendFailed
from bot.channels.calling import Caller
from bot.channels.telegram_errors import NO_ANSWER, UNREACHABLE, busy


class NotAnswered(NetworkError):
    """No answer, or one that the library would read less exactly than we do; `failed` says what it means."""

    def __init__(self, failed: SendFailed):
        self.failed = failed
        super().__init__(failed.code)


class Http(BaseRequest):
    """Calls for `ExtBot`. The session belongs to the caller; nothing is opened and nothing closed here."""

    def __init__(self, session: aiohttp.ClientSession, timeout_seconds: float):
        self._session, self._timeout = session, timeout_seconds

    @property
    def read_timeout(self) -> float:
        return self._timeout

    async def initialize(self) -> None:
        """The session is open."""

    async def shutdown(self) -> None:
        """The session is the caller's."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Status and body; raises `NotAnswered`. `read_timeout` is the time for the whole call, the others are not ours."""
        seconds = float(read_timeout) if isinstance(read_timeout, int | float) else self._timeout
        caller = Caller(session=self._session, timeout_seconds=seconds, unreachable=UNREACHABLE, unanswered=NO_ANSWER)
        try:
            answer = await caller.call(method, URL(url, encoded=True), data=_form(request_data))
        except SendFailed as failed:
            raise NotAnswered(failed) from None
        # The library forgets the status of these, and a waiting time that stands in the headers.
        if answer.status in (413, 429) or answer.status >= 500:
            raise NotAnswered(busy(answer.status, answer.headers, answer.json))
        return answer.status, answer.body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer; the library's own reader would write what it cannot read into the log."""
        try:
            answer = orjson.loads(payload)
        except orjson.JSONDecodeError:
            answer = None
        if type(answer) is not dict:
            raise TelegramError("Invalid server response")
        return answer


def _form(data: RequestData | None) -> Mapping[str, str] | aiohttp.FormData | None:
    """The parameters as a form; nested ones are JSON in it. With a file it becomes multipart."""
    if data is None or not data.contains_files:
        return data.json_parameters if data and data.json_parameters else None
    form = aiohttp.FormData(quote_fields=False)
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form
