"""What the model counts in a normalised text: words, pairs of words, and runs of letters inside words.

Training and scoring call these very functions, so they cannot drift apart. Letter runs are counted word by word: what a word
adds to the scores never depends on its neighbours, so it can be added up once and remembered.
"""

from __future__ import annotations

from itertools import pairwise

CHARS_FROM, CHARS_TO = 3, 4


def word_ngrams(text: str) -> list[str]:
    """Words and pairs of neighbouring words. One-letter words count: `k`, `1` and `o` carry meaning here."""
    words = text.split()
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def char_ngrams(word: str) -> list[str]:
    """Runs of 3 and 4 letters in one word that is padded by a space at both ends; a shorter word is one run."""
    padded = f" {word} "
    length = len(padded)
    if length <= CHARS_FROM:
        return [padded]
    grams: list[str] = []
    for size in range(CHARS_FROM, min(CHARS_TO, length) + 1):
        grams += [padded[start : start + size] for start in range(length - size + 1)]
    return grams
