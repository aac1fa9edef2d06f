"""Additions, deletions, searches and troubles at once: nothing is lost, nothing is left, nobody waits for ever."""

import asyncio
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.clock import iso
from demeure.engine import EngineRefused
from demeure.errors import DemeureError
from demeure.journal import Draft, JournalUnavailable, OpenIntention
from demeure.library import AlreadyPresent, Document
from demeure.library.errors import DocumentLeaving, DocumentUnknown
from demeure.library.line import Line, Turn
from demeure.library.rooms import Rooms
from demeure.store import DatabaseBusy, DiskFull
from demeure.store.space_tables import passages, vectors
from demeure.supervisor import RoleDown
from demeure.testing.clock import StillClock
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house
from demeure.workshop import JobDied, WorkshopBusy

TEXT = "\n".join(f"Article {n}. La piscine ouvre à {n} heures." for n in range(1, 40))


def stored(house: SmallHouse) -> set[str]:
    return {blob.sha256 for blob in house.rooms.blobs("mairie").list()}


async def add(house: SmallHouse, name: str, text: str) -> Document | AlreadyPresent | DemeureError:
    try:
        return await house.library.add(ADMINISTRATOR, "mairie", name, pieces(text.encode()))
    except DemeureError as problem:
        return problem


async def left_open(house: SmallHouse) -> list[OpenIntention]:
    """What stays open: a row has its last state a moment before the worker's closing is written."""
    for _ in range(500):
        if not (found := await house.journal.open_intentions()):
            break
        await asyncio.sleep(0.01)
    return found


@pytest.mark.parametrize("seed", [11])
def test_the_same_bytes_added_and_deleted_by_many_at_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    async def come_and_go(house: SmallHouse, turns: int) -> None:
        for _ in range(turns):
            came = await add(house, "a.txt", TEXT + str(chance.randrange(2)))
            if isinstance(came, DemeureError):
                assert isinstance(came, DocumentLeaving)
                continue
            row = came.document if isinstance(came, AlreadyPresent) else came
            await asyncio.sleep(chance.uniform(0, 0.05))
            if chance.random() < 0.6:
                try:
                    await house.library.delete(ADMINISTRATOR, row.id)
                except DocumentUnknown:
                    continue  # another one was faster

    async def look(house: SmallHouse) -> None:
        while True:
            found = await house.searcher.search(AGENT, "À quelle heure ouvre la piscine ?", ["mairie"], 5)
            assert all(hit.text in TEXT + "0" or hit.text in TEXT + "1" for hit in found.hits)

    async def go() -> None:
        async with small_house(tmp_path) as house:
            looking = asyncio.create_task(look(house))
            await asyncio.gather(*[come_and_go(house, 10) for _ in range(4)])
            assert not looking.done()
            looking.cancel()
            rows = house.shelf.documents("mairie")
            for row in rows:
                await house.settled(row.id, ("ready",))
            assert stored(house) == {row.sha256 for row in rows}  # no original is missing, none is left over
            with house.rooms.database("mairie").read() as db:
                held = set(db.execute(sa.select(passages.c.document)).scalars())
                pairs = [
                    db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                    for table in (passages, vectors)
                ]
                stems = db.exec_driver_sql("SELECT count(*) FROM stems").scalar_one()
            assert held == {row.id for row in rows} and pairs == [stems, stems]
            assert not await left_open(house)

    asyncio.run(go())


