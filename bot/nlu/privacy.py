"""Hides what must never be kept: identity and card numbers, codes, passwords, phone numbers, addresses of mail.

Runs before anything is stored, logged or parsed. It is meant to hide too much rather than too little: no nine digits in a
row leave it, however they are spaced (but `129.000.000 đồng` is money), nor digits that are dictated in words (“bốn tám hai chín một ba”).
Dates, times, money, years, choices, codes of procedures and dossiers and the public hotlines stay, because the talk needs them. One pass
over the text finds runs of digits, another those that are parted by commas or words (`dictation.py`); the words around a run decide the
short ones. A lone number of four, five, seven or eight digits stays: whether it is a code, the step at hand tells (`dialogue/codes.py`).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import phonenumbers

from bot.nlu import dictation
from bot.nlu.syllables import is_syllable

HIDDEN = "[số đã ẩn]"
HIDDEN_PLAIN = "[so da an]"

# The hotlines that our own guides name; and the form of all such numbers (1800 and 1900 with four digits more).
HOTLINES = frozenset({"156", "113", "114", "115", "5656", "18001096", "19000368", "19006769"})
_HOTLINE_FORM = re.compile(r"1[89]00\d{4}")

BESIDE_DATE = 4
LONG = 9  # so many digits in a row are nobody's business, whatever they are
NEAR_WORDS = 6  # how many words may stand between a code and the word that tells what it is
NEAR_CHARS = 60
RIGHT_CHARS = 24


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
_MONEY_AFTER = re.compile(r"\s{0,2}(?:dong|vnd|nghin|ngan|trieu|ti|ty|lit|usd|do la|₫)\b|\s{0,2}₫|(?:d|k|tr)\b")
_MONEY_PERHAPS = re.compile(r"\s{1,2}(?:d|k|tr|cu)\b")  # “150 k” is money, “482913 k hiểu” is not
_UNIT_AFTER = re.compile(r"\s{0,2}(?:ngay|thang|nam|tuoi|gio|phut|giay|lan|nguoi|buoc|chu so|so|ky tu|ki tu|kg|ta|tan|km|met|m2|ban|to|cai|%)\b|\s{0,2}%")
_YEAR_BEFORE = re.compile(r"\b(?:nam|sinh|thang \d{1,2}|tu|den|tr?uoc|sau|ngay [\w/.\- ]{1,12})\s*$")
_PLACE_BEFORE = re.compile(r"\b(?:so nha|nha so|quoc lo|ky so|nghi dinh|thong tu|luat|quyet dinh|nghi quyet)\s*(?:so)?\s*$")
_PLACE_PERHAPS = re.compile(r"\b(?:duong|ngo|ngach|hem|ql|ban|thon|to|phong|km|nd|tt|qd)\s*(?:so)?\s*$")  # “bản 12”, but “gửi bạn 482913”
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3}){1,2}\.000|[1-9]\d{0,2}(?:,\d{3}){1,2},000")
_ROUND = re.compile(r"[1-9]\d*000")
_PROCEDURE = re.compile(r"(?<![\d.])[1-3]\.\d{6}(?![\d.]*\d)")
# The code of a dossier (G22.99.08-251124-0001): printed on the slip to be told to any counter, it opens nothing. Letter, office, day, number.
_DOSSIER = re.compile(r"(?<=\b[gh])\d\d(?:\.\d{1,3}){1,3}-(?:\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))-\d{4,5}(?![\d-])")
# The number of a law or a decision: 69/2024/NĐ-CP.
_LAW = re.compile(r"(?<![\d/])\d{1,4}/(?:19|20)\d\d(?=/[a-z]{2})")
# The plate of a vehicle behind its letter (25B1-123.45): everybody on the road reads it.
_PLATE = re.compile(r"(?<=\d\d[a-z])\d?[ -]?\d{3}\.\d\d(?!\d)")
_IN_A_LANE = re.compile(r"\d{1,4}(?:/\d{1,3}){2,3}")  # the number of a house: 231/15/4
_ON_A_DAY = re.compile(r"\b(?:ngay|hom|luc|thang|mung|tu|den)\s*$")

# “mã” tells of a code, but not in the names of codes that are no secret.
_OPEN_CODES = r"(?! (?:ho so|thu tuc|khach|vung|buu|giao dich|so thue|tinh|xa|don vi|loi)\b)"
_OTP_WORD = re.compile(
    rf"\b(?:otp|opt|maotp|o t p|ma{_OPEN_CODES}(?: (?:otp|xac nhan|xac thuc|xac minh|kich hoat|bao mat|dang nhap|so|pin))?"
    r"|code|passcode|verification|cvv|cvc|pin)(?![^\W\d_])"  # “otp4829”: digits may follow at once
)
_BANK_WORD = re.compile(
    r"\b(?:stk|so tk|so tai khoan|tai khoan|tk|so the|the ngan hang|ngan hang|account|momo"
    r"|vietcombank|vcb|agribank|bidv|vietinbank|techcombank|mbbank|tpbank)(?![^\W\d_])"
)
_PHONE_WORD = re.compile(r"\b(?:sdt|so dt|so dien thoai|dien thoai|dt|goi|lien he|hotline|zalo|phone|tel|alo)(?![^\W\d_])")
_ITS_WORD = r"\b(?:mat ?khau|mat ma|mkhau|mk|password|passcode|passcod|passwd|pass|pwd?|ma pin|pin)\b"
# Whose it is and what for; up to six such words stand between it and what it is.
_WHOSE = (
    r"(?:\s{1,3}(?:cua|toi|em|e|minh|anh|chi|con|chau|me|bo|ba|ong|no|vneid|zalo|facebook|fb|wifi|app|may|cap|my|the|moi|cu|dang nhap|day|la|is"
    r"|dat|vao|duoc|dc|nay)\b|\s{1,3}[12](?=\s)){0,6}"
)
_PASSWORD_WORD = re.compile(_ITS_WORD + _WHOSE + r"(?P<colon>\s{0,3}(?:[:=]|[-–—>]+(?=\s))|(?<=\bla)|(?<=\bis))?\s{0,3}(?P<secret>[^\s]{1,128})")
# A password of several words stands in quotation marks right behind; “8 ký tự” there is what the app says about passwords.
_PASSWORD_QUOTED = re.compile(
    _ITS_WORD + _WHOSE + r"\s{0,3}:?\s{0,3}[\"“'](?P<secret>(?=[^\"”']{0,40}\d)(?![^\"”']{0,40}\d (?:ky tu|ki tu|chu so|so|lan|phut)\b)[^\"”']{4,40})[\"”']"
)
_OF_PASSWORDS = re.compile(_ITS_WORD)
# A letter, a digit and a sign in one piece (Lanhuong@88) is a password wherever in a sentence about passwords it stands.
_STRONG = re.compile(
    r"(?<!\S)[\"“'(]?(?P<secret>(?=\S{0,40}?[^\W\d_])(?=\S{0,40}?\d)(?=\S{0,40}?[@#$%^&*!_+?]\S)[^\s/:,;\"“”'()]{6,40}?)(?=[.,;:!?)\"”']*(?:\s|$))"
)
_PASSWORD_BEFORE = re.compile(r"(?<!\S)(?P<secret>\S{4,128})\s{1,3}(?:la|is|chinh la)\s{1,3}(?:my )?(?:mat khau|mat ma|mk|password|passcode|pass)\b")
# “mkhoahong99”: a password glued to its word, known by its digits.
_PASSWORD_GLUED = re.compile(
    r"\b(?:matkhau|mk|pass(?!code|port|word)|password)(?:la)?(?P<secret>(?=[a-z@#$%^&*_!+.]{0,60}\d)[a-z0-9@#$%^&*_!+.]{5,64})(?![^\s.,;:!?)])"
)
_AT = r"(?: ?@ ?| ?[(\[] ?(?:at|a cong) ?[)\]] ?| a cong )"
_DOT = r"(?:\.| (?:cham|dot) | ?[(\[](?:dot|cham)[)\]] ?)"
_MAIL = re.compile(
    rf"(?<![\w.+%\-])[\w.+%\-]{{1,64}}(?:{_AT}[\w\-]{{1,63}}(?:{_DOT}[\w\-]{{1,63}}){{1,8}}| at (?:gmail|yahoo|hotmail|outlook|icloud){_DOT}\w{{2,3}})"
)
_LETTERS_AND_MORE = re.compile(r"(?=.*\d)|(?=.*[@#$%^&*_!+=~|<>\\])")
_NUMERIC = re.compile(r"[\d\W]+")
_WORD = re.compile(r"[^\W\d_]+")
_RIGHT = re.compile(r"\W*(?:(?:la|cua|toi|em|e|minh|ban|nay|day|no|gui|ve|bao|so|moi|con|chau|me|is|otp|xac nhan)\b\W*){0,3}")
_PROSE = re.compile(r"\s{1,3}[^\W\d_]{1,7}\b")  # a sentence goes on
_CVV_BEFORE = re.compile(r"\bcv[vc]2?(?:\W{1,3}[^\W\d_]{1,7}){0,2}\W{0,3}$")
_TIME = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3])(?::|h|g|gio)[0-5]\d(?!\d)")
_SUM = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3})?\.\d00(?!\d)|(?<![\d.,])[1-9]\d{0,2}(?:,\d{3}){1,3}(?=\s?(?:dong|vnd|d\b|₫))")
_HOTLINES = re.compile(r"(?<!\d)1[89]00[ .-]?\d{4}(?!\d)")
_AMOUNT = re.compile(r"(?<!\d)\d{1,3}(?:k|%|(?= ?(?:dong|nghin|trieu|ngay|thang|tuoi|gio|phut|giay|lan|nguoi|buoc|km|kg)\b))")
_MAIL_HINT = re.compile(r"@|\bat\b|a cong")
_PASSWORD_HINT = re.compile(r"mat ?khau|mat ma|pass|pw|mk|pin")
# An o for a 0 and an l or i for a 1, as people type it or a camera reads it: a piece of digits and such letters, with two digits at least.
_ALMOST_DIGITS = re.compile(r"(?<![^\W_])(?=[oil]{0,8}\d[oil]{0,8}\d)[\doil]*[oil][\doil]*(?![^\W_])")
_DIGIT_FOR_LETTER = str.maketrans("oil", "011")
_DIGIT = re.compile(r"\d")
_LAST_DIGIT = re.compile(r".*\d", re.DOTALL)
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
        "cai",
        "day",
        "gom",
        "ky",
        "ma",
        "mot",
        "nhung",
        "so",
        "toi",
        "tu",
        "chuoi",
        "cua",
        "it",
        "nhat",
        "thieu",
        "quen",
        "vneid",
    }
)
_BESIDE_PASSWORDS = frozenset(
    [
        "accepted",
        "access",
        "account",
        "again",
        "always",
        "anymore",
        "banking",
        "because",
        "blocked",
        "button",
        "before",
        "cannot",
        "change",
        "correct",
        "dichvucong",
        "email",
        "error",
        "expired",
        "facebook",
        "failed",
        "field",
        "forget",
        "forgot",
        "google",
        "gmail",
        "incorrect",
        "internet",
        "invalid",
        "iphone",
        "android",
        "length",
        "letters",
        "locked",
        "login",
        "manager",
        "messenger",
        "number",
        "option",
        "options",
        "password",
        "please",
        "policy",
        "question",
        "recover",
        "recovery",
        "rejected",
        "required",
        "requirements",
        "reset",
        "right",
        "screen",
        "section",
        "security",
        "settings",
        "should",
        "someone",
        "stronger",
        "telegram",
        "update",
        "unlock",
        "user",
        "username",
        "verify",
        "vietcombank",
        "website",
        "without",
        "working",
        "wrong",
        "youtube",
    ]
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
    plain = _ALMOST_DIGITS.sub(lambda almost: almost.group().translate(_DIGIT_FOR_LETTER), text.translate(_PLAIN))
    digits, dictated = _DIGIT.search(plain) is not None, dictation.may_be(plain)
    found = [*_mails(plain), *_passwords(text, plain)]
    if digits or dictated:
        words = _Telling(text, plain)
        found += _numbers(plain, words) if digits else ()
        found += _dictated(text, plain, words) if dictated else ()
    if not found:
        return Masked(text)
    spans = _without_overlap(found)
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
        value = unicodedata.numeric(character, None)
        if value is not None and value in _ONE_DIGIT:
            plain = str(int(value))
        elif character in "đĐ":
            plain = "d"
        else:
            # Full-width letters and signs, and letters in another type, are the plain ones.
            in_disguise = unicodedata.decomposition(character).startswith(("<wide>", "<font>"))
            plain = unicodedata.normalize("NFKD" if in_disguise else "NFD", character)[0].lower()[0]
        if code < 0x2000:
            self[code] = ord(plain)
        return ord(plain)


_ONE_DIGIT = frozenset(range(10))
_PLAIN = _PlainLetters()


def _mails(plain: str) -> Iterator[_Span]:
    for match in _MAIL.finditer(plain) if _MAIL_HINT.search(plain) else ():
        yield _Span(match.start(), match.end(), "email")


def _passwords(text: str, plain: str) -> Iterator[_Span]:
    if not _PASSWORD_HINT.search(plain):
        return
    for match in _PASSWORD_WORD.finditer(plain):
        secret = match["secret"].rstrip(".,;:!?)\"'”")
        start = match.start("secret")
        if secret and _is_password(text[start : start + len(secret)], secret, plain[start + len(secret) :], told=(match["colon"] or "").strip(), word=match):
            yield _Span(start, start + len(secret), "password")
    patterns = (_PASSWORD_GLUED, _PASSWORD_QUOTED, _STRONG) if _OF_PASSWORDS.search(plain) else (_PASSWORD_GLUED,)
    for pattern in patterns:
        for match in pattern.finditer(plain):
            yield _Span(match.start("secret"), match.end("secret"), "password")
    for match in _PASSWORD_BEFORE.finditer(plain):
        secret = match["secret"].strip("\"'“”")
        if _LETTERS_AND_MORE.match(secret) or (secret.isalpha() and not is_syllable(secret)):
            yield _Span(*match.span("secret"), "password")


def _is_password(written: str, secret: str, rest: str, *, told: str, word: re.Match[str]) -> bool:
    """Whether the token after “mật khẩu” is one. `told`: what announces it (a colon), `rest`: what follows it."""
    if secret in _COMMON or HIDDEN_PLAIN.startswith(secret + " "):
        return False
    if _LETTERS_AND_MORE.match(secret):
        # “8-20 ký tự” and “6 số” speak about passwords; they are none.
        return len(_digits(secret)) >= 4 or not _NUMERIC.fullmatch(secret)
    if not written.isascii() or not secret.isalpha():
        return False  # nobody's password has Vietnamese marks; “mật khẩu (nếu quên)”
    if told:
        return True
    if word["colon"] is not None:  # “là”, “is”
        return not (is_syllable(secret) and _PROSE.match(rest))
    # Six letters and more in one piece that are no Vietnamese word, and none that people use beside it.
    return len(secret) >= 6 and not is_syllable(secret) and secret not in _BESIDE_PASSWORDS


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

    def right_before(self, plain: str, start: int) -> bool:
        """Whether one stands before the span with hardly a word between: “mã là”, “OTP của em”."""
        before = bisect_left(self.ends, start + 1) - 1
        between = plain[self.ends[before] : start] if before >= 0 else ""
        return before >= 0 and len(between) <= RIGHT_CHARS and _RIGHT.fullmatch(between) is not None


def _gap_is_small(plain: str, start: int, end: int) -> bool:
    return end - start <= NEAR_CHARS and len(_WORD.findall(plain, start, end)) <= NEAR_WORDS


class _Telling:
    """The telling words of a text, looked for when they are asked for."""

    def __init__(self, text: str, plain: str) -> None:
        self._text, self._plain = text, plain

    @cached_property
    def otp(self) -> _Words:
        return _Words.of(_OTP_WORD, self._plain, lambda at: self._plain[at] != "m" or self._text[at + 1] in "aAãÃ")  # not mà, má, mạ

    @cached_property
    def bank(self) -> _Words:
        return _Words.of(_BANK_WORD, self._plain)

    @cached_property
    def phone(self) -> _Words:
        return _Words.of(_PHONE_WORD, self._plain)

    @cached_property
    def alone(self) -> bool:
        """Hardly a word stands beside the numbers."""
        return len(_WORD.findall(self._plain)) <= 2


def _numbers(plain: str, words: _Telling) -> Iterator[_Span]:
    for start, end, most in _runs(plain, words):
        digits = _digits(plain[start:end])
        if len(digits) > most and not (_GROUPED.fullmatch(plain, start, end) and _MONEY_AFTER.match(plain, end)):
            yield _Span(start, end, _long_kind(plain[start:end], digits))
        elif len(digits) >= 3:
            kind = _short_kind(digits, plain, start, end, words)
            if kind:
                yield _Span(start, end, kind)


def _dictated(text: str, plain: str, words: _Telling) -> Iterator[_Span]:
    """Digits that are parted by commas or words, or said in words."""
    for start, end, digits, spoken, counts_up in dictation.chains(text, _without_public(plain, words)):
        if counts_up and len(digits) < LONG and not words.otp.right_before(plain, start):
            continue
        if spoken and _is_said_hotline(digits, beside_code=words.otp.near(plain, start, end) or words.bank.near(plain, start, end)):
            continue
        told = any(kind.near(plain, start, end) for kind in (words.otp, words.bank, words.phone))
        if len(digits) >= LONG:
            yield _Span(start, end, _long_kind(plain[start:end], digits))
        elif len(digits) >= 4 and (told or (len(digits) >= 6 and spoken)):
            yield _Span(start, end, "otp")


def _is_said_hotline(digits: str, *, beside_code: bool) -> bool:
    """“Một chín không không, không ba sáu tám”, and its beginning, unless codes are spoken of. The last nought may be the no of “không được”."""
    return any(said in HOTLINES or (said in ("1800", "1900") and not beside_code) for said in (digits, digits.removesuffix("0")))


def _without_public(plain: str, words: _Telling) -> str:
    """The text with letters where dates, times, sums, hotlines and the codes of procedures stand: no chain of digits goes through them."""
    first = _DIGIT.search(plain)
    if first is None:
        return plain
    last = _LAST_DIGIT.match(plain)
    window = max(0, first.start() - 2), (last.end() if last else len(plain)) + 12  # with the word behind a number
    public = [
        match.span() for pattern in (_DOSSIER, _PROCEDURE, _LAW, _PLATE, _DATE, _TIME, _SUM, _HOTLINES, _AMOUNT) for match in pattern.finditer(plain, *window)
    ]
    letters = list(plain)
    for start, end in public:
        if not _is_code_date(plain, start, end, words):
            letters[start:end] = "x" * (end - start)
    return "".join(letters)


def _is_code_date(plain: str, start: int, end: int, words: _Telling) -> bool:
    """Whether what looks like a day or an hour is rather a code: it has four to six digits and stands right behind “mã” or “OTP”."""
    return 4 <= len(_digits(plain[start:end])) <= 6 and words.otp.right_before(plain, start) and not _ON_A_DAY.search(plain, max(0, start - 12), start)


def _runs(plain: str, words: _Telling) -> Iterator[tuple[int, int, int]]:
    """Numbers with their spaces and dots, dates and dossiers cut out of them, and how many digits each may have to be left to the words.

    What touches a date may have fewer: `5/3/2026 12345678` would still show a long number.
    """
    for match in _RUN.finditer(plain):
        at, most = match.start(), LONG - 1
        if _WHOLE_DATE.fullmatch(match.group()) and not _is_code_date(plain, match.start(), match.end(), words):
            continue
        for public in _public_in(plain, *match.span()):
            if public.start() < at or _is_code_date(plain, public.start(), public.end(), words):
                continue
            most = BESIDE_DATE
            yield from ((*piece, most) for piece in _trimmed(plain, at, public.start()))
            at = public.end()
        yield from ((*piece, most) for piece in _trimmed(plain, at, match.end()))


def _public_in(plain: str, start: int, end: int) -> list[re.Match[str]]:
    """Dates, dossiers, plates and laws in a run, in their order; a law is told by the letters behind its run."""
    found = [match for pattern in (_DATE, _DOSSIER, _PLATE) for match in pattern.finditer(plain, start, end)]
    found += [match for match in _LAW.finditer(plain, start, end + 3) if match.end() <= end]
    return sorted(found, key=lambda one: one.start())


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


def _is_public(digits: str, plain: str, start: int, end: int, *, told: bool) -> bool:
    """Hotlines, procedure codes, sums of money, amounts of something, numbers of houses and laws.

    `told`: a word beside it says that it is a code, an account or a phone number; then a word that may mean something else does not help.
    """
    if digits in HOTLINES or _PROCEDURE.fullmatch(plain, start, end):
        return True
    before = plain[max(0, start - 40) : start]
    if _PLACE_BEFORE.search(before) or (_MONEY_AFTER.match(plain, end) and not (told and plain[end] in "dkt" and not digits.endswith("00"))):
        return True
    if told and not digits.endswith("00"):
        return False
    if len(digits) <= 4 and (_UNIT_AFTER.match(plain, end) or _MONEY_PERHAPS.match(plain, end) or _PLACE_PERHAPS.search(before)):
        return True
    return bool(_ROUND.fullmatch(digits) and (_MONEY_BEFORE.search(before) or _MONEY_PERHAPS.match(plain, end)))


def _short_kind(digits: str, plain: str, start: int, end: int, words: _Telling) -> str | None:
    """What three to eight digits are, by the words around them; None where they may stay."""
    if len(digits) == 3 and _CVV_BEFORE.search(plain, max(0, start - 24), start):
        return "card"
    long = len(digits) >= 6
    coded = 4 <= len(digits) <= 8 and words.otp.near(plain, start, end) and not _is_year(digits, plain, start)
    banked = long and words.bank.near(plain, start, end)
    phoned = long and words.phone.near(plain, start, end)
    if banked and digits not in HOTLINES and words.bank.right_before(plain, start) and not _MONEY_AFTER.match(plain, end):
        return "account"
    if coded and digits not in HOTLINES and words.otp.right_before(plain, start) and not (_MONEY_AFTER.match(plain, end) and digits.endswith("00")):
        return "otp"
    if _is_public(digits, plain, start, end, told=coded or banked or phoned):
        return None
    hotline = _HOTLINE_FORM.fullmatch(digits) is not None
    if coded:
        return "otp"
    if long and not hotline:
        if banked:
            return "account"
        if len(digits) >= 7 and phoned:
            return "phone"
        if len(digits) == 6 and (words.alone or not (_ROUND.fullmatch(digits) or _IN_A_LANE.fullmatch(plain, start, end))):
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
