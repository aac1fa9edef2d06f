"""A deleted conversation leaves no word in any page of the house database, index and free pages included."""

import asyncio
from pathlib import Path

from pages import clear_pages

from demeure.assistant import Started
from demeure.testing.house import AGENT, SmallHouse, small_house

CANARY = "zanzibarophile"
PRICES = "Le repas enfant à la cantine coûte 3,20 euros depuis septembre."


def test_no_word_of_a_deleted_conversation_is_left_in_any_page(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            for number in range(30):  # pages of the index are shared, split and freed
                house.engine.script = f"Le repas numéro {number} coûte 3,20 euros [1]. " * 20
                await asked(house, f"Combien coûte le repas numéro {number} ?")
            house.engine.script = f"Le repas coûte 3,20 euros, dit {CANARY} [1]."
            mine = [await asked(house, f"Combien coûte le repas {CANARY} {number} ?") for number in range(5)]
            await house.history.rename(AGENT, mine[0], f"Titre {CANARY}")
            database = house.instance.house
            database.settle()
            assert clear_pages(database.path, database._key).count(CANARY.encode()) > 5
            for conversation in mine:
                await house.history.delete(AGENT, conversation)
            left = clear_pages(database.path, database._key)
            assert [part for part in (CANARY, CANARY[:8], CANARY[-8:]) if part.encode() in left] == []
            log = database.path.with_name(f"{database.path.name}-wal")
            assert not log.exists() or log.stat().st_size == 0
            assert not database.damages()
            assert len(await house.history.recent(AGENT, 100)) == 30

    asyncio.run(go())


async def asked(house: SmallHouse, question: str) -> str:
    """The conversation it began."""
    conversation = ""
    async for event in house.assistant.ask(AGENT, question, ["mairie"]):
        conversation = event.conversation if isinstance(event, Started) else conversation
    return conversation
