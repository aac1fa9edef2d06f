"""Files that survive a power cut: written aside, fsynced, renamed, and their folder fsynced.

A lock is held on the folder itself (flock): it leaves no file behind and the kernel drops it with its holder.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demeure.store.errors import DiskFull

FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def full_disk_named(what: str) -> Iterator[None]:
    """Turn the system's ways of saying “no space” into DiskFull; every other OSError passes."""
    try:
        yield
    except OSError as problem:
        if problem.errno in FULL_DISK:
            raise DiskFull(what=what) from problem
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable (a rename is not durable before this)."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Create ``folder`` and what leads to it (0700), each name durable; nothing when it exists."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with full_disk_named(folder.name):
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Exclusive among all processes; waits for its turn. Released by the kernel if this process dies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def shared_with(folder: Path | None) -> Iterator[None]:
    """Beside any number of others who share ``folder``, never beside one who holds it alone (``folder_lock``,
    ``alone``); nothing when it is None or absent."""
    if folder is None or not folder.is_dir():
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def alone(folder: Path, seconds: float) -> Iterator[bool]:
    """As ``folder_lock``, for whoever can come back later: False when others still shared it after ``seconds``."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        deadline = time.monotonic() + seconds
        while not (held := _taken(descriptor)) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield held
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_all(descriptor: int, data: bytes) -> None:
    """``os.write`` until everything is written."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Write ``path`` whole or not at all, durable on return. The caller holds the folder's lock.

    The temporary name is fixed, so that what a killed attempt left is replaced by the next one.
    Raises DiskFull; the previous state is intact.
    """
    aside = path.with_name(f".{path.name}.new")
    aside.unlink(missing_ok=True)
    try:
        with full_disk_named(path.name):
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
            try:
                write_all(descriptor, data)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            aside.rename(path)
            sync_folder(path.parent)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def overwrite_and_remove(path: Path) -> None:
    """Overwrite the bytes in place, fsync, unlink, fsync the folder.

    On flash storage and copy-on-write file systems the old blocks may outlive the overwrite: that is why what is
    destroyed this way is a *wrapped* key, useless without the house key.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        write_all(descriptor, bytes(os.fstat(descriptor).st_size))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink()
    sync_folder(path.parent)
