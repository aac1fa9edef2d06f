"""Restoring: into a new folder, made aside and renamed once every byte was checked. A restore is whole or
absent."""

import hashlib
import itertools
import json
import os
import stat
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from demeure.backup import catalogue
from demeure.backup.catalogue import Line
from demeure.backup.chunks import entries
from demeure.backup.errors import (
    BackupDamaged,
    RecoveryKeyLater,
    RecoveryKeyWrong,
    RestoreNoRoom,
)
from demeure.backup.fresh import aside, to_be_named
from demeure.backup.manifest import Manifest, PackFile
from demeure.backup.recovery import Recovery
from demeure.backup.target import Target, whole_file
from demeure.store.durable import make_folder, sync_folder

Step = Callable[[str], None]
_KEPT = 4
"""Packs kept decrypted in memory (16 MiB each)."""
_THREADS = 2
_SPARE = 64 << 20


@dataclass
class Opened:
    """One backup with the key that reads it. ``lines``: of its files; ``told``: its root."""

    page: Manifest
    lines: list[Line]
    told: dict[str, Any]
    reading: "Reading"


class Reading:
    """Pieces of a backup, each pack checked against the signed page before a byte of it is believed."""

    def __init__(self, target: Target, page: Manifest, key: Recovery) -> None:
        self._target, self._page, self._identity = target, page, key.identity()
        self._holder = next((name for name, one in page.holders if one == key.recipient), "")
        self._clear: OrderedDict[int, bytes] = OrderedDict()
        self.where: dict[bytes, tuple[int, int, int]] = {}
        for number, pack in enumerate(page.packs):
            self._learn(number, pack)

    def _learn(self, number: int, pack: PackFile) -> None:
        listed = whole_file(self._target, f"packs/{pack.name}.idx")
        if listed is None or hashlib.sha256(listed).hexdigest() != pack.index:
            raise self.damaged(f"packs/{pack.name[:16]}….idx")
        at = 0
        for piece, size in entries(listed):
            self.where.setdefault(piece, (number, at, size))
            at += size

    def damaged(self, what: str) -> BackupDamaged:
        """The error, of this backup."""
        return BackupDamaged(number=self._page.number, what=what)

    def piece(self, piece: bytes) -> bytes:
        """Raises BackupDamaged, RecoveryKeyWrong, what the target raises."""
        number, at, size = self.place(piece)
        return self.pack(number)[at : at + size]

    def place(self, piece: bytes) -> tuple[int, int, int]:
        """(pack, offset, bytes). Raises BackupDamaged."""
        try:
            return self.where[piece]
        except KeyError as problem:
            raise self.damaged(f"piece {piece.hex()[:16]}…") from problem

    def pack(self, number: int) -> bytes:
        """The pieces of one pack."""
        clear = self._clear.get(number)
        if clear is None:
            clear = self._opened(self._page.packs[number])
            self._clear[number] = clear
            while len(self._clear) > _KEPT:
                self._clear.popitem(last=False)
        return clear

    def fresh(self, number: int) -> bytes:
        """The same, kept by nobody; any thread."""
        return self._opened(self._page.packs[number])

    def _opened(self, pack: PackFile) -> bytes:
        sealed = whole_file(self._target, f"packs/{pack.name}")
        if sealed is None or hashlib.sha256(sealed).hexdigest() != pack.name:
            raise self.damaged(f"packs/{pack.name[:16]}…")
        try:
            return bytes(pyrage.decrypt(sealed, [self._identity]))
        except pyrage.DecryptError as problem:  # its bytes are those that were signed: the key is another
            others = ", ".join(name for name, _ in self._page.holders if name != self._holder)
            if self._holder:
                raise RecoveryKeyLater(holder=self._holder, others=others or "–") from problem
            raise RecoveryKeyWrong(holders=others) from problem


def opened(target: Target, page: Manifest, key: Recovery) -> Opened:
    """What the backup holds. Raises RecoveryKeyWrong, BackupDamaged."""
    reading = Reading(target, page, key)
    try:
        told = json.loads(reading.piece(bytes.fromhex(page.root)))
        groups = [bytes.fromhex(one) for one in told["groups"]]
        lines = [line for group in groups for line in catalogue.lines_of(reading.piece(group))]
    except (ValueError, KeyError, TypeError) as problem:
        raise reading.damaged("catalogue") from problem
    if len(lines) != page.files or sum(line.cut.size for line in lines) != page.weight:
        raise reading.damaged("catalogue")
    return Opened(page, lines, told, reading)


