"""Codes that the privacy filter lets pass, because only the talk tells that they are secret: a lone number while a step speaks of a code.

The filter hides a lone number of six digits always, and one beside “mã” or “OTP”. Four, five, seven or eight digits alone may be a year, a
fee or a hotline; where the step at hand speaks of a code and does not ask for a number, they are the code.
"""

from __future__ import annotations

import re
import unicodedata

from bot.dialogue.talk import Talk
from bot.flows.model import AnswerKind, AskStep

_LONE = re.compile(r"\W*(?:\d\W{0,3}){4,8}")
_SPEAKS_OF_A_CODE = re.compile(
    r"\botp\b|\bpasscode\b|\bmật khẩu\b|\bmã (?:pin|số|bí mật|bảo mật|kích hoạt|gửi|về|mới|này|đó|xác)"
    r"|(?:nhận|gửi|nhập|chờ|đợi|gõ|điền|có|lấy) (?:được )?mã\b(?! qr)"
)


def is_lone_code(text: str) -> bool:
    """Whether the whole text is one number of four to eight digits, however it is parted, in any script."""
    return _LONE.fullmatch(text) is not None


def is_code_here(talk: Talk) -> bool:
    """Whether the event is a lone number and the step at hand speaks of a code without asking for a number."""
    frame = talk.session.frame
    if frame is None or not is_lone_code(talk.event.text):
        return False
    guide = talk.guide_of(frame)
    step = guide.step(frame.at)
    if isinstance(step, AskStep) and step.answer in (AnswerKind.NUMBER, AnswerKind.DATE):
        return False
    spoken = " ".join([talk.library.shape("vi", guide, frame.at).text, *(problem.problem for problem in getattr(step, "stuck", ()))])
    return _SPEAKS_OF_A_CODE.search(unicodedata.normalize("NFC", spoken).lower()) is not None
