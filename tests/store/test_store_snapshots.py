"""States of the engine on disk: whole or absent; cut, altered, foreign or swapped ones are refused."""

import mmap
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from death import every_point

from demeure.clock import SystemClock
from demeure.engine.tray import Tray
from demeure.library import Readiness
from demeure.store import KeyDestroyed, SealedSnapshots, SnapshotRefused, erase_space, open_snapshots
from demeure.store.snapshots import CHUNK
from demeure.store.tables import documents
from demeure.testing.store import Instance, add_space, make_instance, new_instance, reopen_instance

BINDING = {"document": "d1", "engine": {"model": "m", "build": "b"}}
TEXT = random.Random(3).randbytes(2 * CHUNK + 77)


class Room:
    """A tray of the test's own."""

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("room")

    def __call__(self, size: int) -> Callable[[int, memoryview], None]:
        return Tray(self.descriptor).room(size)

    def holding(self, data: bytes) -> mmap.mmap:
        self(len(data))(0, memoryview(data))
        return mmap.mmap(self.descriptor, len(data))

    @property
    def content(self) -> bytes:
        return os.pread(self.descriptor, 1 << 30, 0)


@pytest.fixture
def instance(tmp_path: Path) -> Any:
    made = make_instance(tmp_path / "instance")
    yield made
    made.close()


def kept(instance: Instance, data: bytes = TEXT) -> tuple[SealedSnapshots, Path]:
    sealed = open_snapshots(instance.folder, instance.keys, "mairie")
    with Room().holding(data) as content:
        held = sealed.keep(BINDING, 6000, content)
    return sealed, instance.folder / "spaces" / "mairie" / "snapshots" / held.file


@pytest.mark.parametrize("size", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 77])
def test_what_was_kept_comes_back_byte_for_byte(instance: Instance, size: int) -> None:
    sealed, path = kept(instance, TEXT[:size])
    room = Room()
    assert sealed.bring(path.name, BINDING, room) == 6000
    assert room.content == TEXT[:size]
    assert sealed.name(BINDING) == path.name
    assert path.stat().st_mode & 0o077 == 0
    assert TEXT[: min(size, 4096)] not in path.read_bytes() or size < 16


def test_a_tray_that_takes_few_bytes_at_a_time_receives_them_all(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed, path = kept(instance)
    room, write = Room(), os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda to, content, at: write(to, content[:300_001], at))
    sealed.bring(path.name, BINDING, room)
    assert room.content == TEXT


