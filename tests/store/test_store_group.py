"""Small writes that share a transaction: each caller has its own outcome, and what was acknowledged survives."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from death import every_point

from demeure.errors import InputError
from demeure.store import Database, DatabaseBusy, GroupWriter

KEY = bytes(range(32))
pytestmark = pytest.mark.anyio


def make(path: Path) -> Database:
    database = Database(path, KEY, create=True)
    with database.write() as db:
        db.exec_driver_sql("CREATE TABLE IF NOT EXISTS notes (text TEXT UNIQUE)")
    return database


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Database]:
    database = make(tmp_path / "notes.db")
    yield database
    database.close()


def add(db: sa.Connection, text: str) -> str:
    db.exec_driver_sql("INSERT INTO notes VALUES (?)", (text,))
    return text


def held(database: Database) -> set[str]:
    with database.read() as db:
        return set(db.exec_driver_sql("SELECT text FROM notes").scalars())


async def test_what_comes_during_a_commit_shares_the_next_one(notes: Database) -> None:
    commits: list[int] = []

    def counted(connection: sa.Connection) -> None:
        commits.append(1)

    sa.event.listen(sa.Engine, "commit", counted)
    writer = GroupWriter(notes)
    texts = [f"note {n}" for n in range(50)]
    assert await asyncio.gather(*(writer.write(lambda db, t=t: add(db, t)) for t in texts)) == texts
    assert held(notes) == set(texts)
    sa.event.remove(sa.Engine, "commit", counted)
    assert len(commits) <= 3, "one for the writes, and the reading"


async def test_a_refused_write_undoes_only_what_it_wrote(notes: Database) -> None:
    def refused(db: sa.Connection) -> None:
        add(db, "half")
        raise InputError(detail="no")

    writer = GroupWriter(notes)
    works = [lambda db: add(db, "before"), refused, lambda db: add(db, "before"), lambda db: add(db, "after")]
    outcomes = await asyncio.gather(*map(writer.write, works), return_exceptions=True)
    assert [type(one) for one in outcomes] == [str, InputError, sa.exc.IntegrityError, str]
    assert held(notes) == {"before", "after"}


async def test_an_error_of_the_transaction_is_everybodys_and_the_next_write_goes_on(notes: Database) -> None:
    writer = GroupWriter(notes)
    works = [lambda db: add(db, "lost"), lambda db: db.exec_driver_sql("no such statement")]
    outcomes = await asyncio.gather(*map(writer.write, works), return_exceptions=True)
    assert [type(one) for one in outcomes] == [sa.exc.OperationalError] * 2
    assert held(notes) == set()
    assert await writer.write(lambda db: add(db, "kept")) == "kept"


async def test_what_fails_of_the_transaction_itself_is_not_tried_again(
    notes: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    @contextlib.contextmanager
    def busy() -> Iterator[sa.Connection]:
        tries.append(1)
        raise DatabaseBusy(file="notes.db", seconds=10)
        yield

    monkeypatch.setattr(notes, "relaxed", busy)
    writer = GroupWriter(notes)
    works = [lambda db: add(db, "one"), lambda db: add(db, "two")]
    outcomes = await asyncio.gather(*map(writer.write, works), return_exceptions=True)
    assert [type(one) for one in outcomes] == [DatabaseBusy] * 2 and tries == [1]


async def test_a_caller_who_leaves_takes_nobody_along(notes: Database) -> None:
    writer = GroupWriter(notes)
    gone = asyncio.create_task(writer.write(lambda db: add(db, "gone")))
    stays = asyncio.create_task(writer.write(lambda db: add(db, "stays")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "stays"
    assert "stays" in held(notes)


def test_killed_at_every_point_what_was_acknowledged_is_there_and_nothing_is_half(tmp_path: Path) -> None:
    path, told = tmp_path / "notes.db", tmp_path / "told"

    def prepare() -> None:
        for old in tmp_path.iterdir():
            old.unlink()
        make(path).close()
        told.touch()

    async def pairs(writer: GroupWriter, out: int) -> None:
        async def pair(n: int) -> None:
            await writer.write(lambda db: (add(db, f"{n} one"), add(db, f"{n} two")))
            written(out, f"{n}\n".encode())

        for start in (0, 2):
            await asyncio.gather(pair(start), pair(start + 1))

    written = os.write  # before death.py counts it

    def work() -> None:
        database = Database(path, KEY)
        out = os.open(told, os.O_WRONLY | os.O_APPEND)
        asyncio.run(pairs(GroupWriter(database), out))

    deaths = 0
    for _ in every_point(work, prepare):
        deaths += 1
        database = Database(path, KEY)
        rows = held(database)
        database.close()
        numbers = set(told.read_text().split())
        assert all({f"{n} one", f"{n} two"} <= rows for n in numbers)
        assert all((f"{n} one" in rows) == (f"{n} two" in rows) for n in range(4))
    assert deaths > 10
