"""A house that has chosen no model: what the words of a question find is shown, with the reason why nothing is
written; that the documents do not hold the answer is not for words alone to say."""

import asyncio
from pathlib import Path

import pytest

from demeure.assistant import NO_MODEL, Closed, Problem, Sources
from demeure.assistant.prompt import NOT_FOUND
from demeure.testing.house import AGENT, SmallHouse, small_house

POOL = (
    "# Piscine municipale\n\n## Ouverture\n\nLa piscine ouvre du 13 juin au 6 septembre 2026, tous les jours sauf "
    "le mardi, de 10 h à 19 h 30.\n"
)
QUESTION = "À quelle heure ferme la piscine ?"


async def asked(house: SmallHouse, question: str, language: str = "fr") -> tuple[Sources, str, Closed]:
    """What was found, the sentence of the problem, the end."""
    events = [event async for event in house.assistant.ask(AGENT, question, ["mairie"], language=language)]
    closed = events[-1]
    assert isinstance(closed, Closed)
    told = [event.sentence for event in events if isinstance(event, Problem)]
    return next(event for event in events if isinstance(event, Sources)), " ".join(told), closed


async def unfurnished(house: SmallHouse) -> None:
    await house.add("piscine-2026.md", POOL)
    await house.add("memo.txt", "Le recommandé de 15 h est porté au secrétariat. Samedi : fermé.")
    house.embedder.up = house.engine.up = False
    house.assistant.use(NO_MODEL)


@pytest.mark.parametrize("question", [QUESTION, "What time does the piscine close?"])
def test_the_passages_are_shown_and_the_missing_model_told(tmp_path: Path, question: str) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await unfurnished(house)
            sources, problem, closed = await asked(house, question)
            assert "19 h 30" in "".join(one.quote for one in sources.items)
            assert problem and closed.outcome == "failed" and closed.text == ""
            assert closed.found, "what was found is not sorted as refused"

    asyncio.run(go())


def test_what_no_passage_speaks_of_is_not_there(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await unfurnished(house)
            sources, problem, closed = await asked(house, "Qui est le champion du monde d’échecs ?")
            assert not sources.items and not problem
            assert closed.text == NOT_FOUND["fr"] and not closed.found

    asyncio.run(go())


def test_a_house_that_compares_meanings_or_writes_says_that_it_is_not_there(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await unfurnished(house)
            house.engine.up = True
            house.assistant.use("fake")
            _, problem, closed = await asked(house, QUESTION)
            assert not problem and closed.text == NOT_FOUND["fr"] and not closed.found

    asyncio.run(go())
