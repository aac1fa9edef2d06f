"""A part of a backup: the originals of one document or of one space, in clear files of a new folder."""

import json
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.backup.errors import NotInBackup
from demeure.backup.fresh import aside, to_be_named
from demeure.backup.restoring import Opened, Step, written
from demeure.store import Keys, keys_folder, open_blobs, read_house_key
from demeure.store.database import Database
from demeure.store.durable import make_folder, sync_folder, write_all, write_new
from demeure.store.errors import BlobCorrupt, BlobMissing
from demeure.store.instance import generation_folder

_UNSAFE = re.compile(r"[/\\\x00-\x1f]")


@dataclass(frozen=True)
class Wanted:
    """``document``: an id or a name; ``space``: an id or a name; one of them, or both."""

    document: str = ""
    space: str = ""


def restore_part(
    found: Opened, wanted: Wanted, folder: Path, *, step: Step = lambda _: None
) -> list[dict[str, Any]]:
    """The originals wanted, under their names, and ``documents.json`` that lists them: [{"file", "id", "name",
    "space", "sha256", "added_at"}]. ``folder``: new or empty. The keys and the house’s base are read in a folder
    aside and removed. Raises as ``restore``, NotInBackup."""
    to_be_named(folder)
    make_folder(folder.parent)
    with aside(folder) as made:
        work, out = made / "work", made / "out"
        work.mkdir(mode=0o700)
        out.mkdir(mode=0o700)  # names of documents and of spaces too are nobody else's
        first = [one for one in found.lines if one.path.startswith(("keys/", "house/"))]
        written(found, first, work, step)
        keys = Keys(read_house_key(work), keys_folder(work))
        rows = _rows(work, keys, wanted)
        if not rows:
            raise NotInBackup(number=found.page.number, wanted=wanted.document or wanted.space)
        for space in {row["space"] for row in rows}:
            room = generation_folder(work, space, keys.space(space).now().generation) / "blobs"
            place = f"{room.relative_to(work).as_posix()}/"
            inside = [one for one in found.lines if one.path.startswith(place)]
            names = _blob_names(work, keys, space, rows)
            written(found, [one for one in inside if Path(one.path).name in names], work, step)
        step("read")
        listed = [_written(found, work, keys, out, row) for row in rows]
        write_new(out / "documents.json", json.dumps(listed, ensure_ascii=False, indent=2).encode(), 0o600)
        sync_folder(out)
        step("written")
        out.rename(folder)
        sync_folder(folder.parent)
    return listed


def _rows(work: Path, keys: Keys, wanted: Wanted) -> list[dict[str, Any]]:
    """Read with plain SQL: an older backup has an older schema, and is not migrated for a look."""
    house = Database(work / "house" / "house.db", keys.house.database_key())
    try:
        with house.read() as db:
            found = db.exec_driver_sql(
                "SELECT d.id, d.name, d.space, s.name, d.sha256, d.added_at FROM documents d JOIN spaces s "
                "ON s.id = d.space WHERE d.deleting = 0 AND (? = '' OR s.id = ? OR s.name = ?) "
                "AND (? = '' OR d.id = ? OR d.name = ?) ORDER BY s.name, d.name, d.id",
                (*[wanted.space] * 3, *[wanted.document] * 3),
            )
            names = ("id", "name", "space", "space_name", "sha256", "added_at")
            return [dict(zip(names, row, strict=True)) for row in found]
    finally:
        house.close()


def _blob_names(work: Path, keys: Keys, space: str, rows: list[dict[str, Any]]) -> set[str]:
    blobs = open_blobs(work, keys, space)
    return {blobs.file_name(row["sha256"]) for row in rows if row["space"] == space}


def _written(found: Opened, work: Path, keys: Keys, out: Path, row: dict[str, Any]) -> dict[str, Any]:
    path = free_name(out, str(row["name"]))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for chunk in open_blobs(work, keys, row["space"]).open(row["sha256"]):
            write_all(descriptor, chunk)
        os.fsync(descriptor)
    except (BlobMissing, BlobCorrupt) as problem:
        raise found.reading.damaged(str(row["name"])) from problem
    finally:
        os.close(descriptor)
    return {"file": path.name, **row}


def free_name(out: Path, name: str) -> Path:
    """A name in ``out`` that nothing has: « lettre.pdf », then « lettre (2).pdf »."""
    clean = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(". ")[:120] or "document"
    stem, dot, suffix = clean.rpartition(".")
    stem, end = (stem, f"{dot}{suffix}") if stem else (clean, "")
    number = 1
    while (out / (path := f"{stem} ({number}){end}" if number > 1 else clean)).exists() or path == "documents.json":
        number += 1
    return out / path
