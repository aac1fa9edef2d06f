"""A question about a length of time reads the line that gives one, not the title or the sentence beside it."""

import pytest

from demeure.assistant import durations
from demeure.assistant.evidence import evidence
from demeure.assistant.units import Told
from demeure.library import French

STEMS = French().stems


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Combien de temps garde-t-on les clés ?", True),
        ("Sous quel délai répond-on ?", True),
        ("Tous les combien faut-il vidanger la cuve ?", True),
        ("Combien de jours dure le congé ?", True),
        ("How long are keys kept?", True),
        ("À quelle heure ouvre la piscine ?", False),
        ("Combien coûte une journée de location ?", False),
        ("Quel jour passe le médecin ?", False),
    ],
)
def test_what_asks_for_a_length_of_time(question: str, asks: bool) -> None:
    assert durations.asked_for(question) is asks


@pytest.mark.parametrize(
    ("line", "gives"),
    [
        ("Les clés sont gardées un an et un jour.", True),
        ("La réponse est donnée sous quinze jours.", True),
        ("Entre 12 et 48 heures.", True),
        ("Vingt et une semaines au plus", True),
        ("La séance ouvre à 16 h 30.", False),
        ("Chaque jour, le bac est vidé.", False),
        ("Article 12 du règlement", False),
    ],
)
def test_what_gives_one(line: str, gives: bool) -> None:
    assert durations.given(line) is gives


def test_the_line_that_gives_it_is_read_without_its_section() -> None:
    text = (
        "4. VÉLOS PRÊTÉS\nLa demande de prêt est faite au guichet.\n"
        "Un vélo est prêté trois semaines, renouvelables.\n"
        "Le casque n’est pas fourni.\nTout prêt est noté dans le cahier."
    )
    read = evidence("Combien de temps un vélo est-il prêté ?", [Told("d", "memo", text)], STEMS, 900)
    assert read[0].text == "Un vélo est prêté trois semaines, renouvelables."


def test_the_sentence_that_it_leans_on_stays_with_it() -> None:
    text = "VÉLOS\nLe contrat est gratuit. Il est valable soixante jours. Le casque n’est pas fourni."
    read = evidence("Combien de temps un vélo prêté est-il à moi ?", [Told("d", "vélos", text)], STEMS, 900)
    assert read[0].text == "Le contrat est gratuit.\nIl est valable soixante jours."


def test_where_no_line_gives_one_the_lines_that_speak_of_it_stay() -> None:
    text = "VÉLOS\nUn vélo est prêté jusqu’à la Toussaint.\nLe casque n’est pas fourni."
    read = evidence("Combien de temps un vélo est-il prêté ?", [Told("d", "memo", text)], STEMS, 900)
    assert "jusqu’à la Toussaint" in read[0].text


def test_a_line_that_speaks_far_more_of_the_question_is_not_left_for_one_that_gives_a_length() -> None:
    text = (
        "Le vélo électrique d’un agent est prêté jusqu’à la fin de son contrat de travail.\nRien d’autre.\n"
        "La cave est aérée deux heures."
    )
    read = evidence("Quelle est la durée du prêt d’un vélo électrique ?", [Told("d", "memo", text)], STEMS, 900)
    assert "fin de son contrat" in read[0].text


def test_when_the_line_that_speaks_most_of_it_gives_one_no_other_passage_distracts() -> None:
    passages = [
        Told("d", "memo", "Les vélos prêtés sont rendus sous trois semaines."),
        Told("d", "memo", "NUMÉROS UTILES\nVélos en panne : 06 39 98 00 00\nGarage : 06 39 98 00 01"),
    ]
    read = evidence("Sous quel délai les vélos prêtés sont-ils rendus ?", passages, STEMS, 900)
    assert [bool(one.text) for one in read] == [True, False]
