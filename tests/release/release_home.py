"""An image of a machine where Demeure is installed, its instance of an earlier schema, and signed bundles."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demeure.install import Layout
from demeure.install.points import Point, Points
from demeure.journal.checkpoint import Signer
from demeure.journal.log import Log
from demeure.release import carried, trial
from demeure.release.placing import trust
from demeure.release.service import ProgramFailed
from demeure.release.signing import make_key, sign_list, signer
from demeure.release.updating import Asked, back, update
from demeure.store import Database, Keys, create_instance, keys_folder, open_blobs, read_house_key, read_journal_key
from demeure.store.schema import HOUSE, SPACE, Tree, open_at_head

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))  # death.py
sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))

from test_journal_damage import fill

OLD_HOUSE, OLD_SPACE = HOUSE.revisions[:-6], SPACE.revisions[:-2]
WORDS = b"le conseil municipal adopte le budget"


def old_instance(folder: Path) -> None:
    """A house of an earlier schema: one space, one document with its original, 40 entries."""
    instance_at(folder, OLD_HOUSE, OLD_SPACE)


def instance_at(
    folder: Path, at: tuple[str, ...], rooms: tuple[str, ...], more: Callable[[Database], None] = lambda _: None
) -> None:
    """A house as the product's migrations made it up to the revisions ``at`` and ``rooms``. ``more``: writes what
    else it and its space hold."""
    create_instance(folder)
    keys = Keys(read_house_key(folder), keys_folder(folder))
    now = "2026-01-01T10:00:00.000000Z"
    house = open_at_head(
        folder / "house" / "house.db", keys.house.database_key(), Tree(HOUSE.folder, at), may_create=True
    )
    keys.create_space("mairie")
    path = folder / "spaces" / "mairie" / "space.db"
    room = open_at_head(path, keys.space("mairie").now().database, Tree(SPACE.folder, rooms), may_create=True)
    more(room)
    room.close()
    stored = open_blobs(folder, keys, "mairie").put([WORDS])
    with house.write() as db:
        db.exec_driver_sql("INSERT INTO spaces (id, name, created_at) VALUES ('mairie', 'Mairie', ?)", (now,))
        row = {"id": "d1", "space": "mairie", "name": "budget.txt", "format": "txt", "size": len(WORDS)}
        row |= {"sha256": stored.sha256, "state": "ready", "added_by": "p", "chain": "c"}
        row |= {"added_at": now, "updated_at": now}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        db.exec_driver_sql(f"INSERT INTO documents ({names}) VALUES ({marks})", tuple(row.values()))
    more(house)
    house.close()
    (folder / "journal").mkdir(mode=0o700)
    log = Log(folder / "journal", Signer(read_journal_key(folder)), reserve_bytes=0, segment=20_000)
    fill(log, log.size, 40)
    log.publish()
    log.close()
    folder.chmod(0o700)


@dataclass
class Machine:
    """``ran``: what was asked of programs; ``fails``: word → the program fails at it."""

    layout: Layout
    key: Signer
    ran: list[tuple[str, ...]] = field(default_factory=list)
    fails: str = ""

    @property
    def points(self) -> Points:
        return Points(self.layout)

    @property
    def now(self) -> Point:
        found = self.points.current()
        assert found is not None
        return found

    def bundle(self, sequence: int, *, key: Signer | None = None, **more: Any) -> Path:
        """A signed folder; its program is built by ``build``."""
        folder = self.layout.root / f"bundle-{sequence}"
        folder.mkdir(exist_ok=True)
        manifest = {
            "format": carried.FORMAT,
            "id": f"0.{sequence}",
            "version": f"0.{sequence}",
            "sequence": sequence,
            "created": "2026-11-01T00:00:00.000000Z",
            "python": carried.tag(),
            "schemas": {"house": list(HOUSE.revisions), "space": list(SPACE.revisions)},
            "models": [],
        } | more
        (folder / carried.MANIFEST).write_text(json.dumps(manifest))
        sums = b"".join(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n".encode()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in (carried.SUMS, carried.SIGNATURE)
        )
        (folder / carried.SUMS).write_bytes(sums)
        (folder / carried.SIGNATURE).write_text(sign_list(key or self.key, sums))
        return folder

    def run(self, program: Path, data: Path, *words: str) -> str:
        """A program in this process: what the real one does but for opening a house."""
        self.ran.append((program.name, *words))
        if self.fails and self.fails in words:
            raise ProgramFailed("broken")
        return json.dumps(trial.migrated(data)) if "--trial" in words else ""

    def build(self, _bundle: Path, manifest: dict[str, Any], layout: Layout) -> Path:
        target = layout.versions / manifest["id"]
        (target / "bin").mkdir(parents=True, exist_ok=True)
        (target / "bin" / "demeure").write_text("#!/bin/sh\n")
        return target

    def asked(self, bundle: Path = Path(), **more: Any) -> Asked:
        return Asked(self.layout, bundle, build=self.build, run=self.run, **more)

    def update(self, sequence: int, **more: Any) -> Point:
        return update(self.asked(self.bundle(sequence), **more))

    def back(self, **more: Any) -> Point:
        return back(self.asked(), **more)

    def document(self) -> bytes:
        """The original in the data in force."""
        return document(Path(self.now.data))


def document(data: Path) -> bytes:
    keys = Keys(read_house_key(data), keys_folder(data))
    sha256 = hashlib.sha256(WORDS).hexdigest()
    return b"".join(open_blobs(data, keys, "mairie").open(sha256))


def machine(root: Path) -> Machine:
    return machine_at(root, old_instance)


def machine_at(root: Path, made: Callable[[Path], None]) -> Machine:
    """``made``: makes the instance in a folder."""
    layout = Layout(root)
    data = layout.data / "1"
    made(data)
    make_key(root / "bundle.key")
    key = signer(root / "bundle.key")
    trust(layout, key.vkey)
    program = layout.versions / "first"
    (program / "bin").mkdir(parents=True)
    points = Points(layout)
    points.add(Point(1, str(program), str(data), version="0.0", made="2026-01-01T00:00:00.000000Z"))
    points.switch(1)
    os.sync()
    return Machine(layout, key)
