"""Fusion and what reorders it are pure: what they must keep true whatever the scores."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from demeure.library.search.confidence import Confidence, Features
from demeure.library.search.fuse import Signals, fuse
from demeure.library.search.lexical import within_budget
from demeure.library.search.rerank import rerank

Row = tuple[float | None, float]


def signals(*rows: Row, openings: list[float | None] | None = None, length: float = 5) -> Signals:
    """Of (cosine, BM25): each passage as its surroundings, and as the opening of its document (``length`` passages)
    unless ``openings`` are given."""
    cosine = np.array([np.nan if c is None else c for c, _ in rows], np.float64)
    words = np.array([b for _, b in rows], np.float64)
    opening = cosine if openings is None else np.array([np.nan if o is None else o for o in openings], np.float64)
    return Signals(cosine, cosine, cosine, opening, np.full(len(rows), length), words, np.zeros(len(rows)))


def order(scores: np.ndarray) -> list[int]:
    return np.argsort(-scores, kind="stable").tolist()


rows = st.lists(st.tuples(st.one_of(st.none(), st.floats(0.6, 1.0)), st.floats(0, 40)), max_size=40)


@given(rows)
def test_every_candidate_has_a_score_whatever_its_neighbours_in_the_list(given_: list[Row]) -> None:
    for stage in (fuse, lambda s: rerank(fuse(s), s)):
        scores, backwards = stage(signals(*given_)), stage(signals(*reversed(given_)))
        assert len(scores) == len(given_) and np.isfinite(scores).all()
        assert np.allclose(scores, backwards[::-1], atol=1e-6)


def test_first_in_both_lists_is_first() -> None:
    assert order(fuse(signals((0.80, 2), (0.92, 9), (0.82, 1), (0.85, 0))))[0] == 1


def test_a_clear_first_place_by_meaning_is_not_lost_to_ranks() -> None:
    """Two passages exchange their places in the two lists; only one leads by far."""
    close: list[Row] = [(0.80 + n / 1000, 5 + n / 100) for n in range(3, 30)]
    assert order(fuse(signals((0.95, 5.2), (0.835, 5.4), *close)))[0] == 0


def test_without_vectors_words_decide_and_a_missing_vector_is_not_a_verdict() -> None:
    assert order(fuse(signals((None, 1), (None, 3)))) == [1, 0]
    mixed: list[Row] = [(0.80 + n / 500, 1 + n / 10) for n in range(2, 20)]
    both = signals((None, 30), *mixed)
    assert order(fuse(both))[0] == 0 and order(rerank(fuse(both), both))[0] == 0
    assert len(fuse(signals())) == 0


def test_words_that_every_passage_holds_do_not_bury_the_one_without_them() -> None:
    alike: list[Row] = [(0.86 + n / 1000, 1e-6 + n * 1e-9) for n in range(20)]
    both = signals((0.99, 0), *alike)
    assert order(fuse(both))[0] == 0 and order(rerank(fuse(both), both))[0] == 0


def test_a_document_that_opens_on_the_question_passes_before_one_that_only_mentions_it() -> None:
    others: list[Row] = [(0.78 + n / 1000, 1) for n in range(30)]
    openings = [0.79, 0.93, *[c for c, _ in others]]
    for length, first in ((2, 1), (8, 1), (400, 0)):  # minutes of a hundred pages do not open on what they decide
        both = signals((0.90, 4), (0.897, 4), *others, openings=openings, length=length)
        assert order(fuse(both))[:2] == [0, 1]
        assert order(rerank(fuse(both), both))[0] == first


def test_lists_of_several_spaces_are_compared_together() -> None:
    both = Signals.together([signals((0.9, 1), (None, 2)), signals((0.8, 0))])
    assert both.words.tolist() == [1, 2, 0] and np.isnan(both.cosine).tolist() == [False, True, False]
    assert len(Signals.together([]).cosine) == 0


def test_frequent_stems_are_dropped_only_beyond_the_budget() -> None:
    frequency = {"rare": 3, "usual": 500, "everywhere": 9000, "absent": 0}
    assert within_budget(frequency, 10_000, 60_000) == ["rare", "usual", "everywhere"]
    assert within_budget(frequency, 10_000, 5_000) == ["rare", "usual"]
    assert within_budget({"everywhere": 9000}, 10_000, 5_000) == ["everywhere"]
    assert within_budget({"absent": 0}, 10_000, 5_000) == []
    large = {"rare": 3, "usual": 7_000, "current": 150_000, "common": 90_000}
    assert within_budget(large, 500_000, 60_000) == ["rare", "usual", "common"]


def test_what_no_document_names_wants_a_closer_passage() -> None:
    seems = Confidence().holds_an_answer
    near = Features(cosine=0.88, coverage=0.6, peak=4.0, candidates=100)
    assert seems(near) and not seems(replace(near, unheard=1))
    assert seems(replace(near, unheard=1, cosine=0.91))
    words = replace(near, cosine=None)
    assert seems(words) and not seems(replace(words, unheard=1))
