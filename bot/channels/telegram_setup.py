"""The operator's side of a Telegram bot: webhook, commands and descriptions, and saying in words what is wrong.

Source: https://core.telegram.org/bots/api (2026); limits from the constants of python-telegram-bot 22.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import requests

from bot.channels.base import Failure, SendFailed
from bot.channels.findings import Finding, GuideItem, refused, tried
from bot.channels.fit import cut
from bot.channels.own_webhook import https, knock
from bot.channels.reading import dict_of, list_of
from bot.channels.telegram_limits import ALLOWED_UPDATES, COMMANDS, SECRET_HEADER
from bot.i18n.folding import fold
from bot.settings import Settings

WEBHOOK_PATH = "/webhooks/telegram"
DESCRIPTION = (
    "Dẫn Lối là trợ lý tự động, chỉ cách làm dịch vụ công từng bước một, miễn phí.\n\n"
    "Không ai được hỏi mã OTP, mật khẩu, số căn cước của bà con, kể cả Dẫn Lối. Bấm nút Bắt đầu (Start) ở dưới nhé."
)
SHORT_DESCRIPTION = "Chỉ cách làm dịch vụ công từng bước một, miễn phí. Không bao giờ hỏi mã OTP."
MAX_DESCRIPTION, MAX_SHORT_DESCRIPTION, MAX_COMMANDS, MAX_COMMAND, MAX_COMMAND_TEXT = 512, 120, 100, 32, 256
PRIVATE = {"type": "all_private_chats"}
LANGUAGES = ("", "vi")  # the first is for everybody whose language has no list of its own


def setup(settings: Settings, guides: Sequence[GuideItem] = ()) -> Iterator[Finding]:
    """Set everything once; each call may be repeated without harm."""
    api = _Api(settings)
    try:
        yield _bot(api.call("getMe"))
    except SendFailed as failure:
        yield refused("Mã (token) của bot", failure)
        return
    if settings.telegram.polls(settings.base_url):
        yield tried("Cách nhận tin", "Dẫn Lối tự hỏi Telegram lấy tin (polling); không cần địa chỉ công khai.", lambda: api.call("deleteWebhook"))
    else:
        address = settings.base_url + WEBHOOK_PATH
        wanted = {"url": address, "allowed_updates": list(ALLOWED_UPDATES), "secret_token": settings.telegram.secret()}
        yield tried("Webhook của bot", f"Telegram gọi đến {address}.", lambda: api.call("setWebhook", **wanted))
    yield tried("Các lệnh", "Đã đặt menu lệnh.", lambda: api.set_commands(commands(guides)))
    yield tried("Lời giới thiệu", "Đã đặt lời giới thiệu.", api.set_descriptions)
    yield tried("Nút menu", "Nút menu mở danh sách lệnh.", lambda: api.call("setChatMenuButton", menu_button={"type": "commands"}))


def doctor(settings: Settings) -> Iterator[Finding]:
    """Look at everything that must be right, the cause before its effects."""
    api = _Api(settings)
    polls = settings.telegram.polls(settings.base_url)
    try:
        yield _bot(api.call("getMe"))
        yield from _webhook_info(dict_of(api.call("getWebhookInfo")), "" if polls else settings.base_url + WEBHOOK_PATH)
        yield _commands(list_of(api.call("getMyCommands", scope=PRIVATE, language_code="vi")))
    except SendFailed as failure:
        yield refused("Mã (token) của bot" if failure.failure is Failure.TOKEN else "Gọi Telegram", failure)
    if not polls:
        yield from https(settings.base_url, "Telegram")
        yield from knock(settings.base_url + WEBHOOK_PATH, SECRET_HEADER, settings.telegram.secret(), settings.send_timeout_seconds)
    yield Finding(
        level="warning",
        about="Ở Việt Nam",
        sentence="Từ tháng 5 năm 2025 Telegram bị yêu cầu chặn ở Việt Nam; có mạng vào được, có mạng không.",
        mend="Thử bằng mạng di động của bà con, và hỏi cơ quan quản lý trước khi giới thiệu bot này cho dân.",
    )


def commands(guides: Sequence[GuideItem]) -> list[dict[str, str]]:
    """The menu's commands: our own, then each guide by its code (`/khaisinh`)."""
    own = [{"command": name, "description": text} for name, _, text in COMMANDS]
    taken = {one["command"] for one in own}
    codes = {fold(guide.id).replace(" ", ""): cut(guide.title, MAX_COMMAND_TEXT) for guide in guides}
    # After the menu itself, because a phone shows the first few lines only.
    more = [{"command": code, "description": title} for code, title in codes.items() if code.isascii() and code.isalnum() and len(code) <= MAX_COMMAND]
    return [own[0], *(one for one in more if one["command"] not in taken), *own[1:]][:MAX_COMMANDS]


