"""All the hours of a place: the rows of the week, word for word, without the model."""

import asyncio
from pathlib import Path

import pytest

from demeure.assistant import Closed, Text, schedules
from demeure.assistant.evidence import evidence
from demeure.assistant.units import Told
from demeure.library import French
from demeure.testing.house import AGENT, small_house

STEMS = French().stems
WEEK = (
    "Lundi : 9\u00a0h - 12\u202fh\nMardi : fermé\nMercredi : 14 h - 18 h 30\nJeudi : fermé\nVendredi : 9 h - 12 h\n"
    "Samedi : 9 h - 12 h et 14 h - 18 h 30"
)
SHEET = f"Déchetterie : horaires\n{WEEK}\nLa déchetterie est fermée les jours fériés."


@pytest.mark.parametrize(
    ("question", "all_asked"),
    [
        ("Quels sont les horaires de la déchetterie ?", True),
        ("horaires déchetterie", True),
        ("What are the opening hours of the recycling centre?", True),
        ("Quels sont les horaires de la déchetterie le mercredi ?", False),
        ("Quels sont les horaires en été ?", False),
        ("Qui fixe les horaires de la déchetterie ?", False),
        ("Combien coûte la carte ?", False),
    ],
)
def test_what_asks_for_all_the_hours(question: str, all_asked: bool) -> None:
    assert schedules.asked(question) is all_asked


def test_a_week_needs_its_days() -> None:
    two = "Déchetterie : horaires\nLundi : 9 h - 12 h\nMardi : fermé"
    rows = [
        evidence("Quels sont les horaires de la déchetterie ?", [Told("d", "", text)], STEMS, 2500)[0].rows
        for text in (SHEET, two)
    ]
    assert rows == [tuple(WEEK.split("\n")), ()]


def test_the_house_answers_with_the_week_itself(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("dechetterie.txt", SHEET)
            events = [
                e
                async for e in house.assistant.ask(AGENT, "Quels sont les horaires de la déchetterie ?", ["mairie"])
            ]
        text = "".join(event.delta for event in events if isinstance(event, Text))
        closed = events[-1]
        assert isinstance(closed, Closed) and closed.outcome == "done"
        for row in WEEK.split("\n"):
            assert row.split(" : ")[0] in text
        assert text.endswith("[1]") and "18" in text and not closed.unsupported
        assert house.engine.prompts == [], "no model was needed"

    asyncio.run(go())
