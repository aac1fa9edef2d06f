"""French text to terms: the same for a passage and its question, whatever the typography."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.library.search.lexical import token, words
from demeure.library.search.query import French, fold


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("L’ASSOCIATION sportive", "les associations sportives"),
        ("congés annuels", "CONGES ANNUELS"),
        ("qu’est-ce qu’une œuvre", "des oeuvres"),
        ("1 200 €", "1\u202f200\u00a0€"),
        ("délibération 2026-034", "DÉLIBÉRATION n° 2026-034"),
        ("l'école", "l’e\u0301cole"),  # a decomposed accent
        ("ﬁnances", "finances"),
    ],
)
def test_two_ways_of_writing_the_same_thing_have_the_same_terms(said: str, written: str) -> None:
    french = French()
    assert french.question(said).stems == french.question(written).stems != ()


def test_references_are_kept_whole_and_in_parts() -> None:
    asked = French().question("Que dit la délibération 2026-034 sur les 12,50 € ?")
    assert {"2026-034", "2026", "034", "12,50"} <= set(asked.exact)
    assert token("2026-034") == token("2026/034") == "2026x034"
    assert words(["aid", "2026-034"]) == "aid 2026x034"


def test_what_carries_no_meaning_is_left_out() -> None:
    assert French().question("Est-ce que je peux le faire, et pourquoi ?").stems == ()
    assert French().question("").stems == ()
    assert French().question("x" * 500).stems == ()


@given(st.text(max_size=300))
def test_any_text_gives_terms_the_index_can_hold(text: str) -> None:
    french = French()
    for stem in french.stems(text):
        assert token(stem).isalnum() or token(stem) == ""
        assert stem == stem.casefold() and len(stem) <= 64
    assert French().stems(text) == french.stems(text)


def test_folding_opens_ligatures_and_drops_accents() -> None:
    assert fold("cœur été aÿ") == "coeur ete ay"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("Combien coûte la location de la sono de la salle des fêtes ?", ("locat", "sono", "sall", "fet")),
        ("Quelle subvention le club de pétanque a-t-il reçue ?", ("club", "petanqu")),
        ("Au bout de combien de temps un devis n’est-il plus valable ?", ("dev",)),
        ("Faut-il prévenir les collègues avant de partir ?", ("collegu",)),
        ("Où aller ?", ()),
    ],
)
def test_the_nouns_that_name_what_is_asked_about(asked: str, named: tuple[str, ...]) -> None:
    assert French().question(asked).named == named
