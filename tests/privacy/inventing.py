"""Secrets as people write them, in sentences as people write them: each with the forms in which it must never be found again.

Made from a seed, so that a leak that was found is found again.
"""

from __future__ import annotations

import random
import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SCRIPTS = ("0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "๐๑๒๓๔๕๖๗๘๙", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗", "⓪①②③④⑤⑥⑦⑧⑨")
WORDS = ("không một hai ba bốn năm sáu bảy tám chín", "khong mot hai ba bon nam sau bay tam chin", "zero one two three four five six seven eight nine")
TIGHT = ("", "", "", " ", ".", "-", " - ", "\u200b", "\u00a0", "_", "  ", "/")
WIDE = (", ", ",", " , ", "; ", " | ", " và ", " rồi ", "... ", ": ", " + ", "\n", " 👉 ", ", rồi ", " số ", " * ")
CODE_WORDS = ("mã OTP là {}", "otp {}", "mã xác thực của tôi: {}", "ma xac nhan {} nhe", "nó gửi mã {} về máy", "{} là mã nó gửi",
              "mã là {} k biết đúng không",
              "otp {} bạn ơi", "mã {} này nhập vào đâu", "mã của bạn {}", "nhập mã {} thì báo sai", "code {}",
              "ma pin {}", "ma kich hoat la {} dung ko")  # fmt: skip
ID_WORDS = (
    "số căn cước của tôi {}",
    "cccd {} nhé",
    "{}",
    "cmnd: {}",
    "em tên Lan, số {} , sinh 5/3/1990",
    "{} số của cháu",
    "mã định danh {} ạ",
    "so can cuoc {} nop 8.000 dong",
)
CARD_WORDS = ("thẻ {}", "so the ngan hang la {}", "{} vietcombank", "chuyển vào thẻ {} giúp em")
ACCOUNT_WORDS = ("stk {}", "số tài khoản {} agribank", "tk vcb {} nhé", "chuyển khoản stk {}", "tài khoản của bạn {}", "stk của em là {}")
PHONE_WORDS = ("gọi {} nhé", "sdt {}", "số điện thoại của tôi là {}", "{}", "zalo {} ạ", "liên hệ {} gặp anh Tuấn")
PASSWORD_WORDS = (
    "mật khẩu là {}",
    "mk: {}",
    "pass {}",
    "mật khẩu của em là {} ạ",
    "password: {}",
    "mat khau vneid {}",
    "passcode = {}",
    "my password is {}",
    "{} là mật khẩu",
)
# Without a space between, as people in a hurry write.
GLUED = {
    "citizen_id": ("cccd{}", "CCCD:{}", "cmnd{} nhé", "căncước{}"),
    "card": ("thẻ{}", "sothe:{}"),
    "account": ("stk{}", "stk:{} vcb", "STK={}"),
    "otp": ("otp{}", "OTP:{}", "otp={} nha", "mã{}", "ma:{}", "mãotp{}", "code{}", "pin{}"),
    "phone": ("sdt{}", "sđt:{}", "dt{} nha", "zalo{}"),
    "password": ("mk{}", "mk:{}", "mk={}", "matkhau:{}", "matkhau={}", "matkhau {}", "mậtkhẩu:{}", "pass={}", "password={}", "pw: {}"),
}
LETTERS = str.maketrans("01", "ol"), str.maketrans("01", "OI"), str.maketrans("1", "l")
MAIL_WORDS = ("email {}", "gửi vào {} giúp", "mail của cháu: {} .", "{}")


@dataclass(frozen=True, slots=True)
class Secret:
    """A sentence with a secret. `digits`: its digits as 0-9; `word`: what it is where it is no number."""

    kind: str
    sentence: str
    digits: str = ""
    word: str = ""

    def stands_in(self, text: str) -> bool:
        """Whether `text` still tells the secret, whatever stands between its digits."""
        if self.word:
            return self.word.lower() in text.lower()
        return any(self.digits in run for run in digit_runs(text))


def digit_runs(text: str) -> list[str]:
    """The digits of a text, also those that are said in words, where hardly anything stands between them."""
    plain = re.sub(r"(?<![^\W_])[\doOlI]*\d[\doOlI]*(?![^\W_])", _digits_again, "".join(_plain(character) for character in text))
    for words in WORDS:
        for digit, word in enumerate(words.split()):
            plain = re.sub(rf"(?<![^\W_]){word}(?![^\W_])", str(digit), plain, flags=re.IGNORECASE)
    return ["".join(filter(str.isdigit, run)) for run in re.findall(r"\d(?:[^\d\[]{0,8}\d)*", plain)]


