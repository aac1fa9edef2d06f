"""A full disk is when a backup elsewhere is wanted most: what it writes in the house itself has room set aside."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from demeure.backup.disk_errors import HouseDiskFull
from demeure.store.durable import FULL_DISK, sync_folder
from demeure.store.errors import DiskFull

RESERVE = 768 << 10
"""Bytes, for pages, a number and the folders of links. Below the slice of 1 MB that the journal, when it lives on
its own reserve, tries to take back: it would take this one too."""
_FILE, _STEP = "reserve", 64 << 10


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """While a backup works: what was set aside in ``folder`` is given back where the disk has no more than that
    left, and set aside again at the end, as soon as there is room. Raises HouseDiskFull."""
    kept = folder / _FILE
    try:
        if _free(folder) < RESERVE and kept.exists():
            kept.unlink()
            sync_folder(folder)  # ext4 offers freed blocks only once this is written
        yield
    except DiskFull as problem:
        raise HouseDiskFull(what=problem.params["what"], place=str(folder.parent)) from problem
    except OSError as problem:
        if problem.errno not in FULL_DISK:
            raise
        what = Path(os.fsdecode(problem.filename)).name if problem.filename else os.strerror(problem.errno)
        raise HouseDiskFull(what=what, place=str(folder.parent)) from problem
    finally:
        _set_aside(kept)


def _free(folder: Path) -> int:
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize


def _set_aside(kept: Path) -> None:
    """As much of it as there is room for: the next backup tries again."""
    with suppress(OSError):
        descriptor = os.open(kept, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            held = os.fstat(descriptor).st_size
            while held < RESERVE:
                os.posix_fallocate(descriptor, held, _STEP)
                held += _STEP
        except OSError:
            os.ftruncate(descriptor, held)  # a failed allocation may have taken a part
        finally:
            os.fsync(descriptor)
            os.close(descriptor)
