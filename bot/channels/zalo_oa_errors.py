"""What each error of the Official Account API means for a message, as one table, with a sentence for the operator.

Zalo answers 200 to nearly everything: `error` in the body decides, never the HTTP status.

Source: docs.zaloplatforms.com/docs/OA/phu-luc/ma-loi, read at second hand; `zalo_sdk` 0.3.0 for -305 and -311. Codes that some
programs read otherwise (-224 and -214 as a closed window, -32 as a dead token) were found to be mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.channels.base import Failure, SendFailed, Verdict
from bot.channels.calling import Answer
from bot.channels.waiting import retry_after

ATTACHMENT_EXPIRED = "-100"
# A message with buttons that is refused with one of these is sent again without them.
REFUSES_BUTTONS = frozenset({"-201", "-210", "-233"})
NIGHT = "-234"
NIGHT_WAIT_SECONDS = 1800.0

NEW_PAIR = "Lấy cặp mã mới tại developers.zalo.me/tools/explorer, ghi vào DANLOI_ZALO_OA__REFRESH_TOKEN và DANLOI_ZALO_OA__ACCESS_TOKEN rồi khởi động lại."
_BUG = "Đây là lỗi của Dẫn Lối: gửi mã lỗi này cho người làm phần mềm."
_BACK = "Tin này được bỏ; khi bà con nhắn lại, Dẫn Lối trả lời tiếp."


def _stop(sentence: str) -> Verdict:
    return Verdict(failure=Failure.STOP, sentence=sentence)


def _gone(sentence: str) -> Verdict:
    return Verdict(failure=Failure.GONE, sentence=sentence)


def _window(sentence: str) -> Verdict:
    return Verdict(failure=Failure.WINDOW, sentence=sentence)


def _permanent(sentence: str) -> Verdict:
    return Verdict(failure=Failure.PERMANENT, sentence=sentence)


def _unpaid(sentence: str) -> Verdict:
    """Money or quota is used up: only charged messages fail, free ones still go.

    So the message is given up after a few attempts and the channel goes on; where everything fails, the channel's circuit opens and
    shows the sentence. Stopping the channel at the first one would let one late reminder dam up all free answers.
    """
    return Verdict(failure=Failure.RETRY, sentence=sentence, max_retries=3)


_TOKEN = Verdict(failure=Failure.TOKEN, sentence="Zalo không nhận mã truy cập của OA và Dẫn Lối không tự đổi được mã. " + NEW_PAIR)
_WINDOW_7_DAYS = _window(f"Bà con không tương tác với OA quá 7 ngày (hoặc chưa bao giờ) nên Zalo không cho gửi. {_BACK}")
_QUOTA = _unpaid("OA đã hết số tin được gửi. Vào oa.zalo.me, mục Quản lý gói dịch vụ, xem hạn mức và mua thêm; tin trả lời trong 48 giờ vẫn gửi miễn phí được.")

ERRORS: Mapping[int, Verdict] = {
    -32: Verdict(failure=Failure.RETRY, sentence="Gửi nhanh quá mức Zalo cho phép (4.000 lượt một phút). Dẫn Lối tự gửi chậm lại."),
    -100: Verdict(failure=Failure.MEDIA, sentence="Hình đã tải lên Zalo quá 7 ngày nên hết hạn. Dẫn Lối tự tải lại.", max_retries=1),
    -124: _TOKEN,  # the ZNS API's code for the same
    -200: Verdict(failure=Failure.RETRY, sentence="Zalo gửi không được tin này. Dẫn Lối thử lại một lần.", max_retries=1),
    -201: _permanent(f"Zalo không nhận một phần của tin. {_BUG}"),
    -204: _stop("OA đã bị tắt. Vào oa.zalo.me xem thông báo của Zalo và mở lại OA."),
    -205: _stop("Zalo không thấy OA này. Kiểm tra DANLOI_ZALO_OA__OA_ID, và OA có bị xóa không."),
    -209: _stop("Ứng dụng Zalo chưa được kích hoạt. Vào developers.zalo.me, chọn ứng dụng, bật trạng thái hoạt động."),
    -210: _permanent(f"Một phần của tin dài quá mức Zalo cho phép. {_BUG}"),
    -211: _QUOTA,
    -212: _stop("Ứng dụng Zalo chưa đăng ký API này. Vào developers.zalo.me, chọn ứng dụng, mục Official Account, đăng ký API gửi tin."),
    -213: _gone("Bà con chưa quan tâm OA nên Zalo không cho gửi. Không cần làm gì; khi bà con nhắn tin thì gửi được."),
    -216: _TOKEN,
    -217: _gone("Bà con không nhận lời mời của OA. Không cần làm gì; khi bà con nhắn lại thì gửi được."),
    -218: _window(f"Zalo cho gửi mỗi người một số tin nhất định, người này đã hết. {_BACK}"),
    -219: _stop("Ứng dụng Zalo đã bị gỡ hoặc bị khóa. Vào developers.zalo.me xem lại ứng dụng."),
    -220: _TOKEN,
    -221: _stop("OA chưa được xác thực. Vào oa.zalo.me, mục Xác thực tài khoản, nộp giấy tờ của cơ quan."),
    -223: _stop("OA chưa cho ứng dụng quyền gửi tin. Vào developers.zalo.me, nối lại ứng dụng với OA và chọn đủ quyền."),
    -224: _stop("Gói dịch vụ của OA không có quyền gửi tin qua API. Vào oa.zalo.me, mục Quản lý gói dịch vụ, nâng gói."),
    -227: _gone("Tài khoản Zalo của bà con bị khóa hoặc đã hơn 45 ngày không dùng. Không cần làm gì."),
    -230: _WINDOW_7_DAYS,
    -232: _WINDOW_7_DAYS,
    -233: _permanent(
        "Zalo không cho OA gửi loại tin này. Đặt DANLOI_ZALO_OA__BUTTONS=none để gửi chữ có đánh số thay cho nút, và gửi mã lỗi cho người làm phần mềm."
    ),
    # Only promotion is said to wait for the morning; should an answer be taken for one, it comes at six.
    -234: Verdict(failure=Failure.RETRY, sentence="Zalo không cho gửi loại tin này từ 22 giờ đến 6 giờ. Dẫn Lối gửi lại sau 6 giờ sáng.", max_retries=20),
    -235: _stop("Loại OA này không được gửi tin qua API. Hỏi bộ phận hỗ trợ của Zalo về OA cơ quan nhà nước hoặc doanh nghiệp."),
    -240: _permanent(f"Zalo đã bỏ API gửi tin bản cũ. {_BUG}"),
    -242: _stop("Ứng dụng Zalo đang bắt buộc appsecret_proof. Vào developers.zalo.me, phần cài đặt ứng dụng, tắt mục này."),
    -244: _gone("Bà con đã hạn chế nhận loại tin này từ OA. Không cần làm gì; khi bà con nhắn lại thì gửi được."),
    -248: _permanent("Zalo cho rằng nội dung tin vi phạm tiêu chuẩn. Xem lại lời của bước đó trong hướng dẫn, và thông báo tại oa.zalo.me."),
    -305: _window(f"Đã quá 48 giờ từ tin cuối của bà con nên Zalo không cho trả lời. {_BACK}"),
    -311: _QUOTA,
    -320: _unpaid("Ứng dụng chưa nối tài khoản trả phí của Zalo nên tin ngoài 48 giờ không gửi được. Vào developers.zalo.me, nối tài khoản ZBS."),
    -321: _unpaid("Tài khoản trả phí của Zalo đã hết tiền nên tin ngoài 48 giờ không gửi được. Vào account.zalo.cloud nạp tiền."),
}
# A few attempts lose nothing; giving up at once on a code that the table lacks might.
UNKNOWN = Verdict(
    failure=Failure.RETRY,
    sentence="Zalo trả lời một lỗi chưa biết. Dẫn Lối tự gửi lại vài lần; nếu còn, tra mã lỗi tại developers.zalo.me, phụ lục Mã lỗi.",
    max_retries=3,
)
NONSENSE = Verdict(
    failure=Failure.RETRY, sentence="Zalo trả lời không đọc được. Dẫn Lối tự gửi lại; nếu kéo dài, kiểm tra DANLOI_ZALO_OA__API_BASE và đường truyền."
)
UNREACHABLE = "Không nối được tới Zalo. Dẫn Lối tự gửi lại; nếu kéo dài, kiểm tra đường truyền, DNS và DANLOI_ZALO_OA__API_BASE."
UNANSWERED = "Zalo chưa trả lời thì đường truyền đứt, không rõ tin đã đến chưa. Dẫn Lối thử lại nhiều nhất một lần."


def taken(answer: Answer) -> dict[str, Any]:
    """The answer's `data`; raises the typed failure of an answer that is no success. Nothing of Zalo's own text is kept: it may repeat ours."""
    body = answer.json
    error = error_of(body)
    if body is None or error is None:
        # A gateway that gave up waiting says nothing about what happened behind it.
        ambiguous = answer.status < 400 or answer.status in (502, 504)
        raise SendFailed(NONSENSE.failure, NONSENSE.sentence, retry_after=retry_after(answer.headers), code=f"http {answer.status}", ambiguous=ambiguous)
    if error != 0:
        raise failed(error, answer.headers)
    data = body.get("data")
    return data if type(data) is dict else {}


def failed(error: int, headers: Mapping[str, str] | None = None) -> SendFailed:
    """The typed failure of an error code."""
    verdict = ERRORS.get(error, UNKNOWN)
    wait = retry_after(headers or {}) if verdict.failure is Failure.RETRY else None
    if str(error) == NIGHT:
        wait = max(wait or 0.0, NIGHT_WAIT_SECONDS)
    return SendFailed(verdict.failure, verdict.sentence, retry_after=wait, code=str(error), max_retries=verdict.max_retries)


def error_of(body: Mapping[str, Any] | None) -> int | None:
    """The code of an answer, 0 for success; None where there is none. It comes as a number, in some samples as a text."""
    value = body.get("error") if body is not None else None
    if type(value) is str and value.removeprefix("-").isdecimal() and len(value) < 12:
        return int(value)
    return value if type(value) is int else None
