"""A memory file that one role and the chat engine both hold: how the state of a slot enters and leaves the engine.

The engine has no disk. It opens ``/proc/self/fd/N``, N being the tray's number, the same in both processes; what
lies there is sealed onto a disk, and checked before it comes back, by the role (store/snapshots.py). Empty between
uses.
"""

import mmap
import os
from collections.abc import Callable
from typing import TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview


class Tray:
    """One transfer at a time: the callers see to it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def name(self) -> str:
        """What the engine is told to open."""
        return str(self._descriptor)

    @property
    def size(self) -> int:
        """Bytes that lie in it."""
        return os.fstat(self._descriptor).st_size

    def room(self, size: int) -> Callable[[int, Buffer], None]:
        """Room for ``size`` bytes; what is returned puts some at a place. Written and not mapped: memory that is
        mapped before it was ever written costs the kernel twice as long, page by page, with the interpreter's lock
        held. Both raise OSError when memory lacks."""
        os.ftruncate(self._descriptor, size)
        return self._put

    def _put(self, place: int, content: Buffer) -> None:
        with memoryview(content) as left:
            done = 0
            while done < len(left):
                done += os.pwrite(self._descriptor, left[done:], place + done)

    def content(self) -> mmap.mmap:
        """What the engine put there; the caller closes the map."""
        return mmap.mmap(self._descriptor, self.size)

    def clear(self) -> None:
        """Give the memory back: nothing stays."""
        os.ftruncate(self._descriptor, 0)
