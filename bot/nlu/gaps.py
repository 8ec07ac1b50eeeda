"""What was not understood, put together by likeness, with YAML to paste: the maintainers decide what becomes an example of what.

Sentences are alike where their folded letters are (groups of three to five, within words), so that typing without marks, slips and
teencode stand beside the proper spelling. Needs scikit-learn (`danloi[train]`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.dialogue.event import Parse
from bot.i18n.folding import fold

LIKE_ENOUGH = 0.45  # cosine distance within a cluster, on average: told apart by hand on sentences of the held-out set
MAX_SENTENCES = 5000  # their distances fill a matrix
EXAMPLES_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Sentences that are alike, the most typical first, each once; `count` with repeats. `where`: the steps where most were said."""

    texts: tuple[str, ...]
    count: int
    where: tuple[str, ...]
    near: tuple[str, ...]  # intents that the classifier thought of, the likeliest first


def cluster(said: Sequence[tuple[str, str]], parse: Callable[[str], Parse] | None = None) -> list[Cluster]:
    """Groups of sentences, the largest first. `said`: each sentence and where it was said (`guide/step` or nothing)."""
    places: dict[str, list[str]] = {}
    spelt: dict[str, str] = {}
    for text, place in said[:MAX_SENTENCES]:
        folded = fold(text)
        if folded:
            spelt.setdefault(folded, text)
            places.setdefault(folded, []).append(place)
    groups = _groups(list(spelt))
    clusters = [_made(group, spelt, places, parse) for group in groups]
    return sorted(clusters, key=lambda one: (-one.count, one.texts))


def _groups(texts: list[str]) -> list[list[str]]:
    """Each group's texts, the one that is likest to all others first."""
    if len(texts) < 2:
        return [texts] if texts else []
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(texts)
    alike = (vectors @ vectors.T).toarray()
    labels = AgglomerativeClustering(n_clusters=None, distance_threshold=1 - LIKE_ENOUGH, metric="precomputed", linkage="average").fit_predict(1 - alike)
    groups: dict[int, list[int]] = {}
    for number, label in enumerate(labels):
        groups.setdefault(int(label), []).append(number)
    return [[texts[number] for number in sorted(group, key=lambda one: (-alike[one, group].sum(), one))] for group in groups.values()]


def _made(group: list[str], spelt: dict[str, str], places: dict[str, list[str]], parse: Callable[[str], Parse] | None) -> Cluster:
    everywhere = [place for text in group for place in places[text]]
    named = [place for place in everywhere if place]
    where = sorted(set(named), key=lambda place: (-named.count(place), place))[:3]
    return Cluster(texts=tuple(spelt[text] for text in group), count=len(everywhere), where=tuple(where), near=_near([spelt[text] for text in group], parse))


def _near(texts: Sequence[str], parse: Callable[[str], Parse] | None) -> tuple[str, ...]:
    """The intents that come first on average; the sentences most typical of the group speak for it."""
    if parse is None:
        return ()
    sums: dict[str, float] = {}
    for text in texts[:EXAMPLES_SHOWN]:
        for intent, confidence in parse(text).ranking[:5]:
            if intent != "out_of_scope":
                sums[intent] = sums.get(intent, 0.0) + confidence
    return tuple(sorted(sums, key=lambda intent: (-sums[intent], intent))[:3])


def snippet(found: Cluster) -> str:
    """The group as examples of the likeliest intent, ready to paste into a file of `nlu_data/`."""
    intent = found.near[0] if found.near else "Ý_ĐỊNH"
    others = f"  # hay là: {', '.join(found.near[1:])}?" if found.near[1:] else ""
    lines = [f"- intent: {intent}{others}", "  examples: |", *(f"    - {_one_line(text)}" for text in found.texts[:EXAMPLES_SHOWN])]
    return "\n".join(lines)


def _one_line(text: str) -> str:
    """A sentence as an example: on one line, without the signs that mark entities in Rasa's examples, without what was masked."""
    plain = text.replace("[số đã ẩn]", "…")
    return " ".join(plain.translate(str.maketrans("", "", "[](){}")).split())
