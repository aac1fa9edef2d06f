"""Are the databases what was written? Each page's seal (SQLCipher 4: HMAC-SHA512 of its cipher text) computed again
from the file, then SQLite's own look at the structure; both end when their time is over, and say how far they went.

Files are only read, without a lock: a house may be serving. Everything here blocks.
"""

import hashlib
import hmac
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import randbelow

from sqlcipher3 import dbapi2

from demeure.errors import DemeureError
from demeure.store.database import PAGE, Database
from demeure.store.errors import (
    DatabaseCorrupt,
    DatabaseCut,
    DatabaseKeyWrong,
    DatabaseMissing,
    DatabaseUnreachable,
)
from demeure.store.instance import generation_folder, keys_folder
from demeure.store.keyfiles import read_house_key
from demeure.store.keys import Keys

_SALT, _MAC = 16, 64
_LOCK_BYTE_PAGE = 0x40000000 // PAGE + 1
"""SQLite locks the bytes at 1 GiB and never writes the page that holds them."""
_LOG_HEAD, _FRAME_HEAD = 32, 24
_AGAIN, _APART, _AT_ONCE = 3, 0.05, 256
"""A page that another process was writing when it was read is read again, so many times, so many seconds apart; a
checkpoint is of 256 pages: more of them were not being written."""
_NAMED = 20
_STEPS = 2000
"""Instructions of SQLite between two looks at the clock: less than a millisecond."""


@dataclass(frozen=True)
class Base:
    """One database of a house. ``space``: whose it is; empty: the house's own. ``key``: 32 raw bytes."""

    space: str
    path: Path
    key: bytes


@dataclass(frozen=True)
class Looked:
    """``pages``: of the file; ``read``: those whose seal was computed again; ``damaged``: their numbers, 20 at most
    (``count``: all). ``structure``: what SQLite says of it, [] when it is sound, None when it was not asked or had
    no time to end. ``problem``: why nothing could be read."""

    base: Base
    pages: int = 0
    read: int = 0
    damaged: tuple[int, ...] = ()
    count: int = 0
    structure: tuple[str, ...] | None = None
    problem: DemeureError | None = None

    @property
    def sound(self) -> bool | None:
        """None: no damage among the pages that were read, and some were not, or the structure was not."""
        if self.problem is not None or self.count or self.structure:
            return False
        return True if self.read == self.pages and self.structure is not None else None


def bases(instance: Path) -> list[Base]:
    """Those of an instance: the house's, then each space's of the generation in force. Raises the keys' errors."""
    house = instance / "house" / "house.db"
    keys = Keys(read_house_key(instance), keys_folder(instance))
    found = [Base("", house, keys.house.database_key())] if house.exists() or keys.spaces() else []
    for space in keys.spaces():
        now = keys.space(space).now()
        path = generation_folder(instance, space, now.generation) / "space.db"
        if path.exists() or any((path.parent / "blobs").glob("[!.]*")):  # else made at the first document
            found.append(Base(space, path, now.database))
    return found


def look(found: list[Base], seconds: float | None, *, structure: bool = True) -> list[Looked]:
    """Each of ``found``, smallest first so that all but the largest end; ``seconds`` for all of them, None: as long
    as it takes. ``structure``: ask SQLite too, which opens the file as its owner would."""
    deadline = None if seconds is None else time.monotonic() + seconds
    sized = sorted(found, key=lambda base: base.path.stat().st_size if base.path.exists() else 0)
    return [_looked(base, deadline, structure=structure) for base in sized]


def _looked(base: Base, deadline: float | None, *, structure: bool) -> Looked:
    try:
        pages, read, damaged = _pages(base, deadline)
    except DemeureError as problem:
        return Looked(base, problem=problem)
    except OSError as problem:
        return Looked(base, problem=DatabaseUnreachable(file=base.path.name, detail=str(problem)))
    if damaged and len(damaged) == read == pages:
        return Looked(base, pages, read, problem=DatabaseKeyWrong(file=base.path.name))
    told = _structure(base, deadline) if structure and not damaged and read == pages else None
    return Looked(base, pages, read, tuple(damaged[:_NAMED]), len(damaged), told)


