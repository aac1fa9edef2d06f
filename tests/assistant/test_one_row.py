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