class _Api:
    """Calls of the Bot API for an operator who waits for the answer; without the library, which a command need not load."""

    def __init__(self, settings: Settings):
        token = quote(settings.telegram.token.get_secret_value(), safe=":")
        self._root = f"{settings.telegram.api_base.rstrip('/')}/bot{token}"
        self._timeout = settings.send_timeout_seconds

    def call(self, method: str, **parameters: Any) -> Any:
        """`result` of one call; raises `SendFailed`, whose text holds no token."""
        try:
            response = requests.post(f"{self._root}/{method}", json=parameters, timeout=self._timeout, allow_redirects=False)
            answer = response.json()
        except requests.JSONDecodeError:
            raise _failed(response.status_code, "") from None
        except requests.RequestException:
            # Not chained: requests writes the address into its errors, and the address holds the token.
            sentence = "Không nối được tới Telegram (ở Việt Nam có thể bị chặn). Kiểm tra đường truyền, DNS và DANLOI_TELEGRAM__API_BASE."
            raise SendFailed(Failure.RETRY, sentence, code="connect") from None
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            raise _failed(response.status_code, str(dict_of(answer).get("description") or ""))
        return answer.get("result")

    def set_commands(self, wanted: list[dict[str, str]]) -> None:
        for language in LANGUAGES:
            self.call("setMyCommands", commands=wanted, scope=PRIVATE, language_code=language)

    def set_descriptions(self) -> None:
        for language in LANGUAGES:
            self.call("setMyDescription", description=DESCRIPTION, language_code=language)
            self.call("setMyShortDescription", short_description=SHORT_DESCRIPTION, language_code=language)


def _failed(status: int, description: str) -> SendFailed:
    if status in (401, 404):
        sentence = "Telegram không nhận mã (token) của bot. Lấy mã đang dùng ở BotFather, ghi vào DANLOI_TELEGRAM__TOKEN."
        return SendFailed(Failure.TOKEN, sentence, code=str(status))
    if status == 429:
        return SendFailed(Failure.RETRY, "Gọi Telegram nhanh quá mức cho phép. Đợi vài phút rồi chạy lại.", code=str(status))
    if status >= 500 or not description:
        return SendFailed(Failure.RETRY, "Telegram trục trặc hoặc trả lời không đọc được. Chạy lại sau; kiểm tra DANLOI_TELEGRAM__API_BASE.", code=str(status))
    # What an operator set is all that Telegram can speak of here: no citizen's words.
    return SendFailed(Failure.PERMANENT, f"Telegram không nhận: {description}.", code=str(status))


def _bot(me: Any) -> Finding:
    return Finding(level="ok", about="Mã (token) của bot", sentence=f"Dùng được, của bot @{dict_of(me).get('username') or '?'}.")


def _webhook_info(info: dict[str, Any], wanted: str) -> Iterator[Finding]:
    """Where Telegram calls, what waits there and what failed last; an empty `wanted`: nowhere, because messages are asked for."""
    held, mend = str(info.get("url") or ""), "Chạy “danloi channels setup telegram”."
    if held == wanted:
        where = f"Telegram gọi đến {wanted}." if wanted else "Không có webhook; Dẫn Lối tự hỏi Telegram lấy tin (polling)."
        yield Finding(level="ok", about="Webhook của bot", sentence=where)
    elif not wanted:
        yield Finding(level="bad", about="Webhook của bot", sentence="Bot còn webhook nên không tự hỏi lấy tin được.", mend=mend)
    else:
        sentence = f"Telegram gọi đến địa chỉ khác; địa chỉ đúng là {wanted}." if held else "Bot chưa có webhook."
        yield Finding(level="bad", about="Webhook của bot", sentence=sentence, mend=f"{mend} Mỗi nơi chạy cần một bot riêng, kẻo giành tin của nhau.")
    missing = [one for one in ("message", "callback_query") if wanted and held == wanted and one not in (info.get("allowed_updates") or ALLOWED_UPDATES)]
    if missing:
        yield Finding(level="bad", about="Đăng ký sự kiện", sentence=f"Telegram không báo: {', '.join(missing)}.", mend=mend)
    if error := info.get("last_error_message"):
        stamp = info.get("last_error_date")
        when = f" lúc {datetime.fromtimestamp(stamp, UTC):%H:%M ngày %d/%m/%Y} (giờ UTC)" if isinstance(stamp, int) else ""
        yield Finding(level="warning", about="Lần gọi hỏng gần nhất", sentence=f"Telegram gọi webhook không được{when}: {error}.")
    if waiting := info.get("pending_update_count"):
        yield Finding(level="warning", about="Tin đang đợi", sentence=f"{waiting} tin chưa đến được Dẫn Lối; Telegram giữ nhiều nhất 24 giờ.")


def _commands(held: list[Any]) -> Finding:
    names = {dict_of(one).get("command") for one in held}
    missing = [name for name, _, _ in COMMANDS if name not in names]
    if missing:
        return Finding(level="bad", about="Các lệnh", sentence=f"Bot chưa có lệnh {', '.join(missing)}.", mend="Chạy “danloi channels setup telegram”.")
    return Finding(level="ok", about="Các lệnh", sentence="Đủ cả.")
