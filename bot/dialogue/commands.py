"""Words that mean the same everywhere, compared after folding (no case, no diacritics): global commands, yes, no, done, stuck.

They are exact, not guesses: a sentence that merely holds one of them is for the NLU.
"""

from __future__ import annotations

import re
from collections.abc import Mapping


def _phrases(text: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in text.split("|"))


_GLOBAL: Mapping[str, frozenset[str]] = {
    "menu": _phrases("menu | me nu | danh sach | trang chu | bat dau | start | muc luc | xem menu | viec khac"),
    "back": _phrases("quay lai | lui lai | tro lai | buoc truoc | quay lai buoc truoc | back | quay ve"),
    "redo": _phrases("lam lai | lam lai tu dau | bat dau lai | lai tu dau | restart"),
    "repeat": _phrases("noi lai | nhac lai | lap lai | noi lai di | repeat | again"),
    "stop": _phrases("dung lai | thoi | nghi | tam dung | stop | ngung | de sau | thoat | exit | quit"),
    "continue": _phrases("lam tiep | tiep tuc | tiep | tiep di | continue | di tiep"),
    "language": _phrases("tieng | language | doi tieng | ngon ngu | doi ngon ngu | tieng language | chon tieng"),
    "person": _phrases(
        """gap nguoi ho tro | gap nguoi | nguoi ho tro | gap can bo | can bo | noi chuyen voi nguoi | tu van vien | goi nguoi | cho gap nguoi
        | gap nguoi that | human | person | agent | nho nguoi giup | can nguoi giup | nguoi giup"""
    ),
    "help-other": _phrases("giup nguoi khac | nguoi khac | nguoi tiep theo | giup nguoi tiep theo | nguoi moi | help another"),
    "erase": _phrases("xoa du lieu | xoa het | xoa du lieu cua toi | xoa thong tin | erase | delete my data"),
    "my-data": _phrases("du lieu cua toi | dulieu | du lieu | thong tin cua toi | my data | xem du lieu"),
    "withdraw": _phrases("rut lai dong y | rut dong y | khong dong y nua | bo dong y | withdraw consent | withdraw"),
    "listen": _phrases("nghe | doc cho nghe | doc len | listen | doc di | doc lai"),
}
# A language that is named; one that is not offered yet shows those that are.
LANGUAGE_OF = {
    "tieng viet": "vi", "vietnamese": "vi", "viet": "vi", "tieng anh": "en", "english": "en", "anh van": "en", "tieng thai": "blt", "tieng mong": "mww",
    "tieng hmong": "mww", "tieng dao": "ium", "tieng ha nhi": "hni",
}  # fmt: skip
COMMAND_OF = {words: command for command, many in _GLOBAL.items() for words in many}
COMMANDS = frozenset(_GLOBAL)

AFFIRM = _phrases(
    """co | vang | da | u | uh | um | ua | ok | oke | okay | okie | dung | dung roi | phai | da co | co roi | duoc | dong y | yes | y | vang a
    | da vang | co a | roi | 👍"""
)
DENY = _phrases("khong | ko | k | kh | hong | hok | khong co | ko co | chua | chua co | no | n | khong phai | khong a | chua a | da khong | 👎")
DONE = _phrases(
    """xong | xong roi | da xong | lam xong | lam xong roi | lam roi | duoc roi | ok roi | oke roi | xong het roi | done | da lam | da lam roi
    | roi | roi a | xong a | xong roi a | xong buoc nay | da duoc | ✅ | 👍"""
)
STUCK = _phrases(
    """chua duoc | khong duoc | ko duoc | k duoc | loi | bi loi | vuong | bi vuong | khong lam duoc | ko lam duoc | chua lam duoc | chua xong
    | stuck | kho qua | chua | khong | ko | k | khong hieu | ko hieu | chua hieu | ❌ | 👎"""
)

# NLU intents for the same things, in the names of the training data
INTENT_COMMANDS = {
    "menu": "menu", "back": "back", "redo": "redo", "repeat": "repeat", "stop": "stop", "language": "language", "human": "person", "help_other": "help-other",
    "erase": "erase", "my_data": "my-data", "listen": "listen", "continue": "continue",
}  # fmt: skip

# What else the bot acts on or knows to leave alone, wherever it is said. All other intents are those of guides and answers (`hoi/…`).
KNOWN_INTENTS = frozenset({*INTENT_COMMANDS, "affirm", "deny", "done", "stuck", "greet", "thanks", "scam_report", "out_of_scope"})

_NUMBER = re.compile(r"(?:so|chon|bam|cau|phim|y)? ?(?:so |thu )?(\d{1,2})\Z")


def command_of(text: str, folded: str) -> str | None:
    """The global command that the whole text is, or None."""
    # Folded, “dừng” (stop) and “đúng” (yes) are one word: only the one with its own marks is certain.
    if text.strip().lower() in ("dừng", "dừng lại"):
        return "stop"
    if text.lstrip().startswith("/"):
        folded = {"xoa": "xoa du lieu", "dulieu": "du lieu"}.get(folded, folded)
    return "language" if folded in LANGUAGE_OF else COMMAND_OF.get(folded)


def number_of(folded: str) -> int | None:
    """The number of a menu that the whole text is: “2”, “số 2”, “chọn 2”."""
    found = _NUMBER.match(folded)
    return int(found.group(1)) if found else None
