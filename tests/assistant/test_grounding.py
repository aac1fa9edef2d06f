"""Figures of the answer are looked for in the sources, however they are written."""

import pytest

from demeure.assistant.grounding import check, corrected, figures, supporting


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("12 480 € et 3,20 €", ["12480", "3.2"]),
        ("12\u00a0480\u202f€", ["12480"]),
        ("12.480 habitants", ["12480"]),
        ("le 12 mars 2026 à 18h30", ["12", "2026", "18h30"]),
        ("1. Premier\n2. Second", []),
        ("voir [3] et [12]", []),
        ("3,50", ["3.5"]),
    ],
)
def test_figures_are_read_as_a_person_would(text: str, found: list[str]) -> None:
    assert figures(text) == found


def test_a_sentence_without_marker_is_attributed_to_the_passage_that_holds_its_figures() -> None:
    passages = ["La déchetterie ouvre le mardi.", "Le repas enfant coûte 3,20 € depuis septembre."]
    assert supporting("Le repas enfant coûte 3,20 €.", passages) == (2,)
    assert supporting("La lune est en fromage.", passages) == ()


PASSAGES = ["La caution est de 700 euros.", "Le filtre du groupe d’aspiration est remplacé toutes les 450 heures."]


def test_a_wrong_number_is_corrected_a_right_one_stays() -> None:
    said = "« Le filtre du groupe d’aspiration est remplacé toutes les 450 heures. »"
    assert corrected(said, (1,), PASSAGES) == (2,)
    assert corrected(said, (2,), PASSAGES) == (2,)
    assert corrected(said, (1, 2), PASSAGES) == (2,)


def test_where_nothing_decides_the_model_is_believed() -> None:
    assert corrected("Oui", (1,), PASSAGES) == (1,)
    assert corrected("Bonjour tout le monde", (2,), PASSAGES) == (2,)
    assert corrected("450 heures", (3,), [*PASSAGES, PASSAGES[1]]) == (3,)


def test_the_quotation_decides_rather_than_what_surrounds_it() -> None:
    said = "Pour la caution de 700 euros, le document dit : « toutes les 450 heures »"
    assert corrected(said, (1,), PASSAGES) == (2,)


def test_a_time_is_one_figure_however_it_is_written() -> None:
    assert figures("de 9 h à 16 h 45, 8h30, 08:30") == ["9", "16h45", "8h30", "8h30"]
    assert said("Elle ferme à 9 h 45.", "De novembre à mars : 9 h – 16 h 45") == ["9 h 45"]
    assert said("Elle ferme à 16h45.", "De novembre à mars : 9 h – 16 h 45") == []


def said(answer: str, *sources: str, question: str = "") -> list[str]:
    return [found.said for found in check(answer, sources, question)]
