"""A folder where a scanner drops: taken whole, kept when it leaves, never written to."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from demeure.testing.folders import Watched
from demeure.testing.house import small_house


@asynccontextmanager
async def dropped(folder: Path) -> AsyncGenerator[Watched]:
    place = folder / "scans"
    place.mkdir()
    async with small_house(folder / "instance") as house:
        yield Watched(house, place, drop=True)


def counts(scan: object) -> dict[str, int]:
    return {what: n for what, n in scan.counts.items() if n}  # type: ignore[attr-defined]


def test_a_file_is_taken_once_two_scans_have_seen_it_the_same(tmp_path: Path) -> None:
    async def go() -> None:
        async with dropped(tmp_path) as it:
            (it.place / "scan0001.txt").write_text("La première moitié")
            (it.place / "scan0002.txt.part").write_text("En route")
            first = await it.scan()
            assert counts(first) == {"waiting": 1, "ignored": 1} and it.every() == []
            assert it.folder.next_at < "9999", "it is looked at again within a minute"
            (it.place / "scan0001.txt").write_text("La première moitié, et la seconde : canari1.")
            assert counts(await it.scan()) == {"waiting": 1, "ignored": 1}, "it grew: it waits once more"
            assert counts(await it.scan()) == {"added": 1, "ignored": 1}
            await it.read()
            assert it.names() == ["scan0001.txt"]
            assert counts(await it.scan(whole=True)) == {"unchanged": 1, "ignored": 1}

    asyncio.run(go())


def test_what_leaves_the_folder_stays_in_the_house(tmp_path: Path) -> None:
    async def go() -> None:
        async with dropped(tmp_path) as it:
            for n in range(1, 7):
                (it.place / f"scan{n}.txt").write_text(f"Le courrier {n} parle du canari{n}.")
            await it.scan()
            assert counts(await it.scan()) == {"added": 6}
            await it.read()
            for n in range(1, 7):
                (it.place / f"scan{n}.txt").unlink()
            emptied = await it.scan()
            assert emptied.outcome == "done" and counts(emptied) == {"left": 6}, "emptied at once, and nothing held"
            assert it.register.count(it.folder.id) == 0
            assert it.names() == [f"scan{n}.txt" for n in range(1, 7)]
            (it.place / "encore.txt").write_text("Le courrier 1 parle du canari1.")
            await it.scan()
            assert counts(await it.scan()) == {"copied": 1}, "the same sheet scanned again is the same document"

    asyncio.run(go())


def test_a_name_that_serves_again_is_another_document(tmp_path: Path) -> None:
    async def go() -> None:
        async with dropped(tmp_path) as it:
            scan = it.place / "scan.txt"
            for text in ("Le premier courrier, canari1.", "Le second courrier, canari2."):
                scan.write_text(text)
                os.utime(scan, ns=(0, len(text)))
                await it.scan()
                assert counts(await it.scan()) == {"added": 1}
                await it.read()
            assert it.names() == ["scan.txt", "scan.txt"]
            assert all(not row.supersedes for row in it.every())
            acts = [e.name for e in it.house.journal.entries if e.name.startswith("document-")]
            assert "document-change" not in acts and "document-delete" not in acts

    asyncio.run(go())


def test_a_half_that_could_not_be_read_leaves_for_the_whole(tmp_path: Path) -> None:
    async def go() -> None:
        async with dropped(tmp_path) as it:
            scan = it.place / "scan.pdf"
            for content in (b"%PDF-1.7 la moitie \xff\xfe", b"Un texte entier, canari3."):
                scan.write_bytes(content)
                await it.scan()
                await it.scan()
                await it.read()
            assert [row.state for row in it.every()] == ["ready"]

    asyncio.run(go())


def test_taking_leave_of_the_folder_with_its_documents_takes_those_that_left(tmp_path: Path) -> None:
    async def go() -> None:
        async with dropped(tmp_path) as it:
            (it.place / "scan.txt").write_text("Un courrier, canari1.")
            await it.scan()
            await it.scan()
            await it.read()
            (it.place / "scan.txt").unlink()
            await it.scan()
            assert it.register.brought(it.folder.actor) == [row.id for row in it.every()]

    asyncio.run(go())


def test_nothing_in_the_folder_is_ever_written(tmp_path: Path) -> None:
    async def go() -> None:
        async with dropped(tmp_path) as it:
            (it.place / "scan.txt").write_text("Un courrier.")
            before = sorted((p.name, p.stat().st_mtime_ns, p.stat().st_ino) for p in it.place.iterdir())
            folder = it.place.stat().st_mtime_ns
            for _ in range(3):
                await it.scan()
            await it.read()
            assert sorted((p.name, p.stat().st_mtime_ns, p.stat().st_ino) for p in it.place.iterdir()) == before
            assert it.place.stat().st_mtime_ns == folder

    asyncio.run(go())
