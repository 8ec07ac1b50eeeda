"""Which language a text is written in, where that is beyond doubt; otherwise nothing is guessed.

Only words that can be no Vietnamese syllable without its marks count: `the` may be `thẻ`, `can` may be `căn`, `to` may be `tờ`.
"""

from __future__ import annotations

from bot.i18n.folding import fold

_ENGLISH = frozenset(
    """
    about after again and apply are before birth certificate child children citizen could does english fill for from foreigner have
    hello help information install is language married my need not of password please register registration should someone sorry
    speak thank thanks that their there they this understand want was what when where which will with work would wrong your you
    """.split()  # noqa: SIM905  # a list of words reads as words
)
_LEAST_WORDS = 3
_LEAST_SHARE = 0.4


def guess_language(text: str) -> str | None:
    """`en` for a text of three words and more that is clearly English; None for everything else."""
    words = fold(text).split()
    if len(words) < _LEAST_WORDS or not text.isascii():
        return None
    known = sum(word in _ENGLISH for word in words)
    return "en" if known >= 2 and known / len(words) >= _LEAST_SHARE else None
