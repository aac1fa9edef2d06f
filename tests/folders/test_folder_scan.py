"""A watched folder, followed file by file: nothing twice, nothing lost, nothing read again without need."""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from demeure.folders import Watch
from demeure.journal import JournalUnavailable
from demeure.policy import Denied
from demeure.reader import FolderUnreachable, unreachable
from demeure.store import DiskFull
from demeure.store.tables import documents
from demeure.testing.folders import FOLDER, Watched
from demeure.testing.house import ADMINISTRATOR, AGENT, small_house

SHEETS = {f"fiche{n}.txt": f"La fiche {n} parle du canari{n} de la mairie." for n in range(1, 9)}


def fill(place: Path, sheets: dict[str, str] = SHEETS) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for name, text in sheets.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@asynccontextmanager
async def watched(folder: Path, *, work: bool = True, **options: Any):  # type: ignore[no-untyped-def]
    place = folder / "share"
    if not place.exists():
        fill(place)
    async with small_house(folder / "instance", work=work) as house:
        yield Watched(house, place, **options)


def told(scan: Any, **counts: int) -> None:
    """Exactly these counts, and no other but what is unchanged."""
    found = {what: n for what, n in scan.counts.items() if n and what != "unchanged"}
    assert found == counts, (scan.outcome, found, scan.report)


def run(body: Callable[[], Any]) -> None:
    asyncio.run(body())


