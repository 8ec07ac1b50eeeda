"""No secret gets past the filter, and the numbers that the talk needs stay readable."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.privacy import HIDDEN, Masked, mask


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("số của tôi 012345678901", f"số của tôi {HIDDEN}", "citizen_id"),
        ("cccd 012 345 678 901 nhé", f"cccd {HIDDEN} nhé", "citizen_id"),
        ("0123.4567.8901", HIDDEN, "citizen_id"),
        ("cmnd 123456789", f"cmnd {HIDDEN}", "citizen_id"),
        ("１２３４５６７８９", HIDDEN, "citizen_id"),
        ("๑๒๓๔๕๖๗๘๙๐๑๒", HIDDEN, "citizen_id"),
        ("012\u200b345\u200b678\u200b901", HIDDEN, "citizen_id"),
        ("thẻ 4111 1111 1111 1111", f"thẻ {HIDDEN}", "card"),
        ("cvv 123", f"cvv {HIDDEN}", "card"),
        ("stk 12345678 vietcombank", f"stk {HIDDEN} vietcombank", "account"),
        ("tài khoản 0011 2233", f"tài khoản {HIDDEN}", "account"),
        ("otp 4829", f"otp {HIDDEN}", "otp"),
        ("mã là 482913", f"mã là {HIDDEN}", "otp"),
        ("ma xac nhan 48 29 13", f"ma xac nhan {HIDDEN}", "otp"),
        ("482913 là mã xác thực", f"{HIDDEN} là mã xác thực", "otp"),
        ("482913", HIDDEN, "otp"),
        ("nó báo 482913", f"nó báo {HIDDEN}", "otp"),
        ("mật khẩu của em là Abc@1234", f"mật khẩu của em là {HIDDEN}", "password"),
        ("mk: hoahong1990", f"mk: {HIDDEN}", "password"),
        ("passcode 123456", f"passcode {HIDDEN}", "password"),
        ("gọi 0912 345 678 nhé", f"gọi {HIDDEN} nhé", "phone"),
        ("+84912345678", HIDDEN, "phone"),
        ("nhà 0213.3876.543", f"nhà {HIDDEN}", "phone"),
        ("lan.nguyen@gmail.com", HIDDEN, "email"),
        ("lan at gmail dot com", HIDDEN, "email"),
        ("otp4829", f"otp{HIDDEN}", "otp"),
        ("mãotp48291", f"mãotp{HIDDEN}", "otp"),
        ("pin1234", f"pin{HIDDEN}", "otp"),
        ("stk12345678", f"stk{HIDDEN}", "account"),
        ("cccd012345678901", f"cccd{HIDDEN}", "citizen_id"),
        ("matkhau=abcd1234", f"matkhau={HIDDEN}", "password"),
        ("mậtkhẩu:hoahong", f"mậtkhẩu:{HIDDEN}", "password"),
        ("mkhoahong99", f"mk{HIDDEN}", "password"),
        ("O9l2345678", HIDDEN, "phone"),
        ("otp 48o9l3 nha", f"otp {HIDDEN} nha", "otp"),
        ("mã otp là không một hai ba bốn năm", f"mã otp là {HIDDEN}", "otp"),
        ("otp bốn tám hai chín một ba", f"otp {HIDDEN}", "otp"),
    ],
)
def test_secrets_are_hidden(text: str, masked: str, kind: str) -> None:
    """However they are spaced and in whichever digits, and the kind is told."""
    assert mask(text) == Masked(masked, (kind,))


@pytest.mark.parametrize(
    "text",
    [
        "cháu sinh 5/3/2026",
        "5-3-2026",
        "05.03.2026",
        "20-11",
        "từ 5/3/2026 đến 20/11/2026",
        "7h30",
        "lúc 7:30 sáng 20/11",
        "năm 1990",
        "1990",
        "mã năm 2024",
        "phí 8.000 đồng",
        "8000đ",
        "nộp 150000",
        "mất 129.000.000 đồng",
        "mã gửi mất 5000 đồng",
        "gọi 1900 0368",
        "không nhận được mã, gọi 1900 0368 hay 18001096",
        "gọi một chín không không không ba sáu tám không được",
        "hồ sơ chậm, gọi số một tám không không một không chín sáu à",
        "gọi một chín không không mấy",
        "gọi 156 hoặc 113",
        "nhắn 5656",
        "2",
        "1️⃣",
        "chọn 12",
        "60 ngày",
        "chờ mã 30 phút",
        "passcode 6 số",
        "mật khẩu 8-20 ký tự",
        "quên mật khẩu là gì",
        "mật khẩu phải có chữ hoa",
        "thủ tục 1.001193",
        "mã thủ tục 1.001193",
        "nghị định 69/2024/NĐ-CP",
        "69/2024/NĐ-CP",
        "1670/NQ-UBTVQH15",
        "26/2023/QH15",
        "gọi 156 không được",
        "một hai ba bốn năm",
        "passcode locked",
        "change password option",
        "samsung a12, iphone14",
        "muc2 vneid2.1.6",
        "đổ 10l xăng",
        "mkt là gì",
        "passport",
        "bán 5 con, mua 3 con, còn 2 con",
        "số nhà 123456 đường Hùng Vương",
        "tài khoản mức 2",
        "không nhận được mã otp",
        "3 con, cháu 7 tuổi",
    ],
)
def test_ordinary_numbers_stay(text: str) -> None:
    """Dates, times, years, money, hotlines, choices, laws, procedures."""
    assert mask(text) == Masked(unicodedata.normalize("NFC", text), ())


def test_several_secrets_are_all_told() -> None:
    """The engine warns once, but knows of each kind."""
    assert mask("otp 482913, gọi 0912345678").kinds == ("otp", "phone")


DIGITS = st.sampled_from(["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९"])
JOINERS = st.sampled_from(["", " ", ".", "-", " - ", "\u200b", "\u00a0"])
BEFORE = st.sampled_from(["", "số ", "của tôi là ", "mà ", "cho cháu ", "x", "5/3/2026 ", "8.000 đồng, ", "156 ", "gọi 1900 0368, "])
AFTER = st.sampled_from(["", " nhé", " ạ", "! ", "x", " 5/3/2026", " ngày 20-11", " 2", " 8.000"])


@st.composite
def long_numbers(draw: st.DrawFn) -> str:
    """A sentence around nine digits or more, in any script, spaced anyhow."""
    alphabet, joiner = draw(DIGITS), draw(JOINERS)
    size = draw(st.integers(9, 19))
    number = draw(st.text(alphabet, min_size=size, max_size=size))
    every = draw(st.integers(1, 5))
    return draw(BEFORE) + joiner.join(number[at : at + every] for at in range(0, size, every)) + draw(AFTER)


def readable_digits(text: str) -> list[int]:
    """How many digits stand together, with at most a few separators between."""
    plain = "".join(str(digit) if (digit := unicodedata.digit(character, None)) is not None else character for character in text)
    return [sum(character.isdigit() for character in run) for run in re.findall(r"\d(?:[\s.\-\u200b]{0,3}\d)*", plain)]


@given(long_numbers())
@settings(max_examples=1000, deadline=None)
def test_no_long_number_survives(sentence: str) -> None:
    """No nine digits in a row leave the filter."""
    masked = mask(sentence).text
    assert max(readable_digits(masked), default=0) < 9
    assert HIDDEN in masked


@given(
    st.sampled_from(["otp", "mã otp", "ma xac nhan", "mã xác thực", "ma kich hoat", "mã", "OTP của em"]),
    st.sampled_from([" ", " là ", ": ", " nó gửi về là ", "  "]),
    st.integers(4, 8).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size)),
    st.sampled_from(["", " ạ", " nhé", ", đúng không"]),
)
@settings(max_examples=500, deadline=None)
def test_no_code_survives_near_its_word(word: str, between: str, code: str, after: str) -> None:
    """Four to eight digits beside “mã” are gone, unless they are one of the public hotlines."""
    masked = mask(f"{word}{between}{code}{after}")
    assert code in {"5656", "18001096", "19000368", "19006769"} or code not in masked.text


@given(
    st.text(max_size=80)
    | long_numbers()
    | st.lists(st.sampled_from(["otp", "mã", "mật khẩu", "là", "123456", "0912345678", "a@b.vn", "stk", ":", "12 34"]), max_size=8).map(" ".join)
)
@settings(max_examples=1000, deadline=None)
def test_masking_twice_changes_nothing(text: str) -> None:
    """What was hidden stays hidden and brings nothing else down."""
    once = mask(text).text
    assert mask(once) == Masked(once, ())


@pytest.mark.parametrize("part", ["1 ", "1.", "a.", "a@", "x@y.", "mã ", "mật khẩu ", "mk la ", "5/3/2026 ", "1/", "123456 ", "phí ", "+", "(1"])
def test_long_texts_are_masked_in_linear_time(part: str) -> None:
    """A quarter of a million characters are done in a moment; a quadratic pattern would run into the time limit of the tests."""
    text = part * (250_000 // len(part))
    assert mask(mask(text).text).kinds == ()


@pytest.mark.parametrize("said", ["mã là một chín không không", "otp một tám không không", "mã xác nhận một chín không không hai ba bốn năm"])
def test_a_code_that_begins_like_a_hotline_is_hidden(said: str) -> None:
    """Where codes are spoken of, only a whole hotline stays."""
    assert "[số đã ẩn]" in mask(said).text
