"""What scikit-learn's two vectorizers would count in a normalised text, without scikit-learn.

`train` hands these very functions to scikit-learn as analyzers, so that training and scoring cannot drift apart.
"""

from __future__ import annotations

from itertools import pairwise

CHARS_FROM, CHARS_TO = 2, 5


def word_ngrams(text: str) -> list[str]:
    """Words and pairs of neighbouring words. One-letter words count: `k`, `1` and `o` carry meaning here."""
    words = text.split()
    return words + [f"{first} {second}" for first, second in pairwise(words)]


def char_ngrams(text: str) -> list[str]:
    """Runs of 2 to 5 letters inside words that are padded by one space, as scikit-learn's `char_wb` counts them."""
    grams: list[str] = []
    add = grams.append
    for word in text.split():
        padded = f" {word} "
        length = len(padded)
        for size in range(CHARS_FROM, CHARS_TO + 1):
            if length <= size:
                # A short word is counted whole once, not again for every longer size.
                add(padded)
                break
            for start in range(length - size + 1):
                add(padded[start : start + size])
    return grams
