"""A figure of a table told under another row is marked; told under its own, however it is said, it is not."""

import pytest

from demeure.assistant.grounding import check

MEALS = (
    "1. Restaurant scolaire\nTranche Quotient familial Prix du repas\nTranche 1 Jusqu'à 650 1,10 €\n"
    "Tranche 2 De 651 à 1 150 3,35 €\nTranche 3 Plus de 1 150 4,45 €\nHors commune Sans objet 5,80 €\n"
    "Un repas pris sans inscription préalable est facturé avec une majoration de 1,50 €."
)
GRANTS = (
    "Association Subvention 2026\nHarmonie municipale 3 400 €\nUnion sportive montfaucelloise 6 200 €\n"
    "Comité des fêtes 4 500 €\nClub des aînés 1 100 €\nTotal 18 950 €"
)
HALL = "Journée en semaine — Habitant : 130 € ; Extérieur : 260 €\nWeek-end — Habitant : 290 € ; Extérieur : 540 €"
LOTS = "1. Toiture | Valdrey | 148 720 €\n2. Isolation | Isofaçades | 96 380 €\n3. Menuiseries | Rabots | 74 215 €"


@pytest.mark.parametrize(
    ("source", "question", "answer", "said", "instead"),
    [
        (
            MEALS,
            "Quel prix avec un quotient de 800 € ?",
            "Pour un quotient familial de 800 €, le repas coûte 4,45 € [1].",
            "4,45 €",
            "3,35 €",
        ),
        (
            MEALS,
            "Combien coûte le repas avec un quotient de 800 ?",
            "Le repas coûte 1,10 € [1].",
            "1,10 €",
            "3,35 €",
        ),
        (MEALS, "", "Le repas hors commune est à **3,35 €**.", "3,35 €", "5,80 €"),
        (MEALS, "", "Tranche 2 : 4,45 € le repas.", "4,45 €", "3,35 €"),
        (GRANTS, "", "L’Harmonie municipale reçoit 6 200 € [1].", "6 200 €", "3 400 €"),
        (GRANTS, "", "- Comité des fêtes : 1 100 €\n- Club des aînés : 1 100 €", "1 100 €", "4 500 €"),
        (HALL, "", "Le week-end, un extérieur paie 260 €.", "260 €", "540 €"),
        (LOTS, "Combien pour le lot d’isolation ?", "148 720 € [1].", "148 720 €", "96 380 €"),
    ],
)
def test_a_figure_under_another_row_is_marked(
    source: str, question: str, answer: str, said: str, instead: str
) -> None:
    found = check(answer, [source], question)
    assert [(f.said, f.nearest, bool(f.row)) for f in found] == [(said, instead, True)]
    assert found[0].told()["row"] and found[0].start == answer.index(said)


@pytest.mark.parametrize(
    ("source", "question", "answer"),
    [
        (
            MEALS,
            "Et avec un quotient de 800 € ?",
            "Pour un quotient familial de 800 €, le repas coûte 3,35 € (de 651 à 1 150), contre 4,45 € au-delà.",
        ),
        (MEALS, "Combien avec un quotient de 800 ?", "3,35 € [1]. Hors commune, il est à 5,80 €."),
        (MEALS, "", "Les tarifs vont de 1,10 € (tranche 1) à 5,80 € hors commune."),
        (MEALS, "", "Le prix va de 1,10 € à 4,45 € selon la tranche."),
        (MEALS, "", "La tranche 2 paie 3,35 €, la tranche 3 4,45 €."),
        (GRANTS, "", "Les subventions s’élèvent à 18 950 €, dont 3 400 € pour l’Harmonie municipale."),
        (GRANTS, "Combien reçoit l’Union sportive ?", "La commune lui verse 6 200 € [1]."),
        (GRANTS, "", "L’Harmonie municipale et le Comité des fêtes reçoivent 3 400 € et 4 500 €."),
        (f"{GRANTS}\nL'Harmonie a demandé 6 200 €.", "", "L’Harmonie municipale a demandé 6 200 €."),
        (HALL, "", "Un habitant paie 130 € la journée en semaine, 290 € le week-end."),
        (LOTS, "", "Le lot 3 revient aux Rabots pour 74 215 €."),
    ],
)
def test_a_figure_under_its_own_row_is_not(source: str, question: str, answer: str) -> None:
    assert check(answer, [source], question) == ()