def test_no_byte_that_was_not_authenticated_reaches_the_tray(instance: Instance) -> None:
    sealed, path = kept(instance)
    data = bytearray(path.read_bytes())
    data[-CHUNK // 2] ^= 1  # in the second chunk
    path.write_bytes(data)
    room = Room()
    with pytest.raises(SnapshotRefused, match="altered"):
        sealed.bring(path.name, BINDING, room)
    assert room.content[:CHUNK] == TEXT[:CHUNK] and not any(room.content[CHUNK : 2 * CHUNK])
    assert room.content[2 * CHUNK :] == TEXT[2 * CHUNK :], "another thread's, authenticated by itself"


def test_it_is_kept_again_under_the_same_name(instance: Instance) -> None:
    sealed, path = kept(instance)
    before = path.read_bytes()
    kept(instance, TEXT[::-1])
    room = Room()
    sealed.bring(path.name, BINDING, room)
    assert room.content == TEXT[::-1] and path.read_bytes()[:21] != before[:21], "another salt"
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def flip(at: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


HEAD = 5 + 16 + 32 + 12 + 16
PIECE = CHUNK + 16
DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda data: b"", "cut"),
    "a head only": (lambda data: data[:HEAD], "cut"),
    "last byte gone": (lambda data: data[:-1], "cut"),
    "last chunk gone": (lambda data: data[: HEAD + 2 * PIECE], "cut"),
    "a byte more": (lambda data: data + b"x", "cut"),
    "magic": (flip(0), "foreign"),
    "salt": (flip(7), "altered"),
    "binding": (flip(30), "foreign"),
    "head": (flip(5 + 16 + 32 + 3), "altered"),
    "first chunk": (flip(HEAD + 5), "altered"),
    "last chunk": (flip(-20), "altered"),
    "a tag": (flip(HEAD + PIECE - 1), "altered"),
    "chunks swapped": (
        lambda data: (
            data[:HEAD]
            + data[HEAD + PIECE : HEAD + 2 * PIECE]
            + data[HEAD : HEAD + PIECE]
            + data[HEAD + 2 * PIECE :]
        ),
        "altered",
    ),
    "not ours": (lambda data: os.urandom(len(data)), "foreign"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_refused_and_named(instance: Instance, damage: str) -> None:
    sealed, path = kept(instance)
    change, why = DAMAGES[damage]
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(SnapshotRefused) as refused:
        sealed.bring(path.name, BINDING, Room())
    assert refused.value.params["why"] == why


@pytest.mark.parametrize(
    "other",
    [
        BINDING | {"document": "d2"},
        BINDING | {"engine": {"model": "another", "build": "b"}},
        BINDING | {"engine": {"model": "m", "build": "another"}},
        BINDING | {"instance": "i"},
    ],
)
def test_a_state_of_something_else_is_foreign(instance: Instance, other: dict[str, Any]) -> None:
    sealed, path = kept(instance)
    assert sealed.name(other) != path.name
    with pytest.raises(SnapshotRefused, match="foreign"):
        sealed.bring(path.name, other, Room())


def test_a_file_of_another_space_or_instance_is_refused(instance: Instance, tmp_path: Path) -> None:
    _, path = kept(instance)
    add_space(instance.folder, instance.keys, instance.house, "secret")
    secret = open_snapshots(instance.folder, instance.keys, "secret")
    elsewhere = new_instance(tmp_path / "elsewhere")
    for sealed, folder in (
        (secret, instance.folder / "spaces" / "secret"),
        (open_snapshots(elsewhere.folder, elsewhere.keys, "mairie"), elsewhere.folder / "spaces" / "mairie"),
    ):
        (folder / "snapshots").mkdir()
        (folder / "snapshots" / path.name).write_bytes(path.read_bytes())
        with pytest.raises(SnapshotRefused, match="altered"):
            sealed.bring(path.name, BINDING, Room())
    elsewhere.close()


def test_an_absent_one_is_named_and_a_killed_writer_leaves_nothing_that_counts(instance: Instance) -> None:
    sealed, path = kept(instance)
    aside = path.with_name(".incoming-0123")
    aside.write_bytes(path.read_bytes()[:1000])
    stray = path.with_name("f" * 64)
    stray.write_bytes(b"x")
    now = path.stat().st_mtime
    assert sealed.sweep({path.name}, now=now) == 0, "a young one may be in the making"
    assert sealed.sweep({path.name}, now=now + 7200) == 2
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    sealed.delete(path.name)
    sealed.delete(path.name)
    with pytest.raises(SnapshotRefused, match="absent"):
        sealed.bring(path.name, BINDING, Room())


def test_a_space_that_is_erased_takes_them_along(instance: Instance) -> None:
    sealed, path = kept(instance)
    instance.space.close()
    erase_space(instance.folder, instance.keys, "mairie")
    assert not path.exists()
    with pytest.raises(KeyDestroyed):
        sealed.bring(path.name, BINDING, Room())


def test_killed_anywhere_it_is_whole_or_nothing(instance: Instance) -> None:
    """A row and its file: what has a row opens; what has none is nothing."""
    readiness = Readiness(instance.house, SystemClock())
    with instance.house.write() as db:
        row = {
            "id": "d1",
            "space": "mairie",
            "name": "a",
            "format": "txt",
            "size": 1,
            "sha256": "0",
            "state": "ready",
        }
        more = {"added_by": "x", "chain": "c", "added_at": "2026", "updated_at": "2026"}
        db.execute(documents.insert().values(row | more))
    folder = instance.folder / "spaces" / "mairie" / "snapshots"
    outcomes = set()

    def work() -> None:
        child = reopen_instance(instance.folder)
        sealed = open_snapshots(child.folder, child.keys, "mairie")
        rows = Readiness(child.house, SystemClock())
        with Room().holding(TEXT) as content:
            held = sealed.keep(BINDING, 6000, content)
        row = rows.fresh("mairie", held.file, "e", 6000, held.size, 1.0)
        rows.add(row, ["d1"])
        rows.used(row.id)

    def empty() -> None:
        readiness.remove([one.id for one in readiness.all()])
        for path in folder.glob("*"):
            path.unlink()

    sealed = open_snapshots(instance.folder, instance.keys, "mairie")
    for _point in every_point(work, empty):
        found = readiness.found(sealed.name(BINDING))
        outcomes.add(found is not None)
        if found is not None:
            room = Room()
            assert sealed.bring(found.file, BINDING, room) == 6000 and room.content == TEXT
            assert readiness.of("d1")
        sealed.sweep({found.file} if found else set(), now=SystemClock().now().timestamp() + 7200)
        assert len(list(folder.glob("*"))) == (found is not None)
    assert outcomes == {True, False}
