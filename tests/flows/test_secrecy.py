"""Sentences that ask for a secret in the chat are found; those that warn, or send people to their own phone, are not."""

from __future__ import annotations

import unicodedata

import pytest

from bot.flows.secrecy import is_secret_slot, secret_asked


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Bà con gửi mã OTP vào đây.", "mã otp"),
        ("Gửi mã OTP.", "mã otp"),
        ("Bà con nhắn mật khẩu cho Dẫn Lối.", "mật khẩu"),
        ("Cho Dẫn Lối xin số căn cước.", "số căn cước"),
        ("Bà con viết số CCCD ở đây giúp mình.", "số cccd"),
        ("Bà con đọc mã xác nhận cho cán bộ.", "mã xác nhận"),
        ("Chụp ảnh thẻ căn cước rồi gửi qua Zalo.", "ảnh thẻ căn cước"),
        ("Nhập mật khẩu vào khung chat.", "mật khẩu"),
        ("Cung cấp số tài khoản.", "số tài khoản"),
        ("Bà con cho biết số định danh.", "số định danh"),
        ("Gui ma OTP vao day.", "ma otp"),
        ("Cho em xin so can cuoc.", "so can cuoc"),
        ("Có tin nhắn tới. Bà con trả lời tin này bằng passcode, cho mình biết với.", "passcode"),
    ],
)
def test_asking_is_found(text: str, secret: str) -> None:
    """In composed and in decomposed text."""
    assert secret_asked(text) == secret
    assert secret_asked(unicodedata.normalize("NFD", text)) == secret


@pytest.mark.parametrize(
    "text",
    [
        "Bà con tự gõ mật khẩu trên máy mình.",
        "Không đưa mã OTP cho ai.",
        "Đừng gửi mã OTP vào đây, kể cả cho Dẫn Lối.",
        "Không ai được hỏi mật khẩu, kể cả cán bộ.",
        "VNeID sẽ gửi mã OTP về điện thoại.",
        "Chờ tin nhắn có mã OTP.",
        "Nhập mã OTP vào ứng dụng VNeID.",
        "Gõ số định danh vào ô đầu tiên.",
        "Tự điền số căn cước trên trang dichvucong.gov.vn.",
        "Mở VNeID, gõ mật khẩu.",
        "Đặt mật khẩu mới, dài ít nhất 8 chữ.",
        "Mang thẻ căn cước đến công an xã.",
        "Gửi hồ sơ cho cán bộ xã.",
        "Kẻ gian gọi điện xin mã OTP.",
        "Khong dua ma OTP cho ai.",
        "Quên mật khẩu thì bấm “Quên mật khẩu”.",
    ],
)
def test_warning_and_doing_it_oneself_are_not(text: str) -> None:
    """What guides must be able to say."""
    assert secret_asked(text) == ""


def test_a_typed_question_about_a_secret_is_asking() -> None:
    """Whatever its words; a question with choices may speak of secrets."""
    assert secret_asked("Số căn cước của bà con?", is_typed=True) == "số căn cước"
    assert secret_asked("Bà con có nhớ mật khẩu?") == ""
    assert secret_asked("Cháu sinh ngày nào? Đừng gửi số căn cước.", is_typed=True) == ""


def test_an_order_in_a_question_is_asking() -> None:
    """In a question "nhập" can only mean here; in a thing to do it means there."""
    assert secret_asked("Bà con nhập mật khẩu.", is_question=True) == "mật khẩu"
    assert secret_asked("Bà con nhập mật khẩu.") == ""
    assert secret_asked("Bà con nhập mật khẩu trên máy mình được chưa?", is_question=True) == ""


def test_a_slot_may_not_be_called_like_a_secret() -> None:
    """It would hold one."""
    assert all(is_secret_slot(name) for name in ("otp", "ma_otp", "so_cccd", "password", "pin"))
    assert not any(is_secret_slot(name) for name in ("phone", "spin", "born", "otpimal"))
