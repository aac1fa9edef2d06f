"""The candidates of a question in one space: the closest by meaning, the best by words, and what is known of them.

Pure but for the snapshot that it reads: arrays in, arrays out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demeure.library.search.fuse import DEPTH, Signals
from demeure.library.search.vectors import Float, Ids, Snapshot

Words = Sequence[tuple[int, float]]
"""Passages that hold words of the question, with their BM25."""


@dataclass(frozen=True)
class Shortlist:
    """Candidate i of ``space``: passage ``passages[i]`` of ``documents[i]``, with ``signals``."""

    space: str
    passages: Ids
    documents: Sequence[str]
    signals: Signals


def by_words(space: str, words: Words, known: Mapping[int, tuple[str, int]]) -> Shortlist:
    """Of passages without vectors (or when the question has none). ``known``: document and ordinal of each passage
    that is still there."""
    found = [(passage, score, *known[passage]) for passage, score in words if passage in known]
    openings = {document: score for _, score, document, ordinal in found if ordinal == 0}
    nothing = np.full(len(found), np.nan)
    signals = Signals(
        cosine=nothing,
        around=nothing,
        section=nothing,
        opening=nothing,
        length=nothing,
        words=np.array([score for _, score, _, _ in found], np.float64),
        opening_words=np.array([openings.get(document, 0.0) for _, _, document, _ in found], np.float64),
    )
    passages = np.array([passage for passage, _, _, _ in found], np.int64)
    return Shortlist(space, passages, [document for _, _, document, _ in found], signals)


def by_meaning(space: str, view: Snapshot, cosines: Float, words: Words) -> tuple[Shortlist, Words]:
    """Of the passages that have a vector; and the words' finds that have none yet."""
    ids = np.array([passage for passage, _ in words], np.int64)
    scores = np.array([score for _, score in words], np.float64)
    held = view.rows(ids)
    closest = np.argpartition(-cosines, DEPTH)[:DEPTH] if len(cosines) > DEPTH else np.arange(len(cosines))
    rows = np.union1d(closest, held[held >= 0])
    openings = view.openings(rows)
    bm25 = _Scores(held, scores)
    around, section = view.around(cosines, rows)
    signals = Signals(
        cosine=cosines[rows].astype(np.float64),
        around=around.astype(np.float64),
        section=section.astype(np.float64),
        opening=cosines[openings].astype(np.float64),
        length=view.lengths(rows).astype(np.float64),
        words=bm25.of(rows),
        opening_words=bm25.of(openings),
    )
    names = [view.document(row) for row in rows.tolist()]
    rest = [word for word, row in zip(words, held.tolist(), strict=True) if row < 0]
    return Shortlist(space, view.ids[rows], names, signals), rest


class _Scores:
    """BM25 by row."""

    def __init__(self, rows: Ids, scores: NDArray[np.float64]) -> None:
        order = np.argsort(rows, kind="stable")
        self._rows, self._scores = rows[order], scores[order]

    def of(self, rows: Ids) -> NDArray[np.float64]:
        """(rows,) 0 for those that were not found by words."""
        if not len(self._rows):
            return np.zeros(len(rows))
        at = np.minimum(np.searchsorted(self._rows, rows), len(self._rows) - 1)
        return np.where(self._rows[at] == rows, self._scores[at], 0.0)
