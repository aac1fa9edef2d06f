"""A question is answered in its own language, whatever the language of the page."""

import asyncio
from pathlib import Path

import pytest

from demeure.assistant import Closed
from demeure.assistant.prompt import NOT_FOUND
from demeure.assistant.tongue import asked_in
from demeure.testing.house import AGENT, small_house


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Quel est le tarif de la cantine ?", "fr"),
        ("Où se trouve la mairie ?", "fr"),
        ("How much does a meal cost at the canteen?", "en"),
        ("What is the « quotient familial »?", "en"),
        ("Tarif cantine 2026", "?"),
        ("", "?"),
        ("12 480 €", "?"),
    ],
)
def test_the_small_words_tell(question: str, expected: str) -> None:
    assert asked_in(question, "?") == expected


@pytest.mark.parametrize(
    ("question", "page", "answer"),
    [
        ("Quel est le prix du trombone à coulisse ?", "en", "fr"),
        ("What is the price of the trombone?", "fr", "en"),
        ("Trombone", "en", "en"),
    ],
)
def test_the_answer_is_in_the_language_of_the_question(
    tmp_path: Path, question: str, page: str, answer: str
) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            events = [event async for event in house.assistant.ask(AGENT, question, ["mairie"], language=page)]
            closed = events[-1]
            assert isinstance(closed, Closed)
            assert closed.text == NOT_FOUND[answer]

    asyncio.run(go())
