"""What an administrator does with watched folders: decided, written, done; and the watch that obeys."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from demeure.errors import InputError
from demeure.folders import FolderKnown, FolderPlaceInvalid, Folders, FolderUnknown, NothingHeld, Watch
from demeure.identity import Membership, SpaceUnknown
from demeure.policy import Action, Actor, Denied, Resource, Right, Role, decide
from demeure.reader import PatternInvalid
from demeure.store.tables import documents
from demeure.testing.folders import FOLDER, Watched
from demeure.testing.house import ADMINISTRATOR, AGENT, small_house

HEAD = Actor("person", "head", "La directrice", frozenset({Role.ADMINISTRATOR}))
"""Administers the house, and reads no space."""


@asynccontextmanager
async def acting(folder: Path) -> AsyncIterator[tuple[Folders, Watched]]:
    place = folder / "share"
    place.mkdir(parents=True)
    for n in range(6):
        (place / f"note{n}.txt").write_text(f"La note {n} parle du canari{n}.")
    async with small_house(folder / "instance") as house:
        it = Watched(house, place)
        made = Folders(
            register=it.register,
            shelf=house.shelf,
            membership=Membership(house.instance.house),
            journal=house.journal,
            clock=it.clock,
        )
        yield made, it


def run(body: Any, folder: Path) -> None:
    async def go() -> None:
        async with acting(folder) as (folders, it):
            await body(folders, it)

    asyncio.run(go())


def test_declaring_is_written_first_and_refused_twice(tmp_path: Path) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        made = await folders.declare(
            ADMINISTRATOR, "a" * 32, "/srv/partage", "mairie", every=30, ignore=["*.bak2", "*.bak2"]
        )
        assert (made.folder.name, made.space, made.folder.every, made.folder.ignore) == (
            *("/srv/partage", "Mairie", 30),
            ("*.bak2",),
        )
        entries = [(e.name, e.outcome, e.object, e.space) for e in it.house.journal.entries]
        assert entries == [
            ("folder-declare", None, "a" * 32, "mairie"),
            ("folder-declare-closed", "done", "a" * 32, "mairie"),
        ]
        with pytest.raises(FolderKnown):
            await folders.declare(ADMINISTRATOR, "b" * 32, "/srv/partage", "mairie", every=30)
        for error, place, space, more in (
            (FolderPlaceInvalid, "partage", "mairie", {}),
            (SpaceUnknown, "/srv", "ailleurs", {}),
            (PatternInvalid, "/srv", "mairie", {"ignore": ["a\x00b"]}),
            (InputError, "/srv", "mairie", {"keep_days": -1}),
        ):
            with pytest.raises(error):
                await folders.declare(ADMINISTRATOR, "c" * 32, place, space, every=15, **more)
        assert len(await folders.listed(ADMINISTRATOR)) == 2

    run(go, tmp_path)


def test_nobody_else_may(tmp_path: Path) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        for work in (
            folders.listed(AGENT),
            folders.show(AGENT, FOLDER),
            folders.ask(AGENT, FOLDER),
            folders.pause(AGENT, FOLDER),
            folders.remove(AGENT, FOLDER),
            folders.declare(AGENT, "a" * 32, "/srv/partage", "mairie", every=15),
        ):
            with pytest.raises(Denied):
                await work
        assert not it.folder.paused and not it.folder.asked
        assert it.house.journal.named("folder-declare-closed")[0].outcome == "refused"

    run(go, tmp_path)


def test_names_of_files_are_for_those_who_may_read_the_space(tmp_path: Path) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        await it.scan()
        everything = await folders.show(ADMINISTRATOR, FOLDER)
        assert everything.reads and everything.last is not None and everything.last.report["added"]
        counts_only = await folders.show(HEAD, FOLDER)
        assert counts_only.last is not None and not counts_only.reads
        assert counts_only.last.report == {} and counts_only.last.counts["added"] == 6
        assert all(scan.report == {} for scan in await folders.scans(HEAD, FOLDER))
        assert (await folders.show(ADMINISTRATOR, FOLDER[:8])).folder.id == FOLDER
        assert (await folders.show(ADMINISTRATOR, str(it.place))).folder.id == FOLDER
        for word in ("rien", FOLDER[:3]):
            with pytest.raises(FolderUnknown):
                await folders.show(ADMINISTRATOR, word)

    run(go, tmp_path)


def test_a_folder_may_feed_its_space_and_nothing_else() -> None:
    actor = Actor("folder", f"folder:{FOLDER}", "/srv/partage")
    mine = Resource("document", space="mairie", owner=actor.id, right=Right.CONTRIBUTE)
    assert decide(actor, Action.DOCUMENT_ADD, mine).rule == "watched-folder"
    assert decide(actor, Action.DOCUMENT_DELETE, mine).allowed
    for action in Action:
        elsewhere = Resource("document", space="secret", owner=actor.id, right=Right.NONE)
        if action is not Action.SIGN_IN and action is not Action.PAGE_VIEW:
            assert not decide(actor, action, elsewhere).allowed or action is Action.ACCOUNT_CHANGE, action
        if action not in (Action.DOCUMENT_ADD, Action.DOCUMENT_DELETE, Action.SIGN_IN):
            found = decide(actor, action, Resource("house", right=Right.MANAGE))
            assert not found.allowed, (action, found.rule)


def test_the_watch_scans_what_is_due_or_asked_and_leaves_the_rest(tmp_path: Path) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        watch = Watch(it.tools, look_seconds=0.02)
        running = asyncio.create_task(watch.run())

        async def until(condition: Any) -> None:
            async with asyncio.timeout(10):
                while not condition():  # noqa: ASYNC110 - rows are looked at
                    await asyncio.sleep(0.01)

        await until(lambda: it.folder.state == "ok")
        assert len(it.register.scans(FOLDER, 9)) == 1
        (it.place / "nouvelle.txt").write_text("Une nouvelle note.")
        await asyncio.sleep(0.1)
        assert len(it.register.scans(FOLDER, 9)) == 1, "not due before a quarter of an hour"
        await folders.ask(ADMINISTRATOR, FOLDER)
        await until(lambda: len(it.register.scans(FOLDER, 9)) == 2 and it.folder.state == "ok")
        assert it.register.scans(FOLDER)[0].counts["added"] == 1
        assert it.house.journal.named("folder-scanned")[-1].actor == ADMINISTRATOR.id
        await folders.pause(ADMINISTRATOR, FOLDER)
        await folders.ask(ADMINISTRATOR, FOLDER, whole=True)
        await asyncio.sleep(0.1)
        assert len(it.register.scans(FOLDER, 9)) == 2 and it.folder.asked == "verify"
        await folders.resume(ADMINISTRATOR, FOLDER)
        await until(lambda: len(it.register.scans(FOLDER, 9)) == 3 and not it.folder.asked)
        assert it.register.scans(FOLDER)[0].whole
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    run(go, tmp_path)


def test_what_is_held_goes_when_the_same_number_is_confirmed(tmp_path: Path) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        await it.scan()
        with pytest.raises(NothingHeld):
            await folders.agree(ADMINISTRATOR, FOLDER, 3)
        for n in range(3):
            (it.place / f"note{n}.txt").unlink()
        await it.scan()
        assert it.folder.held == 3
        with pytest.raises(NothingHeld):
            await folders.agree(ADMINISTRATOR, FOLDER, 2)
        await folders.agree(ADMINISTRATOR, FOLDER, 3)
        scan = await it.scan()
        assert scan.outcome == "done" and scan.counts["deleted"] == 3

    run(go, tmp_path)


@pytest.mark.parametrize("documents", [False, True])
def test_letting_a_folder_go_keeps_its_documents_unless_told(tmp_path: Path, documents: bool) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        mine = await it.house.add("a moi.txt", "La note 0 parle du canari0.")
        await it.scan()
        await it.read()
        await folders.remove(ADMINISTRATOR, FOLDER, documents=documents)
        assert it.register.folder(FOLDER) is None and it.register.count(FOLDER) == 0
        await it.read()
        assert len(it.every()) == (1 if documents else 6)
        assert it.house.shelf.document(mine.id) is not None

    run(go, tmp_path)


def test_letting_a_folder_go_destroys_nothing_that_is_held(tmp_path: Path) -> None:
    """A hold, or the archives without a visa: nothing of it goes, and the refusal says why."""

    async def go(folders: Folders, it: Watched) -> None:
        await it.scan()
        await it.read()
        held = it.every()[2].id
        with it.house.instance.house.write() as db:
            db.execute(documents.update().where(documents.c.id == held).values(held="Procédure"))
        with pytest.raises(Denied) as refused:
            await folders.remove(ADMINISTRATOR, FOLDER, documents=True)
        assert "procédure" in refused.value.sentence("fr")
        await it.read()
        assert len(it.every()) == 6 and it.register.folder(FOLDER) is not None, "nothing is half done"
        told = [(e.name, e.object, e.outcome) for e in it.house.journal.entries if e.phase == "closing"][-2:]
        assert told == [("document-delete-closed", held, "refused"), ("folder-remove-closed", FOLDER, "failed")]
        with it.house.instance.house.write() as db:
            db.execute(documents.update().values(held=None))
        await folders.remove(ADMINISTRATOR, FOLDER, documents=True)
        gone = [e.object for e in it.house.journal.named("document-delete-closed") if e.outcome == "done"]
        assert len(gone) == 6 and it.register.folder(FOLDER) is None, "each is written"
        await it.read()
        assert it.every() == []

    run(go, tmp_path)


def test_a_former_version_that_is_held_stays_when_its_folder_is_let_go(tmp_path: Path) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        await folders.change(ADMINISTRATOR, FOLDER, {"keep_days": 30})
        await it.scan()
        await it.read()
        former = {row.name: row.id for row in it.every()}
        for name in ("note0.txt", "note1.txt"):
            (it.place / name).write_text(f"{name} est tout autre.")
        await it.scan()
        await it.read()
        with it.house.instance.house.write() as db:
            db.execute(documents.update().where(documents.c.id == former["note0.txt"]).values(held="Procédure"))
        await folders.remove(ADMINISTRATOR, FOLDER)
        await it.read()
        there = {row.id for row in it.every() if not row.leaving}
        assert former["note0.txt"] in there and former["note1.txt"] not in there

    run(go, tmp_path)


def test_changing_patterns_and_rhythm(tmp_path: Path) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        await it.scan()
        wanted = {"every": 0, "ignore": ["note1*"], "keep_days": 3}
        changed = (await folders.change(ADMINISTRATOR, FOLDER, wanted)).folder
        assert (changed.every, changed.ignore, changed.keep_days, changed.asked) == (0, ("note1*",), 3, "scan")
        scan = await it.scan()
        assert scan.counts["ignored"] == 1 and scan.counts["deleted"] == 1, "what is passed over is not followed"
        assert it.folder.next_at.startswith("9999")

    run(go, tmp_path)


def test_an_erased_space_takes_its_folders_along(tmp_path: Path) -> None:
    async def go(folders: Folders, it: Watched) -> None:
        await it.scan()
        await it.house.library.delete_space(ADMINISTRATOR, "mairie")
        assert await folders.listed(ADMINISTRATOR) == []
        assert os.listdir(it.place)  # noqa: PTH208 - the share itself is untouched

    run(go, tmp_path)
