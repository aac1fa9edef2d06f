"""A number that a question gives, and the row of a table whose bounds hold it."""

import pytest

from demeure.assistant import bands
from demeure.assistant.evidence import evidence
from demeure.assistant.grounding import bounds, folded, source_text
from demeure.assistant.units import Told
from demeure.library import French

STEMS = French().stems
PAGE = [
    Told(
        "d",
        "tarifs",
        "1. Goûter\nTranche Quotient familial Prix du goûter\nTranche 1 Jusqu’à 650 1,10 €\n"
        "Tranche 2 De 651 à 1 150 3,35 €\nTranche 3 Plus de 1 150 4,45 €",
    ),
    Told("d", "tarifs", "3. Mercredi\nTranche Journée\nTranche 1 7,20 €\nTranche 2 11,60 €\nTranche 3 15,90 €"),
]


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [
        ("B — Quotient : 500 ≤ QF < 800 ; Tarif : 1,20 €", 500, 799),
        ("1001 et plus — Journée : 12,90 €", 1001, 9999),
        ("400 € et moins 2,10 €", 0, 400),
        ("Plus de 1 150 4,45 €", 1151, 9999),
        ("QF < 500", 0, 499),
        ("De 401 à 700 120 €", 401, 700),
        ("De 1 000 à 2 500 300 € 350 €", 1000, 2500),
        ("De 401 à 1 150 €", 401, 1150),
        ("Aide de 100 à 150 000 €", 100, 150000),
    ],
)
def test_bounds_as_tables_write_them(row: str, low: float, high: float) -> None:
    held = bounds(folded(source_text(row)))
    assert held is not None and held[0] <= low and high <= held[1]
    assert not (held[0] <= high + 1 <= held[1] and high < 9999) and not (held[0] <= low - 1 <= held[1] and low > 0)


def test_an_age_is_no_bound_of_a_bare_number() -> None:
    assert bounds(folded(source_text("12 ans et plus : 4 €"))) is None


def test_the_row_of_a_table_without_bounds_is_named_by_the_table_that_has_them() -> None:
    question = "Combien coûte la journée du mercredi pour un quotient familial de 750 ?"
    read = "\n".join(one.text for one in evidence(question, PAGE, STEMS, 2500))
    assert "11,60 €" in read and "7,20 €" not in read and "15,90 €" not in read and "3,35 €" not in read


@pytest.mark.parametrize(
    "question",
    [
        "Combien coûte le goûter pour un quotient familial de 750 ?",  # the table of bounds itself
        "Combien coûte la journée du mercredi en tranche 2 ?",
        "Combien coûte la journée du mercredi ?",
    ],
)
def test_other_questions_stay_as_they_are(question: str) -> None:
    assert bands.named(question, PAGE, STEMS) == question


LISTED = """Tarifs du centre de loisirs
La journée du mercredi, repas compris, dépend du quotient familial :
- jusqu’à 800 : 5,80 € ;
- de 801 à 1 100 : 7,40 € ;
- plus de 1 100 : 11,60 €."""
WEDNESDAY = "Combien coûte la journée du mercredi avec un quotient familial de 900 ?"


def lines(question: str, text: str) -> str:
    return evidence(question, [Told("d", "loisirs", text, 1.0)], STEMS, 3000)[0].text


def test_of_a_list_the_line_whose_bounds_hold_the_number_is_read_alone() -> None:
    read = lines(WEDNESDAY, LISTED)
    assert "7,40 €" in read
    assert "5,80 €" not in read
    assert "11,60 €" not in read
    assert "11,60 €" in lines(WEDNESDAY.replace("900", "1 300"), LISTED)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (WEDNESDAY.replace("quotient familial de 900", "repas"), LISTED),  # no number
        ("Combien coûte la journée du mercredi pour 2 enfants ?", LISTED),  # of something counted
        (WEDNESDAY, LISTED.replace("801", "700").replace("800", "1 000")),  # in two
        (
            "Quel est le tarif avec un quotient de 5 ?",
            "Location\n- jusqu’à 3 jours : 10 € ;\n- plus de 3 jours : 20 €.",
        ),
    ],
)
def test_otherwise_it_is_not_read_alone(question: str, text: str) -> None:
    assert lines(question, text).count("€") > 1
