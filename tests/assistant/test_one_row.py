"""The row of a thing that has several prices is told word for word, unless one of them is asked for."""

import pytest

from demeure.assistant import one_row
from demeure.library import French, Hit

ROWS = """3. Tarifs et caution
Location | Habitant | Extérieur
Journée en semaine — Habitant : 130 € ; Extérieur : 260 €
Week-end (samedi et dimanche) — Habitant : 290 € ; Extérieur : 540 €"""
WEEKEND = "- Week-end (samedi et dimanche) — Habitant : 290 € ; Extérieur : 540 € [2]"


def told(question: str, read: str = ROWS) -> str:
    hits = [
        Hit("d1", "rapport.pdf", "s", 1, {}, "La salle a été louée.", "Rapport", 0.1, None, 0.0),
        Hit("d2", "salle-des-fetes.docx", "s", 2, {}, ROWS, "Réservation de la salle des fêtes", 0.9, None, 0.0),
    ]
    return one_row.told(question, {2: read, 1: "La salle a été louée."}, hits, French().stems, "fr")


@pytest.mark.parametrize(
    "question",
    [
        "Combien coûte la location de la salle des fêtes un week-end ?",
        "Quel est le prix de la salle des fêtes le week-end ?",
    ],
)
def test_the_row_that_is_asked_for_answers(question: str) -> None:
    assert told(question).split("\n")[1:] == [WEEKEND]


@pytest.mark.parametrize(
    "question",
    [
        "Combien coûte la salle des fêtes un week-end pour un habitant ?",  # one column
        "Combien coûte la salle des fêtes ?",  # no row
        "Combien coûte la location d’un minibus un week-end ?",  # of nothing that the passage has
        "Qui peut louer la salle des fêtes un week-end ?",
        "Combien coûte la salle un week-end, et à qui écrire ?",
    ],
)
def test_anything_else_is_for_the_model(question: str) -> None:
    assert told(question) == ""


def test_a_row_with_one_price_is_for_the_model() -> None:
    assert told("Combien coûte la salle des fêtes un week-end ?", "Week-end — 290 €") == ""
    assert one_row.told("Combien coûte un week-end ?", {}, [], French().stems, "fr") == ""


BANDS = """Tarifs du centre de loisirs
Quotient familial | Journée du mercredi | Demi-journée
De 501 à 800 — Journée du mercredi : 5,80 € ; Demi-journée : 3,00 €
De 801 à 1 100 — Journée du mercredi : 7,40 € ; Demi-journée : 3,90 €
Plus de 1 100 — Journée du mercredi : 11,60 € ; Demi-journée : 5,80 €"""
COLUMNS = """Tarifs du centre de loisirs, selon le quotient familial
Mercredi | 0 à 700 | 701 à 1 200 | Plus de 1 200
Journée — 0 à 700 : 5,80 € ; 701 à 1 200 : 7,40 € ; Plus de 1 200 : 11,60 €
Repas — 0 à 700 : 3 € ; 701 à 1 200 : 4 € ; Plus de 1 200 : 6 €"""


def priced(question: str, text: str) -> list[str]:
    hit = Hit("d", "tarifs.pdf", "s", 1, {}, text, "Centre de loisirs", 0.9, None, 0.0)
    return one_row.told(question, {1: text}, [hit], French().stems, "fr").split("\n")[1:]


@pytest.mark.parametrize("number", ["900", "1100", "1 100", "801"])
def test_the_row_whose_bounds_hold_the_number_answers(number: str) -> None:
    asked = f"Combien coûte la journée du mercredi avec un quotient familial de {number} ?"
    assert priced(asked, BANDS) == ["- De 801 à 1 100 — Journée du mercredi : 7,40 € ; Demi-journée : 3,90 € [1]"]


def test_the_column_whose_bounds_hold_it_answers() -> None:
    asked = "Combien coûte la journée du mercredi avec un quotient familial de 900 ?"
    assert priced(asked, COLUMNS) == ["- Journée — 701 à 1 200 : 7,40 € [1]"]


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Combien coûte la journée du mercredi avec un quotient familial de 400 ?", BANDS),  # in none
        ("Combien coûte la journée du mercredi pour 900 jours ?", BANDS),  # another thing
        ("Combien coûte la journée du mercredi avec un quotient familial ?", BANDS),
        ("Combien coûte la journée pour 2 enfants au quotient de 900 ?", COLUMNS),  # two numbers
    ],
)
def test_a_number_that_no_bounds_hold_is_for_the_model(question: str, text: str) -> None:
    assert priced(question, text) == []
