"""Pieces of files, each kept once, in packs encrypted to the recovery keys.

A piece is named by a keyed hash of its bytes (HMAC-SHA256, 20 bytes): what the house needs in order not to send a
piece twice says nothing of its content, and is no key to it. A pack is an age file of whole pieces one after the
other; its name is the SHA-256 of its bytes, and ``NAME.idx`` beside it lists the pieces.
"""

import hashlib
import hmac
import struct
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import BinaryIO

import pyrage

from demeure.backup.manifest import PackFile
from demeure.backup.target import Target

PAGE, LARGE = 16384, 1 << 20
"""Bytes of a piece: of what is changed page by page, and of what never changes."""
PACK = 16 << 20
ID = 20
_ENTRY = struct.Struct(f">{ID}sI")
_MAGIC = b"demeure pack 1\n\0"
INLINE = 64
"""Pieces of a file that its line names itself; of a longer one the names are pieces too, 256 at a time."""
GROUP = 256


@dataclass
class Index:
    """Where each piece is: id → number of its pack, which ``packs`` names."""

    packs: list[PackFile] = field(default_factory=list)
    where: dict[bytes, int] = field(default_factory=dict)

    def take(self, pack: PackFile, listed: bytes) -> None:
        """Learn the pieces of ``pack`` from its list. Raises ValueError: it is not the list that was signed."""
        if hashlib.sha256(listed).hexdigest() != pack.index:
            raise ValueError(pack.name)
        number = len(self.packs)
        self.packs.append(pack)
        for piece, _ in entries(listed):
            self.where.setdefault(piece, number)


def entries(listed: bytes) -> list[tuple[bytes, int]]:
    """(id, bytes) of each piece of a pack, in order. Raises ValueError."""
    if listed[: len(_MAGIC)] != _MAGIC or (len(listed) - len(_MAGIC)) % _ENTRY.size:
        raise ValueError("list")
    return [(piece, size) for piece, size in _ENTRY.iter_unpack(listed[len(_MAGIC) :])]


class Packing:
    """Writes the pieces that are not there yet. Called by one thread. ``used``: packs that this backup needs."""

    def __init__(
        self,
        target: Target,
        recipients: Iterable[str],
        key: bytes,
        index: Index,
        step: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._target, self._key, self.index, self._step = target, key, index, step
        self._recipients = [pyrage.x25519.Recipient.from_str(one) for one in recipients]
        self._open: dict[str, list[tuple[bytes, bytes]]] = {"data": [], "meta": []}
        self._sizes = {"data": 0, "meta": 0}
        self._waiting: set[bytes] = set()
        self._pool = ThreadPoolExecutor(1)
        self._sealing: deque[tuple[list[tuple[bytes, bytes]], Future[tuple[bytes, str]]]] = deque()
        self.used: set[int] = set()
        self.written: list[PackFile] = []
        self.added = 0
        """Bytes written at the target."""

    def add(self, data: bytes, kind: str = "data") -> bytes:
        """The id of one piece, which will be in a pack once ``close`` returns."""
        piece = hmac.digest(self._key, data, "sha256")[:ID]
        number = self.index.where.get(piece)
        if number is not None:
            self.used.add(number)
        elif piece not in self._waiting:
            self._waiting.add(piece)
            self._open[kind].append((piece, data))
            self._sizes[kind] += len(data)
            if self._sizes[kind] >= PACK:
                self._write(kind)
        return piece

    def known(self, pieces: Iterable[bytes]) -> bool:
        """All of them are in packs already: then they are used."""
        numbers = [self.index.where.get(piece) for piece in pieces]
        if None in numbers:
            return False
        self.used.update(number for number in numbers if number is not None)
        return True

    def close(self) -> None:
        """Write what waits."""
        for kind in self._open:
            self._write(kind)
        self._settle(0)
        self._pool.shutdown()

    def _write(self, kind: str) -> None:
        pieces, self._open[kind], self._sizes[kind] = self._open[kind], [], 0
        if not pieces:
            return
        self._sealing.append((pieces, self._pool.submit(self._sealed, pieces)))
        self._settle(1)

    def _sealed(self, pieces: list[tuple[bytes, bytes]]) -> tuple[bytes, str]:
        """(the age file, its SHA-256); in the other thread, while files are read."""
        sealed = pyrage.encrypt(b"".join(data for _, data in pieces), self._recipients)
        return sealed, hashlib.sha256(sealed).hexdigest()

    def _settle(self, left: int) -> None:
        """Write what was sealed, until ``left`` packs are on their way."""
        while len(self._sealing) > left:
            pieces, sealing = self._sealing.popleft()
            self._keep(pieces, *sealing.result())

    def _keep(self, pieces: list[tuple[bytes, bytes]], sealed: bytes, name: str) -> None:
        listed = _MAGIC + b"".join(_ENTRY.pack(piece, len(data)) for piece, data in pieces)
        pack = PackFile(name, len(sealed), hashlib.sha256(listed).hexdigest())
        self._step("pack")
        self._target.write(f"packs/{pack.name}", sealed)
        self._step("index")
        self._target.write(f"packs/{pack.name}.idx", listed)
        self.added += len(sealed) + len(listed)
        self.used.add(len(self.index.packs))
        self.index.take(pack, listed)
        self.written.append(pack)
        self._waiting.difference_update(piece for piece, _ in pieces)


@dataclass(frozen=True)
class Cut:
    """A file in pieces. ``sha256`` (hexadecimal) and ``size`` of its bytes; ``ids`` of its pieces of ``piece``
    bytes, or of the groups of ids where there are many (``grouped``)."""

    sha256: str
    size: int
    piece: int
    ids: tuple[bytes, ...]
    grouped: bool


def cut(file: BinaryIO, piece: int, packing: Packing) -> Cut:
    """Read ``file`` to its end; its pieces are given to ``packing``."""
    digest, size, ids = hashlib.sha256(), 0, []
    while block := file.read(4 << 20):
        digest.update(block)
        size += len(block)
        ids += [packing.add(block[at : at + piece]) for at in range(0, len(block), piece)]
    if len(ids) <= INLINE:
        return Cut(digest.hexdigest(), size, piece, tuple(ids), False)
    groups = [packing.add(b"".join(ids[at : at + GROUP]), "meta") for at in range(0, len(ids), GROUP)]
    return Cut(digest.hexdigest(), size, piece, tuple(groups), True)
