"""A question in English about documents in French."""

import asyncio
import tomllib
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from demeure.assistant import Closed, Started
from demeure.assistant.abroad import in_french, key_words
from demeure.assistant.prompt import NOT_FOUND
from demeure.testing.house import AGENT, SmallHouse, small_house

HOURS = "Horaires d'ouverture de la mairie\n\nLundi : 8 h 45 - 12 h\nMercredi : 9 h - 12 h\nSamedi : fermé\n"
FRENCH = "La salle des fêtes se loue 290 € le week-end. La caution est de 700 €, remise par chèque avec les clés."


@pytest.mark.parametrize(
    ("question", "french"),
    [
        ("Is the town hall open on Saturdays?", "est le mairie ouvert samedi ?"),
        ("What is the price of the village hall?", "quel est le prix du salle des fêtes ?"),
        (
            "How much is a plot in the cemetery for 30 years?",
            "combien est un concession en le cimetière pour 30 année ?",
        ),
        ("What’s the rate of the property tax?", "quel est le taux du taxe foncière ?"),
        ("Who is the mayor of Roc?", "qui est le maire de Roc ?"),
        ("How much is the grant of the swimming club?", ""),
        ("Trombone", ""),
        ("", ""),
    ],
)
def test_a_question_is_told_in_french_when_all_its_words_are_known(question: str, french: str) -> None:
    assert in_french(question) == french


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What are the opening hours of the recycling centre?", ("horaires d’ouverture", "déchetterie")),
        ("What time does the library close?", ("à quelle heure", "bibliothèque", "ferme")),
        ("Who is the mayor of Roc?", ("maire", "Roc")),
        ("What is it?", ("quel", "est")),
    ],
)
def test_what_is_shown_of_it_is_its_words_without_what_held_them_together(
    question: str, words: tuple[str, ...]
) -> None:
    assert key_words(question, in_french(question)) == words
    assert key_words(question, "le tarif de la salle") == key_words(question, "") == ()


def test_a_word_has_one_meaning() -> None:
    text = resources.files("demeure.assistant").joinpath("english.toml").read_text(encoding="utf-8")
    said = Counter(one.strip() for line in tomllib.loads(text).values() for one in line.split(","))
    assert [one for one, times in said.items() if times > 1 or one != one.lower()] == []


def test_it_is_looked_for_in_french_and_told_by_the_rows_of_the_document_alone(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("salle.txt", FRENCH)
            await house.add("horaires.txt", HOURS)
            house.engine.script = "It costs £12 a night [1]."
            started, closed = await asked(house, "What are the opening hours of the town hall?")
            assert started.searched == "quel est le horaires d'ouverture du mairie ?"
            assert "Samedi : fermé" in closed.text
            assert closed.found
            for question in ("What is the deposit for the village hall?", "What is the deposit for the trombone?"):
                _, closed = await asked(house, question)
                assert closed.text.startswith(NOT_FOUND["en"])
                assert "in French" in closed.text
                assert not closed.found

    asyncio.run(go())


def test_borrowed_words_are_looked_for_as_documents_say_them_when_nothing_is_found(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("incident.txt", "Ne pas répondre au message suspect et ne pas le transférer.")
            house.engine.script = "Ne pas répondre au message suspect [1]."
            started, closed = await asked(house, "mail de phishing")
            assert started.searched == "message suspect"
            assert closed.text == "Ne pas répondre au message suspect [1]."
            assert house.engine.prompts[-1][-1]["content"].endswith("Question : message suspect")

    asyncio.run(go())


def test_what_finds_as_it_stands_is_not_looked_for_again(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("salle.txt", FRENCH)
            await house.add(
                "hall.txt", "The deposit for the village hall is £9. Avoid phishing mail: never answer it."
            )
            for question in (
                "What is the deposit for the village hall?",
                "phishing mail",
                "Quel est le trombone ?",
            ):
                started, _ = await asked(house, question)
                assert started.searched == ""

    asyncio.run(go())


async def asked(house: SmallHouse, question: str) -> tuple[Started, Closed]:
    events = [event async for event in house.assistant.ask(AGENT, question, ["mairie"])]
    closed = events[-1]
    assert isinstance(closed, Closed)
    return next(event for event in events if isinstance(event, Started)), closed
