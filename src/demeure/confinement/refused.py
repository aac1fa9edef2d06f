"""What the code of a box tried and its walls refused: counted on a page of memory that the supervisor reads.

Fixed rows, no message, no file: a library that tries a million times costs what one that tries once costs.
"""

import mmap
import struct
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

ROWS = 60
MORE = "more"
"""The kind of the last row: what had no row of its own any more."""
KINDS = ("connect", "send", "bind", "name", "socket", "program", MORE)
_ROW = struct.Struct("<Q16s96s96s")
_COUNT = struct.Struct("<Q")


@dataclass(frozen=True)
class Refused:
    """``kind``: see KINDS. ``library``: top-level package that wanted it. ``first``: what it wanted the first time
    (an address, a name, a program), cut short. ``count``: since the process was born."""

    kind: str
    library: str
    first: str
    count: int

    def as_json(self) -> dict[str, Any]:
        """Plain data, for status."""
        return asdict(self)


class Board:
    """One writing process, one reading one. The reader believes nothing that it would be harmed by: whoever is in
    the box may write nonsense on its own page."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, _ROW.size * (ROWS + 1))
        self._rows: dict[tuple[str, str], int] = {}
        self._lock = threading.RLock()  # a signal's handler may come back here

    def add(self, kind: str, library: str, first: str, count: int = 1) -> None:
        """Count, under a row of its own while there is one. Once ``close`` was called: nothing."""
        with self._lock:
            if self._page.closed:
                return
            at = self._rows.get((kind, library))
            if at is None:
                if len(self._rows) >= ROWS:
                    kind, library, first = MORE, "", ""
                    at = self._rows.get((kind, library))
                if at is None:
                    self._new(kind, library, first, count)
                    return
            self._count(at, count)

    def _new(self, kind: str, library: str, first: str, count: int) -> None:
        at = len(self._rows) * _ROW.size
        self._rows[kind, library] = at
        _ROW.pack_into(self._page, at, 0, _cut(kind, 16), _cut(library, 96), _cut(first, 96))
        _COUNT.pack_into(self._page, at, count)  # last: a row without a count is not read

    def _count(self, at: int, more: int) -> None:
        (before,) = _COUNT.unpack_from(self._page, at)
        _COUNT.pack_into(self._page, at, min(before + more, (1 << 53) - 1))

    def read(self) -> list[Refused]:
        """Every row, as plain words. Empty once closed."""
        if self._page.closed:
            return []
        found = []
        for at in range(0, _ROW.size * (ROWS + 1), _ROW.size):
            count, kind, library, first = _ROW.unpack_from(self._page, at)
            if 0 < count < 1 << 53:
                found.append(Refused(_kind(kind), _words(library), _words(first), count))
        return found

    def keep_from_children(self) -> None:
        """Processes forked from now on do not have the page at all."""
        self._page.madvise(mmap.MADV_DONTFORK)

    def close(self) -> None:
        self._page.close()


def summed(*lists: Iterable[Refused]) -> list[Refused]:
    """One row for each kind and library, at most ROWS and the one of the rest; the earliest ``first`` is kept."""
    found: dict[tuple[str, str], Refused] = {}
    for rows in lists:
        for row in rows:
            key = (row.kind, row.library)
            first = row.first
            if key not in found and len(found) >= ROWS:
                key, first = (MORE, ""), ""
            known = found.get(key)
            found[key] = Refused(*key, known.first if known else first, row.count + (known.count if known else 0))
    return list(found.values())


def _cut(text: str, size: int) -> bytes:
    return text.encode(errors="replace")[:size]


def _kind(raw: bytes) -> str:
    word = _words(raw)
    return word if word in KINDS else MORE


def _words(raw: bytes) -> str:
    text = raw.rstrip(b"\0").decode(errors="ignore")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
