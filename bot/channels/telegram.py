"""A Telegram bot, spoken to through python-telegram-bot's `ExtBot`; imported only where Telegram is on.

Telegram is restricted in Viet Nam since 2025, so it is off unless a token is set, and its failures touch no other channel.
The bot is never "initialised": that would call Telegram at the start, and everything here works without.

Source: https://core.telegram.org/bots/api (2026), python-telegram-bot 22.8.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from time import monotonic
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit

import aiohttp
import structlog
from msgspec.structs import replace
from telegram import Audio, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, Message, PhotoSize, Video, Voice
from telegram.error import TelegramError
from telegram.ext import Defaults, ExtBot

from bot.channels.base import BadSignature, Failure, SendFailed
from bot.channels.calling import Caller
from bot.channels.polling import WEBHOOK_GOES, Fetched
from bot.channels.short_keys import KeysAway, ShortKeys, ShortKeysHere, short
from bot.channels.telegram_errors import BROKEN_HTML, NO_ANSWER, TOKEN, UNREACHABLE, WRONG_FILE, failed, nonsense
from bot.channels.telegram_events import Reader, query_of
from bot.channels.telegram_http import Http
from bot.channels.telegram_limits import ALLOWED_UPDATES, CAPABILITIES, CHANNEL, MAX_CALLBACK_BYTES, SECRET_HEADER
from bot.channels.telegram_pace import Pace
from bot.channels.uploads import File, Uploads, UploadsHere, life_of, name_of
from bot.dialogue.event import Event
from bot.dialogue.reply import Attachment, Reply
from bot.settings import TelegramSettings

ACKNOWLEDGE_SECONDS = 5.0
SHORT_LABEL = 14  # two buttons of at most so many letters stand beside each other
MAX_UPLOAD_BYTES = {"image": 10 * 2**20, "audio": 50 * 2**20, "video": 50 * 2**20}
VOICE_SUFFIXES = (".ogg", ".oga", ".opus")
FILE_LIFE = timedelta(days=365)  # a file id does not expire; the row of a picture that nobody shows any more shall

Remote = PhotoSize | Audio | Voice | Video
T = TypeVar("T")

log = structlog.get_logger()
# At the level debug the library writes every call, with what is said in it, into the log.
logging.getLogger("telegram").setLevel(logging.WARNING)


class TelegramAdapter:
    """One bot; see `ChannelAdapter` and `Pollable`. The HTTP session belongs to the caller.

    `uploads` keeps the file ids for the cluster, `short_keys` the long payloads of buttons; without them, for this process.
    """

    name = CHANNEL
    capabilities = CAPABILITIES

    def __init__(
        self,
        settings: TelegramSettings,
        session: aiohttp.ClientSession,
        *,
        base_url: str = "",
        timeout_seconds: float = 10.0,
        uploads: Uploads | None = None,
        short_keys: ShortKeys | None = None,
        pace: Pace | None = None,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ):
        token = settings.token.get_secret_value()
        root = settings.api_base.rstrip("/")
        http = Http(session, timeout_seconds)
        self.account = token.partition(":")[0]
        self._secret = settings.secret().encode()
        self._base_url, self._timeout = base_url, timeout_seconds
        self._caller = Caller(session=session, timeout_seconds=timeout_seconds, unreachable=UNREACHABLE, unanswered=NO_ANSWER)
        self._bot = _Bot(
            quote(token, safe=":"),
            base_url=f"{root}/bot",
            base_file_url=f"{root}/file/bot",
            request=http,
            get_updates_request=http,
            defaults=Defaults(parse_mode="HTML", link_preview_options=LinkPreviewOptions(is_disabled=True)),
        )
        self._keys = short_keys or ShortKeysHere()
        self._reader = Reader(account=self.account, **({"clock": clock} if clock else {}))
        self._uploads = uploads or UploadsHere()
        self._pace, self._sleep = pace or Pace(), sleep

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise `BadSignature` unless the delivery carries our word. Telegram signs no bytes: the word is all there is."""
        given = headers.get(SECRET_HEADER.lower()) or headers.get(SECRET_HEADER) or ""
        # Compared as bytes: compare_digest refuses a text that is not ASCII.
        if not hmac.compare_digest(given.encode("latin-1", "replace"), self._secret):
            raise BadSignature(f"{SECRET_HEADER} is missing or wrong")

    def events(self, body: bytes) -> Sequence[Event]:
        """Every event in the delivery; raises `NotUnderstood`. Taps wait to be acknowledged: see `acknowledge`.

        The payload of a tap may be a short key, which whoever takes the event makes whole.
        """
        return self._reader.read(body)

    async def acknowledge(self, events: Sequence[Event]) -> None:
        """Tell Telegram that the taps among these arrived, or the buttons keep their progress bar. To be done at once; never fails."""
        for event in events:
            if query := query_of(event):
                try:
                    await self._ask(self._bot.answer_callback_query(query, read_timeout=min(ACKNOWLEDGE_SECONDS, self._timeout)))
                except SendFailed as failure:
                    log.debug("tap is not acknowledged", channel=CHANNEL, code=failure.code, sentence=failure.sentence)

    async def send(self, contact: str, reply: Reply, key: str) -> str:
        """Deliver one fitted reply and return its message id; see `ChannelAdapter`.

        `key` has no place in Telegram's calls. A picture that Telegram refuses is a failure of kind MEDIA.
        """
        await self._wait_our_turn(contact)
        await self._keep_long_payloads(reply)
        text, markup = self._speakable(reply)
        try:
            if reply.media:
                return _id(await self._send_media(contact, self._placed(reply.media[0]), text, markup))
            return _id(await self._send_text(contact, text, markup))
        except SendFailed as failure:
            if failure.code == "429":
                self._pace.throttled(contact, failure.retry_after or 1.0, monotonic())
            if failure.code == "404":
                await self._blame_the_token()
            raise

    async def typing(self, contact: str) -> None:
        """“is typing…” for about 5 seconds, or until a message comes."""
        try:
            await self._ask(self._bot.send_chat_action(contact, "typing"))
        except SendFailed as failure:
            log.debug("typing failed", channel=CHANNEL, code=failure.code, sentence=failure.sentence)

    async def begin_polling(self) -> None:
        """Take the webhook away, which excludes asking; what waits there is kept. Raises `SendFailed`."""
        if address := (await self._ask(self._bot.get_webhook_info())).url:
            log.warning("webhook is taken away", channel=CHANNEL, address=address, sentence=WEBHOOK_GOES)
        await self._ask(self._bot.delete_webhook())

    async def fetch(self, mark: int | None, seconds: int) -> Fetched:
        """What is new, after at most so many seconds; `mark` acknowledges all that came before. Raises `SendFailed`."""
        updates = await self._ask(self._bot.updates(mark, seconds, self._timeout))
        if not isinstance(updates, list):
            raise nonsense()
        ids = [one["update_id"] for one in updates if isinstance(one, dict) and type(one.get("update_id")) is int]
        return Fetched(events=self._reader.updates(updates), mark=max(ids) + 1 if ids else None)

    async def close(self) -> None:
        """Nothing to give back: the HTTP session is the caller's."""

    async def _wait_our_turn(self, contact: str) -> None:
        if wait := self._pace.held(monotonic()):
            raise SendFailed(Failure.RETRY, _HELD, retry_after=wait, code="held")
        if wait := self._pace.chat(contact, monotonic()):
            await self._sleep(wait)
        if wait := self._pace.whole(monotonic()):
            await self._sleep(wait)

    async def _keep_long_payloads(self, reply: Reply) -> None:
        """Before the buttons are there to be tapped. What cannot be kept now is not sent: the outbox has it, and tries again."""
        long = [option.tap for option in reply.options if short(option.tap, MAX_CALLBACK_BYTES) != option.tap]
        if long:
            try:
                await self._keys.keep(long)
            except KeysAway:
                raise SendFailed(Failure.RETRY, _KEYS_AWAY, code="short-keys") from None

    async def _send_text(self, contact: str, text: str, markup: InlineKeyboardMarkup | None) -> Message:
        try:
            return await self._ask(self._bot.send_message(contact, escape(text, quote=False), reply_markup=markup))
        except SendFailed as failure:
            if failure.code != BROKEN_HTML:
                raise
        return await self._ask(self._bot.send_message(contact, text, reply_markup=markup, parse_mode=None))

    async def _send_media(self, contact: str, media: Attachment, text: str, markup: InlineKeyboardMarkup | None) -> Message:
        """Send by the file's id that Telegram gave before, else by its public address, else by uploading our own file."""
        why = SendFailed(Failure.MEDIA, _PICTURE, code="unreachable", max_retries=0)
        for source in (self._known, self._known, self._by_address, self._uploaded):  # a forgotten id may have been renewed by another process
            file = await source(media)
            if file is None:
                continue
            try:
                message = await self._ask(self._send_file(contact, media, file, text, markup))
            except SendFailed as failure:
                if failure.failure not in (Failure.MEDIA, Failure.PERMANENT):
                    raise
                # What Telegram dislikes about a file stands in a text that is not promised: any refusal may be it.
                if source == self._known and not isinstance(file, InputFile):
                    await self._uploads.forget(self._file(media), file.file_id)
                why = failure if failure.code == WRONG_FILE else SendFailed(Failure.MEDIA, _PICTURE, code=failure.code, max_retries=0)
            else:
                if source != self._known:
                    await self._remember(media, message)
                return message
        raise why

    def _send_file(self, contact: str, media: Attachment, file: Remote | InputFile, text: str, markup: InlineKeyboardMarkup | None) -> Awaitable[Message]:
        # Never a text: the library opens any text, an address too, that happens to name a file on this machine.
        caption = escape(text, quote=False) if text else None
        if media.kind == "image":
            return self._bot.send_photo(contact, cast("PhotoSize", file), caption=caption, reply_markup=markup)
        if media.kind == "video":
            return self._bot.send_video(contact, cast("Video", file), caption=caption, reply_markup=markup, supports_streaming=True)
        if _is_voice(media):
            return self._bot.send_voice(contact, cast("Voice", file), caption=caption, reply_markup=markup)
        return self._bot.send_audio(contact, cast("Audio", file), caption=caption, reply_markup=markup, title=media.alt or None)

    async def _known(self, media: Attachment) -> Remote | None:
        id = await self._uploads.known(self._file(media))
        return _remote(media, id) if id else None

    async def _by_address(self, media: Attachment) -> Remote | None:
        return _remote(media, media.url) if media.url.startswith("https://") and not self._only_here(media.url) else None

    async def _uploaded(self, media: Attachment) -> InputFile | None:
        """Our own file, fetched from our own server: where that has no public address, Telegram cannot fetch it."""
        if not self._base_url or not media.url.startswith(f"{self._base_url}/"):
            return None
        limit = MAX_UPLOAD_BYTES[media.kind]
        try:
            answer = await self._caller.call("GET", media.url, most=limit)
        except SendFailed:
            return None
        content = answer.body if answer.status == 200 else b""
        return InputFile(content, filename=urlsplit(media.url).path.rpartition("/")[2]) if 0 < len(content) <= limit else None

    def _only_here(self, url: str) -> bool:
        return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")

    async def _remember(self, media: Attachment, message: Message) -> None:
        file = message.photo[-1] if message.photo else message.video or message.voice or message.audio
        if file and isinstance(file, type(_remote(media, ""))):
            await self._uploads.keep(self._file(media), file.file_id, life_of(media.url, FILE_LIFE))

    def _file(self, media: Attachment) -> File:
        """Under one id Telegram takes one kind of file only, so the kind is in the name."""
        return File(CHANNEL, self.account, f"{media.kind} {name_of(media.url, self._base_url)}")

    def _speakable(self, reply: Reply) -> tuple[str, InlineKeyboardMarkup | None]:
        """Words and buttons. A link that Telegram would not take as a button, and with it the whole message, goes into the words."""
        rows: list[list[InlineKeyboardButton]] = []
        for option in reply.options:
            button = InlineKeyboardButton(option.label, callback_data=short(option.tap, MAX_CALLBACK_BYTES))
            beside = rows and len(rows[-1]) == 1 and max(len(option.label), len(rows[-1][0].text)) <= SHORT_LABEL
            if beside:
                rows[-1].append(button)
            else:
                rows.append([button])
        good = [link for link in reply.links if _is_button_address(link.url)]
        rows += [[InlineKeyboardButton(link.label, url=link.url)] for link in good]
        text = "\n".join([*([reply.text] if reply.text else []), *(f"{link.label}: {link.url}" for link in reply.links if link not in good)])
        return text, InlineKeyboardMarkup(rows) if rows else None

    async def _blame_the_token(self) -> None:
        """A proxy's 404 looks like a wrong token: raise that only where Telegram does not know the bot either."""
        try:
            await self._ask(self._bot.get_me())
        except SendFailed as failure:
            if failure.code in ("401", "404"):
                raise SendFailed(TOKEN.failure, TOKEN.sentence, code=failure.code) from None
            raise

    async def _ask(self, call: Awaitable[T]) -> T:
        """What a call gives; raises `SendFailed`. The library's own errors are not chained: their text is Telegram's."""
        try:
            return await call
        except TelegramError as error:
            raise failed(error) from None
        except (AttributeError, KeyError, TypeError, ValueError):
            raise nonsense() from None  # the answer is JSON, but not what was promised

    def _placed(self, media: Attachment) -> Attachment:
        return replace(media, url=self._base_url + media.url) if media.url.startswith("/") else media


