"""What the doctor asks of databases: the seal of each page and the structure, within a time, nothing written."""

import os
import random
from pathlib import Path

import pytest

from demeure.store import Database
from demeure.store.database import PAGE
from demeure.store.errors import DatabaseCut, DatabaseKeyWrong, DatabaseMissing
from demeure.store.integrity import Base, bases, look
from demeure.testing.store import Instance

KEY = bytes(range(32))


@pytest.fixture
def notes(tmp_path: Path) -> Base:
    database = Database(tmp_path / "notes.db", KEY, create=True)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
        for _ in range(300):
            connection.exec_driver_sql("INSERT INTO notes (text) VALUES (?)", ("délibération " * 200,))
    database.settle()
    database.close()
    return Base("mairie", database.path, KEY)


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ (1 << random.Random(offset).randrange(8))]))


def test_a_flipped_bit_anywhere_is_told_with_its_page_as_by_the_library(notes: Base) -> None:
    good = notes.path.read_bytes()
    (sound,) = look([notes], None)
    assert sound.sound and sound.pages == sound.read == len(good) // PAGE > 20 and sound.structure == ()
    draw = random.Random(9)
    for offset in [3, 17, PAGE - 1, len(good) - 1, *(draw.randrange(len(good)) for _ in range(24))]:
        notes.path.write_bytes(good)
        flip(notes.path, offset)
        (found,) = look([notes], None)
        assert found.sound is False, offset
        if offset < 16:  # the salt: no page opens any more
            assert isinstance(found.problem, DatabaseKeyWrong)
            continue
        assert found.damaged == (offset // PAGE + 1,) and found.count == 1
        told = Database(notes.path, KEY).raw().execute("PRAGMA cipher_integrity_check").fetchall()
        assert [line for (line,) in told if line.split()[-1] == str(found.damaged[0])] == [line for (line,) in told]


def test_what_cannot_end_in_its_time_is_not_told_sound_and_draws_other_pages(notes: Base) -> None:
    (found,) = look([notes], 0.0)
    assert found.sound is None and 1 <= found.read < found.pages and found.structure is None
    damaged = notes.path.stat().st_size // PAGE // 2
    flip(notes.path, (damaged - 1) * PAGE + 99)
    assert any(look([notes], 0.0005)[0].sound is False for _ in range(400)), "one look or another falls on it"


def test_cut_gone_or_under_another_key(notes: Base, tmp_path: Path) -> None:
    (found,) = look([Base("", notes.path, bytes(32))], None)
    assert found.sound is False and isinstance(found.problem, DatabaseKeyWrong)
    (found,) = look([Base("", tmp_path / "none.db", KEY)], None)
    assert isinstance(found.problem, DatabaseMissing)
    os.truncate(notes.path, notes.path.stat().st_size - 100)
    (found,) = look([notes], None)
    assert isinstance(found.problem, DatabaseCut)


def test_pages_that_only_the_log_holds_are_no_damage(notes: Base) -> None:
    """A checkpoint stopped within a page: the log writes it again."""
    database = Database(notes.path, KEY)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE notes SET text = 'autre' WHERE id = 150")
    log = notes.path.with_name("notes.db-wal").read_bytes()
    number = int.from_bytes(log[32:36], "big")
    flip(notes.path, (number - 1) * PAGE + 5000)
    (found,) = look([notes], None, structure=False)
    assert found.count == 0
    database.settle()
    database.close()
    assert look([notes], None)[0].sound


def test_a_structure_that_does_not_hold_is_told_though_every_seal_does(notes: Base) -> None:
    database = Database(notes.path, KEY)
    raw = database.raw()
    raw.execute("CREATE INDEX of_text ON notes (substr(text, 1, 9))")
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute("UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 'of_text'")
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    database.close()
    (found,) = look([notes], None)
    assert found.count == 0 and found.sound is False and found.structure


def test_every_database_of_a_house_is_listed_while_it_serves(instance: Instance) -> None:
    found = bases(instance.folder)
    assert [base.space for base in found] == ["", "mairie"]
    before = {path: path.stat().st_mtime_ns for path in instance.folder.rglob("*.db")}
    assert all(one.sound for one in look(found, None))
    assert {path: path.stat().st_mtime_ns for path in instance.folder.rglob("*.db")} == before
