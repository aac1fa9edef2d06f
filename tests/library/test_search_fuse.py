"""Fusion is pure: what it must keep true whatever the scores."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from demeure.library.search.fuse import Candidate, by_document, fuse
from demeure.library.search.lexical import within_budget


def candidate(passage: int, cosine: float | None, bm25: float = 0.0, document: str = "d") -> Candidate:
    return Candidate("s", passage, f"{document}{passage}", cosine, bm25, cosine)


candidates = st.lists(st.tuples(st.one_of(st.none(), st.floats(0.6, 1.0)), st.floats(0, 40)), max_size=40).map(
    lambda pairs: [candidate(n, c, b) for n, (c, b) in enumerate(pairs)]
)


@given(candidates)
def test_every_candidate_comes_back_once_in_a_stable_order(given_: list[Candidate]) -> None:
    ranked = fuse(given_)
    assert sorted(r.candidate.passage for r in ranked) == [c.passage for c in given_]
    assert fuse(list(reversed(given_))) == ranked
    assert all(a.score >= b.score for a, b in itertools.pairwise(ranked))


def test_first_in_both_lists_is_first() -> None:
    found = fuse([candidate(1, 0.80, 2), candidate(2, 0.92, 9), candidate(3, 0.82, 1), candidate(4, 0.85)])
    assert found[0].candidate.passage == 2


def test_a_clear_first_place_by_meaning_is_not_lost_to_ranks() -> None:
    """Two passages exchange their places in the two lists; only one leads by far."""
    close = [candidate(n, 0.80 + n / 1000, 5 + n / 100) for n in range(3, 30)]
    found = fuse([*close, candidate(1, 0.95, 5.2), candidate(2, 0.835, 5.4)])
    assert found[0].candidate.passage == 1


def test_without_vectors_words_decide_and_a_missing_vector_is_not_a_verdict() -> None:
    assert [s.candidate.passage for s in fuse([candidate(1, None, 1), candidate(2, None, 3)])] == [2, 1]
    mixed = [candidate(n, 0.80 + n / 500, 1 + n / 10) for n in range(2, 20)]
    assert fuse([*mixed, candidate(1, None, 30)])[0].candidate.passage == 1
    assert fuse([]) == []


def test_one_passage_for_each_document() -> None:
    same = [Candidate("s", n, "d" if n < 3 else "e", 0.9 - n / 100, 0.0) for n in range(5)]
    assert [s.candidate.passage for s in by_document(fuse(same))] == [0, 3]


def test_frequent_stems_are_dropped_only_beyond_the_budget() -> None:
    frequency = {"rare": 3, "usual": 500, "everywhere": 9000, "absent": 0}
    assert within_budget(frequency, 10_000, 60_000) == ["rare", "usual", "everywhere"]
    assert within_budget(frequency, 10_000, 5_000) == ["rare", "usual"]
    assert within_budget({"everywhere": 9000}, 10_000, 5_000) == ["everywhere"]
    assert within_budget({"absent": 0}, 10_000, 5_000) == []
