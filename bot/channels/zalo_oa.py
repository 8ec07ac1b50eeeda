"""Zalo Official Account: webhook deliveries to events, replies to consultation messages of OpenAPI v3.

Zalo counts and charges messages, so a turn becomes as few as possible. Buttons are not in the official pages of v3, though they
work: where Zalo refuses them, the same goes as a numbered menu, and the person gets menus for a day.

Sources: zaloplatform/zalo-php-sdk, zalo-java-sdk, ZaloDotNetSDK; docs.zaloplatforms.com/docs/OA, read at second hand.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from time import monotonic
from typing import Any

import aiohttp
import orjson
import structlog
from msgspec.structs import replace

from bot.channels.base import BadSignature, Capabilities, Failure, NotUnderstood, SendFailed
from bot.channels.calling import Caller
from bot.channels.fit import ELLIPSIS, as_link, fit
from bot.channels.kept import Clock, Kept
from bot.channels.reading import Delivery, dict_of, json_of, text_of
from bot.channels.uploads import File, Uploads, UploadsHere, life_of, name_of
from bot.channels.zalo_oa_errors import ATTACHMENT_EXPIRED, NONSENSE, REFUSES_BUTTONS, UNANSWERED, UNREACHABLE, taken
from bot.channels.zalo_oa_events import ANONYMOUS_PREFIX, CHANNEL, TAP_PREFIX, Reader
from bot.channels.zalo_oa_tokens import Tokens
from bot.dialogue.event import Event
from bot.dialogue.reply import LinkButton, Option, Reply
from bot.settings import ZaloOaSettings

CAPABILITIES = Capabilities(
    max_text_chars=2000,  # more is refused, not cut; how Zalo counts is not said, so the longest way of counting is ours
    utf16=True,
    max_quick_replies=5,
    max_title_chars=100,
    max_payload_bytes=1000 - len(TAP_PREFIX),
    max_link_buttons=5,
    max_text_chars_with_buttons=2000,
    quick_replies_with_links=True,
    links_count_as_options=True,
    phone_buttons=True,
    images=True,
    text_with_media=True,
    buttons_with_media=False,
    merge_bubbles=True,
    window_hours=7 * 24,  # of the API; people in OA Manager may write for a year
    free_hours=48,
)
NO_BUTTONS = replace(CAPABILITIES, max_quick_replies=0, max_link_buttons=0, phone_buttons=False)
# UNSURE: buttons beside a picture stand in Zalo's own SDK for v2.0 (zalo-php-sdk, `MessageBuilder`), as those below a text do, but nobody
# was seen to send them with v3.0; should Zalo leave them out without a word, nobody could tap. So it is a setting.
PICTURE_BUTTONS = {
    "apart": CAPABILITIES,
    "together": replace(CAPABILITIES, buttons_with_media=True),
    "menu": replace(CAPABILITIES, menu_with_media=True),
}
SEND = "v3.0/oa/message/cs"
SEND_ANONYMOUS = "v2.0/oa/message"
UPLOAD = "v2.0/oa/upload/image"
MAX_PICTURE_BYTES = 2**20
PICTURE_TYPES = {b"\x89PNG\r\n\x1a\n": ("picture.png", "image/png"), b"\xff\xd8\xff": ("picture.jpg", "image/jpeg")}
ATTACHMENT_LIFE = timedelta(days=6)  # Zalo keeps an upload for at most 7 days
UPLOAD_AGAIN = timedelta(minutes=10)  # after an upload that failed; until then Zalo fetches the picture
PLAIN_LIFE = timedelta(days=1)
PICTURES = ""  # nobody's id: stands for everybody where buttons beside pictures are refused
SENT_IDS_KEPT = 10_000

log = structlog.get_logger()


FORMS = ("plain", "hmac", "app-secret", "oa-id")


def signature_of(settings: ZaloOaSettings, body: bytes, stamp: str, form: str = "") -> str:
    """The hex digits under which Zalo sends `body`, whose timestamp is `stamp`, in this form or in that of the settings."""
    form = form or settings.signature
    oa_secret, moment = settings.oa_secret.get_secret_value().encode(), stamp.encode(errors="replace")
    if form == "hmac":
        return hmac.new(oa_secret, body, sha256).hexdigest()
    name = settings.oa_id if form == "oa-id" else settings.app_id
    secret = settings.app_secret.get_secret_value().encode() if form == "app-secret" else oa_secret
    return sha256(name.encode() + body + moment + secret).hexdigest()


class ZaloOaAdapter:
    """One Official Account; see `ChannelAdapter`. The HTTP session belongs to the caller.

    `uploads` keeps the ids of uploaded pictures for the cluster; without it, for this process. `sent`: message ids that other
    processes sent, where they are known; our own are remembered here.
    """

    name = CHANNEL

    def __init__(
        self,
        settings: ZaloOaSettings,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        *,
        base_url: str = "",
        timeout_seconds: float = 10.0,
        uploads: Uploads | None = None,
        sent: Collection[str] = (),
        clock: Callable[[], datetime] | None = None,
        seconds: Clock = monotonic,
    ):
        self.account, self.capabilities = settings.oa_id, capabilities_of(settings)
        self.tokens = tokens
        self._settings = settings
        self._root = settings.api_base.rstrip("/")
        self._caller = Caller(session=session, timeout_seconds=timeout_seconds, unreachable=UNREACHABLE, unanswered=UNANSWERED)
        self._base_url = base_url
        self._uploads = uploads or UploadsHere(Kept(seconds))
        self._plain = Kept(seconds)
        self._uploading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._sent = _Sent(sent)
        self._reader = Reader(
            oa_id=settings.oa_id,
            sent=self._sent,
            pause_tag=settings.pause_tag,
            strangers_pause=settings.strangers_pause,
            **({"clock": clock} if clock else {}),
        )

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `BadSignature` unless Zalo signed exactly these bytes: SHA-256 (no HMAC) of app id, body, timestamp and OA secret.

        No official page tells the form, and a few programs have others. One is accepted, which is a setting; where another fits, the error says so.
        The timestamp stands in the body, so a body that is not JSON cannot be signed. How old it is does not matter: repeats come
        up to two hours later with the same one. `mac=`, `mac = ` and the bare digits are all seen.
        """
        given = re.fullmatch(r"(?:mac\s*=\s*)?([0-9a-f]{64})", (headers.get("x-zevent-signature") or headers.get("X-ZEvent-Signature") or "").strip().lower())
        if given is None:
            raise BadSignature("X-ZEvent-Signature is missing or malformed")
        try:
            inside = dict_of(json_of(body))
        except NotUnderstood:
            raise BadSignature("a body that is not JSON holds no timestamp to sign") from None
        if text_of(inside.get("app_id")) != self._settings.app_id:
            raise BadSignature("the body is of another app")
        stamp = text_of(inside.get("timestamp"))
        if hmac.compare_digest(given[1], signature_of(self._settings, body, stamp)):
            return
        other = next((form for form in FORMS if hmac.compare_digest(given[1], signature_of(self._settings, body, stamp, form))), "")
        mend = f": it is of another form → DANLOI_ZALO_OA__SIGNATURE={other}" if other else ": is DANLOI_ZALO_OA__OA_SECRET right?"
        raise BadSignature(f"X-ZEvent-Signature does not belong to this body{mend}")

    def read(self, body: bytes) -> Delivery:
        """Events and notices of one delivery; raises `NotUnderstood`."""
        return self._reader.read(body)

    def events(self, body: bytes) -> Sequence[Event]:
        """Every event in the delivery; notices go to the log. Raises `NotUnderstood`."""
        delivery = self._reader.read(body)
        for notice in delivery.notices:
            getattr(log, notice.level)("notice", channel=CHANNEL, code=notice.code, sentence=notice.sentence)
        return delivery.events

    async def send(self, contact: str, reply: Reply, key: str) -> str:
        """Deliver one fitted reply and return its message id; see `ChannelAdapter`. Zalo takes no mark of ours, so `key` is not sent.

        A dead token is renewed once, a picture that Zalo does not take becomes a link, refused buttons become a numbered menu.
        """
        if contact.startswith(ANONYMOUS_PREFIX):
            return await self._send_words(contact, as_link(reply, self._base_url))
        if reply.media:
            return await self._send_picture(contact, reply)
        if not self._may_have_buttons(contact, reply):
            return await self._send_words(contact, reply)
        try:
            return await self._send(contact, {"text": reply.text, "attachment": self._buttons(reply)})
        except SendFailed as failure:
            if failure.code not in REFUSES_BUTTONS:
                raise
            code = failure.code
        message_id = await self._send_words(contact, reply)
        # Only now is it known that the buttons were the reason, and not the words or the person.
        self._plain.put(contact, code, PLAIN_LIFE)
        log.warning("buttons are refused, a numbered menu went instead", channel=CHANNEL, code=code)
        return message_id

    async def typing(self, contact: str) -> None:
        """Zalo OA shows no such sign."""

    async def watchdog(self) -> None:
        """What is due every few minutes: the token is renewed ahead of its end. Raises `SendFailed`."""
        await self.tokens.refresh_ahead()

    async def close(self) -> None:
        """A renewal of the token that is under way is finished; the HTTP session is the caller's."""
        await self.tokens.close()

    def _may_have_buttons(self, contact: str, reply: Reply) -> bool:
        return bool(reply.options or reply.links) and self._settings.buttons != "none" and not self._plain.get(contact)

    async def _send_words(self, contact: str, reply: Reply) -> str:
        """The same without buttons. Returns the first message's id."""
        ids = [await self._send(contact, {"text": piece.text}) for piece in self._as_menu(reply)]
        if not ids:
            raise SendFailed(Failure.PERMANENT, "Tin không có nội dung để gửi. Đây là lỗi của Dẫn Lối: báo cho người làm phần mềm.", code="empty")
        return ids[0]

    def _as_menu(self, reply: Reply) -> Sequence[Reply]:
        """Options as a numbered menu, links as lines."""
        return fit(replace(reply, options=()) if _listed(reply) else reply, NO_BUTTONS, self._base_url)

    async def _send_picture(self, contact: str, reply: Reply) -> str:
        """By the id of an upload; where there is none, by its address; where Zalo takes neither, in words with a link."""
        try:
            if self._may_have_buttons(contact, reply) and not self._plain.get(PICTURES):
                return await self._send_picture_with_buttons(contact, reply)
            pieces = self._as_menu(reply) if reply.options or reply.links else (reply,)
            ids = [await self._send_by_id(contact, piece) if piece.media else await self._send_words(contact, piece) for piece in pieces]
            return ids[0]
        except SendFailed as failure:
            if failure.failure is not Failure.MEDIA and failure.code not in REFUSES_BUTTONS:
                raise
        return await self.send(contact, as_link(reply, self._base_url), "")

    async def _send_picture_with_buttons(self, contact: str, reply: Reply) -> str:
        """Everything in one message; where Zalo refuses that, its numbered menu, and all pictures go so for a day."""
        try:
            return await self._send_by_id(contact, reply)
        except SendFailed as failure:
            if failure.code not in REFUSES_BUTTONS:
                raise
            code = failure.code
        [first, *others] = self._as_menu(reply)
        message_id = await self._send_by_id(contact, first)
        self._plain.put(PICTURES, code, PLAIN_LIFE)
        log.warning("buttons beside a picture are refused, a numbered menu went instead", channel=CHANNEL, code=code)
        for piece in others:
            await self._send_words(contact, piece)
        return message_id

    async def _send_by_id(self, contact: str, reply: Reply) -> str:
        """One picture with its words; an id that Zalo has forgotten is renewed once."""
        url = reply.media[0].url
        url = self._base_url + url if url.startswith("/") else url
        known = await self._uploaded(url)
        try:
            return await self._send(contact, self._picture(reply, url, known))
        except SendFailed as failure:
            if failure.code != ATTACHMENT_EXPIRED:
                raise
            await self._uploads.forget(self._file(url), known)
        return await self._send(contact, self._picture(reply, url, await self._uploaded(url)))

    async def _uploaded(self, url: str) -> str:
        """The attachment id of a picture of ours; empty where Zalo has to fetch it itself. Each picture is uploaded once, by one of all who send it."""
        if self._settings.pictures == "url" or not self._base_url or not url.startswith(self._base_url + "/"):
            return ""
        async with self._uploading[url]:
            known = await self._uploads.known(self._file(url))
            if known is not None or not await self._uploads.claim(self._file(url), UPLOAD_AGAIN):
                return known or ""  # while another process uploads it, Zalo fetches it
            try:
                known = await self._upload(url)
            except SendFailed as failure:
                # The upload is only the better way: the monthly limit or a bad day of that API must not keep the picture back.
                log.warning("picture is not uploaded", channel=CHANNEL, code=failure.code, sentence=failure.sentence)
                return ""
            if known:
                await self._uploads.keep(self._file(url), known, life_of(url, ATTACHMENT_LIFE))
        return known

    def _file(self, url: str) -> File:
        return File(CHANNEL, self.account, name_of(url, self._base_url))

    async def _upload(self, url: str) -> str:
        """Fetch a picture from our own server and hand it to Zalo; empty where it is no picture that Zalo takes."""
        picture = (await self._caller.call("GET", url)).body
        name, kind = next((told for magic, told in PICTURE_TYPES.items() if picture.startswith(magic)), ("", ""))
        if not name or len(picture) > MAX_PICTURE_BYTES:
            return ""

        def form() -> aiohttp.FormData:
            data = aiohttp.FormData()
            data.add_field("file", picture, filename=name, content_type=kind)
            return data

        return text_of((await self._api(UPLOAD, form, {})).get("attachment_id"))

    def _buttons(self, reply: Reply) -> dict[str, Any]:
        """The template with all buttons of a reply."""
        kind = {"template_type": self._settings.template_type} if self._settings.template_type else {}
        return {"type": "template", "payload": {**kind, "buttons": self._button_list(reply)}}

    def _picture(self, reply: Reply, url: str, attachment_id: str) -> dict[str, Any]:
        """The message with one picture, its words and, where the reply has any, its buttons."""
        where = {"attachment_id": attachment_id} if attachment_id else {"url": url}
        payload: dict[str, Any] = {"template_type": "media", "elements": [{"media_type": "image", **where}]}
        if reply.options or reply.links:
            payload["buttons"] = self._button_list(reply)
        attachment = {"type": "template", "payload": payload}
        return {"text": reply.text, "attachment": attachment} if reply.text else {"attachment": attachment}

    def _button_list(self, reply: Reply) -> list[dict[str, Any]]:
        labels = [option.label for option in reply.options]
        return [self._query(option, alone=labels.count(option.label) == 1) for option in reply.options] + [_link(link) for link in reply.links]

    def _query(self, option: Option, *, alone: bool) -> dict[str, Any]:
        """An option's button. Shown taps stand in the talk as the citizen's words, so they send the label, where it is whole and the only such one."""
        if self._settings.buttons == "show":
            payload = option.label if alone and not option.label.endswith(ELLIPSIS) else TAP_PREFIX + option.tap
            return {"title": option.label, "type": "oa.query.show", "payload": payload}
        return {"title": option.label, "type": "oa.query.hide", "payload": TAP_PREFIX + option.tap}

    async def _send(self, contact: str, message: dict[str, Any]) -> str:
        path, recipient = SEND, {"user_id": contact}
        if contact.startswith(ANONYMOUS_PREFIX):
            anonymous, _, talk = contact.removeprefix(ANONYMOUS_PREFIX).partition(":")
            path, recipient = SEND_ANONYMOUS, {"anonymous_id": anonymous, "conversation_id": talk}
        body = orjson.dumps({"recipient": recipient, "message": message})
        data = await self._api(path, lambda: body, _JSON)
        message_id = text_of(data.get("message_id"))
        if not message_id:
            raise SendFailed(NONSENSE.failure, NONSENSE.sentence, code="no message id", ambiguous=True)
        self._sent.add(message_id)
        if "quota" not in data and path == SEND:
            log.info("message is charged", channel=CHANNEL)
        return message_id

    async def _api(self, path: str, data: Callable[[], Any], headers: Mapping[str, str]) -> dict[str, Any]:
        """One POST; where Zalo does not take the token, with a new one once more."""
        token = await self.tokens.access()
        url = f"{self._root}/{path}"
        try:
            return taken(await self._caller.call("POST", url, headers={"access_token": token, **headers}, data=data()))
        except SendFailed as failure:
            if failure.failure is not Failure.TOKEN:
                raise
        token = await self.tokens.renew(token)
        return taken(await self._caller.call("POST", url, headers={"access_token": token, **headers}, data=data()))


