"""What each error of the Graph API means for a message, as one table, with a sentence for the operator.

The JSON body decides, never the HTTP status, which Meta does not document per code.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes (June 2026),
https://developers.facebook.com/docs/graph-api/guides/error-handling and …/overview/rate-limiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from bot.channels.base import Failure, SendFailed, Verdict

_WINDOW = Verdict(
    failure=Failure.WINDOW,
    sentence="Đã quá 24 giờ từ tin cuối của bà con nên Messenger không cho gửi. Tin này được bỏ; khi bà con nhắn lại, Dẫn Lối trả lời tiếp.",
)
_GONE = Verdict(
    failure=Failure.GONE,
    sentence="Bà con đã chặn Trang, đã khóa tài khoản hoặc tạm thời không nhận được tin. Không cần làm gì; khi bà con nhắn lại thì gửi được.",
)
_RESTRICTED = Verdict(
    failure=Failure.STOP,
    sentence="Meta đang hạn chế Trang, không cho gửi tin. Mở Hộp thư hỗ trợ của Trang trên Facebook, xem lý do và khiếu nại.",
)
_NOT_ALLOWED = Verdict(
    failure=Failure.STOP,
    sentence="Ứng dụng Meta thiếu quyền pages_messaging hoặc chưa chuyển sang chế độ Live. Mở developers.facebook.com, mục App Review, xin quyền và bật Live.",
)
_TOKEN = "Lấy mã truy cập Trang mới, ghi vào DANLOI_MESSENGER__PAGE_TOKEN rồi khởi động lại."  # noqa: S105  # a sentence
_LIMIT = Verdict(
    failure=Failure.RETRY, sentence="Gửi nhanh quá mức Meta cho phép. Dẫn Lối tự gửi chậm lại; nếu còn lặp lại, xem mục Rate limits của ứng dụng Meta."
)
_TEMPORARY = Verdict(failure=Failure.RETRY, sentence="Meta trục trặc tạm thời. Dẫn Lối tự gửi lại; nếu kéo dài, xem metastatus.com.", max_retries=3)
_ABUSE = Verdict(
    failure=Failure.GONE,
    sentence="Meta cho rằng Trang làm phiền người này nên không cho gửi nữa. Kiểm tra xem có gửi lặp không, và Hộp thư hỗ trợ của Trang có cảnh báo không.",
)
_FETCH = Verdict(
    failure=Failure.MEDIA,
    sentence="Meta không tải được hình hoặc tiếng. Kiểm tra DANLOI_PUBLIC_URL mở được từ Internet bằng https. Dẫn Lối gửi đường dẫn thay cho hình.",
    max_retries=1,
)
_BUG = "Đây là lỗi của Dẫn Lối: gửi mã lỗi này cho người làm phần mềm."


def _token(why: str) -> Verdict:
    return Verdict(failure=Failure.TOKEN, sentence=f"{why} {_TOKEN}")


# (code, subcode). A None matches any; the most exact row wins: both, then the subcode, then the code.
ERRORS: Mapping[tuple[int | None, int | None], Verdict] = {
    (10, 2018278): _WINDOW,
    (10, 2534022): _WINDOW,
    (10, 2018065): _WINDOW,
    (10, 2018108): _GONE,
    (551, None): _GONE,
    (551, 1545041): _GONE,
    (200, 1545041): _GONE,
    (10, 1893063): _RESTRICTED,
    (10, None): _NOT_ALLOWED,
    (200, 2018028): _NOT_ALLOWED,
    (200, None): _NOT_ALLOWED,
    (230, None): _NOT_ALLOWED,
    (100, 2018001): Verdict(
        failure=Failure.GONE, sentence="Meta không biết người nhận này (mã người dùng của Trang khác, hoặc tài khoản đã xóa). Không cần làm gì."
    ),
    (100, 33): Verdict(
        failure=Failure.PERMANENT,
        sentence="Meta không tìm thấy Trang hoặc người nhận. Kiểm tra DANLOI_MESSENGER__PAGE_ID bằng “danloi channels doctor messenger”.",
    ),
    (100, None): Verdict(failure=Failure.PERMANENT, sentence=f"Meta không nhận nội dung tin. {_BUG}"),
    (100, 2018008): _FETCH,
    (100, 2018047): _FETCH,
    (100, 2018294): _FETCH,
    (100, 2018074): Verdict(failure=Failure.MEDIA, sentence="Hình đã tải lên Meta quá 90 ngày nên hết hạn. Dẫn Lối tự tải lại.", max_retries=1),
    (100, 2018109): Verdict(
        failure=Failure.MEDIA,
        sentence="Hình hoặc phim lớn quá mức Meta cho phép (hình 8 MB, phim 25 MB). Thu nhỏ lại. Dẫn Lối gửi đường dẫn thay.",
        max_retries=0,
    ),
    (100, 2018014): Verdict(failure=Failure.PERMANENT, sentence=f"Một lần gửi có cả tin và dấu đang gõ. {_BUG}"),
    (190, None): _token("Meta không nhận mã truy cập của Trang."),
    (190, 458): _token("Ứng dụng đã bị gỡ khỏi Trang nên mã truy cập không còn dùng được. Thêm lại ứng dụng vào Trang."),
    (190, 460): _token("Người cấp mã truy cập đã đổi mật khẩu Facebook."),
    (190, 463): _token("Mã truy cập của Trang đã hết hạn."),
    (190, 467): _token("Mã truy cập của Trang đã bị thu hồi."),
    (1, None): _TEMPORARY,
    (2, None): _TEMPORARY,  # also given for people who blocked the Page: hence not for ever
    (1200, None): _TEMPORARY,  # "temporary send failure" of old documentation
    (4, None): _LIMIT,
    (17, None): _LIMIT,
    (32, None): _LIMIT,
    (613, None): _LIMIT,
    (613, 2534040): _LIMIT,
    (80001, None): _LIMIT,
    (80006, None): _LIMIT,
    (613, 2018338): _ABUSE,
    (368, None): _ABUSE,
    (None, 2018300): Verdict(
        failure=Failure.HUMAN, sentence="Cán bộ hoặc ứng dụng khác đang giữ cuộc trò chuyện này. Dẫn Lối im lặng cho đến khi được trả lại."
    ),
    (None, 2018321): Verdict(failure=Failure.RETRY, sentence="Messenger đang tự hỏi đáp với bà con. Dẫn Lối gửi lại sau.", max_retries=2),
    (2022, None): Verdict(failure=Failure.PERMANENT, sentence="Trang không được phép gửi tin bán hàng. Kiểm tra nội dung tin và loại Trang."),
}
# Meta gives a code that is not in the table now and then; a few attempts lose nothing, giving up at once might.
UNKNOWN = Verdict(
    failure=Failure.RETRY,
    sentence="Meta trả lời một lỗi chưa biết. Dẫn Lối tự gửi lại vài lần; nếu còn, tra mã lỗi trên developers.facebook.com.",
    max_retries=3,
)
NONSENSE = Verdict(
    failure=Failure.RETRY, sentence="Meta trả lời không đọc được. Dẫn Lối tự gửi lại; nếu kéo dài, kiểm tra DANLOI_MESSENGER__API_BASE và đường truyền."
)
EXPIRED_ATTACHMENT = "100/2018074"  # an attachment id that has expired: forget it and send the address again


def verdict(code: int | None, subcode: int | None) -> Verdict | None:
    """The row for an error; None where the table has none. Codes above 2,000,000 are seen in either place."""
    for key in ((code, subcode), (None, subcode), (None, code), (code, None)):
        if key != (None, None) and key in ERRORS:
            return ERRORS[key]
    return None


def failed(status: int, headers: Mapping[str, str], body: bytes) -> SendFailed:
    """The typed failure of an answer that is no success. Nothing of Meta's own text is kept: it may repeat what we sent."""
    error = error_of(body)
    if error is None:
        # A gateway that gave up waiting says nothing about what happened behind it, nor does a 200 without a message id.
        ambiguous = status < 400 or status in (502, 504)
        return SendFailed(NONSENSE.failure, NONSENSE.sentence, retry_after=retry_after(headers), code=f"http {status}", ambiguous=ambiguous)
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    found = verdict(code, subcode) or UNKNOWN
    wait = retry_after(headers) if found.failure is Failure.RETRY else None
    return SendFailed(
        found.failure, found.sentence, retry_after=wait, code="/".join(str(one) for one in (code, subcode) if one is not None), max_retries=found.max_retries
    )


def error_of(body: bytes) -> dict[str, Any] | None:
    """The `error` object of an answer, if there is one."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    error = answer.get("error") if type(answer) is dict else None
    return error if type(error) is dict else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, the longest that the answer's headers ask for."""
    waits = [wait for wait in (_retry_after(headers.get("Retry-After", "")), _regain(headers.get("X-Business-Use-Case-Usage", ""))) if wait]
    return max(waits, default=None)


def _retry_after(value: str) -> float | None:
    """`Retry-After`: seconds, or the time of day (RFC 9110)."""
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _regain(value: str) -> float | None:
    """`estimated_time_to_regain_access` of `X-Business-Use-Case-Usage`, which counts in minutes."""
    try:
        usage = orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
    rows = [row for rows in (usage.values() if type(usage) is dict else ()) if type(rows) is list for row in rows if type(row) is dict]
    minutes = (row.get("estimated_time_to_regain_access") for row in rows)
    return max((60.0 * one for one in minutes if isinstance(one, (int, float))), default=None)


def _number(value: Any) -> int | None:
    if type(value) is str and value.isdecimal():
        return int(value)
    return value if type(value) is int else None
