"""What the model counts in a normalised text: words, pairs of words, and runs of letters inside words.

Training and scoring call these very functions, so they cannot drift apart. Letter runs are counted word by word: what a word
adds to the scores never depends on its neighbours, so it can be added up once and remembered.
"""

from __future__ import annotations

from itertools import pairwise

RUN = 4


def word_ngrams(text: str) -> list[str]:
    """Words and pairs of neighbouring words. One-letter words count: `k`, `1` and `o` carry meaning here."""
    words = text.split()
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def char_ngrams(word: str) -> list[str]:
    """Runs of 4 letters in one word that is padded by a space at both ends; a shorter word is one run."""
    padded = f" {word} "
    return [padded[start : start + RUN] for start in range(max(1, len(padded) - RUN + 1))]
