"""A really full disk: a small tmpfs in a mount namespace of the test's own (root, or a user namespace)."""

import ctypes
import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from demeure.identity import People
from demeure.store import Database, DiskFull, KeyDestroyed, NoRoomToOpen
from demeure.testing.store import Instance, make_instance, new_instance

CLONE_NEWNS, CLONE_NEWUSER, MS_REC, MS_PRIVATE = 0x20000, 0x10000000, 0x4000, 1 << 18
NO_NAMESPACE = 77
MEGABYTE = 1 << 20


def _small_disk(folder: Path, size: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWNS if uid == 0 else CLONE_NEWNS | CLONE_NEWUSER) != 0:
        return False
    if uid != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    if libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        return False
    return bool(libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size}".encode()) == 0)


def on_small_disk(folder: Path, size: int, work: Callable[[Path], None]) -> None:
    """Run ``work`` in a child that alone sees a disk of ``size`` bytes at ``folder``; its failures are ours."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            if _small_disk(folder, size):
                work(folder)
                status = 0
            else:
                status = NO_NAMESPACE
        except BaseException:  # noqa: BLE001 - the parent asserts on the status
            traceback.print_exc()
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == NO_NAMESPACE:
        pytest.skip("no mount namespace is allowed here: the full disk is only injected (test_store_blobs.py)")
    assert status == 0


def fill_up(folder: Path) -> Path:
    """Leave no free block."""
    path = folder / "filling"
    with path.open("wb", buffering=0) as file:
        block = bytes(4096)
        try:
            while True:
                file.write(block)
        except OSError:
            return path


def write_until_full(database: Database) -> int:
    written = 0
    try:
        while True:
            with database.write() as connection:
                row = (f"k{written}", "p", "[]", "x" * 100_000, "t", "t")
                connection.exec_driver_sql("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
            written += 1
    except DiskFull:
        return written


def count(database: Database) -> int:
    with database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM conversations").scalar_one())


def test_an_original_too_large_leaves_what_was_there(tmp_path: Path) -> None:
    def work(folder: Path) -> None:
        instance = make_instance(folder)
        kept = instance.blobs.put([b"kept"])
        with pytest.raises(DiskFull) as refusal:
            instance.blobs.put(bytes(100_000) for _ in range(200))
        assert "document" in refusal.value.sentence("fr")
        assert [stored.sha256 for stored in instance.blobs.list()] == [kept.sha256]
        assert not list((folder / "spaces" / "mairie" / "blobs").glob(".*")), "the room is given back"
        assert b"".join(instance.blobs.open(kept.sha256)) == b"kept"
        instance.blobs.put([b"small enough"])

    on_small_disk(tmp_path, 6 * MEGABYTE, work)


def test_a_database_on_a_full_disk_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    def work(folder: Path) -> None:
        instance = make_instance(folder)
        fill_up(folder)
        written = write_until_full(instance.house)
        assert count(instance.house) == written, "reading goes on"
        (folder / "filling").rename(folder / "more")
        os.truncate(folder / "more", 3 * MEGABYTE)
        assert write_until_full(instance.house) > 5, "writing too, once there is room"
        total = count(instance.house)
        fill_up(folder)
        assert total > written
        instance.close()
        with pytest.raises(NoRoomToOpen) as refusal:
            _again(folder)
        assert "ne peut pas être ouvert" in refusal.value.sentence("fr")
        assert refusal.value.http_status == 507
        (folder / "more").unlink()
        fresh = _again(folder)
        assert count(fresh.house) == total
        assert fresh.house.damages() == []

    on_small_disk(tmp_path, 12 * MEGABYTE, work)


def _again(folder: Path) -> Instance:
    from demeure.store import Keys, keys_folder, open_blobs, open_house, open_space, read_house_key

    keys = Keys(read_house_key(folder), keys_folder(folder))
    house, space = open_house(folder, keys), open_space(folder, keys, "mairie")
    return Instance(folder, keys, house, "mairie", space, open_blobs(folder, keys, "mairie"))


def test_on_a_full_disk_the_house_opens_reads_and_erases(tmp_path: Path) -> None:
    def work(folder: Path) -> None:
        from demeure.clock import SystemClock

        instance = make_instance(folder)
        people = People(instance.house, SystemClock())
        session = people.redeem(people.create_link(people.ensure_administrator().id))
        kept = instance.blobs.put([b"kept"])
        fill_up(folder)
        assert people.session(session.token) == session.actor
        assert b"".join(instance.blobs.open(kept.sha256)) == b"kept"
        with pytest.raises(DiskFull):
            instance.keys.create_space("ecole")
        assert instance.keys.spaces() == ["mairie"]
        assert instance.blobs.delete(kept.sha256), "deleting gives room"
        instance.keys.destroy_space("mairie")
        with pytest.raises(KeyDestroyed):
            instance.keys.space("mairie")

    on_small_disk(tmp_path, 6 * MEGABYTE, work)


def test_a_creation_on_a_full_disk_leaves_nothing_half(tmp_path: Path) -> None:
    def work(folder: Path) -> None:
        filling = fill_up(folder)
        with pytest.raises(DiskFull):
            new_instance(folder)
        for free in (8, 64, 256, 600):
            with filling.open("r+b") as file:
                file.truncate(max(0, filling.stat().st_size - free * 1024))
            with pytest.raises(DiskFull):
                new_instance(folder)
            assert not list(folder.rglob("*.db")) or free > 500
            fill_up(folder)
        filling.unlink()
        (folder / "keys" / "spaces" / "mairie.key").unlink(missing_ok=True)
        instance = new_instance(folder)
        assert instance.house.damages() == []

    on_small_disk(tmp_path, 6 * MEGABYTE, work)
