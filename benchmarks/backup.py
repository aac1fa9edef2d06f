"""Backups: the first, one of an unchanged house, one after a change of 1 % of its base; and the restore.

    python benchmarks/backup.py [--base-mb 1000] [--originals-mb 200] [--folder DIR] [--json]

A true instance in ``--folder``: one space whose base holds ``--base-mb`` of rows (16 kB pages, random text),
and originals. The change rewrites one row in a hundred, chosen at even distances: the worst spread for pages.
Against, in the same run: reading and hashing the same files (what no backup can do without), and two copies of
the base by SQLite's own backup interface, of which the pages in common are counted. Restore: every file
written, synced and compared.
"""

import hashlib
import os
import shutil
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from demeure.backup.creating import Asked, create
from demeure.backup.plan import Holder, Place, Plan
from demeure.backup.recovery import made
from demeure.backup.restoring import opened, restore
from demeure.backup.target import FolderTarget
from demeure.backup.verifying import check, chosen
from demeure.clock import SystemClock
from demeure.journal import attestation
from demeure.journal.checkpoint import Signer
from demeure.store import read_house_key, read_journal_key
from demeure.testing.store import Instance, make_instance
from measure import finish, parser, say

ROW = 15_000
"""Bytes of a row: about one page of the base."""


def build(folder: Path, base_mb: int, originals_mb: int) -> Instance:
    instance = make_instance(folder)
    (folder / "journal").mkdir(mode=0o700)
    with instance.space.write() as db:
        db.exec_driver_sql("CREATE TABLE ballast (id INTEGER PRIMARY KEY, data BLOB)")
    rows = base_mb * 1_000_000 // ROW
    for first in range(0, rows, 4000):
        with instance.space.relaxed() as db:
            db.exec_driver_sql(
                "WITH RECURSIVE n(i) AS (SELECT ? UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                "INSERT INTO ballast SELECT i, randomblob(?) FROM n",
                (first + 1, min(first + 4000, rows), ROW),
            )
    for _ in range(originals_mb):
        instance.blobs.put([os.urandom(1_000_000)])
    instance.space.settle()
    return instance


def change(instance: Instance) -> None:
    with instance.space.write() as db:
        db.exec_driver_sql("UPDATE ballast SET data = randomblob(?) WHERE id % 100 = 50", (ROW,))


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def hashed(folder: Path) -> float:
    """Seconds to read and hash every file."""
    began = time.monotonic()
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")
    return time.monotonic() - began


def in_common(instance: Instance, folder: Path) -> float:
    """Part of the pages that two copies by the backup interface share."""
    pages: list[set[bytes]] = []
    for name in ("one.db", "two.db"):
        source = instance.house._open()
        copy = dbapi2.connect(str(folder / name), isolation_level=None)
        copy.execute(f"PRAGMA key = \"x'{instance.keys.house.database_key().hex()}'\"")
        copy.execute("PRAGMA cipher_page_size = 16384")
        source.backup(copy)
        copy.close()
        source.close()
        data = (folder / name).read_bytes()
        pages.append({data[at : at + 16384] for at in range(0, len(data), 16384)})
    return len(pages[0] & pages[1]) / max(len(pages[0]), 1)


def measured(given: Namespace, folder: Path, base_mb: int, originals_mb: int) -> dict[str, Any]:
    say(given, f"building {base_mb} MB of base and {originals_mb} MB of originals")
    instance = build(folder / "instance", base_mb, originals_mb)
    signer, key = Signer(read_journal_key(instance.folder)), made()
    (folder / "place").mkdir()
    target = FolderTarget(folder / "place")
    asked = Asked(
        instance=instance.folder,
        house_key=read_house_key(instance.folder),
        vkey=signer.vkey,
        plan=Plan((Holder("one", key.recipient, ""),), (Place("place", str(folder / "place")),)),
        sign=lambda digest: attestation.sign(signer, digest),
        clock=SystemClock(),
        place="place",
    )
    whole = size_of(instance.folder)
    told: dict[str, Any] = {"bytes": whole, "hash_seconds": hashed(instance.folder)}
    for name, before in (
        ("first", lambda: None),
        ("unchanged", lambda: None),
        ("changed", lambda: change(instance)),
    ):
        before()
        began = time.monotonic()
        page = create(asked, target)
        seconds = time.monotonic() - began
        told[name] = {"seconds": seconds, "bytes": page.added, "part": page.added / page.weight}
        say(
            given,
            f"{name}: {seconds:.1f} s, {page.added / 1e6:.1f} MB written, {100 * page.added / page.weight:.2f} %",
        )
    began = time.monotonic()
    assert check(target, signer.vkey).ok
    told["verify_mb_s"] = page.weight / 1e6 / (time.monotonic() - began)
    began, worked = time.monotonic(), time.process_time()
    restore(opened(target, chosen(target, signer.vkey, None), key), folder / "again")
    told["restore_mb_s"] = page.weight / 1e6 / (time.monotonic() - began)
    told["restore_mb_per_processor_second"] = page.weight / 1e6 / (time.process_time() - worked)
    told["copy_mb_s"] = _copied(folder, page.weight)
    told["backup_interface_pages_in_common"] = in_common(instance, folder)
    say(given, f"restore {told['restore_mb_s']:.0f} MB/s; a plain copy, synced, {told['copy_mb_s']:.0f} MB/s")
    instance.close()
    return told


def _copied(folder: Path, weight: int) -> float:
    began = time.monotonic()
    shutil.copytree(folder / "again", folder / "copy")
    for path in (folder / "copy").rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    return weight / 1e6 / (time.monotonic() - began)


def main() -> None:
    asked = parser(__doc__)
    asked.add_argument("--base-mb", type=int, default=1000)
    asked.add_argument("--originals-mb", type=int, default=200)
    asked.add_argument("--folder", type=Path, default=None)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        finish("backup", measured(given, Path(name), given.base_mb, given.originals_mb))


if __name__ == "__main__":
    main()