def _pages(base: Base, deadline: float | None) -> tuple[int, int, list[int]]:
    """(pages of the file, how many were read, the damaged ones). From a page drawn by lot, the first one first: a
    look that has no time for all of them is not the same as the one before. Raises DatabaseMissing, DatabaseCut."""
    if not base.path.exists():
        raise DatabaseMissing(file=base.path.name)
    with base.path.open("rb") as file:
        size = base.path.stat().st_size
        pages, more = divmod(size, PAGE)
        log = base.path.with_name(f"{base.path.name}-wal")
        if pages == 0 or (more and not (log.exists() and log.stat().st_size)):
            raise DatabaseCut(file=base.path.name, size=size)
        seal = _Seal(base.key, file.read(_SALT))
        read, damaged = 0, []
        for number in _from_anywhere(pages):
            if deadline is not None and read and time.monotonic() > deadline:
                break
            file.seek((number - 1) * PAGE)
            read += 1
            if number != _LOCK_BYTE_PAGE and not seal.holds(number, file.read(PAGE)):
                damaged.append(number)
        return pages, read, sorted(_still(base, seal, damaged) if len(damaged) <= _AT_ONCE else damaged)


def _from_anywhere(pages: int) -> Iterator[int]:
    begin = randbelow(pages)
    yield 1
    for count in range(pages):
        if number := (begin + count) % pages:
            yield number + 1


class _Seal:
    """Of one file. ``salt``: its first bytes, in clear."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._key = hashlib.pbkdf2_hmac("sha512", key, bytes(byte ^ 0x3A for byte in salt), 2, 32)

    def holds(self, number: int, page: bytes) -> bool:
        if len(page) != PAGE:
            return False
        body = page[_SALT if number == 1 else 0 : PAGE - _MAC]
        made = hmac.digest(self._key, body + struct.pack("<I", number), "sha512")
        return hmac.compare_digest(made, page[PAGE - _MAC :])


def _still(base: Base, seal: _Seal, damaged: list[int]) -> set[int]:
    """Less those that were being written when they were read, and those that are whole in the write-ahead log,
    which writes them again."""
    left = set(damaged)
    for _ in range(_AGAIN if left else 0):
        with base.path.open("rb") as file:
            for number in sorted(left):
                file.seek((number - 1) * PAGE)
                if seal.holds(number, page := file.read(PAGE)) or not page:  # the file is shorter now
                    left.discard(number)
        left -= {number for number, page in _logged(base.path) if number in left and seal.holds(number, page)}
        if not left:
            break
        time.sleep(_APART)
    return left


def _logged(path: Path) -> Iterator[tuple[int, bytes]]:
    """Pages of the write-ahead log, in the part that was written since it began again."""
    with suppress(OSError), path.with_name(f"{path.name}-wal").open("rb") as log:
        salts = log.read(_LOG_HEAD)[16:24]
        while len(head := log.read(_FRAME_HEAD)) == _FRAME_HEAD and head[8:16] == salts:
            if len(page := log.read(PAGE)) == PAGE:
                yield struct.unpack(">I", head[:4])[0], page


def _structure(base: Base, deadline: float | None) -> tuple[str, ...] | None:
    database = Database(base.path, base.key, busy_seconds=2.0)
    try:
        connection = database.raw()
    except DemeureError as problem:
        return (problem.sentence("en"),)
    try:
        if deadline is not None:
            connection.set_progress_handler(lambda: int(time.monotonic() > deadline), _STEPS)
        connection.execute("PRAGMA busy_timeout = 2000")
        connection.execute("PRAGMA query_only = ON")
        rows = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({_NAMED})")]
    except dbapi2.Error as problem:
        named = database.named(problem)
        return (named.sentence("en"),) if isinstance(named, DatabaseCorrupt) else None
    finally:
        connection.close()
        database.close()
    return tuple(row for row in rows if row != "ok")
