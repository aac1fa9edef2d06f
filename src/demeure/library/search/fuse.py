"""Two lists become one: normalised scores are added, so that a clear first place stays first (pure).

Rank fusion alone loses first places (recall@1 0.684 against 0.708 for vectors alone on 23,883 passages). What
surrounds a passage speaks too: on 29,710 passages, recall@5 0.922 → 0.944 and MRR@10 0.823 → 0.849.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEXICAL_WEIGHT = 0.35
AROUND_WEIGHT = 0.3
PROMISE = 0.85
"""A document just added has no vector yet while the others have theirs: counted as average in meaning, it is found
among the first five 10 to 18 times in 100; with this, 82 to 90 times, and the others lose 1 in 100."""

DEPTH = 300
"""Best passages of each list that are normalised and added."""


@dataclass(frozen=True)
class Candidate:
    """A passage found by its words, by its meaning, or both. ``cosine``: None when it has no vector yet (or there
    is no embedding model); ``around``: mean cosine of the passages around it; ``bm25``: 0 when its words were not
    among the best."""

    space: str
    passage: int
    document: str
    cosine: float | None
    bm25: float = 0.0
    around: float | None = None


@dataclass(frozen=True)
class Scored:
    """``score``: comparable within one question only."""

    candidate: Candidate
    score: float


def fuse(
    candidates: Sequence[Candidate],
    lexical_weight: float = LEXICAL_WEIGHT,
    around_weight: float = AROUND_WEIGHT,
) -> list[Scored]:
    """Passages, best first. Each list is brought to mean 0 and deviation 1 over its ``DEPTH`` best. A passage
    without a vector is taken to mean what its words promise (``PROMISE``). Without any vector, words
    alone decide."""
    meaning = _Scale([c.cosine for c in candidates if c.cosine is not None])
    around = _Scale([c.around for c in candidates if c.around is not None])
    words = _Scale([c.bm25 for c in candidates if c.bm25 > 0])

    def score(one: Candidate) -> float:
        said = words.of(one.bm25)
        if one.cosine is None:
            return (
                said if not meaning.known else lexical_weight * said + PROMISE * (1 + around_weight) * max(said, 0)
            )
        return meaning.of(one.cosine) + around_weight * around.of(one.around) + lexical_weight * said

    scored = [Scored(one, score(one)) for one in candidates]
    return sorted(scored, key=lambda s: (-s.score, s.candidate.space, s.candidate.passage))


def by_document(scored: Iterable[Scored]) -> list[Scored]:
    """The best passage of each document, in the order given."""
    seen: set[tuple[str, str]] = set()
    best: list[Scored] = []
    for one in scored:
        key = (one.candidate.space, one.candidate.document)
        if key not in seen:
            seen.add(key)
            best.append(one)
    return best


class _Scale:
    """Mean and deviation of the best values of one list."""

    def __init__(self, values: Sequence[float]) -> None:
        best = sorted(values, reverse=True)[:DEPTH]
        self.known = bool(best)
        self._mean = sum(best) / len(best) if best else 0.0
        spread = math.sqrt(sum((v - self._mean) ** 2 for v in best) / len(best)) if best else 0.0
        self._deviation = spread if spread > 1e-9 else 1.0

    def of(self, value: float | None) -> float:
        return (value - self._mean) / self._deviation if self.known and value is not None else 0.0