class _Sent(Collection[str]):
    """Ids of sent messages: the latest of this process, and those that the caller knows."""

    def __init__(self, others: Collection[str]):
        self._others = others
        self._ours: dict[str, None] = {}

    def add(self, id: str) -> None:
        self._ours[id] = None
        if len(self._ours) > SENT_IDS_KEPT:
            del self._ours[next(iter(self._ours))]

    def __contains__(self, id: object) -> bool:
        return id in self._ours or id in self._others

    def __iter__(self) -> Any:
        return iter((*self._ours, *self._others))

    def __len__(self) -> int:
        return len(self._ours) + len(self._others)


def capabilities_of(settings: ZaloOaSettings) -> Capabilities:
    """What this OA shows, with the operator's choices where sources about Zalo disagree."""
    can = NO_BUTTONS if settings.buttons == "none" else PICTURE_BUTTONS[settings.picture_buttons]
    return replace(can, may_cost=settings.paid_messages)


def unread(headers: Mapping[str, str]) -> bool:
    """Whether a delivery is about ZNS templates, which we never send: they are not signed as the others, and are answered 200 unread.

    A refusal would be repeated for hours and then end the subscription of everything else.
    """
    return (headers.get("x-zevent-signature") or headers.get("X-ZEvent-Signature") or "").strip() == "ZNS"


