"""Several things asked at once, told part by part; and « où » with one verb."""

import pytest

from demeure.assistant import partwise, where
from demeure.library import French, Hit
from demeure.words import everyday

STEMS = French().stems
ROWS = (
    ("salle", "Tarifs et caution", "Location | Prix\nSemaine : 130 €\nWeek-end : 290 €"),
    ("salle", "Tarifs et caution", "La caution est fixée à 700 €. Elle est rendue. Son remplacement coûte 8 €."),
    (
        "materiel",
        "Fêtes",
        "Article | Quantité\nF1 — Article : Chaises ; Quantité : 236\nF2 — Article : Tables ; Quantité : 64",
    ),
    ("memo", "Accueil", "NUMÉROS\nService enfance : 01 99 00 41 30\nLundi : 9 h - 12 h\nMardi : 9 h - 17 h"),
)
HITS = [
    Hit(d, f"{d}-des-fetes.md", "s", n, {}, text, f"{d} des fêtes › {above}", 6.0 - n, None, 0.0)
    for n, (d, above, text) in enumerate(ROWS)
]


def told(question: str, *absent: str) -> str:
    return partwise.told(question, absent, HITS, STEMS, "fr")


def test_each_part_has_its_lines() -> None:
    answer = told("Combien coûte la salle le week-end, combien de chaises a-t-elle et quelle est la caution ?")
    assert "\n\nCombien coûte la salle le week-end\n- Week-end : 290 € [1]" in answer
    assert "\n- F1 — Article : Chaises ; Quantité : 236 [3]" in answer and "64" not in answer
    assert answer.endswith("\n\nQuelle est la caution\n- La caution est fixée à 700 €. [2]")


def test_of_two_parts_both_are_told_or_the_model_is_asked() -> None:
    assert "01 99 00 41 30 [4]" in told(
        "Combien coûte la salle le week-end et quel est le numéro du service enfance ?"
    )
    assert "- Mardi : 9 h - 17 h [4]" in told(
        "Combien coûte la salle le week-end et quels sont les horaires de l’accueil ?"
    )
    for question in (
        "Combien coûte la salle le week-end et combien de scènes a-t-elle ?",
        "Combien de chaises a-t-elle et quelle est la caution ?",  # no price
        "Combien coûte la salle le week-end et qui rend la caution ?",
        "Combien coûte la salle ?",
    ):
        assert told(question) == ""


def test_what_nothing_tells_of_three_is_left_out() -> None:
    answer = told(
        "Combien coûte la salle le week-end, quelle est la caution et combien de personnes reçoit la salle ?"
    )
    assert "290 €" in answer and "700 €" in answer and "personnes" not in answer


HALT = (
    "Arrêté réglementant le stationnement\nLe stationnement est interdit place de Roc le dimanche\n"
    "14 juin, de 5 h à 20 h."
)
PARKING = "Les véhicules pourront stationner au stade. La mairie reste ouverte. La station est close."


def test_where_is_what_each_document_says_of_it() -> None:
    hits = [
        Hit(d, f"{d}.md", "s", n, {}, text, "", 6.0 - 3 * n, None, 0.0)
        for n, (d, text) in enumerate(
            (("arrete", HALT), ("courrier", PARKING), ("note", "La station du stade ouvre."))
        )
    ]
    for question in ("Où se garer ?", "où puis-je me garer ?", "Où stationner ?"):
        answer = where.told(question, hits, STEMS, "fr")
        assert "« Le stationnement est interdit place de Roc le dimanche 14 juin, de 5 h à 20 h. » [1]" in answer
        assert "« Les véhicules pourront stationner au stade. » [2]" in answer and "[3]" not in answer
    for question in ("Où est la mairie ?", "Où garer un camion ?", "Quand se garer ?", "Où se baigner ?"):
        assert where.told(question, hits, STEMS, "fr") == ""


@pytest.mark.parametrize(
    ("asked", "searched"),
    [("Où se garer ?", "Où se stationner ?"), ("La gare est-elle ouverte ?", "La gare est-elle ouverte ?")],
)
def test_an_everyday_verb_is_looked_for_as_documents_say_it(asked: str, searched: str) -> None:
    assert everyday.in_search(asked) == searched


def test_an_everyday_noun_is_looked_for_as_it_is() -> None:
    assert everyday.in_search("Combien coûte la cantine ?") == "Combien coûte la cantine ?"
