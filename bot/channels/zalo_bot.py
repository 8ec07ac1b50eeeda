"""A bot of the Zalo Bot Platform: deliveries or asked-for updates to events, replies to its calls. It knows no buttons.

The token stands in every address, so no address and no error of the HTTP client ever leaves this file.

Source: https://bot.zapps.me/docs (2026), at second hand.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import aiohttp
import orjson
import structlog
from yarl import URL

from bot.channels.base import BadSignature, Capabilities, Failure, SendFailed
from bot.channels.calling import Caller
from bot.channels.polling import WEBHOOK_GOES, Fetched
from bot.channels.zalo_bot_errors import failed
from bot.channels.zalo_bot_events import CHANNEL, Reader
from bot.dialogue.event import Event
from bot.dialogue.reply import Attachment, Reply
from bot.settings import ZaloBotSettings

CAPABILITIES = Capabilities(
    max_text_chars=2000,
    utf16=True,  # how Zalo counts is not said; its style offsets are in UTF-16 units, the longest way of counting
    images=True,
    text_with_media=True,
    max_caption_chars=2000,
    typing=True,
    merge_bubbles=True,  # the free plan counts messages: 3,000 a month
)
SECRET_HEADER = "X-Bot-Api-Secret-Token"  # noqa: S105  # a header's name
NO_NEWS = "408"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "0.0.0.0", "::1"})  # noqa: S104  # addresses that Zalo cannot reach

log = structlog.get_logger()


class ZaloBotAdapter:
    """One bot; see `ChannelAdapter` and `Pollable`. The HTTP session belongs to the caller."""

    name = CHANNEL
    capabilities = CAPABILITIES

    def __init__(
        self,
        settings: ZaloBotSettings,
        session: aiohttp.ClientSession,
        *,
        base_url: str = "",
        timeout_seconds: float = 10.0,
        clock: Callable[[], datetime] | None = None,
    ):
        token = settings.token.get_secret_value()
        self.account = token.partition(":")[0]
        self._root = f"{settings.api_base.rstrip('/')}/bot{quote(token, safe=':')}"
        self._secret = settings.secret().encode()
        self._base_url = base_url
        self._session, self._timeout = session, timeout_seconds
        self._reader = Reader(account=self.account, **({"clock": clock} if clock else {}))

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `BadSignature` unless the delivery carries our word. Zalo signs no bytes: the word is all there is."""
        given = headers.get("x-bot-api-secret-token") or headers.get(SECRET_HEADER) or ""
        # Compared as bytes: compare_digest refuses a text that is not ASCII.
        if not hmac.compare_digest(given.encode("latin-1", "replace"), self._secret):
            raise BadSignature(f"{SECRET_HEADER} is missing or wrong")

    def events(self, body: bytes) -> Sequence[Event]:
        """Every event in the delivery, by time; raises `NotUnderstood`."""
        return self._reader.read(body)

    async def send(self, contact: str, reply: Reply, key: str) -> str:
        """Deliver one fitted reply and return its message id; see `ChannelAdapter`.

        `key` has no place in Zalo's calls. A picture that Zalo refuses is a failure of kind MEDIA.
        """
        picture = self._placed(reply.media[0]) if reply.media else None
        if picture and URL(picture.url).host in LOOPBACK:
            # Nobody but this machine can open it: its description says more than an address that leads nowhere.
            reply, picture = Reply(text="\n".join(part for part in (reply.text, picture.alt) if part)), None
        if picture is None:
            answer = await self._call("sendMessage", {"chat_id": contact, "text": reply.text})
        else:
            answer = await self._send_picture(contact, picture.url, reply.text)
        message_id = answer.get("message_id")
        if not isinstance(message_id, str | int) or isinstance(message_id, bool) or not message_id:
            raise failed(200, {}, b"")
        return str(message_id)

    async def typing(self, contact: str) -> None:
        """Moving dots for about 5 seconds."""
        try:
            await self._call("sendChatAction", {"chat_id": contact, "action": "typing"})
        except SendFailed as failure:
            log.debug("typing failed", channel=CHANNEL, code=failure.code, sentence=failure.sentence)

    async def begin_polling(self) -> None:
        """Take the webhook away, which excludes asking; raises `SendFailed`. Where there is none Zalo answers 404."""
        try:
            if address := (await self._call("getWebhookInfo", {})).get("url"):
                log.warning("webhook is taken away", channel=CHANNEL, address=address, sentence=WEBHOOK_GOES)
            await self._call("deleteWebhook", {})
        except SendFailed as failure:
            if failure.code != "404":
                raise

    async def fetch(self, mark: int | None, seconds: int) -> Fetched:
        """What is new, after at most so many seconds; raises `SendFailed`.

        Zalo knows no acknowledging: what it answered it has forgotten, and what came while nobody asked is lost.
        """
        try:
            answer = await self._answer("getUpdates", {"timeout": seconds}, self._timeout + seconds)
        except SendFailed as failure:
            if failure.code == NO_NEWS:
                return Fetched(events=())
            raise
        return Fetched(events=self._reader.updates(answer))

    async def close(self) -> None:
        """Nothing to give back: the HTTP session is the caller's."""

    async def _send_picture(self, contact: str, url: str, caption: str) -> dict[str, Any]:
        try:
            return await self._call("sendPhoto", {"chat_id": contact, "photo": url} | ({"caption": caption} if caption else {}))
        except SendFailed as failure:
            if failure.code != "400":
                raise
            # Zalo does not say what it disliked: the picture is likelier than two ids and a text that are all checked.
            raise SendFailed(Failure.MEDIA, _PICTURE, code=failure.code, max_retries=0) from None

    async def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """`result` of one call, which is an object or nothing of interest; raises `SendFailed`."""
        result = (await self._answer(method, parameters, self._timeout)).get("result")
        return result if type(result) is dict else {}

    async def _answer(self, method: str, parameters: dict[str, Any], timeout_seconds: float) -> dict[str, Any]:
        caller = Caller(session=self._session, timeout_seconds=timeout_seconds, unreachable=_UNREACHABLE, unanswered=_NO_ANSWER)
        answer = await caller.call("POST", URL(f"{self._root}/{method}", encoded=True), headers=_JSON, data=orjson.dumps(parameters))
        # HTTP 200 with `"ok": false` is an error too.
        if answer.json is None or answer.json.get("ok") is not True or answer.status >= 400:
            raise failed(answer.status, answer.headers, answer.body)
        return answer.json

    def _placed(self, media: Attachment) -> Attachment:
        return Attachment(kind=media.kind, url=self._base_url + media.url, alt=media.alt) if media.url.startswith("/") else media


_JSON = {"Content-Type": "application/json"}
_UNREACHABLE = "Không nối được tới Zalo Bot. Dẫn Lối tự gửi lại; nếu kéo dài, kiểm tra đường truyền, DNS và DANLOI_ZALO_BOT__API_BASE."
_NO_ANSWER = "Zalo Bot chưa trả lời thì đường truyền đứt, không rõ tin đã đến chưa. Dẫn Lối thử lại nhiều nhất một lần."
_PICTURE = "Zalo Bot không nhận hình. Kiểm tra DANLOI_PUBLIC_URL mở được từ Internet. Dẫn Lối gửi đường dẫn thay cho hình."
