"""A worker killed at any instant, over and over, leaves the same index as one that was never disturbed."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.clock import SystemClock
from demeure.library import Document, EmbeddingModel, Parts, Pipeline, Rooms, Shelf
from demeure.library.erasing import erase
from demeure.library.vector_source import Source, adopt, give_up, source
from demeure.store import Keys, keys_folder, open_house, read_house_key
from demeure.store.space_tables import parts, passages, vector_cache, vectors
from demeure.testing.engine import FakeEmbedder
from demeure.testing.house import pieces, small_house
from demeure.testing.journal import MemoryJournal
from demeure.testing.workshop import FakeWorkshop
from demeure.workshop import Part

SPACE = "mairie"
SEEDS = (1, 2)
LONGER = range(100, 112) if os.environ.get("DEMEURE_ENDURANCE") else range(100, 104)
KILLS = 15
"""Fewer than pipeline.DEATHS: a document that was being read at twenty deaths of the worker is set aside."""


def pages(document: int, count: int) -> list[Part]:
    """``count`` pages of invented minutes; every fifth one is the same in all documents (cached vectors)."""
    made = []
    for page in range(1, count + 1):
        subject = "commun" if page % 5 == 0 else f"affaire{document}x{page}"
        text = " ".join(
            f"Le conseil examine {subject}, point {n}, et adopte la mesure à l’unanimité." for n in range(25)
        )
        made.append(Part({"kind": "page", "page": page}, text))
    return made


SIZES = {f"pv{n}.pdf": size for n, size in enumerate((3, 1, 140, 8, 2, 30))}
SIZES |= {f"note{n}.md": 2 for n in range(12)}  # read in company
ANSWERS = {name: pages(n, size) for n, (name, size) in enumerate(SIZES.items())}


def fill(folder: Path) -> None:
    """An instance whose documents were all received and none read."""
    from demeure.testing.house import ADMINISTRATOR

    async def go() -> None:
        async with small_house(folder, work=False) as house:
            for name in SIZES:
                await house.library.add(ADMINISTRATOR, SPACE, name, pieces(name.encode()))

    asyncio.run(go())


class Opened:
    """What a worker opens."""

    def __init__(self, folder: Path) -> None:
        keys = Keys(read_house_key(folder), keys_folder(folder))
        self.house = open_house(folder, keys)
        self.rooms, self.shelf = Rooms(folder, keys), Shelf(self.house, SystemClock())

    def close(self) -> None:
        self.rooms.close()
        self.house.close()

    def rows(self) -> list[Document]:
        return self.shelf.documents(SPACE)


def work(folder: Path, model: str = "fake") -> None:
    """Run the pipeline until every document is ready, embedded by ``model``."""

    async def go() -> None:
        opened = Opened(folder)
        made = Parts(
            rooms=opened.rooms,
            shelf=opened.shelf,
            journal=MemoryJournal(role="worker"),
            workshop=FakeWorkshop(ANSWERS),
            embedder=FakeEmbedder(delay=0.01, model=model),
            model=lambda: EmbeddingModel(model, model),
            clock=SystemClock(),
        )
        running = asyncio.create_task(Pipeline(made).run())
        database = opened.rooms.database(SPACE)
        while any(row.state != "ready" for row in opened.rows()) or source(database) != Source(model, True):
            assert not running.done()
            await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        opened.close()

    asyncio.run(go())


def child(body: Callable[[], None]) -> int:
    """Fork; the pid. The child ends with 0 when ``body`` returned."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            body()
            status = 0
        finally:
            os._exit(status)
    return pid


def exported(folder: Path) -> dict[str, list[Any]]:
    """Everything the space holds, named by document name and ordinal instead of ids that may differ."""
    opened = Opened(folder)
    names = {row.id: row.name for row in opened.rows()}
    database = opened.rooms.database(SPACE)
    with database.write() as db:
        p = passages.c
        where = {
            row.id: (names[row.document], row.ordinal) for row in db.execute(sa.select(p.id, p.document, p.ordinal))
        }
        db.exec_driver_sql("CREATE VIRTUAL TABLE temp.terms USING fts5vocab('main', 'stems', 'instance')")
        terms = db.exec_driver_sql('SELECT term, doc, "offset" FROM temp.terms').all()
        found: dict[str, list[Any]] = {
            "parts": [(names[r.document], r.ordinal, r.text, dict(r.place)) for r in db.execute(sa.select(parts))],
            "passages": [
                (*where[r.id], r.text, r.context, r.digest, r.part, r.begins, r.ends, r.tail)
                for r in db.execute(sa.select(passages))
            ],
            "vectors": [(*where[r.passage], r.vector, r.scale) for r in db.execute(sa.select(vectors))],
            "cache": [tuple(r) for r in db.execute(sa.select(vector_cache))],
            "stems": [(*where[doc], offset, term) for term, doc, offset in terms],
        }
    found["rows"] = [(r.name, r.state, r.pages, r.characters, r.passages, r.embedded) for r in opened.rows()]
    opened.close()
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    fill(folder)
    work(folder)
    found = exported(folder)
    assert all(state == "ready" and made == embedded > 0 for _, state, _, _, made, embedded in found["rows"])
    assert len(found["vectors"]) == len(found["passages"]) > 300 and found["stems"]
    return found


