"""Hides what must never be kept: identity and card numbers, codes, passwords, phone numbers, addresses of mail.

Runs before anything is stored, logged or parsed. It is meant to hide too much rather than too little: no nine digits in a
row leave it, however they are spaced (but `129.000.000 đồng` is money). Dates, times, money, years, choices, procedure codes
and the public hotlines stay, because the talk needs them. One pass over the text finds runs of digits; the words around a run decide the short ones.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

HIDDEN = "[số đã ẩn]"

# The hotlines that our own guides name; and the form of all such numbers (1800 and 1900 with four digits more).
HOTLINES = frozenset({"156", "113", "114", "115", "5656", "18001096", "19000368", "19006769"})
_HOTLINE_FORM = re.compile(r"1[89]00\d{4}")

BESIDE_DATE = 4
LONG = 9  # so many digits in a row are nobody's business, whatever they are
NEAR_WORDS = 6  # how many words may stand between a code and the word that tells what it is
NEAR_CHARS = 60


@dataclass(frozen=True, slots=True)
class Masked:
    """The text without its secrets (in NFC), and what kinds were found, in the order of the text."""

    text: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    kind: str


# Between the digits of one number: up to three spaces, dots, dashes or slashes, and whatever nobody sees.
_JOINER = r"[\s.\-‐‑‒–—_/·•()\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u20e3]{0,3}"
_RUN = re.compile(rf"\+?\d(?:{_JOINER}\d)*")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:(?:19|20)\d\d|\d\d)"
# Slashes make a date wherever it stands; dots and dashes also part the digits of a number, so such a date must stand alone.
_DATE = re.compile(rf"(?<![\d/]){_DAY}/{_MONTH}(?:/{_YEAR})?(?![\d/])|(?<![\d/]){_MONTH}/(?:19|20)\d\d(?![\d/])")
_WHOLE_DATE = re.compile(rf"{_DAY}(?:\.{_MONTH}\.{_YEAR}|-{_MONTH}(?:-{_YEAR})?)")
_MONEY_BEFORE = re.compile(r"(?:\b(?:gia|phi|tien|so tien|het|mat|tra|nop|dong|luong|chuyen|thu|ton|cuoc|bien lai)(?: \w+){0,2}|\$)\s*:?\s*$")
_MONEY_AFTER = re.compile(r"\s{0,2}(?:dong|d|k|vnd|nghin|ngan|tr|trieu|ti|ty|cu|lit|usd|do la|₫|đ)\b|\s{0,2}₫")
_UNIT_AFTER = re.compile(r"\s{0,2}(?:ngay|thang|nam|tuoi|gio|phut|giay|lan|nguoi|buoc|chu so|so|ky tu|ki tu|kg|ta|tan|km|met|m2|ban|to|cai|%)\b|\s{0,2}%")
_YEAR_BEFORE = re.compile(r"\b(?:nam|sinh|thang \d{1,2}|tu|den|tr?uoc|sau|ngay [\w/.\- ]{1,12})\s*$")
_PLACE_BEFORE = re.compile(
    r"\b(?:so nha|nha so|duong|ngo|ngach|hem|quoc lo|ql|ban|thon|to|phong|ky so|km|nghi dinh|nd|thong tu|tt|luat|quyet dinh|qd|nghi quyet)\s*(?:so)?\s*$"
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){1,2}\.000|[1-9]\d{0,2}(?:,\d{3}){1,2},000")
_ROUND = re.compile(r"[1-9]\d*000")
_PROCEDURE = re.compile(r"(?<![\d.])[1-3]\.\d{6}(?![\d.]*\d)")

# “mã” tells of a code, but not in the names of codes that are no secret.
_OPEN_CODES = r"(?! (?:ho so|thu tuc|khach|vung|buu|giao dich|so thue|tinh|xa|don vi|loi)\b)"
_OTP_WORD = re.compile(
    rf"\b(?:otp|opt|o t p|ma{_OPEN_CODES}(?: (?:otp|xac nhan|xac thuc|xac minh|kich hoat|bao mat|dang nhap|so|pin))?"
    r"|code|verification|cvv|cvc|pin)\b"
)
_BANK_WORD = re.compile(
    r"\b(?:stk|so tk|so tai khoan|tai khoan|tk|so the|the ngan hang|ngan hang|account|momo"
    r"|vietcombank|vcb|agribank|bidv|vietinbank|techcombank|mbbank|tpbank)\b"
)
_PHONE_WORD = re.compile(r"\b(?:sdt|so dt|so dien thoai|dien thoai|dt|goi|lien he|hotline|zalo|phone|tel|alo)\b")
_PASSWORD_WORD = re.compile(
    r"\b(?:mat khau|mat ma|mk|password|passcode|passcod|pass|pwd|ma pin|pin)\b"
    r"(?:\s{1,3}(?:cua|toi|em|e|minh|anh|chi|con|chau|me|bo|ba|ong|no|vneid|zalo|facebook|moi|cu|dang nhap|day|la|dat|vao|duoc|dc|nay)\b){0,5}"
    r"(?P<colon>\s{0,3}[:=]|(?<=\bla))?\s{0,3}(?P<secret>[^\s]{1,128})"
)
_MAIL = re.compile(r"(?<![\w.+%\-])[\w.+%\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,8}")
_LETTERS_AND_MORE = re.compile(r"(?=.*\d)|(?=.*[@#$%^&*_!+=~|<>\\])")
_NUMERIC = re.compile(r"[\d\W]+")
_WORD = re.compile(r"[^\W\d_]+")
_QUICK = re.compile(r"[\d@]|mat khau|mat ma|pass|pwd|\bmk\b|\bpin\b")
_COMMON = frozenset(
    {
        "gi",
        "nao",
        "sao",
        "the",
        "phai",
        "bao",
        "khong",
        "ko",
        "k",
        "cho",
        "va",
        "thi",
        "roi",
        "bi",
        "can",
        "de",
        "co",
        "o",
        "dau",
        "duoc",
        "dc",
        "sai",
        "dung",
        "nua",
        "a",
        "nhe",
        "voi",
        "moi",
        "cu",
        "thanh",
        "xong",
    }
)


def mask(text: str) -> Masked:
    """Replace every secret in `text` by a word; masking twice changes nothing more."""
    masked = Masked(unicodedata.normalize("NFC", text))
    # A hidden number is gone as a neighbour, which can bring another rule to bear: repeat until nothing is found.
    for _ in range(4):
        again = _masked_once(masked.text)
        if not again.kinds:
            break
        masked = Masked(again.text, tuple(dict.fromkeys((*masked.kinds, *again.kinds))))
    return masked


def _masked_once(text: str) -> Masked:
    plain = text.translate(_PLAIN)
    if not _QUICK.search(plain):
        return Masked(text)
    spans = _without_overlap([*_mails(plain), *_passwords(plain), *_numbers(text, plain)])
    parts: list[str] = []
    at = 0
    for span in spans:
        parts += [text[at : span.start], HIDDEN]
        at = span.end
    return Masked("".join(parts) + text[at:], tuple(dict.fromkeys(span.kind for span in spans)))


class _PlainLetters(dict[int, int]):
    """One plain character for each: small, without marks, digits of every script as 0-9. Lengths stay the same."""

    def __missing__(self, code: int) -> int:
        character = chr(code)
        digit = unicodedata.digit(character, None)
        if digit is not None:
            plain = str(digit)
        elif character in "đĐ":
            plain = "d"
        else:
            plain = unicodedata.normalize("NFD", character)[0].lower()[0]
        if code < 0x2000:
            self[code] = ord(plain)
        return ord(plain)


_PLAIN = _PlainLetters()


def _mails(plain: str) -> Iterator[_Span]:
    if "@" in plain:
        for match in _MAIL.finditer(plain):
            yield _Span(match.start(), match.end(), "email")


def _passwords(plain: str) -> Iterator[_Span]:
    for match in _PASSWORD_WORD.finditer(plain):
        secret = match["secret"].rstrip(".,;:!?)\"'”")
        if secret and _is_password(secret, told=match["colon"] is not None):
            start = match.start("secret")
            yield _Span(start, start + len(secret), "password")


def _is_password(secret: str, *, told: bool) -> bool:
    """Whether the token after “mật khẩu” is one. `told`: a colon or “là” announces it."""
    if secret in _COMMON or secret.startswith("["):
        return False
    if _LETTERS_AND_MORE.match(secret):
        # “8-20 ký tự” and “6 số” speak about passwords; they are none.
        return len(_digits(secret)) >= 4 or not _NUMERIC.fullmatch(secret)
    # Nine letters in one piece are no Vietnamese word.
    return told and secret.isascii() and len(secret) >= 8 and "." not in secret


@dataclass(frozen=True, slots=True)
class _Words:
    """Where the telling words of one kind stand."""

    ends: tuple[int, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, pattern: re.Pattern[str], plain: str, holds: Callable[[int], bool] = lambda at: True) -> _Words:
        found = [match.span() for match in pattern.finditer(plain) if holds(match.start())]
        return cls(tuple(end for _, end in found), tuple(start for start, _ in found))

    def near(self, plain: str, start: int, end: int) -> bool:
        """Whether one stands within a few words before or after the span."""
        before = bisect_left(self.ends, start + 1) - 1
        if before >= 0 and _gap_is_small(plain, self.ends[before], start):
            return True
        after = bisect_left(self.starts, end)
        return after < len(self.starts) and _gap_is_small(plain, end, self.starts[after])


def _gap_is_small(plain: str, start: int, end: int) -> bool:
    return end - start <= NEAR_CHARS and len(_WORD.findall(plain, start, end)) <= NEAR_WORDS


def _numbers(text: str, plain: str) -> Iterator[_Span]:
    bank, phone = _Words.of(_BANK_WORD, plain), _Words.of(_PHONE_WORD, plain)
    otp = _Words.of(_OTP_WORD, plain, lambda at: plain[at] != "m" or text[at + 1] in "aAãÃ")  # not mà, má, mạ
    alone = len(_WORD.findall(plain)) <= 2
    for start, end, most in _runs(plain):
        digits = _digits(plain[start:end])
        if len(digits) > most and not (_GROUPED.fullmatch(plain, start, end) and _MONEY_AFTER.match(plain, end)):
            yield _Span(start, end, _long_kind(plain[start:end], digits))
        elif len(digits) >= 3 and not _is_public(digits, plain, start, end):
            kind = _short_kind(digits, plain, start, end, otp=otp, bank=bank, phone=phone, alone=alone)
            if kind:
                yield _Span(start, end, kind)


def _runs(plain: str) -> Iterator[tuple[int, int, int]]:
    """Numbers with their spaces and dots, dates cut out of them, and how many digits each may have to be left to the words.

    What touches a date may have fewer: `5/3/2026 12345678` would still show a long number.
    """
    for match in _RUN.finditer(plain):
        if _WHOLE_DATE.fullmatch(match.group()):
            continue
        at, most = match.start(), LONG - 1
        for date in _DATE.finditer(plain, match.start(), match.end()):
            most = BESIDE_DATE
            yield from ((*piece, most) for piece in _trimmed(plain, at, date.start()))
            at = date.end()
        yield from ((*piece, most) for piece in _trimmed(plain, at, match.end()))


def _trimmed(plain: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and not (plain[start].isdigit() or plain[start] == "+"):
        start += 1
    while start < end and not plain[end - 1].isdigit():
        end -= 1
    if start < end:
        yield start, end


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _long_kind(written: str, digits: str) -> str:
    if len(digits) <= 15 and (written[0] == "+" or digits[0] == "0" or digits.startswith("84")) and _is_phone(digits, international=written[0] == "+"):
        return "phone"
    if len(digits) in {9, 12}:
        return "citizen_id"
    return "card" if 13 <= len(digits) <= 19 and _luhn(digits) else "account"


@lru_cache(maxsize=1024)
def _is_phone(digits: str, *, international: bool) -> bool:
    written = f"+{digits}" if international or digits.startswith("84") else digits
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(written, "VN"))
    except phonenumbers.NumberParseException:
        return False


def _luhn(digits: str) -> bool:
    total = sum(int(digit) for digit in digits[-1::-2])
    return (total + sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])) % 10 == 0


def _is_public(digits: str, plain: str, start: int, end: int) -> bool:
    """Hotlines, procedure codes, sums of money, amounts of something, numbers of houses and laws."""
    if digits in HOTLINES or _PROCEDURE.fullmatch(plain, start, end):
        return True
    if _MONEY_AFTER.match(plain, end) or (len(digits) <= 4 and _UNIT_AFTER.match(plain, end)):
        return True
    before = plain[max(0, start - 40) : start]
    if _PLACE_BEFORE.search(before):
        return True
    return bool(_ROUND.fullmatch(digits) and _MONEY_BEFORE.search(before))


def _short_kind(digits: str, plain: str, start: int, end: int, *, otp: _Words, bank: _Words, phone: _Words, alone: bool) -> str | None:
    """What three to eight digits are, by the words around them; None where they may stay."""
    hotline = _HOTLINE_FORM.fullmatch(digits) is not None
    if 4 <= len(digits) <= 8 and otp.near(plain, start, end) and not _is_year(digits, plain, start):
        return "otp"
    if len(digits) == 3 and re.search(r"\bcv[vc]\W{0,3}(?:la\W{0,3})?$", plain[max(0, start - 12) : start]):
        return "card"
    if len(digits) >= 6 and not hotline:
        if bank.near(plain, start, end):
            return "account"
        if len(digits) >= 7 and phone.near(plain, start, end):
            return "phone"
        if len(digits) == 6 and (alone or not _ROUND.fullmatch(digits)):
            return "otp"
    return None


def _is_year(digits: str, plain: str, start: int) -> bool:
    return len(digits) == 4 and digits[:2] in {"19", "20"} and _YEAR_BEFORE.search(plain[max(0, start - 24) : start]) is not None


def _without_overlap(spans: list[_Span]) -> list[_Span]:
    """Spans in the order of the text; what touches becomes one, named after the first."""
    merged: list[_Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = _Span(last.start, max(last.end, span.end), last.kind)
        else:
            merged.append(span)
    return merged
