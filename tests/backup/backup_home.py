"""A small instance with a journal, one document, two places for backups and two holders of recovery keys."""

import sys
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert

from demeure.backup.creating import Asked, create
from demeure.backup.manifest import Manifest
from demeure.backup.plan import Plan
from demeure.backup.recovery import Recovery
from demeure.backup.target import FolderTarget
from demeure.clock import SystemClock
from demeure.journal import attestation
from demeure.journal.checkpoint import Signer
from demeure.journal.log import Log
from demeure.store import read_house_key
from demeure.store.tables import documents
from demeure.testing.store import Instance

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))  # death.py
sys.path.insert(0, str(Path(__file__).parents[1] / "journal"))

from test_journal_damage import fill

WORDS = "le conseil municipal adopte le budget de la commune"


@dataclass
class Home:
    """``keys``: of the two holders. ``at``: the place « coffre »."""

    instance: Instance
    folder: Path
    signer: Signer
    keys: list[Recovery]
    at: Path
    plan: Plan

    def target(self, name: str = "coffre") -> FolderTarget:
        return FolderTarget(self.at.parent / name, name)

    def asked(self, **more: object) -> Asked:
        return Asked(
            instance=self.folder,
            house_key=read_house_key(self.folder),
            vkey=self.signer.vkey,
            plan=self.plan,
            sign=lambda digest: attestation.sign(self.signer, digest),
            clock=SystemClock(),
            place="coffre",
            **more,  # type: ignore[arg-type]
        )

    def create(self, name: str = "coffre", **more: object) -> Manifest:
        return create(self.asked(**more), self.target(name))

    def write_document(self, name: str, content: bytes) -> str:
        stored = self.instance.blobs.put([content])
        now = "2026-11-26T10:00:00.000000Z"
        row = {"id": name, "space": "mairie", "name": name, "format": "txt", "size": len(content)}
        row |= {"sha256": stored.sha256, "state": "ready", "added_by": "p", "chain": "c"}
        with self.instance.house.write() as db:
            db.execute(insert(documents).values(**row, added_at=now, updated_at=now))
        with self.instance.space.write() as db:
            db.exec_driver_sql(
                "INSERT INTO passages (document, ordinal, place, text, digest) VALUES (?, 0, '{}', ?, ?)",
                (name, content.decode("utf-8", "replace")[:2000], stored.sha256.encode()),
            )
        return stored.sha256

    def write_entries(self, count: int) -> None:
        log = Log(self.folder / "journal", self.signer, reserve_bytes=0, segment=20_000)
        fill(log, log.size, count)
        log.publish()
        fill(log, log.size, 3)  # durable, and not yet under a checkpoint
        log.close()
