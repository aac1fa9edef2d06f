"""Another embedding model in an open house: no vector of one is ever compared with one of the other."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.engine import EngineChanged
from demeure.library import Document
from demeure.library.indexing import store_vectors, unembedded
from demeure.library.vector_source import EmbeddingModel, Source, adopt, source
from demeure.store.space_tables import vectors
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house

QUESTION = "Quand la cantine ferme-t-elle ?"
TEXTS = {f"note{n}.txt": f"La cantine ferme à {n} heures le canari{n} jour." for n in range(3)}


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - another task's work, told by the database
            await asyncio.sleep(0.01)


def stored(house: SmallHouse) -> dict[int, bytes]:
    with house.rooms.database("mairie").read() as db:
        return {row.passage: row.vector for row in db.execute(sa.select(vectors))}


def kept(house: SmallHouse) -> Source:
    return source(house.rooms.database("mairie"))


def choose(house: SmallHouse, model: str, *, served: bool = True) -> None:
    """As ``demeure models use embed`` does; ``served``: the engine has loaded it."""
    house.chosen[0] = model
    if served:
        house.embedder.model = model
    house.pipeline.nudge()


async def renewed(house: SmallHouse, model: str) -> None:
    await until(lambda: kept(house) == Source(model, True))
    for row in house.shelf.documents("mairie"):
        await house.settled(row.id)


def test_documents_are_embedded_again_by_the_model_chosen_in_an_open_house(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            for name, text in TEXTS.items():
                await house.add(name, text)
            before = stored(house)
            assert kept(house) == Source("fake", True) and len(before) == 3
            choose(house, "fake-b")
            await renewed(house, "fake-b")
            after = stored(house)
            assert after.keys() == before.keys() and all(after[i] != before[i] for i in before)
            found = await house.searcher.search(AGENT, QUESTION, ["mairie"], 5)
            assert found.by_meaning and len(found.hits) == 3
            assert all(hit.cosine is not None and hit.cosine > 0.3 for hit in found.hits), "both of one model"
            entries = [(e.name, e.outcome) for e in house.journal.entries if e.name.startswith("vectors-")]
            assert entries == [("vectors-given-up", None), ("vectors-given-up-closed", "done")]

    asyncio.run(go())


def test_going_back_embeds_nothing_again(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            for name, text in TEXTS.items():
                await house.add(name, text)
            before = stored(house)
            choose(house, "fake-b")
            await renewed(house, "fake-b")
            house.embedder.calls.clear()
            choose(house, "fake")
            await renewed(house, "fake")
            assert stored(house) == before
            assert house.embedder.calls == [["."]], "which model answers is asked, and no passage"

    asyncio.run(go())


def test_a_space_not_embedded_yet_is_searched_by_words_and_says_so(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("note.txt", "La cantine ferme à midi.")
            assert (await house.searcher.search(AGENT, QUESTION, ["mairie"], 5)).by_meaning
            before, gate = stored(house), asyncio.Event()

            async def held(_: float) -> None:
                if any("midi" in text for text in house.embedder.calls[-1]):  # the passage, not a question
                    await gate.wait()

            house.embedder.sleep = held
            house.embedder.model = "fake-b"  # the engine has loaded it, the worker has not looked yet
            found = await house.searcher.search(AGENT, QUESTION, ["mairie"], 5)
            assert not found.by_meaning and found.hits[0].cosine is None and stored(house) == before
            choose(house, "fake-b")
            await until(lambda: kept(house) == Source("fake-b", False))
            assert not stored(house) and house.shelf.documents("mairie")[0].state == "searchable"
            found = await house.searcher.search(AGENT, QUESTION, ["mairie"], 5)
            assert not found.by_meaning and found.hits[0].cosine is None
            gate.set()
            await renewed(house, "fake-b")
            assert (await house.searcher.search(AGENT, QUESTION, ["mairie"], 5)).by_meaning

    asyncio.run(go())


def test_nothing_is_given_up_for_a_model_that_does_not_answer(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("note.txt", "La cantine ferme à midi.")
            before = stored(house)
            house.embedder.calls.clear()
            choose(house, "fake-b", served=False)
            await until(lambda: ["."] in house.embedder.calls)
            late = await house.library.add(ADMINISTRATOR, "mairie", "b.txt", pieces("Le marché.".encode()))
            assert isinstance(late, Document)
            await house.settled(late.id, ("searchable",))
            assert stored(house) == before and kept(house) == Source("fake", True)
            choose(house, "fake")
            assert (await house.settled(late.id)).embedded == 1

    asyncio.run(go())


def test_what_was_embedded_for_another_model_is_refused_when_it_is_written(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            database = house.rooms.database("mairie")
            adopt(database, EmbeddingModel("a", "a"))
            made = await house.embedder.embed([], "passage")
            with pytest.raises(EngineChanged):
                store_vectors(database, "b", [], made)
            assert unembedded(database, "none", "b", 0, 10) == []

    asyncio.run(go())
