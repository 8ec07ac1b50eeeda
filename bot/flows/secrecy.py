"""Sentences that ask a citizen to hand over a secret in the chat. No guide may contain one.

The words are Vietnamese with their diacritics, because folding makes "đừng" (don't), "dùng" (use) and "ứng dụng" (app) one.
"""

from __future__ import annotations

import re
import unicodedata

_SECRET = re.compile(
    r"mã (?:otp|pin|bí mật|bảo mật|cvv|xác (?:nhận|thực|minh))|\botp\b|mật khẩu|\bpasscode\b|\bcvv\b|số (?:thẻ )?(?:căn cước|cccd|cmnd)"
    r"|số (?:cmt|chứng minh|định danh)|số (?:thẻ|tài khoản)(?: ngân hàng| atm)?\b|ảnh (?:chụp )?(?:thẻ )?(?:căn cước|cccd|cmnd|thẻ)"
)
_SECRET_SLOT = re.compile(r"(?:^|_)(?:otp|pin|password|passcode|mat_khau|cccd|cmnd|can_cuoc|so_can_cuoc|so_dinh_danh|cvv|so_the|so_tai_khoan|ma_otp)(?:_|$)")
# Who warns does not ask.
_WARNS = re.compile(r"\b(?:không|đừng|chớ|chẳng|tuyệt đối|cấm|chưa bao giờ|kẻ gian|lừa đảo|giả danh|giả mạo)\b")
_ASKS = re.compile(r"\b(?:gửi|nhắn|viết|gõ|nhập|điền|đọc|nói|chụp|cung cấp|cho biết|đưa|xin|báo|trả lời|ghi|dán|chép)\b")
_TO_THE_CHAT = re.compile(
    r"\b(?:vào|ở|tại|lên|qua|trong|xuống) (?:đây|này|dưới đây|dưới này|khung (?:chat|này)|ô (?:chat|này|dưới đây)|cuộc trò chuyện|tin nhắn này"
    r"|zalo|messenger|facebook|nhóm)\b"
    r"|\b(?:cho|với|tới|đến|về) (?:dẫn lối|trợ lý|bot|chatbot|tôi|mình|em|chúng tôi|cán bộ|anh|chị|người hỗ trợ|tình nguyện viên|tổ công nghệ"
    r"|zalo|messenger)\b"
    r"|\bdẫn lối (?:xin|hỏi|cần)\b|\btrả lời (?:dẫn lối|mình|tin)\b|\bcho (?:dẫn lối |mình |em |chúng tôi |tôi )?(?:xin|biết)\b"
)
_ELSEWHERE = re.compile(
    r"\b(?:tự|trên|vào|trong|ở|tại) (?:gõ|nhập|điền|đặt|viết|máy|điện thoại|ứng dụng|app|màn hình|trang|cổng|web|vneid|ô|tờ|giấy|biểu mẫu|sổ"
    r"|quầy|trung tâm|công an|bàn phím)\b"
)
# "gửi mã OTP" as an order: the first thing said. "VNeID sẽ gửi mã OTP" has somebody else who sends.
_ORDERS = re.compile(
    r"^(?:(?:bà con|rồi|hãy|vui lòng|xin|nhờ|mời|mong|giúp|sau đó|tiếp theo|bây giờ|làm ơn|dạ)[, ]+)*(?:gửi|nhắn|cung cấp|cho biết|cho xin|báo)\b"
)
_PIECES = re.compile(r"(?<=[.!?…;])\s+|\n+")


def secret_asked(text: str, *, is_typed_question: bool = False) -> str:
    """The secret that `text` asks for in the chat, in its own words, or nothing.

    `is_typed_question`: the citizen will answer by typing, so that naming a secret is already asking for it.
    """
    for piece in _PIECES.split(unicodedata.normalize("NFC", text).lower()):
        secret = _SECRET.search(piece)
        if secret is None or _WARNS.search(piece):
            continue
        ordered = bool(_ORDERS.search(piece)) and not _ELSEWHERE.search(piece)
        to_the_chat = _ASKS.search(piece) and _TO_THE_CHAT.search(piece)
        if is_typed_question or ordered or to_the_chat:
            return secret[0]
    return ""


def is_secret_slot(name: str) -> bool:
    """Whether a slot is called like a secret."""
    return bool(_SECRET_SLOT.search(name))
