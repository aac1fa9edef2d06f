"""What a document leaves out by name, when it is what is asked about."""

import pytest

from demeure.assistant import excluded
from demeure.assistant.events import Source
from demeure.library import French

STEMS = French().stems
QUESTION = "Combien de jours de télétravail pour un agent d’accueil ?"
SHOWN = "Un agent d’accueil a droit à deux jours de télétravail par semaine [1]."


def source(number: int, quote: str, document: str = "note-teletravail.pdf") -> Source:
    return Source(number, document, document, "s", {}, "2. Nombre de jours", quote, 1.0)


RULE = "Chaque agent peut télétravailler deux jours par semaine."


def told(quote: str, question: str = QUESTION, shown: str = SHOWN, more: tuple[Source, ...] = ()) -> str:
    return excluded.told(question, shown, [source(1, quote), *more], [1], STEMS, "fr")


@pytest.mark.parametrize(
    "line",
    [
        "Les fonctions d’accueil et d’animation en sont exclues par nature.",
        "Cette règle vaut pour tous, à l’exception des agents d’accueil.",
        "Elle ne concerne pas les agents d’accueil.",
        "Tous les services y ont accès, sauf l’accueil.",
        "La note ne s’applique pas aux agents de l’accueil.",
        "Les agents d’accueil ne sont pas concernés.",
        "Sauf l’accueil, tous les services y ont accès.",
    ],
)
def test_the_sentence_that_leaves_out_what_is_asked_about_is_told(line: str) -> None:
    assert f"« {line} » [1]" in told(f"{RULE} {line}")


def test_it_may_stand_in_another_passage_of_the_document() -> None:
    line = "Les fonctions d’accueil en sont exclues."
    assert f"« {line} » [2]" in told(RULE, more=(source(2, line),))
    assert told(RULE, more=(source(2, line, "autre.pdf"),)) == ""


POOL = "La piscine est ouverte tous les jours sauf le mardi et les jours fériés, de 10 h à 19 h 30."
CLOSES = "À quelle heure ferme la piscine ?"


def test_what_the_answer_makes_a_rule_of() -> None:
    """« Sauf le mardi » told as « le mardi »."""
    added = told(POOL, CLOSES, "La piscine ferme le mardi à 19 h 30 [1].")
    assert f"« {POOL} » [1]" in added


@pytest.mark.parametrize(
    "shown",
    [
        "La piscine ferme à 19 h 30 [1].",
        "La piscine ferme à 19 h 30, tous les jours sauf le mardi [1].",
        "Elle est ouverte tous les jours [1].",  # « jours » is in the rule too
        "Elle ferme à 19 h 30 ; le mardi, elle n’est pas ouverte [1].",
    ],
)
def test_an_answer_that_says_nothing_of_the_exception(shown: str) -> None:
    assert told(POOL, CLOSES, shown) == ""


@pytest.mark.parametrize(
    ("quote", "question", "shown"),
    [
        (f"{RULE} Elle ne concerne pas les stagiaires.", QUESTION, SHOWN),  # others
        (f"{RULE} L’accueil ferme à midi, sauf le jeudi.", QUESTION, SHOWN),  # not what is left out
        (f"{RULE} Les agents d’accueil ne sont pas exclus.", QUESTION, SHOWN),
        (f"{RULE} Un appareil est hors service, à l’accueil des agents.", QUESTION, SHOWN),
        (f"{RULE} L’accueil en est exclu.", QUESTION, "Un agent d’accueil n’y a pas droit [1]."),
        (f"{RULE} L’accueil en est exclu.", "Qui n’a pas droit au télétravail ?", "Les agents [1]."),
        (f"{RULE} L’accueil en est exclu.", "Combien de jours de télétravail ?", "Deux jours [1]."),
        (f"{RULE} Le télétravail à l’étranger en est exclu.", "Combien de jours de télétravail ?", "Deux [1]."),
        ("Le goûter est offert, sauf aux enfants.", "Quel est le prix du repas d’un enfant ?", "3 € [1]."),
    ],
)
def test_nothing_is_added_otherwise(quote: str, question: str, shown: str) -> None:
    assert told(quote, question, shown) == ""