def restore(found: Opened, folder: Path, *, step: Step = lambda _: None) -> None:
    """Every file of the backup, in ``folder``, which is new or empty, durable on return.

    Raises RestoreOver, RestoreOnMount, RestoreRunning, RestoreNoRoom, RestoreStopped, BackupDamaged,
    RecoveryKeyWrong: then ``folder`` is as it was.
    """
    to_be_named(folder)
    make_folder(folder.parent)
    room_for(found.page.weight, folder.parent)
    with aside(folder) as made:
        written(found, found.lines, made, step)
        step("written")
        sync_folder(made)
        step("synced")
        made.rename(folder)  # over an empty folder too
        sync_folder(folder.parent)
    step("named")


def room_for(needed: int, folder: Path) -> None:
    """Raises RestoreNoRoom unless the disk of ``folder`` has ``needed`` bytes, and some to spare."""
    facts = os.statvfs(folder)
    free = facts.f_bavail * facts.f_frsize
    if free < needed + _SPARE:
        raise RestoreNoRoom(needed=(needed + _SPARE) >> 20, free=free >> 20)


def written(found: Opened, lines: list[Line], folder: Path, step: Step = lambda _: None) -> None:
    """The files of ``lines`` under ``folder``, each read back and compared with its SHA-256. Raises
    BackupDamaged."""
    reading = found.reading
    wanted: dict[int, list[tuple[int, int, Path, int]]] = {}
    for line in lines:
        path = folder / line.path
        _private(path.parent)
        at = 0
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.close(descriptor)
        try:
            for piece in catalogue.pieces_of(line.cut, reading.piece):
                pack, begin, size = reading.place(piece)
                wanted.setdefault(pack, []).append((begin, size, path, at))
                at += size
        except ValueError as problem:
            raise reading.damaged(line.path) from problem
        if at != line.cut.size:
            raise reading.damaged(line.path)
        step("file")
    with ThreadPoolExecutor(_THREADS) as pool:  # reading, opening and hashing leave the interpreter to others
        for pack, clear in _ahead(pool, reading, sorted(wanted)):
            _pieces(clear, wanted.pop(pack))
            step("pack")
        syncing = [pool.submit(_synced, folder / line.path) for line in lines]  # the disk writes while we compare
        for line in lines:
            _checked(reading, line, folder / line.path)
        for one in syncing:
            one.result()
    for inside in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        sync_folder(inside)


def _ahead(pool: ThreadPoolExecutor, reading: Reading, packs: list[int]) -> Iterator[tuple[int, bytes]]:
    """The pieces of each pack, in order, the next ones being opened meanwhile."""
    waiting: deque[tuple[int, Future[bytes]]] = deque()
    left = iter(packs)
    try:
        while True:
            for pack in itertools.islice(left, _THREADS - len(waiting)):
                waiting.append((pack, pool.submit(reading.fresh, pack)))
            if not waiting:
                return
            pack, clear = waiting.popleft()
            yield pack, clear.result()
    finally:
        for _, one in waiting:
            one.cancel()


def _private(folder: Path) -> None:
    """``folder`` and what leads to it, for our user only (``parents=True`` would follow the umask)."""
    if not folder.is_dir():
        _private(folder.parent)
        folder.mkdir(mode=0o700)


def _pieces(clear: bytes, wanted: list[tuple[int, int, Path, int]]) -> None:
    view, path, descriptor = memoryview(clear), None, -1
    try:
        for begin, size, place, at in _runs(wanted):
            if place != path:
                if descriptor >= 0:
                    os.close(descriptor)
                descriptor, path = os.open(place, os.O_WRONLY | os.O_CLOEXEC), place
            _put(descriptor, view[begin : begin + size], at)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _runs(wanted: list[tuple[int, int, Path, int]]) -> Iterator[tuple[int, int, Path, int]]:
    """Pieces that follow each other in the pack and in the file, as one: pages of a base that were packed in order
    are a thousand a pack."""
    begin, size, place, at = -1, 0, Path(), 0
    for one in sorted(wanted, key=lambda one: (one[2], one[3])):
        if (begin + size, place, at + size) == (one[0], one[2], one[3]) and size:
            size += one[1]
            continue
        if size:
            yield begin, size, place, at
        begin, size, place, at = one
    if size:
        yield begin, size, place, at


def _put(descriptor: int, data: memoryview, at: int) -> None:
    while data:
        count = os.pwrite(descriptor, data, at)
        data, at = data[count:], at + count


def _synced(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checked(reading: Reading, line: Line, path: Path) -> None:
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != line.cut.sha256:
            raise reading.damaged(line.path)
    path.chmod(stat.S_IMODE(line.mode) & 0o700)
