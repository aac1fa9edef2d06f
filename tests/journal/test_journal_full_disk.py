"""A full disk: the reserve is used, then everything is refused, then space returns. Injected, and for real."""

import asyncio
import contextlib
import ctypes
import errno
import os
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from scribe_house import house, open_log, run
from test_journal_damage import records, verify

from demeure.journal import Draft, JournalFull
from demeure.journal.disk import SLICE, Disk

MEGABYTE = 1 << 20


class SmallDisk(Disk):
    """Offers ``room`` bytes beyond what is taken; counts what grows and shrinks, as a file system would."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def allocate(self, descriptor: int, offset: int, length: int) -> None:
        self._take(offset + length - os.fstat(descriptor).st_size)
        super().allocate(descriptor, offset, length)

    def truncate(self, descriptor: int, length: int) -> None:
        self.room += max(0, os.fstat(descriptor).st_size - length)
        super().truncate(descriptor, length)

    def write_file(self, path: Path, data: bytes) -> None:
        self._take(len(data) - (path.stat().st_size if path.exists() else 0))
        super().write_file(path, data)

    def _take(self, bytes_: int) -> None:
        if bytes_ > self.room:
            raise OSError(errno.ENOSPC, "no space left (injected)")
        self.room -= max(0, bytes_)


def write_until_full(log: object, size: int) -> tuple[int, set[str]]:
    """Appends until JournalFull; gives the number of entries and the states seen on the way."""
    states = set()
    with contextlib.suppress(JournalFull):
        while True:
            log.append(records(size, 10, sealed=10_000))  # type: ignore[attr-defined]
            size += 10
            states.add(log.state)  # type: ignore[attr-defined]
    return size, states


def use_up_and_recover(folder: Path, disk: Disk, free: Callable[[], None]) -> None:
    log = open_log(folder, disk=disk, reserve=3 * MEGABYTE)
    assert log.state == "ok"
    log.append(records(0, 10))
    size, states = write_until_full(log, 10)
    assert states == {"ok", "reserve"}
    assert log.state == "full"
    for _ in range(3):
        with pytest.raises(JournalFull):
            log.append(records(size, 1, sealed=1))
    assert log.read(None, 1)[0][0].index == size - 1, "reading goes on"
    assert log.payload(size - 1)
    log.close()
    log = open_log(folder, disk=disk, reserve=3 * MEGABYTE)
    assert log.size == size, "nothing acknowledged was lost, nothing refused was kept"
    with contextlib.suppress(JournalFull):
        size = log.append(records(size, 1, sealed=30_000)) + 1
    free()
    log.append(records(size, 1))
    log.reserve.refill(every=0)
    assert log.state == "ok"
    log.publish()
    log.close()
    code, found = verify(folder)
    assert (code, found["size"]) == (0, size + 1)


def test_reserve_then_full_then_space_returns(tmp_path: Path) -> None:
    disk = SmallDisk(10 * MEGABYTE)

    def free() -> None:
        disk.room += 20 * MEGABYTE

    use_up_and_recover(tmp_path / "journal", disk, free)


def test_receipts_carry_the_state_and_reading_stays_journalled_on_the_reserve(tmp_path: Path) -> None:
    async def go() -> None:
        disk = SmallDisk(4 * MEGABYTE)
        async with house(tmp_path / "journal", disk=disk, reserve=2 * MEGABYTE) as it:
            journal = it.journal()
            seen = []
            with pytest.raises(JournalFull) as caught:
                while True:
                    seen.append(await journal.record(Draft("request", "asked", payload=b"x" * 50_000)))
            assert caught.value.http_status == 507
            states = [receipt.state for receipt in seen]
            assert set(states) == {"ok", "reserve"}
            assert states == sorted(states), "ok, then reserve"
            assert [receipt.may_add for receipt in seen] == [state == "ok" for state in states]
            assert (await journal.head()).state == "full"
            with pytest.raises(JournalFull):
                await journal.record(Draft("request", "asked"))
            assert len((await journal.read(limit=5)).entries) == 5
            disk.room += 20 * MEGABYTE
            assert (await journal.record(Draft("request", "asked"))).state in ("ok", "reserve")
            async with asyncio.timeout(5):
                while (await journal.head(fresh=True)).state != "ok":  # noqa: ASYNC110 - another process's state
                    await asyncio.sleep(0.05)
            assert (await journal.head(fresh=True)).size == len(seen) + 1
        assert verify(tmp_path / "journal")[0] == 0

    run(go())


def test_the_scribe_s_own_facts_wait_for_room(tmp_path: Path) -> None:
    async def go() -> None:
        disk = SmallDisk(MEGABYTE // 2)
        async with house(tmp_path / "journal", disk=disk, reserve=SLICE) as it:
            it.scribe.owed = [Draft("administration", "house-started")]
            journal = it.journal()
            with pytest.raises(JournalFull):
                await journal.record(Draft("request", "asked"))
            disk.room += 8 * MEGABYTE
            await journal.record(Draft("request", "asked"))
            names = [entry.name for entry in (await journal.read()).entries]
            assert names == ["asked", "house-started"]

    run(go())


def test_a_reserve_that_does_not_fit_is_told(tmp_path: Path) -> None:
    log = open_log(tmp_path / "journal", disk=SmallDisk(5 * MEGABYTE), reserve=64 * MEGABYTE)
    assert log.state == "reserve"
    log.append(records(0, 1))
    log.close()


def test_the_reserve_really_takes_its_blocks(tmp_path: Path) -> None:
    log = open_log(tmp_path / "journal", reserve=3 * MEGABYTE)
    held = (tmp_path / "journal" / "reserve").stat()
    log.close()
    if held.st_blocks * 512 < 3 * MEGABYTE:
        pytest.skip("this file system does not preallocate")
    log = open_log(tmp_path / "journal", reserve=MEGABYTE)
    assert (tmp_path / "journal" / "reserve").stat().st_size == MEGABYTE, "a smaller setting gives the rest back"
    log.close()


CLONE_NEWNS, CLONE_NEWUSER, MS_REC, MS_PRIVATE = 0x20000, 0x10000000, 0x4000, 1 << 18
NO_NAMESPACE = 77


def mount_small(folder: Path, size: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    uid, gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWNS if uid == 0 else CLONE_NEWNS | CLONE_NEWUSER) != 0:
        return False
    if uid:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    if libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        return False
    return bool(libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, f"size={size}".encode()) == 0)


def test_on_a_really_full_tmpfs(tmp_path: Path) -> None:
    """In a mount namespace of its own. Another file fills the disk, as the house's documents would."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = NO_NAMESPACE
            if mount_small(tmp_path, 12 * MEGABYTE):
                ballast = tmp_path / "ballast"
                ballast.write_bytes(b"x" * (3 * MEGABYTE))
                use_up_and_recover(tmp_path / "journal", Disk(), ballast.unlink)
                code = 0
        except BaseException:  # noqa: BLE001 - the parent asserts on the status
            code = 1
            traceback.print_exc()
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == NO_NAMESPACE:
        pytest.skip("this system refuses mount namespaces")
    assert code == 0
