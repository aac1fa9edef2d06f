"""What a task reads of a document of the base stands under the document's own headings."""

import asyncio
from pathlib import Path

from demeure.library import FullText
from demeure.testing.house import ADMINISTRATOR, Membership, small_house
from demeure.workshop import Part


def under(text: str, *path: str) -> Part:
    return Part({"kind": "heading", "path": list(path)}, text)


def test_a_document_of_the_base_is_read_with_its_headings(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.workshop._answers["salle.docx"] = [
                under("Location\nPour l’accueil.", "Location"),
                under("1. Tarifs\nLa caution est de 700 €.", "Location", "1. Tarifs"),
                under("2. Annulation\nPar écrit.", "Location", "2. Annulation"),
            ]
            row = await house.add("salle.docx", "…")
            rooms, shelf, journal = house.rooms, house.shelf, house.journal
            text = FullText(rooms=rooms, shelf=shelf, membership=Membership(house.instance.house), journal=journal)
            _, read = await text.read(ADMINISTRATOR, row.id, "chain")
            assert [one.headings for one in read] == [
                ("Location",),
                ("Location", "1. Tarifs"),
                ("Location", "2. Annulation"),
            ]

    asyncio.run(go())