def verifier_page(settings: ZaloOaSettings, code: str) -> str | None:
    """What to answer to `GET /zalo_verifierCODE.html`; None (404) for another code than ours. Both spellings of the tag are seen."""
    if not settings.site_verifier or code != settings.site_verifier:
        return None
    tags = "".join(f'<meta {name}="zalo-platform-site-verification" content="{escape(code)}" />' for name in ("property", "name"))
    return f"<!DOCTYPE html><html><head>{tags}</head><body></body></html>"


_JSON = {"Content-Type": "application/json"}


def _link(link: LinkButton) -> dict[str, Any]:
    if link.url.startswith("tel:"):
        return {"title": link.label, "type": "oa.open.phone", "payload": {"phone_code": _phone_code(link.url)}}
    return {"title": link.label, "type": "oa.open.url", "payload": {"url": link.url}}


def _phone_code(url: str) -> str:
    """The number as Zalo's samples write it, with 84 before it; hotlines (`18001096`, `111`) have no such form."""
    digits = "".join(filter(str.isdigit, url))
    return "84" + digits.removeprefix("0") if digits.startswith("0") and not digits.startswith("00") else digits


def _listed(reply: Reply) -> bool:
    """Whether the words already hold each option with its number, as `fit` writes them where there are more than buttons."""
    lines = [match[1] for match in re.finditer(r"^\d+\. (.+)$", reply.text, re.MULTILINE)]
    heads = [re.sub(r"^\d+\. ", "", option.label).removesuffix(ELLIPSIS) for option in reply.options]
    return bool(heads) and all(any(line.startswith(head) for line in lines) for head in heads)
