"""Sentences that ask a citizen to hand over a secret in the chat. No guide may contain one.

The words are Vietnamese with their diacritics, because folding makes "đừng" (don't), "dùng" (use) and "ứng dụng" (app) one;
only a text that has no diacritics at all is read without them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.i18n.folding import unmark

_ASKED_FOR = (
    r"mã (?:otp|pin|bí mật|bảo mật|cvv|xác (?:nhận|thực|minh))|\botp\b|mật khẩu|\bpasscode\b|\bpassword\b|\bcvv\b|số (?:thẻ )?(?:căn cước|cccd|cmnd)"
    r"|số (?:cmt|chứng minh|định danh)|số (?:thẻ|tài khoản)(?: ngân hàng| atm)?\b|ảnh (?:chụp )?(?:thẻ )?(?:căn cước|cccd|cmnd|thẻ)"
)
# Who warns does not ask.
_WARNS = r"\b(?:không|đừng|chẳng|tuyệt đối|cấm|chưa bao giờ|kẻ gian|lừa đảo|giả danh|giả mạo)\b"
_ASKS = r"\b(?:gửi|nhắn|viết|gõ|nhập|điền|đọc|nói|chụp|cung cấp|cho biết|đưa|xin|báo|trả lời|ghi|dán|chép)\b"
_TO_THE_CHAT = (
    r"\b(?:vào|ở|tại|lên|qua|trong|xuống) (?:đây|này|dưới đây|dưới này|khung (?:chat|này)|ô (?:chat|này|dưới đây)|cuộc trò chuyện|tin nhắn này"
    r"|zalo|messenger|facebook|nhóm)\b"
    r"|\b(?:cho|với|tới|đến|về) (?:dẫn lối|trợ lý|bot|chatbot|tôi|mình|em|chúng tôi|cán bộ|anh|chị|người hỗ trợ|tình nguyện viên|tổ công nghệ"
    r"|zalo|messenger)\b"
    r"|\bdẫn lối (?:xin|hỏi|cần)\b|\btrả lời (?:dẫn lối|mình|tin)\b|\bcho (?:dẫn lối |mình |em |chúng tôi |tôi )?(?:xin|biết)\b"
)
_ELSEWHERE = (
    r"\b(?:tự|trên|vào|trong|ở|tại) (?:gõ|nhập|điền|đặt|viết|máy|điện thoại|ứng dụng|app|màn hình|trang|cổng|web|vneid|ô|tờ|giấy|biểu mẫu|sổ"
    r"|quầy|trung tâm|công an|bàn phím)\b"
)
# "gửi mã OTP" as an order: the first thing said. "VNeID sẽ gửi mã OTP" has somebody else who sends.
_POLITELY = r"^(?:(?:bà con|rồi|hãy|vui lòng|xin|nhờ|mời|mong|giúp|sau đó|tiếp theo|bây giờ|làm ơn|dạ)[, ]+)*"
_ORDERS = _POLITELY + r"(?:gửi|nhắn|cung cấp|cho biết|cho xin|báo)\b"
_ORDERS_IN_A_QUESTION = _POLITELY + r"(?:gửi|nhắn|cung cấp|cho biết|cho xin|báo|nhập|gõ|viết|điền|đọc|chụp|ghi|dán)\b"

_SECRET_SLOT = re.compile(r"(?:^|_)(?:otp|pin|password|passcode|mat_khau|cccd|cmnd|can_cuoc|so_can_cuoc|so_dinh_danh|cvv|so_the|so_tai_khoan|ma_otp)(?:_|$)")
_PIECES = re.compile(r"(?<=[.!?…;])\s+|\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    secret: re.Pattern[str]
    warns: re.Pattern[str]
    asks: re.Pattern[str]
    to_the_chat: re.Pattern[str]
    elsewhere: re.Pattern[str]
    orders: re.Pattern[str]
    orders_in_a_question: re.Pattern[str]


_PATTERNS = {
    "secret": _ASKED_FOR,
    "warns": _WARNS,
    "asks": _ASKS,
    "to_the_chat": _TO_THE_CHAT,
    "elsewhere": _ELSEWHERE,
    "orders": _ORDERS,
    "orders_in_a_question": _ORDERS_IN_A_QUESTION,
}
_MARKED = _Words(**{name: re.compile(pattern) for name, pattern in _PATTERNS.items()})
_UNMARKED = _Words(**{name: re.compile(unmark(pattern)) for name, pattern in _PATTERNS.items()})


def secret_asked(text: str, *, is_question: bool = False, is_typed: bool = False) -> str:
    """The secret that `text` asks for in the chat, in its own words, or nothing.

    `is_question`: it stands in a question, where "nhập mật khẩu" can only mean here. `is_typed`: the citizen will type the
    answer, so that naming a secret is already asking for it.
    """
    words = _UNMARKED if text.isascii() else _MARKED
    for piece in _PIECES.split(unicodedata.normalize("NFC", text).lower()):
        secret = words.secret.search(piece)
        if secret is None or words.warns.search(piece):
            continue
        orders = words.orders_in_a_question if is_question else words.orders
        ordered = orders.search(piece) and not words.elsewhere.search(piece)
        to_the_chat = words.asks.search(piece) and words.to_the_chat.search(piece)
        if is_typed or ordered or to_the_chat:
            return secret[0]
    return ""


def is_secret_slot(name: str) -> bool:
    """Whether a slot is called like a secret."""
    return bool(_SECRET_SLOT.search(name))
