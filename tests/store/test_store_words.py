"""The words of an erased document are in no page of the space's file, free pages included; those of others stay."""

import asyncio
from pathlib import Path

from pages import clear_pages

from demeure.testing.house import ADMINISTRATOR, small_house


def test_words_of_erased_documents_have_left_the_file(tmp_path: Path) -> None:
    async def go() -> bytes:
        async with small_house(tmp_path) as house:
            await house.add("kept.txt", "Le document reste ici, avec ses pingouins.")
            await house.catalogue.tag(ADMINISTRATOR, [house.shelf.documents("mairie")[0].id], add=["pingouinerie"])
            gone = [
                (await house.add(f"{n}.txt", f"Le zanzibaresque part{n}, selon le L. 4242-42.")).id for n in "abc"
            ]
            database = house.rooms.database("mairie")
            database.settle()
            key = house.instance.keys.space("mairie").database_key()
            before = clear_pages(tmp_path / "spaces" / "mairie" / "space.db", key)
            assert b"zanzibaresque" in before and b"l4242x42" in before  # the same look does find them
            await house.catalogue.delete(ADMINISTRATOR, gone)
            return clear_pages(tmp_path / "spaces" / "mairie" / "space.db", key)

    after = asyncio.run(go())
    assert b"pingouin" in after
    assert b"zanzibar" not in after and b"l4242x42" not in after
