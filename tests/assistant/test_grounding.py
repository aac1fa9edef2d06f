"""Figures of the answer are looked for in the sources, however they are written."""

import pytest

from demeure.assistant.grounding import figures, supporting, unsupported


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


def test_a_figure_absent_from_sources_and_question_is_named_once() -> None:
    passages = ["Le repas coûte 3,20 €.", "Vote : 14 pour, 2 contre."]
    assert unsupported("Le repas coûte 3,20 € [1]. Il coûtait 2,90 € puis 2,90 €.", passages) == ("2.9",)
    assert unsupported("En 2026, 14 voix.", passages, "Combien de voix en 2026 ?") == ()


def test_a_sentence_without_marker_is_attributed_to_the_passage_that_holds_its_figures() -> None:
    passages = ["La déchetterie ouvre le mardi.", "Le repas enfant coûte 3,20 € depuis septembre."]
    assert supporting("Le repas enfant coûte 3,20 €.", passages) == (2,)
    assert supporting("La lune est en fromage.", passages) == ()
