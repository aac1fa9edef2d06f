"""Every durable byte of the journal passes here: what is synced, in which order, and what a full disk does.

The reserve is space taken in advance. When the disk is full a slice of it is given back and the write is tried
again, so that reading goes on, journalled; another process may take that slice first, and then the next one goes.
"""

import contextlib
import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from demeure.journal.errors import JournalFull

T = TypeVar("T")
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})
SLICE = 1 << 20


class Disk:
    """The system's calls. ``sync_delay``: seconds added to each sync: how does the house live with a slow disk?"""

    def __init__(self, sync_delay: float = 0.0) -> None:
        self._delay = sync_delay

    def allocate(self, descriptor: int, offset: int, length: int) -> None:
        """Take the blocks now, so that a later write cannot meet a full disk. Raises OSError (ENOSPC)."""
        os.posix_fallocate(descriptor, offset, length)

    def truncate(self, descriptor: int, length: int) -> None:
        os.ftruncate(descriptor, length)

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        """All of ``data`` at ``offset``."""
        view = memoryview(data)
        while view:
            written = os.pwrite(descriptor, view, offset)
            view, offset = view[written:], offset + written

    def sync(self, descriptor: int) -> None:
        """Data (and the size) are on the disk when this returns."""
        os.fdatasync(descriptor)
        if self._delay:
            time.sleep(self._delay)

    def sync_folder(self, folder: Path) -> None:
        """The names in ``folder`` are on the disk when this returns."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        os.replace(old, new)  # noqa: PTH105 - the call this line is about

    def write_file(self, path: Path, data: bytes) -> None:
        """Whole or not at all; the caller syncs the folder. Raises OSError (ENOSPC), leaving no trace."""
        aside = path.with_name(path.name + ".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            self.write(descriptor, data, 0)
            self.sync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise
        finally:
            os.close(descriptor)
        self.rename(aside, path)

    def make_folder(self, folder: Path) -> None:
        """``folder`` and what leads to it, each name durable."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        self.sync_folder(folder.parent)


class Reserve:
    """A file of preallocated blocks. Thread-safe. ``goal``: bytes it should hold when the disk has room.

    ``state``: ``ok`` (whole), ``reserve`` (a part was given back), ``full`` (nothing was left and a write failed).
    On file systems that compress or copy on write, preallocated blocks are a weaker promise."""

    def __init__(self, path: Path, goal: int, disk: Disk) -> None:
        self._disk, self._goal = disk, goal
        self._lock = threading.Lock()
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held = os.fstat(self._descriptor).st_size
        if self._held > goal:
            self._shrink(goal)
        self._exhausted = False
        self._next_try = 0.0
        self.refill(every=0)

    @property
    def state(self) -> str:
        if self._exhausted:
            return "full"
        return "ok" if self._held >= self._goal else "reserve"

    def with_room(self, action: Callable[[], T]) -> T:
        """Run ``action``, giving back slices while it meets a full disk. Raises JournalFull when none is left."""
        while True:
            try:
                return action()
            except OSError as problem:
                if problem.errno not in NO_SPACE:
                    raise
            if not self._give_back():
                self._exhausted = True
                raise JournalFull

    def check(self) -> None:
        """Raises JournalFull while nothing is left and no room came back. To be called before each write."""
        if self._exhausted:
            self.refill(every=0)
            if self._exhausted:
                raise JournalFull

    def refill(self, every: float = 1.0) -> None:
        """Take back what the disk now offers; tried at most once per ``every`` seconds (0: now)."""
        with self._lock:
            now = time.monotonic()
            if self._held >= self._goal or (every and now < self._next_try):
                return
            self._next_try = now + every
            try:
                while self._held < self._goal:
                    step = min(SLICE, self._goal - self._held)
                    self._disk.allocate(self._descriptor, self._held, step)
                    self._held += step
                    self._exhausted = False
            except OSError as problem:
                if problem.errno not in NO_SPACE:
                    raise
                self._shrink(self._held)  # a failed allocation may have taken a part

    def close(self) -> None:
        os.close(self._descriptor)

    def _give_back(self) -> bool:
        with self._lock:
            if self._held == 0:
                return False
            self._shrink(max(0, self._held - SLICE))
            self._next_try = time.monotonic() + 1.0
            return True

    def _shrink(self, length: int) -> None:
        self._disk.truncate(self._descriptor, length)
        os.fsync(self._descriptor)  # ext4 and btrfs offer freed blocks only once the transaction is written
        self._held = length
