"""« de » before the name of an organisation."""

import pytest

from demeure.assistant import prompt
from demeure.words.of_name import of


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Le Moulin", "du Moulin"),
        ("Les Trois Rabots", "des Trois Rabots"),
        ("La Halle", "de la Halle"),
        ("L’Atelier", "de l’Atelier"),
        ("Association des Jardins", "de l’Association des Jardins"),
        ("Mairie de Roc", "de la Mairie de Roc"),
        ("Syndicat mixte", "du Syndicat mixte"),
        ("Arbois", "d’Arbois"),
        ("Lesage", "de Lesage"),
        ("Ma mairie", "de Ma mairie"),
    ],
)
def test_the_name_after_de(name: str, told: str) -> None:
    assert of(name) == told


def test_a_model_is_told_so() -> None:
    built = prompt.build("Quoi ?", [], organisation="Le Moulin", language="fr", budget=100, count=len)
    assert "documentaire du Moulin." in built.messages[0]["content"]
    whole = prompt.beginning([], organisation="Association {Roc}", language="fr")
    assert "documentaire de l’Association {Roc}." in whole[0]["content"]
    english = prompt.build("What?", [], organisation="Le Moulin", language="en", budget=100, count=len)
    assert "assistant of Le Moulin." in english.messages[0]["content"]
