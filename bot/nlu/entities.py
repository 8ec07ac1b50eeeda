"""Values in an utterance (a commune, an app, a paper), found by the lookup tables and expressions of the training data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.i18n.folding import fold

if TYPE_CHECKING:
    from bot.nlu.rasa_yaml import TrainingData

MAX_ENTITIES = 20
PLACE = "place"  # the lookup table of communes, whose names are also found where they are misspelt
# After such a word stands a place; what follows is compared, as two words and as three, with all names.
_PLACE_FOLLOWS = re.compile(r"\b(?:xa|phuong|thi tran|huyen|o|tai|que|ve) (?=(\w+ \w+)( \w+)?)")
_KIND = re.compile(r"^(?:xa|phuong|thi tran|huyen) ")
_NO_PLACE = frozenset({"can bo", "bac giang"})  # one letter away from a commune
LONG = 11  # letters of a name in which two slips are forgiven; a shorter one forgives one


def entity_tables(data: TrainingData) -> dict[str, Any]:
    """What a model keeps of the data to find entities: folded phrases with what they mean, and expressions."""
    meanings = {fold(text): value for text, value in data.synonyms.items()}
    phrases: dict[str, list[str]] = {}
    for entity, values in data.lookups.items():
        for value in values:
            phrases.setdefault(fold(value), [entity, meanings.get(fold(value), value)])
    for example in data.examples:
        for mark in example.marks:
            phrases.setdefault(fold(mark.text), [mark.entity, meanings.get(fold(mark.text), mark.value)])
    entity_of = {fold(value): entity for entity, value in phrases.values()}
    for text, value in data.synonyms.items():
        if fold(value) in entity_of:
            phrases.setdefault(fold(text), [entity_of[fold(value)], value])
    phrases.pop("", None)
    return {"phrases": phrases, "regexes": [list(one) for one in data.regexes]}


class Entities:
    """Finds the longest known phrases from left to right, without regard to marks."""

    def __init__(self, phrases: Mapping[str, Sequence[str]], regexes: Sequence[tuple[str, re.Pattern[str]]]):
        self._phrases = {phrase: (entity, value) for phrase, (entity, value) in phrases.items()}
        self._regexes = tuple(regexes)
        self._longest: dict[str, int] = {}  # the first word → how many words the longest phrase with it has
        for phrase in self._phrases:
            words = phrase.split()
            self._longest[words[0]] = max(self._longest.get(words[0], 0), len(words))
        self._places = {_KIND.sub("", phrase): value for phrase, (entity, value) in self._phrases.items() if entity == PLACE}

    @classmethod
    def from_tables(cls, tables: Mapping[str, Any]) -> Entities:
        return cls(tables["phrases"], [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in tables["regexes"]])

    def find(self, text: str) -> tuple[tuple[str, str], ...]:
        """(entity, value) pairs in the order of the text, phrases before expressions, each once."""
        found: dict[tuple[str, str], None] = {}
        words = fold(text).split()
        at = 0
        while at < len(words):
            at += self._phrase_at(words, at, found) if words[at] in self._longest else 1
        if self._places and not any(entity == PLACE for entity, _ in found):
            for place in self._nearly(" ".join(words)):
                found[PLACE, place] = None
        composed = unicodedata.normalize("NFC", text)
        for name, pattern in self._regexes:
            for match in pattern.finditer(composed):
                found[name, match.group()] = None
        return tuple(found)[:MAX_ENTITIES]

    def _phrase_at(self, words: list[str], at: int, found: dict[tuple[str, str], None]) -> int:
        for length in range(min(self._longest[words[at]], len(words) - at), 0, -1):
            hit = self._phrases.get(" ".join(words[at : at + length]))
            if hit:
                found[hit] = None
                return length
        return 1

    def _nearly(self, folded: str) -> Iterator[str]:
        """The place that is nearly named after a word like “xã” or “ở”."""
        for two, third in _PLACE_FOLLOWS.findall(folded):
            for said in (f"{two}{third}", two) if third else (two,):
                if said in _NO_PLACE:
                    continue
                near = process.extractOne(said, self._places.keys(), scorer=OSA.distance, score_cutoff=1 + (len(said) >= LONG))
                if near:
                    yield self._places[near[0]]
                    return
