"""A document of a higher class than its space, and somebody whom the policy refuses to read that class."""

import asyncio
from pathlib import Path

import pytest

from demeure.library import DocumentUnknown, Wanted
from demeure.policy import Actor, Force, default_policy_text, in_force, put_in_force, read_policy
from demeure.store.tables import documents
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house

RULE = """
[[rule]]
name = "agents-read-nothing-highly-sensitive"
roles = ["agent"]
actions = ["document.read"]
classes = ["tres-sensible"]
why = "Non."
"""
SECRET = "Le dossier zanzibaresque de la cantine coûte 7,77 euros."


async def seen(house: SmallHouse, who: Actor, asked: str) -> tuple[set[str], str]:
    """Names shown to ``who`` by any list or search, and all the words that came with them."""
    found = await house.finder.find(who, asked)
    page = await house.catalogue.page(who, "mairie", Wanted())
    hits = (await house.searcher.search(who, asked, ["mairie"], 5)).hits
    listed = await house.library.documents(who, "mairie")
    names = {one.shown.document.name for one in found.documents} | {one.document.name for one in page.documents}
    names |= {hit.document for hit in hits} | {row.name for row in listed}
    assert page.total == len(page.documents) == len(listed) == sum(page.facets.states.values())
    assert len(await house.catalogue.matching(who, "mairie", Wanted())) == page.total
    words = [text for one in found.documents for p in one.passages for text, _ in p.pieces]
    return names, " ".join([*words, *(hit.text for hit in hits), str(found.meant)])


def test_it_is_in_no_list_no_search_and_no_count(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            kept = await house.add("secret.txt", SECRET)
            await house.add("tarifs.txt", "Le repas de la cantine coûte 3,20 euros.")
            own = documents.update().where(documents.c.id == kept.id).values(sensitivity="tres-sensible")
            with house.instance.house.write() as db:
                db.execute(own)
            for asked in ("zanzibaresque", "cantine", "zanzibaresqe"):
                names, words = await seen(house, AGENT, asked)
                assert "secret.txt" in names, "the policy of a new house refuses it to nobody who reads the space"
            before = in_force()
            put_in_force(Force(read_policy(default_policy_text() + RULE)))
            try:
                for asked in ("zanzibaresque", "cantine", "zanzibaresqe"):
                    names, words = await seen(house, AGENT, asked)
                    assert names == {"tarifs.txt"} and "zanzibar" not in words and "7,77" not in words
                with pytest.raises(DocumentUnknown):
                    await house.library.document(AGENT, kept.id)
                names, words = await seen(house, ADMINISTRATOR, "zanzibaresque")
                assert "secret.txt" in names and "7,77" in words
            finally:
                put_in_force(before)

    asyncio.run(go())
