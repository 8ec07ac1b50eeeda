"""What each error of the Zalo Bot Platform means for a message, as one table, with a sentence for the operator.

The HTTP status may be the error's number, or 200 with `"ok": false`: the body decides where it has a number.

Source: https://bot.zapps.me/docs/error-code (2026), at second hand. No number is documented for a person who blocked the bot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from bot.channels.base import Failure, SendFailed, Verdict
from bot.channels.waiting import retry_after

_BUG = "Đây là lỗi của Dẫn Lối: gửi mã lỗi này cho người làm phần mềm."

ERRORS: Mapping[int, Verdict] = {
    400: Verdict(failure=Failure.PERMANENT, sentence=f"Zalo không nhận nội dung tin. {_BUG}"),
    401: Verdict(
        failure=Failure.TOKEN,
        sentence="Zalo không nhận mã (token) của bot. Mở Zalo Bot Creator lấy mã đang dùng, ghi vào DANLOI_ZALO_BOT__TOKEN rồi khởi động lại.",
    ),
    # The documentation calls it "internal server error".
    403: Verdict(failure=Failure.RETRY, sentence="Zalo Bot trục trặc bên trong. Dẫn Lối tự gửi lại.", max_retries=5),
    404: Verdict(failure=Failure.PERMANENT, sentence="Zalo không tìm thấy người nhận hoặc lệnh này. Kiểm tra DANLOI_ZALO_BOT__API_BASE."),
    408: Verdict(failure=Failure.RETRY, sentence="Zalo Bot chờ quá lâu. Dẫn Lối tự gửi lại."),
    426: Verdict(failure=Failure.RETRY, sentence="Hỏi Zalo thử webhook quá nhiều lần. Đợi vài phút rồi chạy lại."),
    429: Verdict(
        failure=Failure.RETRY,
        sentence="Hết hạn mức của Zalo Bot. Dẫn Lối gửi lại sau; nếu kéo dài thì gói của bot (50 người, 3.000 tin một tháng) đã hết: chuyển sang Zalo OA.",
    ),
}
SERVER = Verdict(failure=Failure.RETRY, sentence="Máy chủ Zalo Bot trục trặc tạm thời. Dẫn Lối tự gửi lại.")
UNKNOWN = Verdict(
    failure=Failure.RETRY,
    sentence="Zalo Bot trả lời một lỗi chưa biết. Dẫn Lối tự gửi lại vài lần; nếu còn, tra mã lỗi trên bot.zapps.me/docs.",
    max_retries=3,
)
NONSENSE = Verdict(
    failure=Failure.RETRY,
    sentence="Zalo Bot trả lời không đọc được. Dẫn Lối tự gửi lại; nếu kéo dài, kiểm tra DANLOI_ZALO_BOT__API_BASE và đường truyền.",
)


def failed(status: int, headers: Mapping[str, str], body: bytes) -> SendFailed:
    """The typed failure of an answer that is no success. Nothing of Zalo's own text is kept: it may repeat what we sent."""
    code = error_code(body)
    if code is None and 400 <= status < 500:
        code = status
    if code is None:
        # A gateway that gave up waiting says nothing about what happened behind it, nor does a 200 that cannot be read.
        return _with(SERVER if status >= 500 else NONSENSE, f"http {status}", headers, ambiguous=status < 400 or status in (502, 504))
    return _with(ERRORS.get(code) or (SERVER if code >= 500 else UNKNOWN), str(code), headers)


def error_code(body: bytes) -> int | None:
    """`error_code` of an answer, if there is one."""
    try:
        answer: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    code = answer.get("error_code") if type(answer) is dict else None
    if type(code) is str and code.isdecimal():
        return int(code)
    return code if type(code) is int else None


def _with(verdict: Verdict, code: str, headers: Mapping[str, str], *, ambiguous: bool = False) -> SendFailed:
    wait = retry_after(headers) if verdict.failure is Failure.RETRY else None
    return SendFailed(verdict.failure, verdict.sentence, retry_after=wait, code=code, ambiguous=ambiguous, max_retries=verdict.max_retries)
