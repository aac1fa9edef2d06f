"""A space's list page by page; tags and deletions of many, all or nothing, whoever asks and whatever dies."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.identity import Membership, SpaceUnknown
from demeure.journal import AddingRefused, Draft
from demeure.library import Document, Wanted, marks
from demeure.library.errors import DocumentUnknown, TagInvalid, TooManyAtOnce
from demeure.library.shelf import Origin
from demeure.policy import Denied, Right
from demeure.store import tables
from demeure.store.space_tables import document_words, passages, vocabulary
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, compose, pieces, small_house

NAMES = ("Été.txt", "abeille.txt", "Zoo.txt", "école.txt")


def in_the_house(tmp_path: Path, test: Callable[[SmallHouse], Awaitable[None]], *, work: bool = False) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=work) as house:
            await test(house)

    asyncio.run(go())


async def bring(house: SmallHouse, name: str, space: str = "mairie", text: str = "") -> str:
    body = text or f"Contenu de {name}"
    origin = Origin("page", f"Dossier/../Sous dossier/{name}")
    added = await house.library.add(ADMINISTRATOR, space, name, pieces(body.encode()), origin)
    assert isinstance(added, Document)
    return added.id


async def listed(house: SmallHouse, wanted: Wanted, number: int = 1, size: int = 50) -> list[str]:
    page = await house.catalogue.page(AGENT, "mairie", wanted, number, size)
    return [one.document.name for one in page.documents]


def test_a_list_is_sorted_filtered_and_paged(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        ids = {name: await bring(house, name) for name in NAMES}
        await bring(house, "caché.txt", "secret")
        assert await listed(house, Wanted(sort="name", down=False)) == [
            "abeille.txt",
            "école.txt",
            "Été.txt",
            "Zoo.txt",
        ]
        assert await listed(house, Wanted()) == list(reversed(NAMES))
        first = await house.catalogue.matching(AGENT, "mairie", Wanted(sort="name", down=False))
        assert first == [ids[name] for name in ("abeille.txt", "école.txt", "Été.txt", "Zoo.txt")]
        assert await listed(house, Wanted(sort="added", down=False), 2, 3) == ["école.txt"]
        page = await house.catalogue.page(AGENT, "mairie", Wanted(), 99, 3)
        assert (page.number, page.pages, page.total, len(page.documents)) == (2, 2, 4, 1)
        house.shelf.update(ids["Zoo.txt"], state="ready", format="pdf")
        assert await listed(house, Wanted(state="ready")) == ["Zoo.txt"]
        assert await listed(house, Wanted(format="pdf")) == ["Zoo.txt"]
        assert len(await listed(house, Wanted(state="busy", person=ADMINISTRATOR.id))) == 3
        assert await listed(house, Wanted(person="nobody")) == []
        day = house.shelf.now()[:10]
        assert len(await listed(house, Wanted(since=day, until=day))) == 4
        assert await listed(house, Wanted(until="2020-01-01")) == []
        marked = {"Zoo.txt": {"nir": 2, "health": 1}, "école.txt": {"health": 1}, "abeille.txt": {}}
        for name, kinds in marked.items():
            house.shelf.update(ids[name], personal=marks.kept(kinds))
        house.shelf.update(ids["abeille.txt"], personal=marks.kept({"iban": 1}, left=3))
        assert await listed(house, Wanted(personal="found")) == ["Zoo.txt"]
        assert await listed(house, Wanted(personal="none")) == ["école.txt"]
        assert set(await listed(house, Wanted(personal="unexamined"))) == {"Été.txt", "abeille.txt"}
        assert await listed(house, Wanted(personal="nir")) == ["Zoo.txt"]
        assert len(await listed(house, Wanted(personal="nir') OR 1=1 --"))) == 4
        facets = page.facets
        assert facets.states == {"received": 4} and facets.formats == {"txt": 4}
        assert facets.people == {ADMINISTRATOR.id: (ADMINISTRATOR.id, 4)}
        shown = page.documents[0]
        assert shown.document.origin == Origin("page", f"Dossier/Sous dossier/{shown.document.name}")
        with pytest.raises(SpaceUnknown):
            await house.catalogue.page(AGENT, "secret", Wanted())

    in_the_house(tmp_path, test)


def test_tags_are_put_and_taken_off_all_or_none(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        ids = [await bring(house, name) for name in NAMES]
        other = await bring(house, "caché.txt", "secret")
        assert await house.catalogue.tag(ADMINISTRATOR, ids[:3], add=["Été 2026", " à  relire "]) == 3
        assert await house.catalogue.tag(ADMINISTRATOR, ids[:2], add=["ete 2026"], remove=["A RELIRE"]) == 2
        rows = await house.catalogue.shown(AGENT, [*ids, other])
        assert [one.tags for one in rows] == [("Été 2026",), ("Été 2026",), ("à relire", "Été 2026"), ()]
        page = await house.catalogue.page(AGENT, "mairie", Wanted(tag="été 2026"))
        assert page.total == 3 and page.facets.tags == {"à relire": 1, "Été 2026": 3}
        with pytest.raises(Denied):
            await house.catalogue.tag(AGENT, ids[:1], add=["x"])
        with pytest.raises(DocumentUnknown):
            await house.catalogue.tag(AGENT, [ids[0], other], add=["x"])
        with pytest.raises(DocumentUnknown):
            await house.catalogue.tag(ADMINISTRATOR, [ids[0], other], add=["x"])  # two spaces
        with pytest.raises(TooManyAtOnce):
            await house.catalogue.tag(ADMINISTRATOR, [str(n) for n in range(1001)], add=["x"])
        for bad in ("", "a,b", "x" * 41, "\u200b", "…"):
            with pytest.raises(TagInvalid):
                await house.catalogue.tag(ADMINISTRATOR, ids, add=[bad])
        house.journal.state = "reserve"
        with pytest.raises(AddingRefused):
            await house.catalogue.tag(ADMINISTRATOR, ids, add=["x"])
        await house.catalogue.tag(ADMINISTRATOR, ids, remove=["Été 2026"])
        house.journal.state = "ok"
        assert [one.tags for one in await house.catalogue.shown(AGENT, ids)] == [(), (), ("à relire",), ()]
        await house.library.delete(ADMINISTRATOR, ids[2])
        with house.instance.house.read() as db:
            assert db.execute(sa.select(sa.func.count()).select_from(tables.tags)).scalar_one() == 0
        assert [e.outcome for e in house.journal.named("documents-tag-closed")].count("done") == 3

    in_the_house(tmp_path, test)


def test_many_are_erased_at_once_or_none(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        rows = [await house.add(f"{n}.txt", f"Le perroquet{n} {n} et le chacal commun.") for n in "abcdefgh"]
        ids = [row.id for row in rows]
        Membership(house.instance.house).grant("mairie", AGENT.id, Right.CONTRIBUTE)
        added = await house.library.add(AGENT, "mairie", "à moi.txt", pieces(b"Le mien."))
        assert isinstance(added, Document)
        await house.settled(added.id)
        assert [one.document.id for one in await house.catalogue.erasable(AGENT, [*ids, added.id])] == [added.id]
        with pytest.raises(Denied):
            await house.catalogue.delete(AGENT, [added.id, ids[0]])
        assert len(house.shelf.documents("mairie")) == 9
        assert [e.outcome for e in house.journal.named("document-delete-closed")] == ["refused"] * 2
        assert await house.catalogue.delete(ADMINISTRATOR, ids[:7]) == 7
        assert {row.id for row in house.shelf.documents("mairie")} == {ids[7], added.id}
        with house.rooms.database("mairie").read() as db:
            assert set(db.execute(sa.select(passages.c.document)).scalars()) == {ids[7], added.id}
            words = dict(db.execute(sa.select(vocabulary.c.word, vocabulary.c.documents)).all())
            assert set(db.execute(sa.select(document_words.c.document)).scalars()) == {ids[7], added.id}
        assert words == {"perroqueth": 1, "chacal": 1, "commun": 1, "mien": 1}
        assert not await house.journal.open_intentions()

    in_the_house(tmp_path, test, work=True)


def _busy(folder: Path, what: str, seed: int) -> None:
    """The child: tags or deletes many, again and again, until it is killed."""

    async def go() -> None:
        house = compose_again(folder)
        ids = [row.id for row in house.shelf.documents("mairie")]
        number = 0
        while True:
            number += 1
            if what == "tag":
                await house.catalogue.tag(ADMINISTRATOR, ids, add=[f"tour {number}"], remove=[f"tour {number - 1}"])
            else:
                some = ids[:10]
                ids = ids[10:]
                if not some:
                    return
                await house.catalogue.delete(ADMINISTRATOR, some)

    random.seed(seed)
    asyncio.run(go())


def compose_again(folder: Path) -> SmallHouse:
    """The same instance, opened by another process."""
    return compose(folder, fresh=False)


@pytest.mark.parametrize("what", ["tag", "delete"])
@pytest.mark.parametrize("seed", range(4))
def test_killed_anywhere_all_or_none_and_recovery_ends_it(tmp_path: Path, what: str, seed: int) -> None:
    async def fill() -> None:
        async with small_house(tmp_path) as house:
            for n in range(40):
                await house.add(f"{n}.txt", f"Le perroquet{n} mange.")

    asyncio.run(fill())
    child = os.fork()
    if child == 0:
        try:
            _busy(tmp_path, what, seed)
        finally:
            os._exit(0)
    time.sleep(random.Random(seed).uniform(0.05, 0.6))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

    async def check() -> None:
        house = compose_again(tmp_path)
        with house.instance.house.read() as db:
            words = list(db.execute(sa.select(tables.tags.c.word, sa.func.count()).group_by(tables.tags.c.word)))
            marked = db.execute(
                sa.select(sa.func.count()).where(tables.documents.c.deleting.is_(True))
            ).scalar_one()
        alive = house.shelf.documents("mairie")
        if what == "tag":
            assert len(words) <= 1 and all(count == 40 for _, count in words), "one turn, on all of them"
            return
        assert len(alive) % 10 == 0, "hidden ten by ten, at one instant"
        await house.library.recover()  # as the gateway does when it starts again: its leases are free
        running = asyncio.create_task(house.pipeline.run())  # the worker ends what was marked
        async with asyncio.timeout(20):
            while marked:
                await asyncio.sleep(0.05)
                with house.instance.house.read() as db:
                    query = sa.select(sa.func.count()).where(tables.documents.c.deleting.is_(True))
                    marked = db.execute(query).scalar_one()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        with house.rooms.database("mairie").read() as db:
            held = set(db.execute(sa.select(passages.c.document)).scalars())
            counted = set(db.execute(sa.select(document_words.c.document)).scalars())
        assert held == counted == {row.id for row in alive}
        house.rooms.close()
        house.instance.close()

    asyncio.run(check())


def test_a_tagging_left_open_is_closed_as_what_happened(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        ids = [await bring(house, name) for name in NAMES]
        await house.catalogue.tag(ADMINISTRATOR, ids, add=["a"])
        with house.instance.house.read() as db:
            chain = db.execute(sa.select(tables.documents.c.tags_chain).limit(1)).scalar_one()
        done = house.journal.named("documents-tag")[0]
        assert done.chain == chain
        for one, outcome in ((chain, "done"), ("never", "interrupted")):
            await house.journal.intention(
                Draft("administration", "documents-tag", "intention", chain=one, actor="x")
            )
            assert await house.catalogue.recover() == 1
            assert house.journal.entries[-1].outcome == outcome

    in_the_house(tmp_path, test)


def test_an_older_index_is_made_again_in_the_background_once(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("a.txt", "Vu l’article L. 2121-29, la bibliothèque ouvre.")
        with house.rooms.database("mairie").write() as db:  # as an earlier release left it
            db.exec_driver_sql("DELETE FROM vocabulary")
            db.exec_driver_sql("DELETE FROM document_words")
            db.exec_driver_sql("DELETE FROM stems")
            ids = db.execute(sa.select(passages.c.id)).scalars().all()
            for i in ids:
                db.exec_driver_sql("INSERT INTO stems(rowid, words) VALUES (?, 'bibliothequ')", (i,))
        house.shelf.update(row.id, index_version=0)
        house.pipeline.nudge()
        async with asyncio.timeout(60):
            while house.shelf.document(row.id).index_version == 0:  # type: ignore[union-attr] # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert (await house.finder.find(AGENT, "L2121-29")).whole == 1
        assert (await house.finder.find(AGENT, "bibliotheqe")).meant == "bibliothèque"
        async with asyncio.timeout(60):
            while not house.journal.named("document-reindex-closed"):  # noqa: ASYNC110 - the journal is looked at
                await asyncio.sleep(0.02)
        assert len(house.journal.named("document-reindex")) == 1

    in_the_house(tmp_path, test, work=True)
