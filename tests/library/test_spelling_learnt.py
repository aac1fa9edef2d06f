"""What was learnt of people's words is of one state of the space: a word that comes or leaves is known at once."""

import asyncio
from pathlib import Path

from demeure.library import French
from demeure.library.search.lexical import Lexicon
from demeure.library.search.spelling import Spelling
from demeure.testing.house import ADMINISTRATOR, SmallHouse, small_house


def spelling(house: SmallHouse) -> Spelling:
    return Spelling(house.rooms, house.catalogue._cards, French())


def test_a_word_is_put_right_from_the_documents_of_this_moment(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("a.txt", "Le cimetière communal ouvre à huit heures.")
            words = spelling(house)
            asked = "quand ouvre le cimetièrre"
            for _ in range(2):  # looked for, then remembered
                assert words.put_right(asked, ["mairie"]) == "quand ouvre le cimetière"
            assert words.put_right("quand ouvre le marché", ["mairie"]) is None
            added = await house.add("b.txt", "Le cimetièrre des navires est un lieu-dit. Le marché ouvre.")
            assert words.put_right(asked, ["mairie"]) is None  # a document says it so now
            await house.catalogue.delete(ADMINISTRATOR, [added.id])
            assert words.put_right(asked, ["mairie"]) == "quand ouvre le cimetière"
            first = next(row for row in house.shelf.documents("mairie") if row.name == "a.txt")
            await house.catalogue.delete(ADMINISTRATOR, [first.id])
            assert words.put_right(asked, ["mairie"]) is None  # nothing holds the right one any more

    asyncio.run(go())


def test_a_stem_absent_until_now_is_counted_again_when_the_space_changes(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("a.txt", "Le cimetière ouvre à huit heures.")
            lexicon = Lexicon(house.rooms.database("mairie"))
            assert lexicon.rarity(["piscin"])["piscin"] == 0 and lexicon.unheard(["piscin"]) == {"piscin"}
            assert lexicon.rarity(["piscin"])["piscin"] == 0
            await house.add("b.txt", "La piscine ouvre à neuf heures.")
            assert lexicon.rarity(["piscin"])["piscin"] > 0 and lexicon.unheard(["piscin"]) == set()

    asyncio.run(go())