def test_a_folder_becomes_documents_and_is_not_read_again(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            first = await it.scan()
            assert first.outcome == "done" and it.folder.state == "ok"
            told(first, added=8)
            await it.read()
            assert it.names() == sorted(SHEETS)
            found = await it.house.searcher.search(AGENT, "canari3", ["mairie"], 3)
            assert found.hits[0].document == "fiche3.txt"
            row = it.house.shelf.document(found.hits[0].document_id)
            assert (row.origin.door, row.origin.path, row.added_by) == ("folder", "fiche3.txt", f"folder:{FOLDER}")
            assert it.register.places(row.id)[0][1:3] == ("fiche3.txt", "found")
            it.reader.reads = []
            entries = len(it.house.journal.entries)
            again = await it.scan()
            told(again)
            assert again.counts["unchanged"] == 8 and it.reader.reads == []
            assert len(it.house.journal.entries) == entries + 2, "the scan itself, and nothing of its files"

    run(go)


def test_every_effect_is_written_before_and_the_scan_tells_its_report(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            scan = await it.scan()
            journal = it.house.journal
            names = [(e.name, e.outcome, e.actor) for e in journal.entries]
            actor = f"folder:{FOLDER}"
            assert names[0] == ("folder-scanned", None, actor)
            assert names[1:3] == [("document-add", None, actor), ("document-add-closed", "done", actor)]
            assert names[-1] == ("folder-scanned-closed", "done", actor)
            assert b'"added": 8' in journal.payloads[-1] and b"fiche1.txt" in journal.payloads[-1]
            assert scan.chain == journal.entries[0].chain

    run(go)


def test_nothing_is_done_without_a_journal(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            it.house.journal.fail_after(2, JournalUnavailable())
            with pytest.raises(JournalUnavailable):
                await it.scan()
            kept = len(it.every())
            assert kept <= 1
            it.house.journal._later, it.house.journal._passes = None, None
            told(await it.scan(), added=8 - kept)
            assert len(it.every()) == 8

    run(go)


def test_on_the_reserve_of_the_journal_nothing_is_added(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            it.house.journal.state = "reserve"
            from demeure.folders import Scan

            assert await Scan(it.tools, it.folder, whole=False).run() == "refused"
            assert it.every() == []

    run(go)


@pytest.mark.parametrize("how", ["disk", "reserve"])
def test_a_full_disk_is_told_and_the_scan_goes_on_once_there_is_room(tmp_path: Path, how: str) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            from demeure.folders import Scan

            blobs = it.tools.rooms.blobs("mairie")
            put, left = blobs.put, [3]

            def full(pieces: Any) -> Any:
                left[0] -= 1
                if left[0] < 0:
                    raise DiskFull(what="document")
                return put(pieces)

            blobs.put = full  # type: ignore[method-assign]
            it.tools.rooms.blobs = lambda _space: blobs  # type: ignore[method-assign]
            if how == "reserve":
                left[0], it.house.journal.state = 99, "reserve"
            outcome = await Scan(it.tools, it.folder, whole=False).run()
            assert outcome == ("interrupted" if how == "disk" else "refused")
            assert len(it.every()) == (3 if how == "disk" else 0)
            if how == "disk":
                assert it.folder.reason and "Le disque est plein" in it.folder.reason["fr"]
                assert "The disk is full" in it.folder.reason["en"] and it.folder.next_at < "9999"
            left[0], it.house.journal.state = 99, "ok"
            told(await it.scan(), added=5 if how == "disk" else 8)
            assert it.folder.reason is None and len(it.every()) == 8

    run(go)


def test_moved_renamed_changed_and_deleted_files_are_followed(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            await it.scan()
            await it.read()
            ids = {row.name: row.id for row in it.every()}
            (it.place / "2026").mkdir()
            (it.place / "fiche1.txt").rename(it.place / "2026" / "fiche1.txt")
            (it.place / "fiche2.txt").rename(it.place / "FICHE2.txt")  # case only
            (it.place / "fiche3.txt").rename(it.place / "rapport.txt")
            (it.place / "fiche4.txt").write_text("La fiche 4 parle désormais du perroquet4.")
            (it.place / "fiche5.txt").unlink()
            told(await it.scan(), moved=3, changed=1, deleted=1)
            found = await it.house.searcher.search(AGENT, "canari5", ["mairie"], 5)
            assert "fiche5.txt" not in [hit.document for hit in found.hits], "at once"
            moved = it.house.shelf.document(ids["fiche3.txt"])
            assert (moved.name, moved.origin.path) == ("rapport.txt", "rapport.txt")
            assert [(p, w) for _, p, w, _ in it.register.places(moved.id)] == [
                ("fiche3.txt", "found"),
                ("rapport.txt", "moved"),
            ]
            assert it.house.shelf.document(ids["fiche1.txt"]).origin.path == "2026/fiche1.txt"
            assert it.house.shelf.document(ids["fiche2.txt"]).name == "FICHE2.txt"
            await it.read()
            found = await it.house.searcher.search(AGENT, "perroquet4", ["mairie"], 5)
            assert "perroquet4" in found.hits[0].text
            told(await it.scan())
            assert len(it.names()) == 8, "the former state of a changed file is kept until it is tidied"

    run(go)


def test_a_changed_file_is_found_as_it_was_until_it_can_be_found_as_it_is(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            await it.scan()
            running = asyncio.create_task(it.house.pipeline.run())
            await it.read()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            old = next(row.id for row in it.every() if row.name == "fiche4.txt")
            (it.place / "fiche4.txt").write_text("La fiche 4 parle désormais du perroquet4.")
            told(await it.scan(), changed=1)
            new = next(row.id for row in it.every() if row.supersedes == old)
            assert it.house.shelf.names({old, new}).keys() == {old}
            running = asyncio.create_task(it.house.pipeline.run())
            await it.read()
            assert it.house.shelf.names({old, new}).keys() == {new}
            listed = await it.house.catalogue.page(ADMINISTRATOR, "mairie", _everything())
            assert [one.document.id for one in listed.documents].count(old) == 0
            (shown,) = await it.house.catalogue.shown(ADMINISTRATOR, [old])
            assert shown.newer == new, "whoever opens the former state is told"
            await _tidied(it)
            assert it.house.shelf.document(old) is None
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    run(go)


def _everything():  # type: ignore[no-untyped-def]
    from demeure.library import Wanted

    return Wanted()


async def _tidied(it: Watched) -> None:
    from demeure.folders import Watch

    await Watch(it.tools)._outdated()
    await it.read()


def test_deleting_the_newer_state_does_not_bring_the_older_one_back(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, keep_days=30) as it:
            await it.scan()
            await it.read()
            (it.place / "fiche4.txt").write_text("La fiche 4 parle désormais du perroquet4.")
            await it.scan()
            await it.read()
            await _tidied(it)
            both = [row for row in it.every() if row.name == "fiche4.txt"]
            assert len(both) == 2, "kept for thirty days"
            new = next(row for row in both if row.supersedes)
            await it.house.library.delete(ADMINISTRATOR, new.id)
            await it.read()
            assert not [row for row in it.every() if row.name == "fiche4.txt"]

    run(go)


def test_a_file_that_comes_back_to_what_it_was_is_itself_again(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, keep_days=30) as it:
            await it.scan()
            await it.read()
            old = next(row.id for row in it.every() if row.name == "fiche4.txt")
            for text in ("perroquet4 est arrivé.", SHEETS["fiche4.txt"]):
                (it.place / "fiche4.txt").write_text(text)
                told(await it.scan(), changed=1)
                await it.read()
            assert old in it.house.shelf.names({row.id for row in it.every()})
            found = await it.house.searcher.search(AGENT, "canari4", ["mairie"], 3)
            assert found.hits[0].document_id == old
            found = await it.house.searcher.search(AGENT, "perroquet4", ["mairie"], 3)
            assert "perroquet4" not in "".join(hit.text for hit in found.hits)

    run(go)


def test_the_same_bytes_under_two_names_are_one_document_until_both_are_gone(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            (it.place / "copie.txt").write_text(SHEETS["fiche1.txt"])
            scan = await it.scan()
            told(scan, added=8, copied=1)
            (it.place / "fiche1.txt").unlink()
            told(await it.scan(), deleted=1)
            assert len(it.every()) == 8 and not any(row.leaving for row in it.every())
            (it.place / "copie.txt").unlink()
            told(await it.scan(), deleted=1)
            await it.read()
            assert len(it.every()) == 7

    run(go)


def test_a_document_is_called_as_the_file_that_holds_it_when_names_change_hands(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            await it.scan()
            await it.read()
            former = {row.name: row.id for row in it.every()}
            (it.place / "fiche1.txt").rename(it.place / "fiche1 ancienne.txt")  # and its name serves again
            (it.place / "fiche1.txt").write_text("La fiche nouvelle parle du goéland de la mairie.")
            (it.place / "copie.txt").write_text(SHEETS["fiche2.txt"])
            (it.place / "fiche3.txt").rename(it.place / "fiche4 bis.txt")  # one name further each
            (it.place / "fiche2.txt").rename(it.place / "fiche3.txt")
            assert (await it.scan()).outcome == "done"
            await it.read()
            rows = {row.id: (row.name, row.origin.path) for row in it.every()}
            assert rows[former["fiche1.txt"]] == ("fiche1 ancienne.txt",) * 2
            assert rows[former["fiche2.txt"]][0] in ("copie.txt", "fiche3.txt")
            assert rows[former["fiche3.txt"]] == ("fiche4 bis.txt",) * 2
            names = [name for name, _ in rows.values()]
            assert sorted(set(names)) == sorted(names), "two documents of one name"
            found = await it.house.searcher.search(AGENT, "canari1", ["mairie"], 3)
            assert found.hits[0].document == "fiche1 ancienne.txt"
            (it.place / "fiche3.txt").unlink()
            told(await it.scan(), deleted=1)
            await it.read()
            assert {row.id: row.name for row in it.every()}[former["fiche2.txt"]] == "copie.txt"

    run(go)


def test_what_a_person_brought_is_never_deleted_by_a_folder(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            row = await it.house.add("a moi.txt", SHEETS["fiche1.txt"])
            told(await it.scan(), added=7, copied=1)
            (it.place / "fiche1.txt").unlink()
            told(await it.scan(), deleted=1)
            assert not it.house.shelf.document(row.id).leaving

    run(go)


def test_what_a_person_deleted_does_not_come_back(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            await it.scan()
            await it.read()
            row = next(row for row in it.every() if row.name == "fiche1.txt")
            await it.house.library.delete(ADMINISTRATOR, row.id)
            told(await it.scan())
            (it.place / "fiche1.txt").rename(it.place / "autre.txt")
            told(await it.scan())
            assert len(it.names()) == 7
            (it.place / "autre.txt").write_text("Un tout autre texte, avec une pie.")
            told(await it.scan(), changed=1)
            assert len(it.names()) == 8

    run(go)


def test_a_touched_file_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            await it.scan()
            os.utime(it.place / "fiche1.txt", (2**31, 2**31))  # a clock in 2038
            os.utime(it.place / "fiche2.txt", (0, 0))
            it.reader.reads = []
            told(await it.scan())
            assert sorted(it.reader.reads) == ["fiche1.txt", "fiche2.txt"]
            it.reader.reads = []
            told(await it.scan())
            assert it.reader.reads == []

    run(go)


def test_a_change_that_neither_size_nor_date_shows_is_seen_by_a_verification(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            await it.scan()
            path = it.place / "fiche1.txt"
            facts = path.stat()
            path.write_text(path.read_text().replace("canari1", "corbea1"))
            os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
            told(await it.scan())
            whole = await it.scan(whole=True)
            told(whole, changed=1)
            assert whole.whole and whole.counts["unchanged"] == 7

    run(go)


def test_what_is_left_aside_is_told_with_its_reason(tmp_path: Path) -> None:
    async def go() -> None:
        place = tmp_path / "share"
        fill(place)
        for name in ("~$fiche1.docx", ".cache", "Thumbs.db", "a.TMP", "notes.bak", "brouillon.txt"):
            (place / name).write_text("x")
        for name in (".git", "Archives/vieux", "$RECYCLE.BIN"):
            (place / name).mkdir(parents=True)
            (place / name / "dedans.txt").write_text("dedans " + name)
        (place / "vide.txt").touch()
        (place / "gros.txt").write_bytes(b"x" * (2 << 20))
        (place / "lien.txt").symlink_to(place / "fiche1.txt")
        (place / "dehors").symlink_to("/")
        os.mkfifo(place / "tuyau")
        async with watched(tmp_path, work=False, ignore=["brouillon*", "archives/"]) as it:
            scan = await it.scan()
            told(scan, added=8, ignored=12, refused=2)
            why = dict(map(tuple, scan.report["ignored"]))
            assert why == {
                "~$fiche1.docx": "~$*",
                ".cache": "hidden",
                "Thumbs.db": "thumbs.db",
                "a.TMP": "*.tmp",
                "notes.bak": "*.bak",
                "brouillon.txt": "brouillon*",
                ".git": "hidden",
                "Archives": "archives/",
                "$RECYCLE.BIN": "$recycle.bin/",
                "lien.txt": "link",
                "dehors": "link",
                "tuyau": "special",
            }
            assert dict(map(tuple, scan.report["refused"])) == {
                "vide.txt": "DocumentEmpty",
                "gros.txt": "UploadTooLarge",
            }
            told(await it.scan(), ignored=12, refused=2)

    run(go)


def test_names_that_no_text_holds_and_paths_without_end(tmp_path: Path) -> None:
    async def go() -> None:
        place = tmp_path / "share"
        fill(place, {"é.txt": "Un accent."})
        (place / os.fsdecode(b"budg\xe9t.txt")).write_text("Écrit par un vieux Windows.")
        (place / ("n" * 250 + ".txt")).write_text("Un nom sans fin.")
        (place / "a\nb\x1b[31m.txt").write_text("Un nom de travers.")
        descriptor = os.open(place, os.O_RDONLY)
        for _ in range(30):  # 6 000 bytes: beyond what a path may be, not beyond what a walk reaches
            os.mkdir("d" * 200, dir_fd=descriptor)
            deeper = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        made = os.open("au fond.txt", os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=descriptor)
        os.write(made, b"Au fond du fond.")
        os.close(made)
        os.close(descriptor)
        async with watched(tmp_path) as it:
            told(await it.scan(), added=5)
            names = it.names()
            assert "budgét.txt" in names and "au fond.txt" in names
            assert any(name.startswith("nnn") and name.endswith("….txt") and len(name) <= 200 for name in names)
            assert not any("\n" in name or "\x1b" in name for name in names)
            told(await it.scan())
            assert await _reads(it, "budgét.txt") == "Écrit par un vieux Windows."

    run(go)


async def _reads(it: Watched, name: str) -> str:
    row = next(row for row in it.every() if row.name == name)
    _, chunks = await it.house.library.original(ADMINISTRATOR, row.id)
    return b"".join(chunks).decode()


def test_a_folder_inside_itself_ends(tmp_path: Path) -> None:
    async def go() -> None:
        place = tmp_path / "share"
        fill(place)
        deeper = place
        for _ in range(130):
            deeper = deeper / "d"
        deeper.mkdir(parents=True)
        (deeper / "trop loin.txt").write_text("trop loin")
        async with watched(tmp_path, work=False) as it:
            scan = await it.scan()
            told(scan, added=8, ignored=1)
            assert scan.report["ignored"][0][1] == "too-deep"

    run(go)


def test_a_file_that_is_being_written_waits(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            growing = it.place / "fiche1.txt"
            opened = it.tools.settle_seconds

            async def turn() -> None:
                with growing.open("a") as file:
                    file.write("encore ")

            object.__setattr__(it.tools, "turn", turn)
            assert opened == 0.0
            scan = await it.scan()
            told(scan, added=7, waiting=1)
            assert it.folder.next_at < _in_minutes(2), "looked at again within a minute"
            object.__setattr__(it.tools, "turn", _nobody)
            told(await it.scan(), added=1)

    run(go)


def test_whoever_waits_for_an_answer_comes_before_the_files(tmp_path: Path) -> None:
    async def go() -> None:
        from demeure.engine import LeaseGate
        from demeure.wire import Request

        async with watched(tmp_path, work=False) as it:
            gate = LeaseGate(hold=0.0)
            object.__setattr__(it.tools, "turn", gate.turn)
            asking = gate.handler(Request("lease", {}, "gateway"))
            await anext(asking)
            scanning = asyncio.create_task(it.scan())
            await asyncio.sleep(0.3)
            assert it.reader.opened == 1 and it.reader.reads == [], "listed, not read"
            await asking.aclose()
            told(await scanning, added=8)

    run(go)


async def _nobody() -> None:
    return None


def _in_minutes(count: int) -> str:
    from datetime import timedelta

    from demeure.clock import SystemClock, iso

    return iso(SystemClock().now() + timedelta(minutes=count))


@pytest.mark.parametrize("how", ["removed", "emptied", "unmounted", "cut off", "a file"])
def test_a_share_that_disappears_takes_nothing_away(tmp_path: Path, how: str) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            it.reader.mounted = how == "unmounted"
            await it.scan()
            kept = {row.id for row in it.every()}
            aside = it.place.with_name("aside")
            if how == "removed":
                it.place.rename(aside)
            elif how == "emptied":
                it.place.rename(aside)
                it.place.mkdir()
            elif how == "a file":
                it.place.rename(aside)
                it.place.write_text("x")
            elif how == "unmounted":
                it.reader.mounted = False
                for path in it.place.iterdir():
                    path.unlink()
                (it.place / "lost+found").mkdir()
            else:
                it.reader.failure = unreachable("coupé", "cut off")
                (it.place / "fiche1.txt").unlink()
            scan = await it.scan()
            assert scan.outcome == it.folder.state == "unreachable"
            assert it.folder.reason and it.folder.reason["fr"] and it.folder.reason["en"]
            assert {row.id for row in it.every() if not row.leaving} == kept
            told(scan)
            if how in ("removed", "emptied", "a file"):
                if it.place.is_dir():
                    it.place.rmdir()
                else:
                    it.place.unlink(missing_ok=True)
                aside.rename(it.place)
                again = await it.scan()
                assert again.outcome == "done" and it.folder.state == "ok" and it.folder.reason is None
                told(again)

    run(go)


def test_what_is_held_stays_when_its_file_goes_or_changes(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            await it.scan()
            await it.read()
            by_name = {row.name: row.id for row in it.every()}
            gone, changed = by_name["fiche1.txt"], by_name["fiche2.txt"]
            hold = documents.update().where(documents.c.id.in_([gone, changed])).values(held="procédure")
            with it.house.instance.house.write() as db:
                db.execute(hold)
            (it.place / "fiche1.txt").unlink()
            (it.place / "fiche2.txt").write_text("La fiche 2 parle maintenant du budget.")
            with pytest.raises(Denied):
                await it.scan()
            await it.read()
            await Watch(it.tools)._outdated()
            newer = next(row for row in it.every() if row.supersedes == changed)
            await it.house.library.delete(ADMINISTRATOR, newer.id)
            await it.read()
            there = {row.id: row for row in it.every()}
            assert gone in there and not there[gone].leaving
            assert changed in there and not there[changed].leaving and newer.id not in there

    run(go)


def test_what_is_held_stays_when_its_file_takes_the_bytes_of_another_document(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            await it.scan()
            await it.read()
            by_name = {row.name: row.id for row in it.every()}
            held, free = by_name["fiche1.txt"], by_name["fiche2.txt"]
            with it.house.instance.house.write() as db:
                db.execute(documents.update().where(documents.c.id == held).values(held="procédure"))
                failed = documents.update().where(documents.c.id == by_name["fiche4.txt"])
                db.execute(failed.values(state="failed", held="procédure"))
            for name in ("fiche1.txt", "fiche2.txt"):
                (it.place / name).write_text(SHEETS["fiche3.txt"])
            (it.place / "fiche4.txt").write_text("La fiche 4 se lit enfin.")
            await it.scan()
            await it.read()
            there = {row.id: row for row in it.every()}
            assert held in there and not there[held].leaving, "it stays, without a file"
            assert by_name["fiche4.txt"] in there, "so does one that could never be searched"
            assert free not in there, "what nothing holds is replaced as before"

    run(go)


def test_many_files_gone_at_once_wait_for_a_word(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            await it.scan()
            for n in range(1, 5):
                (it.place / f"fiche{n}.txt").unlink()
            (it.place / "nouvelle.txt").write_text("Elle entre quand même.")
            scan = await it.scan()
            told(scan, added=1, held=4)
            assert (scan.outcome, it.folder.state, it.folder.held) == ("held", "held", 4)
            assert len(it.names()) == 9
            told(await it.scan(), held=4)
            (it.place / "fiche5.txt").unlink()
            it.register.change(FOLDER, agreed=4)
            scan = await it.scan()
            told(scan, held=5)
            assert len(it.names()) == 9, "five are gone: a word about four is not enough"
            it.register.change(FOLDER, agreed=5)
            told(await it.scan(), deleted=5)
            assert (it.folder.state, it.folder.held, it.folder.agreed) == ("ok", 0, 0)
            assert len(it.names()) == 4

    run(go)


def test_files_that_come_back_are_no_longer_held(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            await it.scan()
            aside = tmp_path / "aside"
            aside.mkdir()
            for n in range(1, 6):
                (it.place / f"fiche{n}.txt").rename(aside / f"fiche{n}.txt")
            told(await it.scan(), held=5)
            for path in aside.iterdir():
                path.rename(it.place / path.name)
            told(await it.scan())
            assert (it.folder.state, it.folder.held) == ("ok", 0)

    run(go)


def test_a_folder_that_cannot_be_listed_keeps_what_it_held(tmp_path: Path) -> None:
    async def go() -> None:
        place = tmp_path / "share"
        fill(place, SHEETS | {f"service/note{n}.txt": f"La note {n} parle d’un héron{n}." for n in range(3)})
        async with watched(tmp_path, work=False) as it:
            told(await it.scan(), added=11)
            from demeure.reader import walking

            opened = os.open

            def refused(path: Any, flags: int, *more: Any, **options: Any) -> int:
                if path == "service" and flags == walking.FOLDER:
                    raise PermissionError(13, "refused")
                return opened(path, flags, *more, **options)

            os.open = refused  # type: ignore[assignment]
            try:
                scan = await it.scan()
            finally:
                os.open = opened
            told(scan, unreadable=1)
            assert scan.report["unreadable"] == [["service", "EACCES"]]
            assert len(it.names()) == 11
            told(await it.scan())

    run(go)


def test_a_paused_folder_stops_where_it_is(tmp_path: Path) -> None:
    async def go() -> None:
        async with watched(tmp_path, work=False) as it:
            it.register.change(FOLDER, paused=True)
            scan = await it.scan()
            assert scan.outcome == "interrupted" and it.every() == []
            it.register.change(FOLDER, paused=False)
            told(await it.scan(), added=8)

    run(go)


def test_a_share_that_hangs_is_unreachable(tmp_path: Path) -> None:
    async def go() -> None:
        import socket

        from demeure.reader import HandedFolder

        ours, theirs = socket.socketpair()
        with theirs, pytest.raises(FolderUnreachable):
            await HandedFolder(ours, patience=0.1).look()

    run(go)


def test_a_hundred_thousand_names_in_one_folder_are_walked_in_little_memory(tmp_path: Path) -> None:
    import tracemalloc

    from demeure.reader.ignoring import Ignoring
    from demeure.reader.walking import walk

    place = tmp_path / "share"
    place.mkdir()
    descriptor = os.open(place, os.O_RDONLY)
    for n in range(100_000):
        os.close(os.open(str(n), os.O_WRONLY | os.O_CREAT, 0o600, dir_fd=descriptor))
    begun = time.monotonic()
    tracemalloc.start()
    count = sum(1 for row in walk(descriptor, Ignoring()) if row[0] == "f")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    os.close(descriptor)
    assert count == 100_000 and peak < 2 << 20, (peak, time.monotonic() - begun)


EXCHANGED = {
    "deux": [("fiche1.txt", "fiche2.txt"), ("fiche2.txt", "fiche1.txt")],
    "trois": [("fiche1.txt", "fiche2.txt"), ("fiche2.txt", "fiche3.txt"), ("fiche3.txt", "fiche1.txt")],
}


def exchange(place: Path, moves: list[tuple[str, str]]) -> None:
    for former, _ in moves:
        (place / former).rename(place / f"{former}.part")
    for former, name in moves:
        (place / f"{former}.part").rename(place / name)


@pytest.mark.parametrize("how", EXCHANGED)
def test_files_that_exchange_their_names_have_moved_and_none_is_read_anew(tmp_path: Path, how: str) -> None:
    async def go() -> None:
        async with watched(tmp_path) as it:
            await it.scan()
            await it.read()
            former = {row.name: row for row in it.every()}
            exchange(it.place, EXCHANGED[how])
            entries = len(it.house.journal.entries)
            scan = await it.scan()
            told(scan, moved=len(EXCHANGED[how]))
            assert sorted(scan.report["moved"]) == sorted([new, old] for old, new in EXCHANGED[how])
            written = it.house.journal.entries[entries:]
            assert "document-add" not in {entry.name for entry in written}
            closed = [(e.object, e.outcome) for e in written if e.name == "document-move-closed"]
            assert sorted(closed) == sorted((former[old].id, "done") for old, _ in EXCHANGED[how])
            now = {row.id: row for row in it.every()}
            assert sorted(now) == sorted(row.id for row in former.values())
            for old, new in EXCHANGED[how]:
                row = now[former[old].id]
                assert (row.name, row.origin.path, row.leaving) == (new, new, False)
                assert (row.state, row.embedded) == (former[old].state, former[old].embedded), "read as it was"
            await it.read()
            found = await it.house.searcher.search(AGENT, "canari1", ["mairie"], 3)
            assert (found.hits[0].document, found.hits[0].document_id) == ("fiche2.txt", former["fiche1.txt"].id)
            told(await it.scan())

    run(go)


def test_an_exchange_that_changes_while_it_is_settled_loses_nothing(tmp_path: Path) -> None:
    """One of the two is deleted by somebody just before: the other is followed as any file."""

    async def go() -> None:
        async with watched(tmp_path) as it:
            await it.scan()
            await it.read()
            former = {row.name: row.id for row in it.every()}
            exchange(it.place, EXCHANGED["deux"])
            settle = it.tools.settling.exchange

            def late(*args: Any) -> None:
                with it.house.instance.house.write() as db:
                    gone = documents.c.id == former["fiche2.txt"]
                    db.execute(documents.update().where(gone).values(deleting=True))
                settle(*args)

            it.tools.settling.exchange = late  # type: ignore[method-assign]
            scan = await it.scan()
            assert scan.counts["moved"] == 0
            moves = [e.outcome for e in it.house.journal.entries if e.name == "document-move-closed"]
            assert moves == ["failed", "failed"]
            await it.read()
            await it.scan()
            await it.read()
            texts = {}
            for name, word in (("fiche2.txt", "canari1"), ("fiche1.txt", "canari2")):
                hits = (await it.house.searcher.search(AGENT, word, ["mairie"], 1)).hits
                texts[name] = hits[0].document
            assert texts == {"fiche2.txt": "fiche2.txt", "fiche1.txt": "fiche1.txt"}

    run(go)