def killed_until_done(folder: Path, seed: int, longest: float, model: str = "fake") -> int:
    """Kill the worker after random moments, ``KILLS`` times at most, until one finishes; how many were killed."""
    chance, kills = random.Random(seed), 0
    while True:
        pid = child(lambda: work(folder, model))
        due = time.monotonic() + (chance.uniform(0.01, longest) if kills < KILLS else 60)
        while time.monotonic() < due:
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
                return kills
            time.sleep(0.002)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        kills += 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_index_is_the_same_after_any_number_of_kills(
    tmp_path: Path, undisturbed: dict[str, list[Any]], seed: int
) -> None:
    fill(tmp_path)
    kills = killed_until_done(tmp_path, seed, 0.15)
    print("seed", seed, "kills", kills)
    assert kills >= 5
    assert exported(tmp_path) == undisturbed


def test_a_change_of_model_ends_the_same_after_any_number_of_kills(tmp_path: Path) -> None:
    fresh, changed = tmp_path / "fresh", tmp_path / "changed"
    for folder in (fresh, changed):
        fill(folder)
    work(fresh, "fake-b")
    work(changed)
    assert exported(changed)["vectors"] != exported(fresh)["vectors"]
    kills = killed_until_done(changed, 3, 0.15, "fake-b")
    assert kills >= 3
    found, wanted = exported(changed), exported(fresh)
    assert {row[1] for row in found.pop("cache")} == {"fake", "fake-b"} and wanted.pop("cache")
    assert found == wanted


def test_vectors_given_up_before_any_statement_are_given_up_by_the_next_one(tmp_path: Path) -> None:
    fill(tmp_path)
    work(tmp_path)
    model = EmbeddingModel("fake-b", "fake-b")

    def once() -> None:
        opened = Opened(tmp_path)
        database = opened.rooms.database(SPACE)
        if source(database).model != model.sha256:
            give_up(database)
            opened.shelf.embed_again(SPACE)
            adopt(database, model)
        opened.close()

    number = 1
    while dies_before_statement(number, once):
        opened = Opened(tmp_path)
        known = source(opened.rooms.database(SPACE))
        with opened.rooms.database(SPACE).read() as db:
            left = db.execute(sa.select(sa.func.count()).select_from(vectors)).scalar_one()
        waiting = {row.state for row in opened.rows()} == {"searchable"}
        assert known.model != "fake-b" or (left == 0 and waiting), "never the new name over the old vectors"
        assert known.model != "fake" or (left > 0 and known.whole)
        opened.close()
        number += 1
    assert number > 8
    opened = Opened(tmp_path)
    assert source(opened.rooms.database(SPACE)) == Source("fake-b", False)
    assert all((row.state, row.embedded) == ("searchable", 0) for row in opened.rows())
    opened.close()


@pytest.mark.endurance
@pytest.mark.parametrize("seed", LONGER)
def test_the_same_for_longer(tmp_path: Path, undisturbed: dict[str, list[Any]], seed: int) -> None:
    fill(tmp_path)
    assert killed_until_done(tmp_path, seed, 0.1) >= 8
    assert exported(tmp_path) == undisturbed


def dies_before_statement(number: int, body: Callable[[], None]) -> bool:
    """Run ``body`` in a child that dies before its ``number``-th statement or commit; False: it finished."""

    def armed() -> None:
        left = number

        def step(*_: Any) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(sa.Engine, "before_cursor_execute", step)
        sa.event.listen(sa.Engine, "commit", step)
        body()

    _, status = os.waitpid(child(armed), 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def test_a_deletion_killed_before_any_statement_is_finished_by_the_next_one(tmp_path: Path) -> None:
    fill(tmp_path)
    work(tmp_path)
    before = exported(tmp_path)
    opened = Opened(tmp_path)
    (gone,) = [row for row in opened.rows() if row.name == "pv3.pdf"]
    kept = {row.sha256 for row in opened.rows()} - {gone.sha256}
    opened.shelf.mark(gone.id)
    opened.close()

    def once() -> None:
        again = Opened(tmp_path)
        row = again.shelf.document(gone.id)
        if row is not None:
            erase(again.rooms, again.shelf, row)
        again.close()

    number = 1
    while dies_before_statement(number, once):
        number += 1
    assert number > 8
    after = exported(tmp_path)
    for what in ("parts", "passages", "vectors", "stems", "rows"):
        assert after[what] == [row for row in before[what] if row[0] != "pv3.pdf"]
    assert len(after["cache"]) < len(before["cache"])
    opened = Opened(tmp_path)
    with opened.rooms.database(SPACE).read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM stems WHERE stems MATCH 'affaire3x1'").scalar_one() == 0
    assert {blob.sha256 for blob in opened.rooms.blobs(SPACE).list()} == kept
    opened.close()
