"""Small documents read in company: one job for many, and each keeps its own row, journal entries and verdict."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.library import Document
from demeure.library.company import CROWD
from demeure.library.erasing import erase
from demeure.library.leases import ALONE
from demeure.store.tables import ALONE as INDEXED
from demeure.store.tables import documents
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house
from demeure.testing.workshop import FakeWorkshop
from demeure.workshop import Companion, DocumentCorrupt, JobDied, Reading, WorkshopBusy


async def filled(house: SmallHouse, texts: dict[str, bytes], space: str = "mairie") -> list[Document]:
    rows = []
    for name, data in texts.items():
        row = await house.library.add(ADMINISTRATOR, space, name, pieces(data))
        assert isinstance(row, Document)
        rows.append(row)
    return rows


async def at_rest(house: SmallHouse) -> dict[str, Document]:
    """Every document has its last state, and no intention is open."""
    running = asyncio.create_task(house.pipeline.run())
    try:
        async with asyncio.timeout(20):
            while True:
                rows = [*house.shelf.documents("mairie"), *house.shelf.documents("secret")]
                done = all(row.state in ("ready", "failed") for row in rows)
                if done and not await house.journal.open_intentions():
                    return {row.name: row for row in rows}
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def notes(count: int, extra: str = "") -> dict[str, bytes]:
    return {f"note-{n}.md": f"Note {n} {extra}: la piscine ouvre à {n} heures.".encode() for n in range(count)}


def read_entries(house: SmallHouse, row: Document) -> list[tuple[str, str]]:
    return [
        (entry.name, entry.outcome or "")
        for entry in house.journal.chain(row.chain)
        if entry.name.startswith("document-read")
    ]


def run(folder: Path, body: Any) -> None:
    async def go() -> None:
        async with small_house(folder, work=False) as house:
            await body(house)

    asyncio.run(go())


def test_many_share_a_job_and_each_has_its_entries(tmp_path: Path) -> None:
    async def body(house: SmallHouse) -> None:
        await filled(house, notes(5))
        await filled(house, {"secret.md": b"Un seul mot : la piscine."}, "secret")
        rows = await at_rest(house)
        assert house.workshop.together == [[f"note-{n}.md" for n in range(5)]], "never with another space's"
        for row in rows.values():
            assert row.state == "ready" and row.passages == 1
            assert read_entries(house, row) == [("document-read", ""), ("document-read-closed", "done")]
        found = await house.searcher.search(AGENT, "note 3 piscine", ["mairie"], 9)
        assert {hit.document for hit in found.hits} == {f"note-{n}.md" for n in range(5)}

    run(tmp_path, body)


def test_a_crowd_is_searchable_first_and_examined_when_the_house_is_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def body(house: SmallHouse) -> None:
        monkeypatch.setattr("demeure.library.line.IDLE_SECONDS", 0.05)
        mail = "Note {n}: écrire à jean.martin{n}@exemple.fr pour la piscine."
        await filled(house, {f"note-{n}.md": mail.format(n=n).encode() for n in range(CROWD + 1)})
        running = asyncio.create_task(house.pipeline.run())
        async with asyncio.timeout(180):
            while any(row.personal is None for row in house.shelf.documents("mairie")):  # noqa: ASYNC110 - another loop's work
                await asyncio.sleep(0.02)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        rows = house.shelf.documents("mairie")
        assert [row.personal["kinds"] for row in rows if row.personal] == [{"email": 1}] * (CROWD + 1)
        names = [[entry.name for entry in house.journal.chain(row.chain)] for row in rows]
        assert all(one.index("document-read-closed") < one.index("document-examine") for one in names)

    run(tmp_path, body)


def test_what_somebody_else_brought_and_what_is_no_plain_text_is_not_there(tmp_path: Path) -> None:
    async def body(house: SmallHouse) -> None:
        rows = await filled(house, notes(4) | {"a.pdf": b"Une page.", "grand.txt": b"mot " * 20_000})
        with house.instance.house.write() as db:
            db.execute(documents.update().where(documents.c.id == rows[1].id).values(added_by="key:logiciel"))
        done = await at_rest(house)
        assert house.workshop.together == [["note-0.md", "note-2.md", "note-3.md"]]
        assert {row.state for row in done.values()} == {"ready"}

    run(tmp_path, body)


def test_one_that_cannot_be_read_has_its_own_verdict_and_takes_nothing_from_the_others(tmp_path: Path) -> None:
    async def body(house: SmallHouse) -> None:
        await filled(house, notes(3) | {"vide.txt": b"   ", "abime.txt": b"\xff\xfe\xfa"})
        rows = await at_rest(house)
        assert rows["vide.txt"].reason == ("DocumentEmpty", {})
        assert rows["abime.txt"].reason is not None and rows["abime.txt"].reason[0] == "DocumentCorrupt"
        assert [rows[f"note-{n}.md"].state for n in range(3)] == ["ready"] * 3
        assert read_entries(house, rows["vide.txt"]) == [
            *(("document-read", ""), ("document-read-closed", "interrupted")),
            *(("document-read", ""), ("document-read-closed", "failed")),
        ]

    run(tmp_path, body)


@pytest.mark.parametrize("problem", [JobDied(detail="signal 9"), DocumentCorrupt(detail="KeyError")])
def test_a_job_that_fails_sends_each_to_a_job_of_its_own(
    tmp_path: Path, problem: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(self: FakeWorkshop, files: list[Companion], **how: bool) -> list[Reading | None]:
        raise problem

    async def body(house: SmallHouse) -> None:
        await filled(house, notes(3))
        rows = await at_rest(house)
        assert sorted(house.workshop.names) == ["note-0.md", "note-1.md", "note-2.md"]
        assert {row.state for row in rows.values()} == {"ready"}

    monkeypatch.setattr(FakeWorkshop, "read_together", fails)
    run(tmp_path, body)


def test_a_workshop_that_is_busy_leaves_them_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true, asked = FakeWorkshop.read_together, []

    async def busy_once(self: FakeWorkshop, files: list[Companion], **how: bool) -> list[Reading | None]:
        asked.append(len(files))
        if len(asked) == 1:
            raise WorkshopBusy
        return await true(self, files, **how)

    async def body(house: SmallHouse) -> None:
        monkeypatch.setattr("demeure.library.line.IDLE_SECONDS", 0.05)
        await filled(house, notes(3))
        running = asyncio.create_task(house.pipeline.run())
        async with asyncio.timeout(10):
            while not asked or not house.shelf.waits_to_be_read():  # noqa: ASYNC110 - another loop's work
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        done = await at_rest(house)
        assert {row.state for row in done.values()} == {"ready"} and len(house.workshop.together) == 1
        assert {row.attempts for row in done.values()} == {1}

    monkeypatch.setattr(FakeWorkshop, "read_together", busy_once)
    run(tmp_path, body)


def test_one_that_is_deleted_meanwhile_goes_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, begun = FakeWorkshop.read_together, asyncio.Event()
    asked: list[int] = []

    async def slow_once(self: FakeWorkshop, files: list[Companion], **how: bool) -> list[Reading | None]:
        asked.append(len(files))
        if len(asked) == 1:
            begun.set()
            await asyncio.sleep(30)
        return await true(self, files, **how)

    async def body(house: SmallHouse) -> None:
        gone, *_ = await filled(house, notes(3))
        working = asyncio.create_task(at_rest(house))
        await begun.wait()
        house.shelf.mark(gone.id)
        house.pipeline.nudge()
        rows = await working
        while house.shelf.document(gone.id) is not None:
            erase(house.rooms, house.shelf, house.shelf.document(gone.id))  # type: ignore[arg-type]
        assert asked == [3, 2] and set(rows) == {"note-1.md", "note-2.md"}

    monkeypatch.setattr(FakeWorkshop, "read_together", slow_once)
    run(tmp_path, body)


def test_what_was_begun_once_is_read_alone(tmp_path: Path) -> None:
    """As a worker that was killed in the middle leaves it: half written, its row being read."""

    async def body(house: SmallHouse) -> None:
        rows = await filled(house, notes(3))
        house.shelf.update_those([row.id for row in rows], state="reading", attempts=1)
        done = await at_rest(house)
        assert house.workshop.together == [] and {row.state for row in done.values()} == {"ready"}

    run(tmp_path, body)


def test_what_is_read_alone_is_found_by_its_index(tmp_path: Path) -> None:
    assert str(ALONE).replace("documents.", "") == INDEXED

    async def body(house: SmallHouse) -> None:
        query = f"SELECT id FROM documents WHERE state = 'received' AND {ALONE} ORDER BY added_at, id LIMIT 1"
        with house.instance.house.read() as db:
            plan = " ".join(str(row) for row in db.execute(sa.text(f"EXPLAIN QUERY PLAN {query}")))
        assert "documents_alone" in plan and "SCAN" not in plan

    run(tmp_path, body)