class _Bot(ExtBot[None]):
    """The library's bot, and updates as they came: its own `get_updates` fails for all where it cannot read one."""

    async def updates(self, offset: int | None, seconds: int, timeout_seconds: float) -> Any:
        asked = {"timeout": seconds, "offset": offset, "allowed_updates": list(ALLOWED_UPDATES)}
        return await self._post("getUpdates", asked, read_timeout=timeout_seconds + seconds)


def _remote(media: Attachment, file: str) -> Remote:
    """A file that Telegram has, or fetches from its address. As an object: a text could name a file on this machine."""
    if media.kind == "image":
        return PhotoSize(file, file, 0, 0)
    if media.kind == "video":
        return Video(file, file, 0, 0, 0)
    return Voice(file, file, 0) if _is_voice(media) else Audio(file, file, 0)


def _is_voice(media: Attachment) -> bool:
    return urlsplit(media.url).path.lower().endswith(VOICE_SUFFIXES)


def _is_button_address(url: str) -> bool:
    """Whether Telegram takes it: spaces or a host without a dot make it refuse the whole message."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "").strip(".") and not any(sign.isspace() for sign in url)


def _id(message: Message) -> str:
    if type(message.message_id) is not int:
        raise nonsense()
    return str(message.message_id)


_KEYS_AWAY = "Cơ sở dữ liệu không trả lời nên chưa giữ được nội dung của nút. Dẫn Lối gửi lại tin này khi có lại; xem PostgreSQL còn chạy không."
_HELD = "Telegram yêu cầu cả bot đợi. Dẫn Lối gửi lại đúng lúc."
_PICTURE = "Telegram không nhận hình, tiếng hoặc phim. Kiểm tra DANLOI_PUBLIC_URL mở được từ Internet bằng https. Dẫn Lối gửi đường dẫn thay."
