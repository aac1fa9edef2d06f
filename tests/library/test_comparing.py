"""What changed between two texts: every word of both is told once, changes have their place, long texts stay
quick."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.library.comparing import ADDED, MOST_SENTENCES, REMOVED, SAME, Text, common, compare

WORDS = st.lists(st.sampled_from("abc"), max_size=30)


def page(number: int, text: str) -> Text:
    return Text({"kind": "page", "page": number}, text)


def longest(a: list[str], b: list[str]) -> int:
    """By the textbook."""
    row = [0] * (len(b) + 1)
    for one in a:
        former, row = row, [0]
        for j, other in enumerate(b):
            row.append(former[j] + 1 if one == other else max(former[j + 1], row[j]))
    return row[-1]


@given(WORDS, WORDS)
def test_the_common_part_is_a_longest_one(a: list[str], b: list[str]) -> None:
    pairs = common(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert pairs == sorted(set(pairs)) and len({i for i, _ in pairs}) == len(pairs) == len({j for _, j in pairs})
    assert len(pairs) == longest(a, b)


@given(
    st.lists(st.sampled_from(["Le prix est fixe. ", "Il change. ", "La salle ferme ", "à 18 h. "]), max_size=12),
    WORDS,
)
def test_every_word_of_what_changed_is_told_once(said: list[str], more: list[str]) -> None:
    former, newer = "".join(said), "".join(said[::-1]) + " ".join(more)
    found = compare([page(1, former)], [page(1, newer)])
    for change in found.changes:
        assert any(run.kind != SAME for run in change.runs)
        gone = "".join("".join(run.text for run in change.runs if run.kind != ADDED).split())
        come = "".join("".join(run.text for run in change.runs if run.kind != REMOVED).split())
        assert gone in "".join(former.split()) and come in "".join(newer.split())
    assert bool(found.changes) == (former.split() != newer.split()) or found.share == 1.0


def test_a_price_that_changed_is_one_word_in_its_sentence_on_its_page() -> None:
    former = [page(1, "Tarifs de la cantine.\nLe repas coûte 3,45 € par enfant."), page(2, "Payable en mairie.")]
    newer = [page(1, "Tarifs de la cantine."), page(2, "Le repas coûte 3,60 € par enfant. Payable en mairie.")]
    (change,) = compare(former, newer).changes
    assert [(run.kind, run.text.strip()) for run in change.runs] == [
        (SAME, "Le repas coûte"),
        (REMOVED, "3,45"),
        (ADDED, "3,60"),
        (SAME, "€ par enfant."),
    ]
    assert change.former == {"kind": "page", "page": 1} and change.newer == {"kind": "page", "page": 2}
    assert (change.before, change.after) == ("Tarifs de la cantine.", "Payable en mairie.")


def test_lines_that_flow_again_are_no_change_and_a_new_sentence_has_a_place_on_one_side() -> None:
    former = [page(1, "La salle ferme à dix-huit heures\nle samedi. Elle est gratuite.")]
    newer = [page(1, "La salle ferme à\ndix-huit heures le samedi. Une caution est demandée. Elle est gratuite.")]
    found = compare(former, newer)
    (change,) = found.changes
    assert change.former is None and change.newer == {"kind": "page", "page": 1}
    assert (found.added, found.removed) == (4, 0)
    assert compare(former, former).changes == ()


def test_rows_of_a_table_are_compared_one_by_one() -> None:
    def rows(*said: str) -> list[Text]:
        return [Text({"kind": "cells", "range": "A1:B3"}, "\n".join(said), rows=True)]

    found = compare(
        rows("Repas | 3,45", "Garderie | 2,10"), rows("Repas | 3,45", "Étude | 1,00", "Garderie | 2,20")
    )
    kinds = [[run.kind for run in change.runs if run.kind != SAME] for change in found.changes]
    assert any(ADDED in one for one in kinds) and found.share > 0.3


@pytest.mark.parametrize("seed", range(3))
def test_three_hundred_pages_and_texts_without_end_are_compared_within_their_bounds(seed: int) -> None:
    chance = random.Random(seed)
    vocabulary = [f"mot{n}" for n in range(500)] + ["de", "la"] * 50

    def sentence() -> str:
        return "Article " + " ".join(chance.choice(vocabulary) for _ in range(15)) + ". "

    pages = ["".join(sentence() for _ in range(25)) for _ in range(300)]
    newer = [text.replace("mot7 ", "mot7bis ") for text in pages]
    found = compare(*([page(n, text) for n, text in enumerate(side, 1)] for side in (pages, newer)))
    expected = sum(len(text.split("mot7 ")) - 1 for text in pages)
    assert found.added == found.removed == expected and not found.cut
    endless = [Text({}, "Oui. " * (MOST_SENTENCES + 5))]
    assert compare(endless, endless).cut


def test_signs_that_a_word_processor_puts_by_itself_are_no_change() -> None:
    former = 'L\'article 3 est "abrogé". Le rez-de-chaussée, au 2, est fermé.'
    newer = "L’article 3 est “abroge\u0301”. Le rez\u2011de\u2011chaus\u00adsée, au 3, est fermé."
    found = compare([Text({}, former)], [Text({}, newer)])
    (change,) = found.changes
    told = {run.kind: run.text.strip() for run in change.runs if run.kind != SAME}
    assert told == {REMOVED: "2", ADDED: "3"} and (found.added, found.removed) == (1, 1)
    assert compare([Text({}, former)], [Text({}, former.replace("'", "’"))]).changes == ()
