"""A space's key is replaced by a new one, and all that it encrypts is written again under the new one.

The new generation is made beside the one that serves (``spaces/ID/gN``), and becomes the space by one rename of the
key's file: before it a kill leaves the old key and everything under it, after it the new one. Calling again
finishes what a kill left, whichever side of the rename it fell on. People read and write meanwhile; for the time of
the last copy of the database they wait.
"""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlcipher3 import dbapi2

from demeure.clock import Clock, iso
from demeure.store.blobs import Blobs
from demeure.store.database import PAGE, Database
from demeure.store.durable import alone, full_disk_named, make_folder, overwrite_and_remove, sync_folder
from demeure.store.errors import BlobMissing, DatabaseCorrupt, DiskFull, SpaceInUse
from demeure.store.instance import generation_folder, open_blobs, open_space, space_folder
from demeure.store.keys import COMING, Keys, SpaceKey, Vault

SECONDS = 60.0
"""How long the last step waits for documents that are being received; then it is for another time."""
Reseal = Callable[[sa.Connection, Vault, Vault], None]
"""(the new database, in a transaction; the old vault; the new one): what is sealed inside the database is sealed
again."""
Step = Callable[[str], None]
STEPS = ("prepared", "originals", "alone", "copied", "resealed", "checked", "promoted", "former removed")
"""What ``step`` is told, in order."""


@dataclass(frozen=True)
class Rekeyed:
    """``generation``: of the key in use now. ``originals``: how many were written again, ``size``: their clear
    bytes. ``database``: bytes of the new database."""

    generation: int
    originals: int
    size: int
    database: int


def _nothing(_connection: sa.Connection, _old: Vault, _new: Vault) -> None:
    return None


def rekey(
    instance: Path,
    keys: Keys,
    space_id: str,
    clock: Clock,
    reseal: Reseal = _nothing,
    step: Step = lambda _name: None,
    seconds: float = SECONDS,
) -> Rekeyed:
    """Blocking; one at a time per space. Raises KeyMissing, KeyDestroyed, DiskFull, BlobCorrupt and
    DatabaseCorrupt (what is damaged would be lost: the old key stays), SpaceInUse; nothing is lost after any."""
    settle(instance, keys, space_id)
    _room(instance, keys, space_id)
    coming = keys.prepare(space_id, iso(clock.now()))
    step("prepared")
    made = _Making(instance, keys, space_id, coming, clock)
    made.originals()
    step("originals")
    old = open_space(instance, keys, space_id)  # here, for a migration would take the gate too
    try:
        with alone(space_folder(instance, space_id), seconds) as held:
            if not held:
                raise SpaceInUse()
            step("alone")
            with old.write():  # nobody else writes in it any more, in any process
                copied, size = made.originals()
                weight = made.database(old, reseal, step)
                keys.promote(space_id)
                step("promoted")
            settle(instance, keys, space_id)
    finally:
        old.close()
    step("former removed")
    return Rekeyed(coming.generation, copied, size, weight)


def settle(instance: Path, keys: Keys, space_id: str) -> int:
    """Remove what generations before the key in use left, and a prepared key that is not the next one; how many
    folders and files. What a rotation under way has made stays."""
    current = keys.held(space_id).generation
    removed = 0
    coming = instance / "keys" / "spaces" / f"{space_id}{COMING}"
    if coming.exists() and _generation(keys, space_id) != current + 1:
        overwrite_and_remove(coming)
        removed += 1
    top = space_folder(instance, space_id)
    kept = {generation_folder(instance, space_id, one) for one in (current, current + 1)}
    for folder in top.glob("g[0-9]*"):
        if folder not in kept:
            shutil.rmtree(folder)
            removed += 1
    if current > 1:
        removed += _remove_first(top)
    if removed:
        sync_folder(top)
    return removed


def _generation(keys: Keys, space_id: str) -> int:
    try:
        return keys.held(space_id, coming=True).generation
    except Exception:  # noqa: BLE001 - half written, or of another house: it is not the next one
        return 0


def _remove_first(top: Path) -> int:
    """The first generation lies at the top of the space's folder."""
    found = [path for path in top.iterdir() if not (path.is_dir() and path.name[:1] == "g")]
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return len(found)


def _room(instance: Path, keys: Keys, space_id: str) -> None:
    """Both generations are on the disk for a moment. Raises DiskFull before anything is written."""
    folder = generation_folder(instance, space_id, keys.held(space_id).generation)
    wanted = sum(path.stat().st_size for path in (folder / "blobs").glob("[!.]*"))
    wanted += 2 * sum(
        path.stat().st_size for path in folder.glob("space.db*")
    )  # its own log, while it is rewritten
    if shutil.disk_usage(folder).free < wanted + (16 << 20):
        raise DiskFull(what="space")


class _Making:
    """The generation to come."""

    def __init__(self, instance: Path, keys: Keys, space_id: str, coming: SpaceKey, clock: Clock) -> None:
        self._folder = generation_folder(instance, space_id, coming.generation)
        self._former, self._vault = keys.space(space_id), Vault(coming)
        make_folder(self._folder)
        self._from = open_blobs(instance, keys, space_id)
        self._to = Blobs(self._folder / "blobs", self._vault, clock)

    def originals(self) -> tuple[int, int]:
        """Every original of now, and no other, is under the new key; how many, and their clear bytes. Those that an
        earlier call wrote are not written again. Does not take the gate: the caller may hold it."""
        there = {one.sha256: one.size for one in self._to.list(skip_damaged=True)}
        wanted = {one.sha256: one.size for one in self._from.list()}
        for sha256 in wanted.keys() - there.keys():
            with suppress(BlobMissing):  # erased meanwhile
                self._to.put(self._from.open_within(sha256))
        for sha256 in there.keys() - wanted.keys():  # erased meanwhile
            self._to.delete(sha256)
        self._to.sweep(older_than=0.0)
        return len(wanted), sum(wanted.values())

    def database(self, old: Database, reseal: Reseal, step: Step) -> int:
        """A copy of ``old``, in which nobody writes, under the new key, durable; its bytes."""
        path = self._folder / "space.db"
        for leftover in self._folder.glob("space.db*"):
            leftover.unlink()
        with full_disk_named(path.name):
            _copy(old, path, self._vault.database_key(), step)
        made = Database(path, self._vault.database_key())
        try:
            with made.write() as connection:
                reseal(connection, self._former, self._vault)
            step("resealed")
            made.settle()
            if made.damages():
                raise DatabaseCorrupt(file=path.name)
        finally:
            made.close()
        with path.open("rb") as file:
            os.fsync(file.fileno())
        sync_folder(self._folder)
        sync_folder(self._folder.parent)
        step("checked")
        return path.stat().st_size


def _copy(old: Database, path: Path, key: bytes, step: Step) -> None:
    """Page by page under the old key, then every page encrypted anew: rows keep their numbers, indexes stay."""
    try:
        with suppress(FileNotFoundError):
            path.unlink()
        source, target = old.raw(), old.raw(path)
        try:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            target.execute(f"PRAGMA rekey = \"x'{key.hex()}'\"")
            step("copied")
            target.execute("PRAGMA journal_mode = WAL")
        finally:
            source.close()
            target.close()
    except dbapi2.Error as problem:
        raise old.named(problem) or problem from problem
    if path.stat().st_size % PAGE:
        raise DatabaseCorrupt(file=path.name)
