"""The fused list in the order of its documents too: what a document says first says what it is about (pure).

A passage can speak of the question inside a document about something else; an object line, an introduction, the
first lines of a procedure tell, and so does the section around. Higher weights find more on public-service sheets,
each about one thing, and lose the answer in minutes of twelve pages, which are about twenty: these keep both
(docs/measures.md). Nothing is computed but sums: a model that reads the question and each passage together would
take seconds on two cores.
"""

import numpy as np

from demeure.library.search.fuse import PROMISE, Float, Scale, Signals, words_scale

OPENING_WEIGHT = 0.6
OPENING_WORDS_WEIGHT = 0.2
SECTION_WEIGHT = 0.3
SHORT = 8.0
"""Passages of a document whose opening speaks for all of it. The opening of a longer one counts for less, and the
passage itself for the rest: minutes open on the roll call."""


def rerank(fused: Float, signals: Signals) -> Float:
    """(n,) scores from those of ``fuse``: the opening of each candidate's document and the section around it added.
    A passage without vector is taken to have what its words promise; without any vector the opening's words are
    added alone."""
    scale = words_scale(signals)
    said, opens = scale.of(signals.words), scale.of(signals.opening_words)
    without = np.isnan(signals.cosine)
    if without.all():
        return fused + OPENING_WORDS_WEIGHT * opens
    share = np.minimum(1.0, SHORT / np.where(without, SHORT, signals.length))
    meant = Scale.over(signals.cosine).of(signals.cosine)
    opening = share * Scale.over(signals.opening).of(signals.opening) + (1 - share) * meant
    section = Scale.over(signals.section).of(signals.section)
    about = OPENING_WEIGHT * opening + SECTION_WEIGHT * section
    promised = PROMISE * (OPENING_WEIGHT + SECTION_WEIGHT) * np.maximum(said, 0)
    opens = share * opens + (1 - share) * said
    return fused + np.where(without, promised, about) + OPENING_WORDS_WEIGHT * opens
