"""Several readings end together: indexes reach the disk before any row says so, one space's trouble is its own."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demeure.library import indexing
from demeure.library.document import Document
from demeure.library.together import Together
from demeure.store import DiskFull
from demeure.testing.house import ADMINISTRATOR, pieces, small_house

ROW = Document("d0", "mairie", "a.txt", "txt", 1, "0" * 64, "reading", "c", "p", "2026-11-26T00:00:00.000000Z")


class Told:
    """A shelf and rooms that remember in which order they were asked."""

    def __init__(self, full: str = "") -> None:
        self.said: list[Any] = []
        self.full = full

    def database(self, space: str) -> str:
        if space == self.full:
            raise DiskFull(what=space)
        return space

    def update_all(self, rows: Any) -> None:
        self.said.append(sorted(document for document, _ in rows))


def run(told: Told, rows: list[Document], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    monkeypatch.setattr(indexing, "durable", told.said.append)

    async def go() -> list[Any]:
        together = Together(told, told)  # type: ignore[arg-type]
        return await asyncio.gather(
            *(together.settle(row, state="searchable") for row in rows), return_exceptions=True
        )

    return asyncio.run(go())


def test_three_documents_wait_twice_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told()
    rows = [replace(ROW, id=f"d{n}") for n in range(3)]
    assert run(told, rows, monkeypatch) == [None, None, None]
    assert told.said == ["mairie", ["d0", "d1", "d2"]], "the index of the space, then the rows"


def test_a_space_that_cannot_be_written_holds_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(full="secret")
    rows = [ROW, replace(ROW, id="d1", space="secret"), replace(ROW, id="d2")]
    first, second, third = run(told, rows, monkeypatch)
    assert first is third is None and isinstance(second, DiskFull)
    assert told.said[-1] == ["d0", "d2"]


def test_the_worker_finds_its_next_document_without_looking_at_the_others(tmp_path: Path) -> None:
    """Each question of a line is answered from an index: thousands of documents may wait."""

    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            await house.library.add(ADMINISTRATOR, "mairie", "a.txt", pieces(b"un"))
            asked: list[str] = []
            from sqlalchemy import event

            reader = house.instance.house._reader
            event.listen(reader, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
            for states, options in (
                (("searchable",), {}),
                (("searchable",), {"pictures": True}),
                (("searchable", "ready"), {"older_than": ("index_version", 1)}),
                (("searchable", "ready"), {"older_than": ("outlined", 1)}),
            ):
                assert house.shelf.lease_next("worker-x", states, "9", **options) is None  # type: ignore[arg-type]
            with house.instance.house.read() as db:
                for text in [one for one in asked if one.startswith("SELECT")]:
                    plan = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("x",) * text.count("?")).all()
                    assert all("SEARCH" in row[3] or "USING INDEX" in row[3] or "TEMP" in row[3] for row in plan), (
                        plan
                    )

    asyncio.run(go())
