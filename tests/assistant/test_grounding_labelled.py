"""A figure told under the label of another column of its row is marked; told under its own, it is not."""

import pytest

from demeure.assistant.grounding import check
from demeure.assistant.grounding.labelled import row_of

SOURCE = """3. Tarifs et caution
Location | Habitant | Extérieur
Journée en semaine — Habitant : 130 € ; Extérieur : 260 €
Week-end (samedi et dimanche) — Habitant : 290 € ; Extérieur : 540 €
Cuisine équipée — Habitant : 60 € ; Extérieur : 95 €"""


@pytest.mark.parametrize(
    ("answer", "said", "nearest", "label"),
    [
        (
            "Le week-end coûte 540 € pour les habitants et 290 € pour les extérieurs [1].",
            "540 €",
            "290 €",
            "Habitant",
        ),
        ("Pour les extérieurs : 290 € ; pour les habitants : 540 €.", "290 €", "540 €", "Extérieur"),
        ("La cuisine coûte 95 € pour les habitants.", "95 €", "60 €", "Habitant"),
        ("Un extérieur paie 130 € la journée.", "130 €", "260 €", "Extérieur"),
    ],
)
def test_another_column_is_marked_with_what_its_own_says(answer: str, said: str, nearest: str, label: str) -> None:
    found = check(answer, [SOURCE], "Combien coûte la salle des fêtes ?")[0]
    assert (found.said, found.nearest, found.row, found.source) == (said, nearest, label, 1)


@pytest.mark.parametrize(
    "answer",
    [
        "290 € pour les habitants et 540 € pour les extérieurs [1].",
        "Un habitant paie 290 €, un extérieur 540 €.",
        "Habitants : 290 €, extérieurs : 540 €.",
        "Le week-end coûte 540 €.",
        "« Week-end (samedi et dimanche) — Habitant : 290 € ; Extérieur : 540 € » [1]",
        "290 € aux habitants, 540 € aux autres.",
        "290 € pour un habitant contre 540 € sinon.",
        "La salle est louée 290 € aux habitants de la commune ; pour les autres, 540 €.",
    ],
)
def test_its_own_column_or_none_is_no_mistake(answer: str) -> None:
    assert check(answer, [SOURCE], "Combien coûte la salle des fêtes ?") == ()


def test_a_figure_that_an_ordinary_line_has_too_is_left_alone() -> None:
    source = f"{SOURCE}\nUn habitant qui loue deux fois paie 540 € en tout."
    assert check("Les habitants paient 540 € en tout.", [source]) == ()


def test_a_figure_of_the_name_of_the_row_is_no_column() -> None:
    source = "Déplacement jusqu’à 20 km — Délai : 2 jours ; Prix : 38 €\nC-122 — Début : 15/06/2026 ; Heures : 132"
    assert check("Déplacement jusqu’à 20 km : prix 38 €. C-122 : début 15/06/2026, heures 132.", [source]) == ()


def test_only_rows_whose_cells_all_have_a_label_of_their_own_are_read() -> None:
    row = row_of("Week-end — Habitant : 290 € ; Extérieur : 540 €")
    assert row is not None and row.name == "Week-end"
    assert [(cell.label, cell.text) for cell in row.cells] == [("Habitant", "290 €"), ("Extérieur", "540 €")]
    for line in (
        "",
        "Week-end — 290 €",
        "Week-end — Habitant : 290 €",
        "A — B : 1 € ; B : 2 €",
        "Prix : 3 € ; 4 €",
    ):
        assert row_of(line) is None
    assert row_of("A — " + "b : 1 ; " * 20_000) is None, "no time is lost on what is no row"


ASKED = "Combien coûte la salle des fêtes le week-end ?"


@pytest.mark.parametrize(
    "answer",
    [
        "Le week-end coûte 290 € + 540 € = 830 € [1].",
        "Le week-end coûte 830 € (290 € + 540 €) [1].",
        "Le week-end : 290 € pour les habitants, 540 € pour les extérieurs, soit 830 € [1].",
    ],
)
def test_two_prices_of_which_one_is_paid_are_not_added(answer: str) -> None:
    found = {one.said: one for one in check(answer, [SOURCE, SOURCE], ASKED)}["830 €"]
    assert (found.sum, found.nearest, found.source) == ("", "Habitant : 290 € ; Extérieur : 540 €", 1)


@pytest.mark.parametrize(
    ("answer", "sources", "question", "total"),
    [
        ("290 € + 60 € = 350 €", [SOURCE], ASKED, "350 €"),  # of two rows
        ("540 € − 290 € = 250 €", [SOURCE], ASKED, "250 €"),  # how much more
        ("290 € + 540 € = 830 €", [SOURCE], "Total pour un habitant et un extérieur ?", "830 €"),
        ("500 € + 80 € = 580 €", ["Prix\nT2 — Loyer : 500 € ; Charges : 80 €"], "Prix du T2 ?", "580 €"),
        ("500 € + 80 € = 580 €", ["Aides\n2026 — État : 500 € ; Région : 80 €"], "Combien d’aides ?", "580 €"),
        ("290 € + 540 € = 830 €", [SOURCE, "Le prix du piano est de 540 €, sa caution de 290 €."], ASKED, "830 €"),
    ],
)
def test_what_adds_up_is_computed(answer: str, sources: list[str], question: str, total: str) -> None:
    found = {one.said: one for one in check(answer, sources, question)}[total]
    assert found.sum
