"""Databases: refused when foreign, damaged, cut, newer or gone; nothing lost by two processes or by a kill."""

import hashlib
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from pages import PAGE, clear_pages

from demeure.store import (
    Database,
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseCut,
    DatabaseKeyWrong,
    DatabaseMissing,
    Keys,
    erase_space,
    keys_folder,
    merge_stems,
    open_blobs,
    open_house,
    open_space,
    purge_vector_cache,
    read_house_key,
)
from demeure.store.schema import HOUSE, SPACE, open_at_head
from demeure.testing.store import Instance, add_space

KEY = bytes(range(32))


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "notes.db", KEY, create=True, busy_seconds=2.0)
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)")
        connection.exec_driver_sql("CREATE TABLE counter (value INTEGER)")
        connection.exec_driver_sql("INSERT INTO counter VALUES (0)")
    yield database
    database.close()


def fill(database: Database, rows: int, text: str = "délibération ") -> None:
    with database.write() as connection:
        for _ in range(rows):
            connection.exec_driver_sql("INSERT INTO notes (text) VALUES (?)", (text * 200,))


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM notes").scalar_one())


def flip(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)
        file.seek(place)
        file.write(bytes([byte[0] ^ 1]))


def test_reads_together_see_one_snapshot_of_their_thread_and_no_other(notes: Database) -> None:
    fill(notes, 2)
    seen: list[int] = []
    with notes.together():
        assert count(notes) == 2
        fill(notes, 3)  # on the connection that writes
        with notes.together():  # inside another: the same
            assert count(notes) == 2
        other = threading.Thread(target=lambda: seen.append(count(notes)))
        other.start()
        other.join()
        assert count(notes) == 2
    assert seen == [5] and count(notes) == 5


def test_an_error_among_reads_together_leaves_none_behind(notes: Database) -> None:
    fill(notes, 1)
    with pytest.raises(ZeroDivisionError), notes.together():
        assert count(notes) == 1
        raise ZeroDivisionError
    fill(notes, 1)
    assert count(notes) == 2  # a snapshot of now
    notes.settle()  # no reader holds the log


