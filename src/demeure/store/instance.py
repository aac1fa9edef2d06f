"""The instance folder as the store knows it: where databases and blobs lie, opening them, erasing a space."""

import os
import shutil
from pathlib import Path

from demeure.store.blobs import Blobs
from demeure.store.database import Database
from demeure.store.durable import overwrite_and_remove, sync_folder
from demeure.store.errors import KeyCorrupt, KeyDestroyed, KeyMissing
from demeure.store.keys import Keys
from demeure.store.schema import HOUSE, SPACE, open_at_head
from demeure.store.snapshots import SealedSnapshots


def keys_folder(instance: Path) -> Path:
    """Where the wrapped keys of the spaces lie."""
    return instance / "keys" / "spaces"


def people_folder(instance: Path) -> Path:
    """Where the wrapped keys of persons lie: what the journal keeps of them is sealed under these too."""
    return instance / "keys" / "people"


def payloads_folder(instance: Path) -> Path:
    """Where the wrapped keys of what the journal keeps of contents lie, one for each space and each week."""
    return instance / "keys" / "payloads"


def space_folder(instance: Path, space_id: str) -> Path:
    """Everything of one space but its key."""
    return instance / "spaces" / space_id


def generation_folder(instance: Path, space_id: str, generation: int) -> Path:
    """Where the database, the originals and the states of one generation of a space's key lie: the first at the top
    of the space's folder, the others each in its own, so that one can be made while the other serves."""
    folder = space_folder(instance, space_id)
    return folder if generation == 1 else folder / f"g{generation}"


def room_left(instance: Path) -> int:
    """Bytes free where documents and conversations are written: of the fullest of their disks."""
    facts = [os.statvfs(instance / name) for name in ("house", "spaces")]
    return min(each.f_bavail * each.f_frsize for each in facts)


def open_house(instance: Path, keys: Keys) -> Database:
    """``house.db``, created on the first call, migrated when older.

    Raises DatabaseMissing (the file is gone although spaces exist), DatabaseKeyWrong, DatabaseCorrupt,
    DatabaseNewer, DiskFull.
    """
    fresh = not any(keys_folder(instance).glob("*.*"))  # no space was ever made, not even an erased one
    return open_at_head(instance / "house" / "house.db", keys.house.database_key(), HOUSE, may_create=fresh)


def open_space(instance: Path, keys: Keys, space_id: str) -> Database:
    """The database of one space, created on the first call after ``keys.create_space``, migrated when older.

    Raises KeyMissing, KeyDestroyed, DatabaseMissing (gone although files were stored), and as ``open_house``.
    """
    vault = keys.space(space_id)

    def place() -> tuple[Path, bytes]:
        opened = vault.now()
        return generation_folder(instance, space_id, opened.generation) / "space.db", opened.database

    def moved() -> tuple[Path, bytes] | None:
        try:
            return place()
        except (KeyDestroyed, KeyCorrupt):  # being erased: what is open serves until it is closed
            return None

    path, key = place()
    fresh = path.parent == space_folder(instance, space_id) and not any((path.parent / "blobs").glob("[!.]*"))
    return open_at_head(path, key, SPACE, may_create=fresh, moved=moved)


def open_blobs(instance: Path, keys: Keys, space_id: str) -> Blobs:
    """The stored originals of one space. Raises KeyMissing, KeyDestroyed."""

    def place(generation: int) -> Path:
        return generation_folder(instance, space_id, generation) / "blobs"

    return Blobs(place, keys.space(space_id), gate=space_folder(instance, space_id))


def open_snapshots(instance: Path, keys: Keys, space_id: str) -> SealedSnapshots:
    """What is kept ready of one space's documents. Raises KeyMissing, KeyDestroyed."""
    vault = keys.space(space_id)
    return SealedSnapshots(generation_folder(instance, space_id, vault.now().generation) / "snapshots", vault)


def erase_space(instance: Path, keys: Keys, space_id: str) -> None:
    """Destroy the key, then the files. Idempotent, resumes after a kill; the house rows are the caller's.

    From the first instant the space is unreadable in every process; close its Database objects beforehand, since an
    open one keeps its key in memory.
    """
    folder = space_folder(instance, space_id)
    try:
        keys.destroy_space(space_id)
    except KeyMissing:
        if not folder.exists():
            return
    forget_payloads(instance, space_id)
    if folder.exists():
        shutil.rmtree(folder)
        sync_folder(folder.parent)


def forget_payloads(instance: Path, space_id: str) -> None:
    """Destroy the keys of what the journal kept of a space that is erased. Idempotent."""
    for path in payloads_folder(instance).glob(f"{space_id}-*.key"):
        overwrite_and_remove(path)


def sweep_payloads(instance: Path) -> None:
    """As ``forget_payloads``, of every space whose key was destroyed: a kill may have come between."""
    for mark in keys_folder(instance).glob("*.destroyed"):
        forget_payloads(instance, mark.stem)
