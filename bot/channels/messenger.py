"""Facebook Messenger: webhook deliveries to events, replies to calls of the Send API.

Every message carries `metadata` with our own prefix, so that its echo is told from a person's answer even when the echo
comes before the answer of the call that sent it.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform (April to June 2026).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import orjson
import structlog
from msgspec.structs import replace
from yarl import URL

from bot.channels.base import BadSignature, Capabilities, Failure, SendFailed
from bot.channels.calling import Caller
from bot.channels.fit import as_link
from bot.channels.messenger_errors import EXPIRED_ATTACHMENT, failed
from bot.channels.messenger_events import CHANNEL, METADATA_PREFIX, PAGE_INBOX, Reader
from bot.channels.reading import Delivery
from bot.channels.uploads import File, Uploads, UploadsHere, life_of, name_of
from bot.dialogue.event import Event
from bot.dialogue.reply import Attachment, Reply
from bot.settings import MessengerSettings

CAPABILITIES = Capabilities(
    max_text_chars=1999,  # "less than 2000"; how Meta counts is not said, so the longest way of counting is ours
    utf16=True,
    max_quick_replies=13,
    max_title_chars=20,
    max_payload_bytes=1000,
    max_link_buttons=3,
    max_text_chars_with_buttons=640,
    quick_replies_with_links=True,  # a template is an attachment, and quick replies go with text or an attachment
    images=True,
    audio=True,
    video=True,
    typing=True,
    window_hours=24,
)
SIGNATURE_CHARS = 71  # "sha256=" and 64 hexadecimal digits
SUBSCRIBED_FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "message_echoes",
    "message_reads",
    "message_deliveries",
    "messaging_handovers",
    "standby",
    "messaging_policy_enforcement",
)
ATTACHMENT_LIFE = timedelta(days=89)  # an attachment id expires after 90 days
SENT_IDS_KEPT = 10_000

log = structlog.get_logger()


class MessengerAdapter:
    """One Page on Messenger; see `ChannelAdapter`. The HTTP session belongs to the caller.

    `uploads` keeps the attachment ids for the cluster; without it, for this process.
    """

    name = CHANNEL
    capabilities = CAPABILITIES

    def __init__(
        self,
        settings: MessengerSettings,
        session: aiohttp.ClientSession,
        *,
        base_url: str = "",
        timeout_seconds: float = 10.0,
        uploads: Uploads | None = None,
        clock: Callable[[], datetime] | None = None,
    ):
        self.account = settings.page_id
        self._secret = settings.app_secret.get_secret_value().encode()
        self._verify_token = settings.verify_token.get_secret_value().encode()
        self._app_id = settings.app_id
        self._token = settings.page_token.get_secret_value()
        self._root = f"{settings.api_base.rstrip('/')}/{settings.api_version}"
        self._messages = self._url("messages")
        self._caller = Caller(session=session, timeout_seconds=timeout_seconds, unreachable=_UNREACHABLE, unanswered=_NO_ANSWER)
        self._base_url = base_url
        self._uploads = uploads or UploadsHere()
        self._sent: dict[str, None] = {}
        self._reader = Reader(page_id=settings.page_id, app_id=settings.app_id, sent=self._sent.keys(), **({"clock": clock} if clock else {}))

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `BadSignature` unless Meta signed exactly these bytes: HMAC-SHA256 with the app secret."""
        given = headers.get("x-hub-signature-256") or headers.get("X-Hub-Signature-256") or ""
        if len(given) != SIGNATURE_CHARS:
            raise BadSignature("X-Hub-Signature-256 is missing or malformed")
        right = b"sha256=" + hmac.digest(self._secret, body, "sha256").hex().encode()
        # Compared as bytes: compare_digest refuses a text that is not ASCII.
        if not hmac.compare_digest(given.encode("latin-1", "replace"), right):
            raise BadSignature("X-Hub-Signature-256 does not belong to this body")

    def challenge(self, params: Mapping[str, str]) -> str:
        """What to answer, as plain text, to Meta's GET; raises `BadSignature` unless it knows our verify token."""
        token = params.get("hub.verify_token", "").encode(errors="replace")
        if params.get("hub.mode") != "subscribe" or not hmac.compare_digest(token, self._verify_token) or not params.get("hub.challenge"):
            raise BadSignature("not Meta's subscription request with our verify token")
        return params["hub.challenge"]

    def read(self, body: bytes) -> Delivery:
        """Events and notices of one delivery; raises `NotUnderstood`."""
        return self._reader.read(body)

    def events(self, body: bytes) -> Sequence[Event]:
        """Every event in the delivery, by time; notices go to the log. Raises `NotUnderstood`."""
        delivery = self._reader.read(body)
        for notice in delivery.notices:
            getattr(log, notice.level)("notice", channel=CHANNEL, code=notice.code, sentence=notice.sentence)
        return delivery.events

    async def send(self, contact: str, reply: Reply, key: str) -> str:
        """Deliver one fitted reply and return its message id; see `ChannelAdapter`.

        A picture that Meta cannot fetch is sent as its description with a link instead.
        """
        try:
            if reply.media:
                return await self._send_media(contact, reply, key)
            return await self._send_or_take(contact, reply, self._body(contact, reply, key))
        except SendFailed as failure:
            if failure.failure is not Failure.MEDIA:
                raise
            words = as_link(reply, self._base_url)
            return await self._send_or_take(contact, words, self._body(contact, words, key))

    async def typing(self, contact: str) -> None:
        """Three moving dots, for about 20 seconds or until a message comes."""
        try:
            await self._post(self._messages, {"recipient": {"id": contact}, "sender_action": "typing_on"})
        except SendFailed as failure:
            log.debug("typing failed", channel=CHANNEL, code=failure.code, sentence=failure.sentence)

    async def take_thread_control(self, contact: str) -> None:
        """Take the talk back from the Page inbox or another app; raises `SendFailed`."""
        await self._post(self._url("take_thread_control"), {"recipient": {"id": contact}, "metadata": METADATA_PREFIX + "take"})

    async def watchdog(self) -> tuple[str, ...]:
        """The webhook fields that had been lost and are subscribed again; raises `SendFailed`.

        Meta unsubscribes an app whose webhook failed for an hour, without a word to it; so this is to be asked every few minutes.
        """
        answer = await self._call("GET", self._url("subscribed_apps"))
        rows = answer.get("data")
        apps = [row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, dict)]
        ours = [app for app in apps if str(app.get("id")) == self._app_id] if self._app_id else apps
        held = {field for app in ours for field in app.get("subscribed_fields") or ()}
        missing = tuple(field for field in SUBSCRIBED_FIELDS if field not in held)
        if missing:
            await self._call("POST", self._url("subscribed_apps", subscribed_fields=",".join(SUBSCRIBED_FIELDS)))
            log.warning("subscribed again", channel=CHANNEL, fields=missing)
        return missing

    async def close(self) -> None:
        """Nothing to give back: the HTTP session is the caller's."""

    async def _send_media(self, contact: str, reply: Reply, key: str) -> str:
        """Send one picture: by the id that Meta gave it before, else by its address, which is tried twice."""
        media = self._placed(reply.media[0])
        for _ in range(2):  # where Meta has forgotten an id, another process may have got a new one already
            known = await self._uploads.known(self._file(media))
            if not known:
                break
            try:
                return await self._send_or_take(contact, reply, self._body(contact, reply, key, attachment_id=known))
            except SendFailed as failure:
                if failure.code != EXPIRED_ATTACHMENT:
                    raise
                await self._uploads.forget(self._file(media), known)
        body = self._body(contact, reply, key)
        try:
            return await self._send_or_take(contact, reply, body)
        except SendFailed as failure:
            if failure.failure is not Failure.MEDIA or not failure.max_retries:
                raise
        return await self._send_or_take(contact, reply, body)

    async def _send_or_take(self, contact: str, reply: Reply, body: dict[str, Any]) -> str:
        """Send; where another app holds the talk and the reply may take it back, take it and send again."""
        try:
            return await self._send(reply, body)
        except SendFailed as failure:
            if failure.failure is not Failure.HUMAN or not (reply.takes_back or reply.sender == "person"):
                raise
        try:
            await self.take_thread_control(contact)
        except SendFailed as refused:
            if refused.failure in (Failure.RETRY, Failure.TOKEN):
                raise
            raise SendFailed(Failure.HUMAN, _NOT_DEFAULT, code=refused.code) from None
        return await self._send(reply, body)

    async def _send(self, reply: Reply, body: dict[str, Any]) -> str:
        answer = await self._post(self._messages, body)
        message_id = answer.get("message_id")
        if not isinstance(message_id, str):
            raise failed(200, {}, b"")
        self._sent[message_id] = None
        if len(self._sent) > SENT_IDS_KEPT:
            del self._sent[next(iter(self._sent))]
        attachment_id = answer.get("attachment_id")
        # A picture that goes by its id may come back with it, though Meta keeps it no longer for that.
        if attachment_id and reply.media and "url" in body["message"]["attachment"]["payload"]:
            media = self._placed(reply.media[0])
            await self._uploads.keep(self._file(media), str(attachment_id), life_of(media.url, ATTACHMENT_LIFE))
        return message_id

    def _body(self, contact: str, reply: Reply, key: str, attachment_id: str = "") -> dict[str, Any]:
        """The Send API's JSON for one fitted reply."""
        message: dict[str, Any]
        if reply.media:
            media = self._placed(reply.media[0])
            payload = {"attachment_id": attachment_id} if attachment_id else {"url": media.url, "is_reusable": True}
            message = {"attachment": {"type": media.kind, "payload": payload}}
        elif reply.links:
            buttons = [{"type": "web_url", "title": link.label, "url": link.url} for link in reply.links]
            message = {"attachment": {"type": "template", "payload": {"template_type": "button", "text": reply.text, "buttons": buttons}}}
        else:
            message = {"text": reply.text}
        message["metadata"] = METADATA_PREFIX + key
        if reply.options:
            message["quick_replies"] = [{"content_type": "text", "title": option.label, "payload": option.tap} for option in reply.options]
        body: dict[str, Any] = {"recipient": {"id": contact}, "messaging_type": "RESPONSE", "message": message}
        if reply.handoff:
            body["thread_control"] = {"control_type": "pass", "app_id": PAGE_INBOX}
        return body

    def _file(self, media: Attachment) -> File:
        return File(CHANNEL, self.account, name_of(media.url, self._base_url))

    def _placed(self, media: Attachment) -> Attachment:
        return replace(media, url=self._base_url + media.url) if media.url.startswith("/") else media

    def _url(self, edge: str, **query: str) -> URL:
        """A Graph address with the token and its proof (HMAC-SHA256 of the token with the app secret)."""
        proof = hmac.digest(self._secret, self._token.encode(), "sha256").hex()
        return URL(f"{self._root}/{self.account}/{edge}").with_query(access_token=self._token, appsecret_proof=proof, **query)

    async def _post(self, url: URL, body: dict[str, Any]) -> dict[str, Any]:
        return await self._call("POST", url, orjson.dumps(body))

    async def _call(self, method: str, url: URL, data: bytes | None = None) -> dict[str, Any]:
        """One call; anything but a JSON object without `error` becomes a `SendFailed`."""
        answer = await self._caller.call(method, url, data=data, headers=_JSON)
        body = answer.json
        if body is None or "error" in body or answer.status >= 400:
            raise failed(answer.status, answer.headers, answer.body)
        return body


_JSON = {"Content-Type": "application/json"}
_UNREACHABLE = "Không nối được tới Meta. Dẫn Lối tự gửi lại; nếu kéo dài, kiểm tra đường truyền, DNS và DANLOI_MESSENGER__API_BASE."
_NOT_DEFAULT = "Không lấy lại được cuộc trò chuyện. Vào Cài đặt Trang, mục Định tuyến cuộc trò chuyện, chọn ứng dụng này làm ứng dụng mặc định."
_NO_ANSWER = "Meta chưa trả lời thì đường truyền đứt, không rõ tin đã đến chưa. Dẫn Lối thử lại nhiều nhất một lần."
