"""What can be a Vietnamese syllable, and what a slip of the fingers made of one."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import lru_cache

from rapidfuzz.distance import OSA

_ONSET = "b|c|ch|d|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|qu|r|s|t|th|tr|v|x|"
_OPEN = "a|ai|ao|au|ay|e|eo|eu|i|ia|ieu|iu|o|oa|oai|oao|oay|oe|oeo|oi|u|ua|uay|ue|ui|uo|uoi|uou|uu|uy|uya|uyu|y|yeu"
_BEFORE_CODA = "a|e|i|o|oa|oe|u|ua|ue|uo|uy|uye|ie|y|ye"
_CODA = "c|ch|m|n|ng|nh|p|t"
_SYLLABLE = re.compile(f"(?:{_ONSET})(?:{_OPEN}|(?:{_BEFORE_CODA})(?:{_CODA}))|gi(?:{_CODA})?|(?:b|c|g|m|s|x)oo(?:c|ng)")
_HATS = re.compile("dd|aa|ee|oo|[aou]w|(?<=[a-z])w")
_TONE = re.compile("[sfrxj]")
_ENGLISH = frozenset(["bus", "car", "far", "has", "her", "his", "how", "new", "now", "was", "who"])  # would be other words without their last letter
_VOWEL = re.compile("[aeiouy]")

SHORTEST = 3  # letters of a word that may be mended: any two letters are one slip away from half of all words
SEEN_OFTEN = 2  # examples that a word must stand in before others are mended to it
RARE, RARER = 2, 10  # a word of so few examples may be a slip there too: where another that stands in so many times as many fits


def is_syllable(word: str) -> bool:
    """Whether `word`, folded, is spelt like a Vietnamese syllable."""
    return _SYLLABLE.fullmatch(word) is not None


@lru_cache(maxsize=8192)
def without_telex(word: str) -> str:
    """`word` as it would be, folded, had the Telex keyboard been on: `ddawng` is `dang`, `caif` is `cai`.

    Only what cannot be a syllable as it stands, and is one afterwards, is changed.
    """
    if len(word) < SHORTEST or not word.isascii() or not word.isalpha() or word in _ENGLISH or is_syllable(word):
        return word
    plain = _HATS.sub(lambda match: match.group()[0].replace("w", ""), word)
    if is_syllable(plain):
        return plain
    vowel = _VOWEL.search(plain)
    for tone in reversed(list(_TONE.finditer(plain, vowel.end()))) if vowel else ():
        bare = plain[: tone.start()] + plain[tone.end() :]
        if is_syllable(bare):
            return bare
    return word


class Mender:
    """Finds the word that was meant among those of the training data: one letter wrong, missing, too many, or two swapped."""

    def __init__(self, counts: Mapping[str, int], vocabulary: Container[str]):
        """`counts`: how often each word was seen; `vocabulary`: those words, and the pairs of words that were seen side by side."""
        self._known = vocabulary
        self._counts = {word: count for word, count in counts.items() if count >= SEEN_OFTEN and len(word) >= SHORTEST and word.isalpha()}
        self._near: dict[str, list[str]] = {}
        for word in self._counts:
            for shorter in (word, *_one_less(word)):
                self._near.setdefault(shorter, []).append(word)
        self._rare = {word: count for word, count in counts.items() if count <= RARE}
        self._mended = lru_cache(maxsize=4096)(self._mend)

    def mend(self, text: str) -> str:
        """`text`, normalised, with unknown words replaced where it is plain what was meant."""
        words = text.split()
        if all(map(self._known.__contains__, words)) and self._rare.keys().isdisjoint(words):
            return text
        for at, word in enumerate(words):
            if (word not in self._known or word in self._rare) and len(word) >= SHORTEST and word.isalpha():
                words[at] = self._mended(word, words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else "")
        return " ".join(words)

    def _mend(self, word: str, before: str, after: str) -> str:
        seen = self._rare.get(word, 0)
        near = {one for shorter in (word, *_one_less(word)) for one in self._near.get(shorter, ()) if one != word}
        near = {one for one in near if self._counts[one] >= RARER * seen and OSA.distance(word, one, score_cutoff=1) <= 1}
        fitting = [one for one in near if self._fit(before, one, after)]
        # A syllable that we merely do not know is a name, or another subject: all its neighbours must tell that it is a slip.
        if is_syllable(word):
            wanted = bool(before) + bool(after)
            fitting = [one for one in fitting if self._fit(before, one, after) == wanted and not self._fit(before, word, after)]
        if fitting:
            return max(fitting, key=lambda one: (self._fit(before, one, after), sorted(one) == sorted(word), self._counts[one], one))
        if is_syllable(word):
            return word
        if near and len(word) > SHORTEST:
            return max(near, key=lambda one: (one[0] == word[0], self._counts[one], one))
        return word if seen else self._parted(word)

    def _fit(self, before: str, word: str, after: str) -> int:
        return (f"{before} {word}" in self._known) + (f"{word} {after}" in self._known)

    def _parted(self, word: str) -> str:
        """Two known words that were written as one: `khaisinh`."""
        for at in range(2, len(word) - 1):
            first, second = word[:at], word[at:]
            if f"{first} {second}" in self._known:
                return f"{first} {second}"
        return word


def _one_less(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]