def _digits_again(piece: re.Match[str]) -> str:
    return piece.group().translate(str.maketrans("oOlI", "0011"))


def _plain(character: str) -> str:
    value = unicodedata.digit(character, None)
    return character if value is None else str(value)


class Inventor:
    """An endless supply of secrets."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._kinds: tuple[Callable[[], Secret], ...] = (
            self._citizen_id, self._citizen_id, self._card, self._account, self._code, self._code, self._code_alone, self._phone, self._password,
            self._password, self._mail,
        )  # fmt: skip

    def secrets(self, number: int) -> Iterator[Secret]:
        for _ in range(number):
            yield self._random.choice(self._kinds)()

    def _citizen_id(self) -> Secret:
        size = self._random.choice((9, 12, 12))
        return self._number("citizen_id", self._digits(size), ID_WORDS)

    def _card(self) -> Secret:
        size = self._random.choice((16, 16, 19))
        return self._number("card", self._digits(size), CARD_WORDS)

    def _account(self) -> Secret:
        digits = self._digits(self._random.randint(7, 14))
        return self._in(ACCOUNT_WORDS, "account", self._random.choice(("", " ", ".")).join(self._grouped(digits)), digits)

    def _code(self) -> Secret:
        while (digits := self._digits(self._random.randint(4, 8))) in ("5656", "18001096", "19000368", "19006769"):
            pass
        return self._number("otp", digits, CODE_WORDS)

    def _code_alone(self) -> Secret:
        digits = self._digits(6)
        return self._in(("{}", "nó báo {}", "{} ạ", "đây {} nhé"), "otp", self._random.choice(("", " ")).join(self._grouped(digits)), digits)

    def _phone(self) -> Secret:
        digits = self._random.choice(("03", "05", "07", "08", "09")) + self._digits(8)
        written = self._written(digits) if self._random.random() < 0.7 else f"+84 {digits[1:]}"
        return self._in(PHONE_WORDS, "phone", written, digits[1:])

    def _password(self) -> Secret:
        choose = self._random.choice
        letters = "".join(choose(string.ascii_letters) for _ in range(self._random.randint(5, 9)))
        word = choose(
            (
                letters + choose("@#!$%") + self._digits(3),
                choose(("hoahong", "iloveyou", "conmeoden", "matkhaumoi")) + self._digits(4),
                letters + self._digits(2),
            )
        )
        glued = self._random.random() < 0.2
        return Secret("password", choose(GLUED["password"] if glued else PASSWORD_WORDS).format(word), word=word)

    def _mail(self) -> Secret:
        choose = self._random.choice
        name = "".join(choose(string.ascii_lowercase) for _ in range(8)) + choose(("", ".lan", "_vn", "1990"))
        return Secret("email", choose(MAIL_WORDS).format(f"{name}@{choose(('gmail.com', 'yahoo.com.vn', 'laichau.gov.vn'))}"), word=name)

    def _digits(self, size: int) -> str:
        return "".join(self._random.choice("0123456789") for _ in range(size))

    def _number(self, kind: str, digits: str, sentences: tuple[str, ...]) -> Secret:
        return self._in(sentences, kind, self._written(digits), digits)

    def _in(self, sentences: tuple[str, ...], kind: str, written: str, digits: str) -> Secret:
        """Now and then glued to its word, or with letters for some digits."""
        style = self._random.random()
        if style < 0.1 and kind in GLUED:
            return Secret(kind, self._random.choice(GLUED[kind]).format(digits), digits=digits)
        if style < 0.15 and re.search(r"[2-9].*[2-9]", digits):
            written = digits.translate(self._random.choice(LETTERS))
        return Secret(kind, self._random.choice(sentences).format(written), digits=digits)

    def _written(self, digits: str) -> str:
        """The digits in some script, parted somehow; now and then said in words, or some of them."""
        choose = self._random.choice
        style = self._random.random()
        if style < 0.12:
            words = choose(WORDS).split()
            return choose((" ", ", ", " - ")).join(words[int(digit)] if self._random.random() < 0.9 else digit for digit in digits)
        if style < 0.3:
            return choose(WIDE).join(self._grouped(digits))
        script = choose(SCRIPTS) if self._random.random() < 0.3 else SCRIPTS[0]
        return choose(TIGHT).join(self._grouped(digits)).translate(str.maketrans(SCRIPTS[0], script))

    def _grouped(self, digits: str) -> list[str]:
        every = self._random.choice((1, 2, 3, 4, 4))
        return [digits[at : at + every] for at in range(0, len(digits), every)]