def test_an_addition_killed_after_storing_leaves_no_original(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            kept = await add(house, "kept.txt", "Reste.")
            assert isinstance(kept, Document)
            house.journal.fail_after(1, JournalUnavailable())
            with pytest.raises(JournalUnavailable):  # its closing is lost: as a kill would leave it
                await house.library.add(ADMINISTRATOR, "mairie", "a.txt", pieces(b"Perdu."))
            house.journal._later = house.journal._passes = None
            (lost,) = [row for row in house.shelf.documents("mairie") if row.name == "a.txt"]
            with house.instance.house.write() as db:
                db.exec_driver_sql("DELETE FROM documents WHERE id = ?", (lost.id,))
            assert len(stored(house)) == 2
            half = house.rooms.instance / "spaces" / "mairie" / "blobs" / ".incoming-0011223344556677"
            half.write_bytes(b"half of an original, its writer killed a moment ago")
            assert await house.library.recover() == 1
            assert not half.exists()
            assert stored(house) == {kept.sha256}
            assert [e.outcome for e in house.journal.named("document-add-closed")] == ["done", "interrupted"]

    asyncio.run(go())


def test_damage_in_one_space_does_not_keep_the_house_shut(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            kept = await add(house, "kept.txt", "Reste.")
            assert isinstance(kept, Document)
            draft = {"kind": "administration", "phase": "intention", "space": "mairie"}
            await house.journal.record(Draft(name="document-add", chain="killed", object="never", **draft))
            await house.journal.record(Draft(name="document-delete", chain="too", object=kept.id, **draft))
            house.shelf.mark(kept.id)
            (original,) = (tmp_path / "spaces" / "mairie" / "blobs").iterdir()
            original.write_bytes(b"no longer what it was")
            database = tmp_path / "spaces" / "mairie" / "space.db"
            house.rooms.forget("mairie")
            database.write_bytes(b"x" * database.stat().st_size)
            assert await house.library.recover() == 2
            assert original.exists()
            closings = {
                e.name: e.outcome for e in house.journal.entries if e.phase == "closing" and e.chain != kept.chain
            }
            assert closings == {"document-add-closed": "interrupted", "document-delete-closed": "failed"}

    asyncio.run(go())


def test_a_full_disk_at_the_row_takes_the_original_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:

            def full(*_: object) -> None:
                raise DiskFull(what="house.db")

            monkeypatch.setattr(house.shelf, "add", full)
            assert isinstance(await add(house, "a.txt", TEXT), DiskFull)
            assert stored(house) == set()

    asyncio.run(go())


def test_a_document_the_model_refuses_does_not_hold_the_others(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            honest = house.embedder.embed

            async def refusing(texts: list[str], kind: str) -> object:
                if any("interdit" in text for text in texts):
                    raise EngineRefused(engine="fake", status=500)
                return await honest(texts, kind)  # type: ignore[arg-type]

            house.embedder.embed = refusing  # type: ignore[method-assign, assignment]
            bad = await add(house, "bad.txt", "Un mot interdit.")
            good = await house.add("good.txt", TEXT)
            assert good.state == "ready" and isinstance(bad, Document)
            held = house.shelf.document(bad.id)
            assert held is not None and held.state == "searchable"
            assert held.reason == ("MeaningRefused", {"detail": "EngineRefused"}), "the list says why"
            house.embedder.embed = honest  # type: ignore[method-assign]
            house.shelf.release(bad.id, "worker-embed", None)
            house.pipeline.nudge()
            taken = await house.settled(bad.id)
            assert (taken.state, taken.reason) == ("ready", None)

    asyncio.run(go())


def test_what_fails_again_and_again_is_tried_less_and_less_often(capsys: pytest.CaptureFixture[str]) -> None:
    """Each attempt is two entries of the journal: every two seconds would bury the rest."""
    clock = StillClock()
    row = Document("one", "mairie", "a.txt", "txt", 1, "0" * 64, "searchable", "chain", "someone", iso(clock.now()))
    pauses: list[float] = []
    refused = 12

    class OneDocument:
        def lease_next(self, *_: object, **__: object) -> Document:
            return row

        def document(self, _: str) -> Document:
            return row

        def renew(self, *_: object) -> bool:
            return True

        def release(self, _: str, __: str, pause: str | None) -> None:
            due = datetime.fromisoformat(pause) if pause else clock.now()
            pauses.append((due - clock.now()).total_seconds())

    async def step(_: Document) -> Turn:
        if len(pauses) != refused:
            raise EngineRefused(engine="fake", status=500)
        return Turn.DONE

    async def go() -> None:
        shelf: Any = OneDocument()
        line = Line(shelf, Rooms.__new__(Rooms), clock, "embed", ("searchable",), step)
        working = asyncio.create_task(line.run(lambda: None))
        while len(pauses) < refused + 3:
            assert not working.done()
            await asyncio.sleep(0.01)
        working.cancel()

    asyncio.run(go())
    assert pauses[:refused] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
    assert pauses[refused : refused + 3] == [0, 2, 4], "once it went on, as if it had never failed"
    assert "EngineRefused" in capsys.readouterr().err


def test_a_surprise_in_one_document_does_not_stop_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.workshop._answers["odd.txt"] = [object()]  # type: ignore[list-item]
            await add(house, "odd.txt", "x")
            assert (await house.add("good.txt", TEXT)).state == "ready"
            told = ""
            async with asyncio.timeout(10):
                while "AttributeError" not in told:
                    await asyncio.sleep(0.01)
                    told += capsys.readouterr().err

    asyncio.run(go())


def test_a_busy_workshop_is_not_an_attempt(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.workshop._answers["a.txt"] = WorkshopBusy()
            added = await add(house, "a.txt", TEXT)
            assert isinstance(added, Document)
            while not house.journal.named("document-read-closed"):  # noqa: ASYNC110 - the journal is looked at
                await asyncio.sleep(0.01)
            del house.workshop._answers["a.txt"]
            row = await house.settled(added.id)
            assert (row.state, row.attempts) == ("ready", 1)

    asyncio.run(go())


def test_a_workshop_that_is_away_is_no_fault_of_the_document(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.workshop._answers["a.txt"] = RoleDown(role="workshop")
            added = await add(house, "a.txt", TEXT)
            assert isinstance(added, Document)
            while len(house.journal.named("document-read-closed")) < 4:
                await asyncio.sleep(0.01)
                house.pipeline.nudge()
            assert house.shelf.document(added.id).attempts <= 1  # type: ignore[union-attr]
            del house.workshop._answers["a.txt"]
            row = await house.settled(added.id)
            assert (row.state, row.attempts) == ("ready", 1)

    asyncio.run(go())


def test_deaths_of_the_worker_and_one_of_a_job_do_not_add_up(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            house.workshop._answers["a.txt"] = JobDied(detail="signal 9")
            added = await add(house, "a.txt", TEXT)
            assert isinstance(added, Document)
            house.shelf.update(
                added.id, state="reading", attempts=7
            )  # as seven workers killed while reading leave it
            working = asyncio.create_task(house.pipeline.run())
            while not house.journal.named("document-read-closed"):  # noqa: ASYNC110 - the journal is looked at
                await asyncio.sleep(0.01)
            del house.workshop._answers["a.txt"]
            assert (await house.settled(added.id)).state == "ready"
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    asyncio.run(go())


def test_without_a_model_the_worker_does_not_turn_in_circles(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            asked = 0

            async def away() -> bool:
                nonlocal asked
                asked += 1
                return False

            house.embedder.ready = away  # type: ignore[method-assign]
            added = [await add(house, f"{n}.txt", f"{TEXT} {n}") for n in range(5)]
            for one in added:
                assert isinstance(one, Document)
                await house.settled(one.id, ("searchable",))
            asked = 0
            await asyncio.sleep(1.0)
            assert asked <= 10, "a few times a second, however busy the machine; in circles it is hundreds"

    asyncio.run(go())


@pytest.mark.parametrize("problem", [DiskFull(what="house.db"), DatabaseBusy(file="house.db", seconds=10)])
def test_a_database_that_is_away_is_waited_for(tmp_path: Path, problem: DemeureError) -> None:
    """At its start, when it looks for work and when it lets a document go: the worker does not die of it."""

    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            troubles = {"release_all": 2, "lease_next": 2, "release": 2}
            for name in troubles:
                _fails_at_first(house.shelf, name, troubles, problem)
            added = await add(house, "a.txt", TEXT)
            assert isinstance(added, Document)
            working = asyncio.create_task(house.pipeline.run())
            assert (await house.settled(added.id)).state == "ready"
            assert not any(troubles.values()) and not working.done()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    asyncio.run(go())


def _fails_at_first(shelf: object, name: str, times: dict[str, int], problem: DemeureError) -> None:
    honest = getattr(shelf, name)

    def trouble(*given: object, **named: object) -> object:
        if times[name]:
            times[name] -= 1
            raise problem
        return honest(*given, **named)

    setattr(shelf, name, trouble)


def test_on_its_reserve_the_journal_stops_the_worker_without_being_used_up(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            added = await add(house, "a.txt", TEXT)
            assert isinstance(added, Document)
            house.journal.state = "reserve"
            working = asyncio.create_task(house.pipeline.run())
            await asyncio.sleep(2.5)  # more than one pause
            assert house.shelf.document(added.id).state == "received"  # type: ignore[union-attr]
            assert [e.outcome for e in house.journal.named("document-read-closed")] == ["refused"]
            house.journal.state = "ok"
            await house.settled(added.id)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    asyncio.run(go())


def test_a_searcher_opens_only_the_spaces_its_actor_may_read(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("a.txt", TEXT)
            await house.add("b.txt", TEXT + " secret", "secret")
            house.rooms.close()
            opened: list[str] = []
            honest = house.rooms.database

            def watched(space: str) -> object:
                opened.append(space)
                return honest(space)

            house.rooms.database = watched  # type: ignore[method-assign, assignment]
            found = await house.searcher.search(AGENT, "piscine", ["mairie"], 5)
            assert {hit.space for hit in found.hits} == {"mairie"} and set(opened) == {"mairie"}
            for asked in (["secret"], ["mairie", "secret"], []):
                opened.clear()
                with pytest.raises(DemeureError) as refusal:
                    await house.searcher.search(AGENT, "piscine", asked, 5)
                assert refusal.value.http_status == 403 and opened == []
            both = await house.searcher.search(ADMINISTRATOR, "piscine", ["mairie", "secret"], 10)
            assert {hit.space for hit in both.hits} == {"mairie", "secret"}

    asyncio.run(go())


def test_a_document_just_added_is_found_before_it_has_vectors(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            for n in range(30):
                await house.add(f"d{n}.txt", f"Le marché numéro {n} se tient place de la Mairie. " * 8)
            house.embedder.up = False
            late = await add(house, "late.txt", "La ludothèque prête des jeux le mercredi au marché.")
            assert isinstance(late, Document)
            await house.settled(late.id, ("searchable",))
            while not house.shelf.lease(late.id, "someone else", "9999"):  # noqa: ASYNC110 - the worker lets it go
                await asyncio.sleep(0.01)
            house.embedder.up = True  # nobody embeds it now
            found = await house.searcher.search(
                AGENT, "Quel jour la ludothèque prête-t-elle des jeux ?", ["mairie"], 5
            )
            assert found.by_meaning and found.hits[0].document_id == late.id and found.hits[0].cosine is None

    asyncio.run(go())
