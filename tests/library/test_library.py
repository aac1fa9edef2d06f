"""Spaces and documents: decided, written, done; complete deletion; the pipeline over the real store."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.errors import DemeureError
from demeure.identity import SpaceUnknown
from demeure.journal import AddingRefused, JournalUnavailable
from demeure.library import AlreadyPresent, Document, kinds_of
from demeure.library.errors import (
    DocumentNameInvalid,
    DocumentUnknown,
    SpaceNameInvalid,
    SpaceNameTaken,
    UploadTooLarge,
)
from demeure.library.library import file_name
from demeure.library.search.lexical import Lexicon
from demeure.policy import Denied
from demeure.store.space_tables import parts, passages, vector_cache, vectors
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house
from demeure.workshop import DocumentEncrypted, JobDied

TEXT = "\n".join(f"Article {n}. La cantine ferme à {n} heures le canari{n} jour." for n in range(1, 60))


def counts(house: SmallHouse, space: str = "mairie") -> dict[str, int]:
    with house.rooms.database(space).read() as db:
        found = {
            t.name: db.execute(sa.select(sa.func.count()).select_from(t)).scalar_one()
            for t in (parts, passages, vectors, vector_cache)
        }
        found["stems"] = db.execute(sa.text("SELECT count(*) FROM stems")).scalar_one()
    return found


def test_a_document_becomes_searchable_then_ready_and_is_found(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            row = await house.add("reglement.txt", TEXT)
            assert row.state == "ready" and row.passages == row.embedded > 2
            assert counts(house)["passages"] == counts(house)["vectors"] == counts(house)["stems"] == row.passages
            found = await house.searcher.search(AGENT, "À quelle heure, le canari42 ?", ["mairie"], 5)
            assert "canari42" in found.hits[0].text and found.hits[0].text in TEXT
            house.embedder.up = False
            by_words = await house.searcher.search(AGENT, "canari42", ["mairie"], 5)
            assert not by_words.by_meaning and "canari42" in by_words.hits[0].text
            mine = [e for e in house.journal.entries if e.chain == row.chain]
            names = [(e.name, e.outcome) for e in mine if not e.name.startswith("document-outline")]
            assert names == [
                ("document-add", None),
                ("document-add-closed", "done"),
                ("document-read", None),
                ("document-read-closed", "done"),
                ("document-embed", None),
                ("document-embed-closed", "done"),
            ]

    asyncio.run(go())


def test_words_are_looked_for_while_the_model_reads_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, search = threading.Event(), Lexicon.search

    def noticed(self: Lexicon, stems: Sequence[str], limit: int) -> list[tuple[int, float]]:
        looked.set()
        return search(self, stems, limit)

    async def reading(_: float) -> None:
        assert await asyncio.to_thread(looked.wait, 5), "the model was waited for"

    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("reglement.txt", TEXT)
            monkeypatch.setattr(Lexicon, "search", noticed)
            house.embedder.sleep = reading
            found = await house.searcher.search(AGENT, "canari42", ["mairie"], 5)
            assert found.by_meaning and "canari42" in found.hits[0].text
            looked.clear()
            with pytest.raises(Denied):
                await house.searcher.search(AGENT, "canari42", ["secret"], 5)
            assert not looked.is_set()  # rights come first

    asyncio.run(go())


def test_the_same_bytes_are_there_once_and_the_same_name_may_be_there_twice(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            first = await house.add("a.txt", TEXT)
            again = await house.library.add(ADMINISTRATOR, "mairie", "b.txt", pieces(TEXT.encode()))
            assert isinstance(again, AlreadyPresent) and again.document.id == first.id
            other = await house.add("a.txt", TEXT + "\nencore")
            assert isinstance(other, Document) and other.id != first.id

    asyncio.run(go())


def test_deleting_leaves_nothing(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            kept = await house.add("kept.txt", "Ce document reste, avec son perroquet.")
            row = await house.add("gone.txt", TEXT)
            database = house.rooms.database("mairie")
            with database.read() as db:  # the same search finds the canary before the deletion
                assert (
                    db.execute(sa.text("SELECT count(*) FROM stems WHERE stems MATCH 'canari42'")).scalar_one() == 1
                )
            await house.library.delete(ADMINISTRATOR, row.id)
            assert house.shelf.document(row.id) is None
            assert counts(house) == {"parts": 1, "passages": 1, "vectors": 1, "vector_cache": 1, "stems": 1}
            with database.read() as db:
                vocabulary = db.exec_driver_sql(
                    "SELECT count(*) FROM stems WHERE stems MATCH 'canari42'"
                ).scalar_one()
                texts = list(db.execute(sa.select(passages.c.text)).scalars())
            assert vocabulary == 0 and not any("canari" in t for t in texts)
            assert [b.sha256 for b in house.rooms.blobs("mairie").list()] == [kept.sha256]
            found = await house.searcher.search(AGENT, "canari42", ["mairie"], 5)
            assert all("canari" not in hit.text for hit in found.hits)
            with pytest.raises(DocumentUnknown):
                await house.library.document(ADMINISTRATOR, row.id)

    asyncio.run(go())


def test_deleting_while_it_is_being_embedded_leaves_nothing(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.embedder.delay = 0.2
            added = await house.library.add(ADMINISTRATOR, "mairie", "gone.txt", pieces((TEXT * 40).encode()))
            assert isinstance(added, Document)
            await house.settled(added.id, ("searchable",))
            await house.library.delete(ADMINISTRATOR, added.id)
            assert house.shelf.document(added.id) is None
            assert set(counts(house).values()) == {0}

    asyncio.run(go())


@pytest.mark.parametrize(
    ("error", "attempts"), [(DocumentEncrypted(), 1), (JobDied(detail="signal"), 3)], ids=["the file", "the job"]
)
def test_a_failure_is_a_named_state(tmp_path: Path, error: DemeureError, attempts: int) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.workshop._answers["bad.pdf"] = error
            row = await house.add("bad.pdf", "x")
            assert row.state == "failed" and row.reason is not None and row.reason[0] == error.code()
            assert house.workshop.names.count("bad.pdf") == attempts or attempts == 3
            assert counts(house)["passages"] == 0
            assert (await house.add("good.txt", TEXT)).state == "ready"

    asyncio.run(go())


def test_an_upload_that_fails_midway_or_is_too_large_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"debut"
        raise ConnectionResetError

    async def go() -> None:
        async with small_house(tmp_path) as house:
            with pytest.raises(ConnectionResetError):
                await house.library.add(ADMINISTRATOR, "mairie", "a.txt", broken())
            with pytest.raises(UploadTooLarge):
                await house.library.add(ADMINISTRATOR, "mairie", "a.txt", pieces(b"x" * (1 << 20) + b"y"))
            assert list(house.rooms.blobs("mairie").list()) == []
            assert house.shelf.documents("mairie") == []
            assert [e.outcome for e in house.journal.named("document-add-closed")] == ["failed", "failed"]

    asyncio.run(go())


def test_an_upload_abandoned_by_its_sender_is_closed_as_interrupted(tmp_path: Path) -> None:
    async def forever() -> AsyncIterator[bytes]:
        yield b"debut"
        await asyncio.Event().wait()

    async def go() -> None:
        async with small_house(tmp_path) as house:
            task = asyncio.create_task(house.library.add(ADMINISTRATOR, "mairie", "a.txt", forever()))
            while not house.journal.named("document-add"):  # noqa: ASYNC110 - the journal is what we look at
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert house.journal.named("document-add-closed")[0].outcome == "interrupted"
            assert house.shelf.documents("mairie") == []

    asyncio.run(go())


def test_what_one_may_not_do_is_refused_and_written(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            row = await house.add("a.txt", TEXT)
            hidden = await house.add("b.txt", TEXT + "b", "secret")
            with pytest.raises(Denied):
                await house.library.add(AGENT, "mairie", "c.txt", pieces(b"c"))
            with pytest.raises(Denied):
                await house.library.delete(AGENT, row.id)
            with pytest.raises(Denied):
                await house.library.create_space(AGENT, "Nouveau")
            with pytest.raises(DocumentUnknown):
                await house.library.document(AGENT, hidden.id)
            with pytest.raises(SpaceUnknown):
                await house.library.delete_space(AGENT, "secret")
            with pytest.raises(Denied):
                await house.searcher.search(AGENT, "canari", ["secret"], 5)
            assert [e.outcome for e in house.journal.entries if e.decision == "Denied"] == ["refused"] * 3
            assert house.shelf.document(row.id) is not None
            assert [s.name for s, _ in await house.library.spaces(AGENT)] == ["Mairie"]

    asyncio.run(go())


def test_a_journal_on_its_reserve_refuses_what_adds_and_goes_on_reading(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("a.txt", TEXT)
            house.journal.state = "reserve"
            with pytest.raises(AddingRefused):
                await house.library.add(ADMINISTRATOR, "mairie", "b.txt", pieces(b"b"))
            assert (await house.searcher.search(AGENT, "canari42", ["mairie"], 5)).hits

    asyncio.run(go())


def test_nothing_is_done_without_a_journal(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            house.journal.failure = JournalUnavailable()
            with pytest.raises(JournalUnavailable):
                await house.library.add(ADMINISTRATOR, "mairie", "b.txt", pieces(b"b"))
            with pytest.raises(JournalUnavailable):
                await house.library.create_space(ADMINISTRATOR, "Nouveau")
            assert house.shelf.documents("mairie") == [] and list(house.rooms.blobs("mairie").list()) == []
            assert set(house.rooms.keys.spaces()) == {"mairie", "secret"}

    asyncio.run(go())


def test_spaces_are_created_named_and_erased_with_their_key(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            space = await house.library.create_space(ADMINISTRATOR, "  Ressources   humaines ")
            assert space.name == "Ressources humaines"
            with pytest.raises(SpaceNameTaken):
                await house.library.create_space(ADMINISTRATOR, "ressources HUMAINES")
            school = await house.library.create_space(ADMINISTRATOR, "École")
            for twin in ("École", "éCOLE"):
                with pytest.raises(SpaceNameTaken):
                    await house.library.create_space(ADMINISTRATOR, twin)
            await house.library.delete_space(ADMINISTRATOR, school.id)
            with pytest.raises(SpaceNameInvalid):
                await house.library.create_space(ADMINISTRATOR, " \u200b ")
            await house.add("a.txt", TEXT, space.id)
            await house.library.delete_space(ADMINISTRATOR, space.id)
            assert not (tmp_path / "spaces" / space.id).exists()
            assert space.id not in house.rooms.keys.spaces()
            assert space.id not in {s.id for s, _ in await house.library.spaces(ADMINISTRATOR)}
            assert len(house.rooms.keys.spaces()) == 2

    asyncio.run(go())


def test_recovery_closes_what_a_crash_left_and_finishes_deletions(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            added = await house.library.add(ADMINISTRATOR, "mairie", "a.txt", pieces(TEXT.encode()))
            assert isinstance(added, Document)
            house.journal.fail_after(1, JournalUnavailable())  # the intention passes, then the process "dies"
            with pytest.raises(JournalUnavailable):
                await house.library.delete(ADMINISTRATOR, added.id)
            house.journal._later = house.journal._passes = None
            house.shelf.mark(added.id)
            assert await house.library.recover() == 1
            assert house.shelf.document(added.id) is None
            assert not await house.journal.open_intentions()

    asyncio.run(go())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a.pdf", "a.pdf"),
        ("a\x00b\u202e.txt", "ab.txt"),
        (" é .md", "é .md"),
    ],
)
def test_a_file_name_is_only_a_name(given: str, kept: str) -> None:
    assert file_name(given) == kept


@pytest.mark.parametrize("given", ["", "..", "/", "x" * 201, "\u200b"])
def test_a_file_name_must_be_one(given: str) -> None:
    with pytest.raises(DocumentNameInvalid):
        file_name(given)


def test_what_was_read_before_there_were_marks_is_examined_when_the_house_is_idle(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            old = [await house.library.add(ADMINISTRATOR, "mairie", f"{n}.txt", pieces(n.encode())) for n in "ab"]
            ids = [one.id for one in old if isinstance(one, Document)]
            told = {"ordinal": 0, "place": {"kind": "lines"}, "text": "Mme Claire Durand, 06 12 34 56 78"}
            with house.rooms.database("mairie").write() as db:
                db.execute(parts.insert(), [told | {"document": one} for one in ids])
            house.shelf.update_all([(one, {"state": "ready"}) for one in ids])
            assert house.shelf.unexamined() == 2
            house.workshop._answers["texte.txt"] = JobDied(detail="signal")
            await house.pipeline._examining.take(leased(house))
            del house.workshop._answers["texte.txt"]
            await house.pipeline._examining.take(leased(house))
            rows = [house.shelf.document(one) for one in ids]
            assert [kinds_of(row.personal) for row in rows if row] == [None, {"name": 1, "phone": 1}]
            assert house.shelf.unexamined() == 0 and not await house.journal.open_intentions()
            assert [e.outcome for e in house.journal.named("document-examine-closed")] == ["failed", "done"]

    asyncio.run(go())


def leased(house: SmallHouse) -> Document:
    """The next document of the line that examines."""
    row = house.shelf.lease_next("worker-examine", ("ready",), "9999", older_than=("personal", 1))
    assert row is not None
    return row
