"""A document of a higher class than its space, and somebody whom the policy refuses to read that class."""

import asyncio
from pathlib import Path

import pytest

from demeure.identity import Membership
from demeure.library import DocumentUnknown, Wanted
from demeure.library.errors import DocumentNotTaken
from demeure.policy import Actor, Force, Right, default_policy_text, in_force, put_in_force, read_policy
from demeure.store.tables import documents
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house

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
    assert {one.id: one.documents for one, _ in await house.library.spaces(who)}["mairie"] == page.total
    assert await house.finder.choices(who) == (list(page.facets.formats), list(page.facets.tags))
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
            put_in_force(_refusing())
            try:
                for asked in ("zanzibaresque", "cantine", "zanzibaresqe"):
                    names, words = await seen(house, AGENT, asked)
                    assert names == {"tarifs.txt"} and "zanzibar" not in words and "7,77" not in words
                with pytest.raises(DocumentUnknown):
                    await house.library.document(AGENT, kept.id)
                Membership(house.instance.house).grant("mairie", "agent", Right.CONTRIBUTE)
                with pytest.raises(DocumentNotTaken) as refused:  # « already there, as secret.txt » would tell
                    await house.library.add(AGENT, "mairie", "copie.txt", pieces(SECRET.encode()))
                assert "secret" not in refused.value.sentence()
                names, words = await seen(house, ADMINISTRATOR, "zanzibaresque")
                assert "secret.txt" in names and "7,77" in words
            finally:
                put_in_force(before)

    asyncio.run(go())


def test_what_it_replaces_does_not_name_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            secret = await house.add("secret-2026.txt", SECRET)
            old = await house.add("tarifs.txt", "Le repas de la cantine coûte 3,20 euros.")
            await house.tending.replaces(ADMINISTRATOR, secret.id, old.id)
            with house.instance.house.write() as db:
                db.execute(
                    documents.update().where(documents.c.id == secret.id).values(sensitivity="tres-sensible")
                )
            before = in_force()
            for force, named in ((before, {"secret-2026.txt"}), (_refusing(), {""})):
                put_in_force(force)
                try:
                    every = Wanted(former=True)
                    shown = [*(await house.catalogue.page(AGENT, "mairie", every)).documents]
                    shown += await house.catalogue.shown(AGENT, [old.id])
                    found = (await house.finder.find(AGENT, "cantine", wanted=every)).documents
                    shown += [one.shown for one in found]
                    hits = (await house.searcher.search(AGENT, "l’ancien tarif de la cantine", ["mairie"], 5)).hits
                    told = {one.newer_name for one in shown if one.document.id == old.id}
                    assert told == named and any(one.document_id == old.id for one in hits)
                    told = {s.name for one in hits for s in one.standing if s.kind == "superseded"}
                    assert told == named - {""}
                finally:
                    put_in_force(before)

    asyncio.run(go())


def _refusing() -> Force:
    return Force(read_policy(default_policy_text() + RULE))