def pragma(connection: sa.Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


# --- how it is opened ---


def test_the_promised_settings_are_in_force(notes: Database) -> None:
    with notes.write() as connection:
        assert str(pragma(connection, "cipher_page_size")) == str(PAGE)
        assert pragma(connection, "journal_mode") == "wal"
        assert pragma(connection, "foreign_keys") == 1
        assert pragma(connection, "secure_delete") == 1
        assert pragma(connection, "synchronous") == 2
        assert pragma(connection, "temp_store") in (0, 2), "nothing temporary is written in clear on the disk"
    with notes.relaxed() as connection:
        assert pragma(connection, "synchronous") == 1
    with notes.write() as connection:
        assert pragma(connection, "synchronous") == 2


def test_a_reader_cannot_write_and_sees_a_snapshot(notes: Database) -> None:
    fill(notes, 1)
    with notes.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM notes").scalar_one() == 1
        fill(notes, 1)
        assert connection.exec_driver_sql("SELECT count(*) FROM notes").scalar_one() == 1
        with pytest.raises(sa.exc.OperationalError):
            connection.exec_driver_sql("DELETE FROM notes")
    assert count(notes) == 2


def test_a_write_that_fails_changes_nothing(notes: Database) -> None:
    with pytest.raises(ZeroDivisionError), notes.write() as connection:
        connection.exec_driver_sql("INSERT INTO notes (text) VALUES ('x')")
        raise ZeroDivisionError
    with pytest.raises(sa.exc.IntegrityError), notes.write() as connection:
        connection.exec_driver_sql("INSERT INTO notes VALUES (1, 'x')")
        connection.exec_driver_sql("INSERT INTO notes VALUES (1, 'y')")
    assert count(notes) == 0


def test_an_error_does_not_carry_contents(notes: Database) -> None:
    with pytest.raises(sa.exc.IntegrityError) as failure, notes.write() as connection:
        for _ in range(2):
            connection.exec_driver_sql("INSERT INTO notes VALUES (?, ?)", (1, "canari"))
    assert "canari" not in str(failure.value)


def test_sqlcipher_stays_silent_and_we_name_the_error(notes: Database, capfd: pytest.CaptureFixture[str]) -> None:
    notes.close()
    with pytest.raises(DatabaseKeyWrong):
        count(Database(notes.path, bytes(32)))
    assert capfd.readouterr().err == ""


# --- wrong, damaged, cut, swapped, gone ---


def test_a_wrong_key_and_swapped_databases_are_named(instance: Instance) -> None:
    with pytest.raises(DatabaseKeyWrong):
        open_at_head(instance.house.path, bytes(32), HOUSE, may_create=True)
    add_space(instance.folder, instance.keys, instance.house, "ecole")
    folder = instance.folder / "spaces"
    instance.close()
    shutil.copy(folder / "ecole" / "space.db", folder / "mairie" / "space.db")
    with pytest.raises(DatabaseKeyWrong) as refusal:
        open_space(instance.folder, instance.keys, "mairie")
    assert "space.db" in refusal.value.sentence("fr")


def test_every_damaged_page_is_found_and_a_read_of_it_is_named(notes: Database) -> None:
    fill(notes, 300)
    notes.settle()
    notes.close()
    good = notes.path.read_bytes()
    pages = len(good) // PAGE
    assert pages > 20
    assert Database(notes.path, KEY).damages() == []
    for page in (1, 2, pages // 2, pages):
        notes.path.write_bytes(good)
        flip(notes.path, (page - 1) * PAGE + 5000)
        damaged = Database(notes.path, KEY)
        assert any(str(page) in line for line in damaged.damages()), page
        with pytest.raises(DatabaseCorrupt), damaged.read() as connection:
            connection.exec_driver_sql("SELECT sum(length(text)) FROM notes, counter").fetchall()
        damaged.close()


def test_a_damaged_first_page_is_not_taken_for_a_wrong_key(instance: Instance) -> None:
    instance.close()
    flip(instance.house.path, 9000)
    with pytest.raises(DatabaseCorrupt):
        open_house(instance.folder, instance.keys)


@pytest.mark.parametrize("left", [0, 1, 100, PAGE - 1, PAGE, 3 * PAGE, 3 * PAGE + 5000])
def test_a_cut_database_is_refused_and_left_as_it_is(instance: Instance, left: int) -> None:
    instance.close()
    os.truncate(instance.house.path, left)
    with pytest.raises(DatabaseCorrupt) as refusal:
        open_house(instance.folder, instance.keys)
    assert isinstance(refusal.value, DatabaseCut) is (left % PAGE != 0 or left == 0)
    assert instance.house.path.stat().st_size == left


def test_a_database_that_is_gone_is_not_replaced_by_an_empty_one(instance: Instance) -> None:
    instance.blobs.put([b"x"])
    instance.close()
    instance.house.path.unlink()
    instance.space.path.unlink()
    with pytest.raises(DatabaseMissing):
        open_house(instance.folder, instance.keys)
    with pytest.raises(DatabaseMissing):
        open_space(instance.folder, instance.keys, "mairie")
    with pytest.raises(DatabaseMissing):
        count(Database(instance.folder / "nothing.db", KEY))
    assert not instance.house.path.exists() and not (instance.folder / "nothing.db").exists()


# --- several writers ---


def add_one(database: Database, times: int) -> None:
    for _ in range(times):
        with database.write() as connection:
            value = connection.exec_driver_sql("SELECT value FROM counter").scalar_one()
            connection.exec_driver_sql("UPDATE counter SET value = ?", (value + 1,))


def test_two_processes_and_their_threads_lose_no_update(notes: Database) -> None:
    notes.close()
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            status = 1
            try:
                database = Database(notes.path, KEY, busy_seconds=30.0)
                threads = [threading.Thread(target=add_one, args=(database, 40)) for _ in range(3)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                status = 0
            finally:
                os._exit(status)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    with notes.read() as connection:
        assert connection.exec_driver_sql("SELECT value FROM counter").scalar_one() == 240


@pytest.fixture
def impatient(notes: Database) -> Iterator[Database]:
    """The same file, for somebody who hardly waits."""
    database = Database(notes.path, KEY, busy_seconds=0.2)
    yield database
    database.close()


def test_a_database_kept_too_long_says_it_is_busy(notes: Database, impatient: Database) -> None:
    with notes.write():
        with pytest.raises(DatabaseBusy), impatient.write():
            pass
        assert count(impatient) == 0, "readers do not wait for the writer"
    with impatient.write():
        errors: list[BaseException] = []

        def wait() -> None:
            try:
                add_one(impatient, 1)
            except DatabaseBusy as busy:
                errors.append(busy)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join()
        assert len(errors) == 1


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("way", ["write", "relaxed"])
def test_killed_while_writing_nothing_acknowledged_is_lost_and_nothing_is_half(
    notes: Database, seed: int, way: str
) -> None:
    notes.close()
    said, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            database = Database(notes.path, KEY)
            number = 0
            while True:
                number += 1
                with getattr(database, way)() as connection:
                    for half in (0, 1):
                        row = (2 * number + half, "x" * 9000)
                        connection.exec_driver_sql("INSERT INTO notes VALUES (?, ?)", row)
                os.write(tell, number.to_bytes(4, "big"))
        finally:
            os._exit(1)
    os.close(tell)
    os.read(said, 4)
    time.sleep(random.Random(seed).uniform(0.0, 0.15))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    acknowledged = 1
    while data := os.read(said, 4):
        acknowledged = int.from_bytes(data, "big")
    os.close(said)
    with notes.read() as connection:
        ids = connection.exec_driver_sql("SELECT id FROM notes ORDER BY id").scalars().all()
    assert len(ids) in (2 * acknowledged, 2 * acknowledged + 2), f"seed {seed}"
    assert ids == list(range(2, 2 + len(ids))), f"seed {seed}"
    assert notes.damages() == []


# --- nothing in clear, nothing left ---

CANARY = "zanzibarcanari"


def put_canary(instance: Instance) -> None:
    with instance.space.write() as connection:
        for number in range(200):
            word = CANARY if number == 100 else f"ordinaire{number}"
            row = (number, "d1" if number == 100 else "d2", number, "{}", f"texte {word} " * 30, os.urandom(32))
            connection.exec_driver_sql(
                "INSERT INTO passages (id, document, ordinal, place, text, digest) VALUES (?, ?, ?, ?, ?, ?)", row
            )
            connection.exec_driver_sql("INSERT INTO stems(rowid, words) VALUES (?, ?)", (number, f"texte {word}"))
            connection.exec_driver_sql("INSERT INTO vectors VALUES (?, ?, 1.0)", (number, CANARY.encode()[:8] * 48))
            connection.exec_driver_sql("INSERT INTO vector_cache VALUES (?, 'm', ?, 1.0)", (row[5], b"v" * 384))
        part = ("d1", 0, "{}", f"texte {CANARY} " * 3000)
        connection.exec_driver_sql("INSERT INTO parts(document, ordinal, place, text) VALUES (?, ?, ?, ?)", part)


def test_no_clear_text_lies_on_the_disk(instance: Instance) -> None:
    put_canary(instance)
    instance.blobs.put([CANARY.encode() * 5000])
    needles = [CANARY.encode(), CANARY.encode()[:8] * 3, b"passages", b"SQLite format 3"]
    files = [path for path in instance.folder.rglob("*") if path.is_file()]
    assert any(path.name.endswith("-wal") and path.stat().st_size > PAGE for path in files)
    for path in files:
        assert not [needle for needle in needles if needle in path.read_bytes()], path
    instance.space.settle()
    key = instance.keys.space("mairie").database_key()
    assert CANARY.encode() in clear_pages(instance.space.path, key), "with the key, the search does find it"


def test_after_deletion_nothing_is_left_even_for_who_has_the_key(instance: Instance) -> None:
    put_canary(instance)
    with instance.space.write() as connection:
        connection.exec_driver_sql("DELETE FROM stems WHERE rowid IN (SELECT id FROM passages WHERE document='d1')")
        connection.exec_driver_sql("DELETE FROM passages WHERE document = 'd1'")
        connection.exec_driver_sql("DELETE FROM parts WHERE document = 'd1'")
        assert purge_vector_cache(connection) == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM vectors").scalar_one() == 199, (
            "they follow passages"
        )
    assert merge_stems(instance.space) >= 1
    instance.space.settle()
    left = clear_pages(instance.space.path, instance.keys.space("mairie").database_key())
    assert CANARY.encode() not in left and b"ordinaire99" in left
    assert not instance.space.path.with_name("space.db-wal").stat().st_size
    with instance.space.read() as connection:
        found = "SELECT count(*) FROM stems WHERE stems MATCH ?"
        assert connection.exec_driver_sql(found, (CANARY,)).scalar_one() == 0
        assert connection.exec_driver_sql(found, ("texte",)).scalar_one() == 199
    assert instance.space.damages() == []


def test_the_merge_is_what_purges_the_lexical_index(instance: Instance) -> None:
    """The reason of merge_stems: without it the words stay. If SQLite changes this, the comment must change too."""
    put_canary(instance)
    with instance.space.write() as connection:
        connection.exec_driver_sql("DELETE FROM stems WHERE rowid = 100")

    def words_left() -> bool:
        with instance.space.read() as connection:
            blocks = connection.exec_driver_sql("SELECT block FROM stems_data").scalars().all()
        return any(CANARY.encode() in block for block in blocks)

    assert words_left()
    merge_stems(instance.space)
    assert not words_left()


def test_a_merge_of_many_segments_ends_and_keeps_every_word(instance: Instance) -> None:
    chosen = random.Random(7)
    for batch in range(40):
        with instance.space.write() as connection:
            for number in range(50):
                words = " ".join(f"mot{chosen.randrange(3000)}" for _ in range(60))
                row = (batch * 50 + number, f"{words} commun")
                connection.exec_driver_sql("INSERT INTO stems(rowid, words) VALUES (?, ?)", row)
    with instance.space.write() as connection:
        connection.exec_driver_sql("DELETE FROM stems WHERE rowid % 10 = 0")
    assert merge_stems(instance.space) < 200
    with instance.space.read() as connection:
        query = "SELECT count(*) FROM stems WHERE stems MATCH 'commun'"
        assert connection.exec_driver_sql(query).scalar_one() == 1800


def test_erasing_a_space_leaves_nothing_and_can_be_done_again(instance: Instance) -> None:
    put_canary(instance)
    instance.close()
    erase_space(instance.folder, instance.keys, "mairie")
    erase_space(instance.folder, instance.keys, "mairie")
    assert not (instance.folder / "spaces" / "mairie").exists()
    keys = Keys(read_house_key(instance.folder), keys_folder(instance.folder))
    assert keys.spaces() == []
    erase_space(instance.folder, keys, "never-was")
    open_house(instance.folder, keys).close()


def test_the_last_revision_is_the_one_on_the_disk(instance: Instance) -> None:
    from demeure.store.schema import version

    assert (version(instance.house), version(instance.space)) == (HOUSE.head, SPACE.head)


# --- turns ---


def test_beside_a_process_that_never_stops_writing_a_write_waits_little(notes: Database) -> None:
    """SQLite alone was seen to wait 3.2 s here; the bound is ten times what was measured on a busy machine."""
    notes.close()
    child = os.fork()
    if child == 0:
        try:
            database = Database(notes.path, KEY, busy_seconds=60.0)
            while True:
                add_one(database, 1)
        finally:
            os._exit(1)
    try:
        patient, longest = Database(notes.path, KEY, busy_seconds=60.0), 0.0
        for _ in range(60):
            begun = time.monotonic()
            add_one(patient, 1)
            longest = max(longest, time.monotonic() - begun)
            time.sleep(0.001)
        patient.close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert longest < 0.5


def test_a_writer_killed_in_its_turn_stops_nobody(notes: Database, impatient: Database) -> None:
    notes.close()
    said, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with Database(notes.path, KEY).write() as connection:
            connection.exec_driver_sql("UPDATE counter SET value = 77")
            os.write(tell, b"x")
            time.sleep(60)
        os._exit(1)
    os.read(said, 1)
    with pytest.raises(DatabaseBusy):
        add_one(impatient, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for end in (said, tell):
        os.close(end)
    add_one(notes, 1)
    with notes.read() as connection:
        assert connection.exec_driver_sql("SELECT value FROM counter").scalar_one() == 1


def test_settling_under_a_reader_says_so_and_works_after(notes: Database, impatient: Database) -> None:
    fill(notes, 1)
    with notes.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM notes").scalar_one() == 1
        fill(notes, 1)
        with pytest.raises(DatabaseBusy):
            impatient.settle()
    impatient.settle()
    assert notes.path.with_name("notes.db-wal").stat().st_size == 0


def test_two_that_settle_at_once_wait_for_each_other(notes: Database) -> None:
    """Beside another checkpoint SQLite says “busy” at once, without the patience it was given."""
    other = Database(notes.path, KEY, busy_seconds=10.0)
    problems: list[Exception] = []

    def settle_often(database: Database) -> None:
        try:
            for _ in range(60):
                fill(database, 3)
                database.settle()
        except Exception as problem:  # noqa: BLE001 - told by the test's own thread
            problems.append(problem)

    threads = [threading.Thread(target=settle_often, args=(one,)) for one in (notes, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert problems == [] and count(notes) == 360


@pytest.mark.endurance
def test_sixty_kills_of_two_writers_lose_nothing_acknowledged(instance: Instance) -> None:
    """Two processes store an original, then its row; killed at seeded instants, all they said done is there."""
    instance.close()
    chosen = random.Random(20261124)
    acknowledged: set[str] = set()
    for kill in range(30):
        said, tell = os.pipe()
        children = [_store_forever(instance.folder, tell, f"{kill}-{number}") for number in range(2)]
        os.close(tell)
        time.sleep(chosen.uniform(0.02, 0.4))
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        with os.fdopen(said, "rb") as pipe:
            acknowledged |= {line.decode().strip() for line in pipe.read().splitlines() if len(line) == 64}
        keys = Keys(read_house_key(instance.folder), keys_folder(instance.folder))
        space, blobs = open_space(instance.folder, keys, "mairie"), open_blobs(instance.folder, keys, "mairie")
        with space.read() as connection:
            rows = set(connection.exec_driver_sql("SELECT document FROM parts").scalars())
        stored = {blob.sha256 for blob in blobs.list()}
        assert acknowledged <= rows <= stored, f"kill {kill}"
        assert space.damages() == []
        space.close()
    assert len(acknowledged) > 30
    assert all(hashlib.sha256(b"".join(blobs.open(name))).hexdigest() == name for name in stored)


def _store_forever(folder: Path, tell: int, seed: str) -> int:
    child = os.fork()
    if child:
        return child
    try:
        keys = Keys(read_house_key(folder), keys_folder(folder))
        space, blobs = open_space(folder, keys, "mairie"), open_blobs(folder, keys, "mairie")
        source = random.Random(seed)
        while True:
            sha256 = blobs.put([source.randbytes(source.randrange(200_000))]).sha256
            with space.write() as connection:
                row = (sha256, "{}", "x" * source.randrange(40_000))
                connection.exec_driver_sql(
                    "INSERT INTO parts(document, ordinal, place, text) VALUES (?, 0, ?, ?)", row
                )
            os.write(tell, sha256.encode() + b"\n")
    finally:
        os._exit(1)
