"""Two lists become one: normalised scores are added, so that a clear first place stays first (pure).

Rank fusion alone loses first places (recall@1 0.684 against 0.708 for vectors alone on 23,883 passages). What
surrounds a passage speaks too: on 29,710 passages, recall@5 0.922 → 0.944 and MRR@10 0.823 → 0.849.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

LEXICAL_WEIGHT = 0.35
AROUND_WEIGHT = 0.3
PROMISE = 0.85
"""A document just added has no vector yet while the others have theirs: counted as average in meaning, it is found
among the first five 10 to 18 times in 100; with this, 82 to 90 times, and the others lose 1 in 100."""

DEPTH = 300
"""Best passages of each list that are normalised and added."""

LEAST_COSINE, LEAST_WORDS = 0.002, 0.5
"""Deviations below these are noise: in a base where every passage holds the words asked for, their BM25 differ by
millionths, and one without them must not lose by a hundred deviations."""


@dataclass(frozen=True)
class Signals:
    """What is known of the n candidates of a question, found by their words, by their meaning, or both: (n,) each.

    ``cosine``: with the question, NaN for a passage without vector; ``around``, ``section``: mean cosine of the
    passages near it and of those further too; ``opening``: cosine of the first passage of its document, which has
    ``length`` passages; ``words``, ``opening_words``: BM25 of the passage and of that first one, 0 when it is not
    among the best.
    """

    cosine: Float
    around: Float
    section: Float
    opening: Float
    length: Float
    words: Float
    opening_words: Float

    @classmethod
    def together(cls, several: "Sequence[Signals]") -> "Signals":
        """Those of several lists, one after the other."""
        columns = [[getattr(one, f.name) for one in several] for f in fields(cls)]
        return cls(*(np.concatenate(column) if column else np.empty(0) for column in columns))


def fuse(signals: Signals, lexical_weight: float = LEXICAL_WEIGHT, around_weight: float = AROUND_WEIGHT) -> Float:
    """(n,) scores, comparable within one question only. Each list is brought to mean 0 and deviation 1 over its
    ``DEPTH`` best. A passage without a vector is taken to mean what its words promise (``PROMISE``). Without any
    vector, words alone decide."""
    said = words_scale(signals).of(signals.words)
    without = np.isnan(signals.cosine)
    if without.all():
        return said
    meant = Scale.over(signals.cosine).of(signals.cosine)
    near = Scale.over(signals.around).of(signals.around)
    promised = PROMISE * (1 + around_weight) * np.maximum(said, 0)
    return lexical_weight * said + np.where(without, promised, meant + around_weight * near)


def words_scale(signals: Signals) -> "Scale":
    """Of the BM25 of passages that hold a word of the question."""
    return Scale.over(np.where(signals.words > 0, signals.words, np.nan), LEAST_WORDS)


@dataclass(frozen=True)
class Scale:
    """Mean and deviation of the best values of one list."""

    mean: float
    deviation: float

    @classmethod
    def over(cls, values: Float, least: float = LEAST_COSINE) -> "Scale":
        """NaN values are left out. ``least``: of the deviation; an empty list has mean 0."""
        best = np.sort(values[~np.isnan(values)])[::-1][:DEPTH]
        if not len(best):
            return cls(0.0, least)
        return cls(float(best.mean()), max(float(best.std()), least))

    def of(self, values: Float) -> Float:
        """Deviations above the mean; NaN stays NaN."""
        return np.asarray((values - self.mean) / self.deviation, np.float64)
