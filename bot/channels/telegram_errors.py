"""What each error of the Bot API means for a message, as one table, with a sentence for the operator.

Telegram tells most errors apart by their English text only. The texts are not promised, so they are looked for loosely.

Source: python-telegram-bot 22.8 (`error.py`, `request/_baserequest.py`), https://core.telegram.org/bots/api (2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError, TimedOut

from bot.channels.base import Failure, SendFailed, Verdict
from bot.channels.waiting import retry_after

UNREACHABLE = "Không nối được tới Telegram (ở Việt Nam, Telegram có thể bị chặn). Dẫn Lối tự gửi lại; kiểm tra đường truyền, DNS và DANLOI_TELEGRAM__API_BASE."
NO_ANSWER = "Telegram chưa trả lời thì đường truyền đứt, không rõ tin đã đến chưa. Dẫn Lối thử lại nhiều nhất một lần."
_BUG = "Đây là lỗi của Dẫn Lối: gửi mã lỗi này cho người làm phần mềm."


class Row(NamedTuple):
    """The first row whose class and text match decides."""

    kind: type[TelegramError]
    text: str  # in small letters; empty: any
    code: str
    verdict: Verdict


TOKEN = Verdict(
    failure=Failure.TOKEN,
    sentence="Telegram không nhận mã (token) của bot. Lấy mã đang dùng ở BotFather, ghi vào DANLOI_TELEGRAM__TOKEN rồi khởi động lại.",
)
_NOT_FOUND = Verdict(
    failure=Failure.RETRY,
    sentence="Địa chỉ của Telegram trả lời “không tìm thấy”. Kiểm tra DANLOI_TELEGRAM__API_BASE và máy chủ trung gian (proxy).",
    max_retries=3,
)
_GONE = Verdict(
    failure=Failure.GONE, sentence="Bà con đã chặn bot, đã xóa tài khoản, hoặc chưa từng mở bot. Không cần làm gì; khi bà con nhắn lại thì gửi được."
)
_FILE = Verdict(failure=Failure.MEDIA, sentence="Telegram không còn nhận ra hình đã gửi trước đây. Dẫn Lối gửi lại hình.", max_retries=1)
_TOO_LARGE = Verdict(failure=Failure.MEDIA, sentence="Hình hoặc phim lớn quá mức Telegram cho phép. Thu nhỏ lại. Dẫn Lối gửi đường dẫn thay.", max_retries=0)
_LIMIT = Verdict(failure=Failure.RETRY, sentence="Gửi nhanh quá mức Telegram cho phép. Dẫn Lối đợi đúng thời gian Telegram yêu cầu rồi gửi lại.")
_SERVER = Verdict(failure=Failure.RETRY, sentence="Máy chủ Telegram trục trặc tạm thời. Dẫn Lối tự gửi lại.")

ERRORS: tuple[Row, ...] = (
    Row(Forbidden, "", "403", _GONE),
    Row(InvalidToken, "unauthorized", "401", TOKEN),
    Row(InvalidToken, "", "404", _NOT_FOUND),  # a proxy's empty 404 looks the same: the adapter asks getMe before it blames the token
    Row(
        Conflict,
        "",
        "409",
        Verdict(
            failure=Failure.RETRY,
            sentence="Một chương trình khác đang nhận tin của bot này, hoặc bot có webhook. Mỗi nơi chạy cần một bot riêng; tắt chương trình kia.",
        ),
    ),
    Row(ChatMigrated, "", "migrated", Verdict(failure=Failure.GONE, sentence="Cuộc trò chuyện đã thành nhóm lớn; Dẫn Lối chỉ trả lời riêng từng người.")),
    Row(BadRequest, "chat not found", "400 chat not found", _GONE),
    Row(BadRequest, "wrong file identifier", "400 wrong file identifier", _FILE),
    Row(BadRequest, "wrong remote file identifier", "400 wrong file identifier", _FILE),
    Row(
        BadRequest, "can't parse entities", "400 can't parse entities", Verdict(failure=Failure.PERMANENT, sentence=f"Telegram không đọc được dấu HTML. {_BUG}")
    ),
    Row(BadRequest, "button_data_invalid", "400 button_data_invalid", Verdict(failure=Failure.PERMANENT, sentence=f"Nút có dữ liệu quá 64 byte. {_BUG}")),
    Row(BadRequest, "message is too long", "400 message is too long", Verdict(failure=Failure.PERMANENT, sentence=f"Tin dài quá 4096 chữ. {_BUG}")),
    Row(BadRequest, "message is not modified", "400 message is not modified", Verdict(failure=Failure.PERMANENT, sentence="Tin không có gì thay đổi.")),
    Row(BadRequest, "query is too old", "400 query is too old", Verdict(failure=Failure.PERMANENT, sentence="Trả lời cái bấm nút đã quá muộn. Không sao.")),
    Row(BadRequest, "", "400", Verdict(failure=Failure.PERMANENT, sentence=f"Telegram không nhận nội dung tin. {_BUG}")),
)
NONSENSE = Verdict(
    failure=Failure.RETRY,
    sentence="Telegram trả lời không đọc được. Dẫn Lối tự gửi lại; nếu kéo dài, kiểm tra DANLOI_TELEGRAM__API_BASE và đường truyền.",
)
UNKNOWN = Verdict(failure=Failure.RETRY, sentence="Telegram trả lời một lỗi chưa biết. Dẫn Lối tự gửi lại vài lần.", max_retries=3)
WRONG_FILE = "400 wrong file identifier"
BROKEN_HTML = "400 can't parse entities"


def failed(error: TelegramError) -> SendFailed:
    """The typed failure. Nothing of Telegram's own text is kept but what stands in the table: it may repeat what we sent."""
    known = getattr(error, "failed", None)
    if isinstance(known, SendFailed):
        return known
    text = error.message.lower()
    for row in ERRORS:
        if isinstance(error, row.kind) and row.text in text:
            return SendFailed(row.verdict.failure, row.verdict.sentence, code=row.code, max_retries=row.verdict.max_retries)
    if isinstance(error, TimedOut):
        return SendFailed(Failure.RETRY, NO_ANSWER, code="time-out", ambiguous=True)
    if "invalid server response" in text:
        return nonsense()
    return SendFailed(UNKNOWN.failure, UNKNOWN.sentence, code=type(error).__name__, max_retries=UNKNOWN.max_retries)


def nonsense() -> SendFailed:
    """A success that cannot be read: whether the message was taken is not known."""
    return SendFailed(NONSENSE.failure, NONSENSE.sentence, code="nonsense", ambiguous=True)


def busy(status: int, headers: Mapping[str, str], answer: dict[str, Any] | None) -> SendFailed:
    """429 with and without a waiting time, 413 and 5xx."""
    verdict = {429: _LIMIT, 413: _TOO_LARGE}.get(status, _SERVER)
    parameters = (answer or {}).get("parameters")
    asked = parameters.get("retry_after") if type(parameters) is dict else None
    wait = float(asked) if isinstance(asked, int | float) and not isinstance(asked, bool) and asked > 0 else retry_after(headers)
    # A gateway that gave up waiting says nothing about what happened behind it.
    ambiguous = status in (502, 504) and answer is None
    return SendFailed(
        verdict.failure,
        verdict.sentence,
        retry_after=wait if verdict.failure is Failure.RETRY else None,
        code=str(status),
        ambiguous=ambiguous,
        max_retries=verdict.max_retries,
    )
