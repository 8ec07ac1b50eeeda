"""One spelling for all the ways people write: what the classifier reads in training and in a talk.

The order matters. Shorthand and dialect are looked up while the marks still stand, because `má` is not `mã` and `răng` is
not `rang`; only then are the marks dropped, so that a text with and one without diacritics end up the same.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from bot.i18n.folding import fold
from bot.nlu.syllables import without_telex

# Emoji say something only where they stand alone; beside words they are decoration.
EMOJI = {
    "👍": "đồng ý",
    "👌": "đồng ý",
    "🆗": "đồng ý",
    "✅": "xong rồi",
    "☑": "xong rồi",
    "✔": "xong rồi",
    "🎉": "xong rồi",
    "👎": "không",
    "❌": "không",
    "✖": "không",
    "🚫": "không",
    "⬅": "quay lại",
    "◀": "quay lại",
    "🔙": "quay lại",
    "↩": "quay lại",
    "🔁": "nói lại",
    "🏠": "menu",
    "🔊": "nghe",
    "🔈": "nghe",
    "🎧": "nghe",
    "🆘": "gặp người hỗ trợ",
    "🙋": "gặp người hỗ trợ",
    "📞": "gặp người hỗ trợ",
    "☎": "gặp người hỗ trợ",
    "🛑": "dừng",
    "⏹": "dừng",
    "🙏": "cảm ơn",
    "❤": "cảm ơn",
    "😍": "cảm ơn",
    "🥰": "cảm ơn",
    "😢": "chưa được",
    "😭": "chưa được",
    "😞": "chưa được",
    "😡": "chưa được",
    "👋": "chào",
    "✋": "chào",
}

# Teencode and shorthand, keyed by the token with its marks. What is also a common syllable without its marks stays out: `a` is
# more often ạ than anh, `nha` more often nhà.
SHORTHAND = {
    "k": "không",
    "kq": "kết quả",
    "gtờ": "giấy tờ",
    "onl": "online",
    "mail": "email",
    "tt": "thanh toán",
    "lp": "lệ phí",
    "đkkh": "đăng ký kết hôn",
    "dkkh": "đăng ký kết hôn",
    "mún": "muốn",
    "mun": "muốn",
    "vk": "vợ",
    "ck": "chuyển khoản",
    "ns": "nói",
    "h": "giờ",
    "hum": "hôm",
    "lun": "luôn",
    "nhìu": "nhiều",
    "nhiu": "nhiều",
    "xiền": "tiền",
    "cb": "cán bộ",
    "dv": "dịch vụ",
    "quài": "hoài",
    "pải": "phải",
    "fải": "phải",
    "bhyt": "bảo hiểm y tế",
    "t7": "thứ bảy",
    "cn": "chủ nhật",
    "ko": "không",
    "kô": "không",
    "kg": "không",
    "khg": "không",
    "kh": "không",
    "kp": "không phải",
    "kbt": "không biết",
    "hok": "không",
    "hem": "không",
    "hổng": "không",
    "hg": "không",
    "khum": "không",
    "chx": "chưa",
    "cx": "cũng",
    "cg": "cũng",
    "dc": "được",
    "đc": "được",
    "dk": "đăng ký",
    "đk": "đăng ký",
    "đki": "đăng ký",
    "dki": "đăng ký",
    "dky": "đăng ký",
    "đky": "đăng ký",
    "dkks": "đăng ký khai sinh",
    "đkks": "đăng ký khai sinh",
    "ks": "khai sinh",
    "gks": "giấy khai sinh",
    "gcs": "giấy chứng sinh",
    "cccd": "căn cước",
    "cmnd": "chứng minh nhân dân",
    "cmt": "chứng minh nhân dân",
    "dt": "điện thoại",
    "đt": "điện thoại",
    "dthoai": "điện thoại",
    "đthoai": "điện thoại",
    "đthoại": "điện thoại",
    "fone": "điện thoại",
    "phone": "điện thoại",
    "sdt": "số điện thoại",
    "sđt": "số điện thoại",
    "tk": "tài khoản",
    "stk": "số tài khoản",
    "mk": "mật khẩu",
    "pass": "mật khẩu",
    "password": "mật khẩu",
    "passcod": "passcode",
    "tthc": "thủ tục hành chính",
    "dvc": "dịch vụ công",
    "dvcqg": "dịch vụ công",
    "hs": "hồ sơ",
    "gt": "giấy tờ",
    "xp": "xã phường",
    "ubnd": "ủy ban",
    "cax": "công an xã",
    "csgt": "công an giao thông",
    "gplx": "bằng lái xe",
    "blx": "bằng lái xe",
    "lm": "làm",
    "lmj": "làm gì",
    "ntn": "như thế nào",
    "nhtn": "như thế nào",
    "tnao": "thế nào",
    "thnao": "thế nào",
    "lsao": "làm sao",
    "bn": "bao nhiêu",
    "bnhiu": "bao nhiêu",
    "bh": "bao giờ",
    "bhgio": "bao giờ",
    "j": "gì",
    "ji": "gì",
    "gj": "gì",
    "jì": "gì",
    "r": "rồi",
    "rùi": "rồi",
    "rui": "rồi",
    "ròi": "rồi",
    "oy": "rồi",
    "òi": "rồi",
    "đag": "đang",
    "dag": "đang",
    "vs": "với",
    "zới": "với",
    "ms": "mới",
    "mik": "mình",
    "e": "em",
    "c": "chị",
    "b": "bạn",
    "m": "mình",
    "t": "tôi",
    "ng": "người",
    "ngta": "người ta",
    "nta": "người ta",
    "nv": "nhân viên",
    "trc": "trước",
    "trk": "trước",
    "nx": "nữa",
    "nhg": "nhưng",
    "nhma": "nhưng mà",
    "bt": "biết",
    "bik": "biết",
    "bít": "biết",
    "hd": "hướng dẫn",
    "hdan": "hướng dẫn",
    "hdẫn": "hướng dẫn",
    "q": "quá",
    "wa": "quá",
    "wá": "quá",
    "qá": "quá",
    "oke": "ok",
    "okê": "ok",
    "okie": "ok",
    "oki": "ok",
    "okla": "ok",
    "okay": "ok",
    "uh": "ừ",
    "uk": "ừ",
    "ukm": "ừ",
    "uhm": "ừ",
    "um": "ừ",
    "uhu": "ừ",
    "tks": "cảm ơn",
    "thanks": "cảm ơn",
    "thank": "cảm ơn",
    "thks": "cảm ơn",
    "thankss": "cảm ơn",
    "cám": "cảm",
    "camon": "cảm ơn",
    "vd": "ví dụ",
    "z": "vậy",
    "zậy": "vậy",
    "dậy": "vậy",
    "dzậy": "vậy",
    "v": "vậy",
    "zô": "vào",
    "dzô": "vào",
    "vô": "vào",
    "hoy": "thôi",
    "thui": "thôi",
    "iu": "yêu",
    "jup": "giúp",
    "júp": "giúp",
    "giùm": "giúp",
    "dùm": "giúp",
    "gium": "giúp",
    "dum": "giúp",
    "admin": "bạn",
    "ib": "nhắn tin",
    "tn": "tin nhắn",
    "nt": "nhắn tin",
    "app": "ứng dụng",
    "ứ": "không",
    "otb": "otp",
    "opt": "otp",
    "ctp": "otp",
    "nfs": "nfc",
    "ncf": "nfc",
    "vneit": "vneid",
    "vnied": "vneid",
    "vneld": "vneid",
    "vnid": "vneid",
    "vned": "vneid",
    "vnei": "vneid",
    "vnneid": "vneid",
    "veneid": "vneid",
    "vneind": "vneid",
    "vineid": "vneid",
    "vneiđ": "vneid",
}

# Words of the regions, Nghệ Tĩnh to the South, and how people of the hills say it in Vietnamese.
DIALECT = {
    "mệ": "bà",
    "tau": "tôi",
    "hắn": "nó",
    "hè": "nhỉ",
    "hông": "không",
    "bày": "chỉ",
    "mô": "đâu",
    "răng": "sao",
    "rứa": "thế",
    "mần": "làm",
    "chừ": "giờ",
    "tui": "tôi",
    "nỏ": "không",
    "nớ": "kia",
    "bữa": "hôm",
    "xài": "dùng",
    "coi": "xem",
    "kêu": "gọi",
    "biểu": "bảo",
    "má": "mẹ",
    "tía": "bố",
    "bầm": "mẹ",
    "mế": "mẹ",
    "sanh": "sinh",
    "lẹ": "nhanh",
    "miềng": "mình",
    "hén": "nhé",
    "nghen": "nhé",
    "hỉ": "nhỉ",
    "hổm": "hôm",
    "trển": "trên",
    "bển": "bên",
    "nè": "này",
    "khôông": "không",
    "ní": "này",
}

TOKENS = {**SHORTHAND, **DIALECT}

_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_TOKEN = re.compile(r"[^\W_]+")
_GLUED = re.compile(r"([^\W\d_]{2})(?=\d)")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe0e\ufe0f\ufeff\u20e3]")
_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
_EMOJI = re.compile(f"[{''.join(EMOJI)}]")
_DIGIT = re.compile(r"\d")
# How VNeID is written and dictated when the name was only heard.
_VNEID = re.compile(r"\b(?:vn ?(?:em?|ai)? ?(?:id|i d|di)|v n em? i d|v[ei] e?n em? ?i ?de?|vi ?net? ?ai ?di|v[eo] no ai di)\b")


@lru_cache(maxsize=4096)
def normalise(text: str) -> str:
    """`text` in small letters without marks, shorthand spelt out, words parted by single spaces."""
    return _VNEID.sub("vneid", fold(spelt_out(text)))


def spelt_out(text: str) -> str:
    """`text` in small letters with the marks that were typed, shorthand and dialect spelt out."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).lower()
    if not plain.isascii():
        plain = _emoji_to_words(plain)
    plain = _STRETCHED.sub(_short, plain)
    if _DIGIT.search(plain):
        plain = _GLUED.sub(r"\1 ", plain)
    return _TOKEN.sub(_spelt_out, plain)


def exact_key(text: str) -> str:
    """The text in NFC and small letters with its marks: what tells `dừng` from `đúng` where the marks were typed."""
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFC", text)).lower()
    return " ".join(_TOKEN.findall(plain))


def _short(run: re.Match[str]) -> str:
    """One letter of a stretched word (`khôngggg`); a text of one letter alone (`kkkk`) is laughter or play, and not shorthand."""
    start, end = run.span()
    beside = run.string[max(start - 1, 0) : start] + run.string[end : end + 1]
    letter: str = run[1]
    return letter if any(map(str.isalpha, beside)) else letter * 3


def _spelt_out(match: re.Match[str]) -> str:
    token = match.group()
    return TOKENS.get(token) or without_telex(token)


def _emoji_to_words(text: str) -> str:
    found = _EMOJI.findall(text)
    if not found:
        return text
    rest = _TONES.sub("", _EMOJI.sub(" ", text))
    return rest if _TOKEN.search(rest) else EMOJI[found[0]]
