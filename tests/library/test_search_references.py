"""References: one form for each, whatever the spacing and the punctuation; dates and amounts are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demeure.library.search.query import French
from demeure.library.search.references import forms, references
from demeure.library.search.seeking import sought


@pytest.mark.parametrize(
    ("form", "ways"),
    [
        ("l2121-29", ["L. 2121-29", "L.2121-29", "L2121-29", "l 2121-29", "L.\u00a02121\u202f–\u202f29"]),
        ("l2121-29", ["article L. 2121-29", "art. L2121 - 29"]),
        ("r421-1", ["R. 421-1", "R*421-1", "R.* 421-1", "r421-1"]),
        ("art12", ["art. 12", "article 12", "Art 12", "articles 12 et 13", "art.12", "ARTICLE\u00a012"]),
        ("art13", ["articles 12 et 13", "articles 11, 12 et 13"]),
        ("art1", ["article 1er", "art. 1"]),
        ("art3bis", ["article 3 bis", "art. 3bis", "art. 3-bis"]),
        ("2026-45", ["n° 2026-045", "N°2026-045", "2026/45", "2026 - 045"]),
        ("2026-45", ["nº 2026‑045", "045/2026", "no 2026-045"]),
        ("2024-117", ["2024/117", "2024-117", "n° 2024.117", "117/2024"]),
        ("78-17", ["loi n° 78-17", "n°78 - 17"]),
        ("n12", ["n° 12", "numéro 12"]),
        ("0612345678", ["06 12 34 56 78", "06.12.34.56.78", "06-12-34-56-78", "0612345678"]),
        ("0612345678", ["+33 6 12 34 56 78", "0033612345678", "+33 (0)6 12 34 56 78"]),
        ("12345678900017", ["123 456 789 00017", "12345678900017", "SIRET : 123 456 789 000 17"]),
        ("123456789", ["123 456 789", "123456789"]),
    ],
)  # fmt: skip
def test_every_way_of_writing_gives_the_same_form(form: str, ways: list[str]) -> None:
    for way in ways:
        assert form in forms(f"Vu {way}, le conseil"), way
        assert form in forms(way), way


@pytest.mark.parametrize(
    "text",
    [
        *("le 12/03/2026", "2026-04-23", "1 200 €", "12,50 €", "de 8 h à 12 h", "il y a 12 ans", "l’an 2026"),
        *("la part 12", "quarante 12", "3 400 euros", "10 %", "art contemporain", "l’article", "cette année 2026"),
    ],
)
def test_what_is_no_reference(text: str) -> None:
    assert forms(text) == []


def test_a_reference_knows_its_place() -> None:
    text = "Selon l’article L. 2121-29 du code"
    (found,) = references(text)
    assert text[found.start : found.end] == "L. 2121-29"


@pytest.mark.parametrize(
    "text", ["article L. 2121-29", "art. L2121-29", "Articles L. 2121 - 29", "l’article L.2121-29"]
)
def test_the_word_that_announces_an_article_is_not_sought_beside_it(text: str) -> None:
    """A text that says « art. L2121-29 » is what one looks for as well."""
    asked = sought(text, French())
    assert (asked.forms, asked.stems) == (("l2121-29",), ())


@given(st.text(alphabet="Llart. °n-–/0123456789 é,+()\n’İ", max_size=60))
def test_any_text_gives_forms_the_index_can_hold(text: str) -> None:
    for reference in references(text):
        assert 0 <= reference.start < reference.end <= len(text)
        assert reference.form.replace("-", "").isalnum() and reference.form == reference.form.casefold()
        assert len(reference.form) <= 64
