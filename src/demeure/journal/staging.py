"""The file where an entry becomes durable: frames appended to preallocated space, one per group of entries.

A frame is written only after the one before it was synced. So a damaged frame followed by a sound one was once
acknowledged (corruption: refuse), and a damaged last frame was not, or its checkpoint says otherwise (torn: cut).
Once full, ``staging`` becomes the next file of ``payloads/``; leaves in it repeat those of the tree.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demeure.journal.disk import Disk, Reserve
from demeure.journal.errors import JournalFull

_MAGIC = b"DEMEURE-STAGE-1\n"
_HEADER = struct.Struct("!16s16sQI")  # magic, mark, index of the first entry, CRC-32 of what precedes
HEADER_SIZE = 64
_FRAME = struct.Struct("!16sIIQI")  # mark, body length, entries, index of the first, CRC-32 of these and the body
_RECORD = struct.Struct("!16sHI")  # draft id, leaf length, sealed length
STEP = 1 << 20


@dataclass(frozen=True)
class Record:
    """One entry to write. ``draft``: 16 bytes that name it for repeats. ``sealed``: its sealed payload."""

    draft: bytes
    leaf: bytes
    sealed: bytes = b""


@dataclass(frozen=True)
class Placed:
    """One entry as found in a file: ``at``, ``length``: where its sealed payload lies."""

    index: int
    draft: bytes
    leaf: bytes
    at: int
    length: int


@dataclass(frozen=True)
class Scan:
    """``end``: where the next frame goes. ``rest``: bytes after it that are not zero (a torn frame). ``damaged``:
    index of the first entry of a damaged frame that was acknowledged, else None."""

    first: int
    mark: bytes
    placed: list[Placed]
    end: int
    rest: int
    damaged: int | None

    @property
    def next(self) -> int:
        return self.first + len(self.placed)


def header(first: int, mark: bytes) -> bytes:
    """The 64 bytes a file begins with. ``mark``: 16 random bytes that begin each of its frames, so that nothing an
    asker sends can look like a frame."""
    start = _MAGIC + mark + struct.pack("!Q", first)
    return (start + struct.pack("!I", zlib.crc32(start))).ljust(HEADER_SIZE, b"\0")


def frame(mark: bytes, first: int, records: list[Record]) -> bytes:
    """One group of entries."""
    body = b"".join(_RECORD.pack(r.draft, len(r.leaf), len(r.sealed)) + r.leaf + r.sealed for r in records)
    start = _FRAME.pack(mark, len(body), len(records), first, 0)[:-4]
    return start + struct.pack("!I", zlib.crc32(body, zlib.crc32(start))) + body


def scan(data: bytes) -> Scan | None:
    """Everything in a file; None when its header is not ours."""
    if len(data) < HEADER_SIZE:
        return None
    magic, mark, first, checksum = _HEADER.unpack_from(data)
    if magic != _MAGIC or zlib.crc32(data[: _HEADER.size - 4]) != checksum:
        return None
    placed: list[Placed] = []
    at = HEADER_SIZE
    while found := _frame_at(data, at, mark, first + len(placed)):
        placed += found[0]
        at = found[1]
    rest = len(data[at:].rstrip(b"\0"))
    damaged = first + len(placed) if rest and _sound_frame_after(data, at, mark) else None
    return Scan(first, mark, placed, at, rest, damaged)


def _frame_at(data: bytes, at: int, mark: bytes, expected: int | None) -> tuple[list[Placed], int] | None:
    if len(data) - at < _FRAME.size:
        return None
    found, length, count, first, checksum = _FRAME.unpack_from(data, at)
    body = at + _FRAME.size
    end = body + length
    if found != mark or end > len(data) or expected not in (None, first):
        return None
    if zlib.crc32(memoryview(data)[body:end], zlib.crc32(data[at : body - 4])) != checksum:
        return None
    placed = list(_records(data, body, end, first))
    return (placed, end) if len(placed) == count else None


def _records(data: bytes, at: int, end: int, index: int) -> Iterator[Placed]:
    while at < end:
        draft, leaf, sealed = _RECORD.unpack_from(data, at)
        at += _RECORD.size
        yield Placed(index, draft, data[at : at + leaf], at + leaf, sealed)
        at, index = at + leaf + sealed, index + 1


def _sound_frame_after(data: bytes, at: int, mark: bytes) -> bool:
    while (at := data.find(mark, at + 1)) >= 0:
        if _frame_at(data, at, mark, None):
            return True
    return False


class Staging:
    """The open file. Used by one writing thread; ``read`` by any.

    ``end``: bytes in use. Space is taken ``STEP`` bytes ahead: neither writing nor syncing then meets a full disk.
    """

    def __init__(self, path: Path, found: Scan, disk: Disk, reserve: Reserve) -> None:
        self._path, self._disk, self._reserve = path, disk, reserve
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.first, self._mark, self.end = found.first, found.mark, found.end
        self.places = [(item.at, item.length) for item in found.placed]
        size = os.fstat(self._descriptor).st_size
        if found.rest:  # forget a torn frame for good: its bytes must not be found after a sound one later
            disk.truncate(self._descriptor, found.end)
            disk.sync(self._descriptor)
            size = found.end
        self._room = size

    @classmethod
    def create(cls, path: Path, first: int, disk: Disk, reserve: Reserve) -> "Staging":
        """A new file whose first entry will be ``first``; durable on return. Raises JournalFull."""
        start = header(first, os.urandom(16))
        reserve.with_room(lambda: disk.write_file(path, start))
        disk.sync_folder(path.parent)
        found = scan(start)
        assert found is not None
        return cls(path, found, disk, reserve)

    @property
    def next(self) -> int:
        """Index of the next entry."""
        return self.first + len(self.places)

    def append(self, records: list[Record]) -> None:
        """Durable on return, all of them. Raises JournalFull (none was written), OSError (unknown: stop)."""
        data = frame(self._mark, self.next, records)
        end = self.end + len(data)
        if end > self._room:
            room = end + STEP - end % STEP
            self._reserve.with_room(lambda: self._disk.allocate(self._descriptor, self._room, room - self._room))
            self._room = room
        self._put(data)
        at = self.end + _FRAME.size
        for record in records:
            at += _RECORD.size + len(record.leaf)
            self.places.append((at, len(record.sealed)))
            at += len(record.sealed)
        self.end = end

    def _put(self, data: bytes) -> None:
        def write() -> None:
            self._disk.write(self._descriptor, data, self.end)
            self._disk.sync(self._descriptor)

        try:
            self._reserve.with_room(write)  # copy-on-write file systems may still want blocks here
        except JournalFull:
            with contextlib.suppress(OSError):
                self._disk.write(self._descriptor, bytes(_FRAME.size), self.end)  # it was refused: do not replay it
            raise

    def read(self, index: int) -> bytes:
        """The sealed payload of an entry of this file."""
        at, length = self.places[index - self.first]
        return os.pread(self._descriptor, length, at)

    def retire(self, path: Path) -> None:
        """Become ``path``, cut to its length; durable on return."""
        self._disk.truncate(self._descriptor, self.end)
        self._disk.sync(self._descriptor)
        self._reserve.with_room(lambda: self._disk.rename(self._path, path))
        self._disk.sync_folder(path.parent)
        self._disk.sync_folder(self._path.parent)
        os.close(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)
