"""What is kept ready of documents, as rows: snapshots of the engine, and the documents asked to be kept ready.

A row is written once its file is whole; a file without a row is nothing, and is swept. Everything here blocks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.library.rooms import Rooms
from demeure.store import Database
from demeure.store.tables import documents, pins, snapshot_documents, snapshots, spaces

_ASKED_FOR = (
    sa.select(snapshot_documents.c.snapshot)
    .outerjoin(pins, pins.c.document == snapshot_documents.c.document)
    .group_by(snapshot_documents.c.snapshot)
    .having(sa.func.count() == 1, sa.func.count(pins.c.document) == 1)
)
"""States of one document, which somebody asked to keep ready; several read together were asked for by nobody."""
_TRIED = "tried"


@dataclass(frozen=True)
class Snapshot:
    """One. ``engine``: digest of what it is good for. ``size``: bytes on disk; ``seconds``: of reading it saves."""

    id: str
    space: str
    file: str
    engine: str
    tokens: int
    size: int
    seconds: float
    made_at: str
    used_at: str


@dataclass(frozen=True)
class Pin:
    """A document to keep ready. ``state``: waiting, preparing, ready, impossible; ``share``: hundredths read.
    ``tried``: digest of what it was tried with in vain."""

    document: str
    by: str
    state: str
    reason: Mapping[str, str] | None = None
    share: int = 0
    tried: str = ""


class Readiness:
    """Reads and writes rows; decides nothing."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock

    # -- snapshots ------------------------------------------------------------------------------------------------

    def found(self, file: str) -> Snapshot | None:
        """By the name of its file."""
        with self._house.read() as db:
            row = db.execute(sa.select(snapshots).where(snapshots.c.file == file)).first()
        return _snapshot(row) if row else None

    def of(self, document: str) -> list[Snapshot]:
        """Those that hold ``document``, the last used first."""
        mine = sa.select(snapshot_documents.c.snapshot).where(snapshot_documents.c.document == document)
        query = sa.select(snapshots).where(snapshots.c.id.in_(mine)).order_by(snapshots.c.used_at.desc())
        with self._house.read() as db:
            return [_snapshot(row) for row in db.execute(query)]

    def classed(self) -> dict[str, list[str]]:
        """State → the classes of those of its documents that have their own."""
        c = snapshot_documents.c
        query = sa.select(c.snapshot, documents.c.sensitivity).join(documents, documents.c.id == c.document)
        found: dict[str, list[str]] = {}
        with self._house.read() as db:
            for row in db.execute(query.where(documents.c.sensitivity.is_not(None))):
                found.setdefault(row.snapshot, []).append(row.sensitivity)
        return found

    def all(self) -> list[Snapshot]:
        """The first to go first: those of documents that nobody asked to keep ready, the least recently used."""
        asked = snapshots.c.id.in_(_ASKED_FOR)
        query = sa.select(snapshots).order_by(asked, snapshots.c.used_at, snapshots.c.id)
        with self._house.read() as db:
            return [_snapshot(row) for row in db.execute(query)]

    def asked_for(self) -> set[str]:
        """Ids of those of a document that somebody asked to keep ready."""
        with self._house.read() as db:
            return set(db.execute(_ASKED_FOR).scalars())

    def add(self, snapshot: Snapshot, whose: Sequence[str]) -> bool:
        """Its row, in place of one of the same file; False when a document or the space is leaving, or is gone."""
        there = sa.select(sa.func.count()).where(documents.c.id.in_(whose), documents.c.deleting.is_(False))
        alive = sa.select(spaces.c.id).where(spaces.c.id == snapshot.space, spaces.c.deleting.is_(False))
        with self._house.write() as db:
            if db.execute(there).scalar_one() != len(set(whose)) or db.execute(alive).first() is None:
                return False
            db.execute(snapshots.delete().where(snapshots.c.file == snapshot.file))
            row = vars(snapshot) | {"seconds": round(1000 * snapshot.seconds)}
            db.execute(snapshots.insert().values(**row))
            db.execute(
                snapshot_documents.insert(), [{"snapshot": snapshot.id, "document": one} for one in set(whose)]
            )
        return True

    def fresh(self, space: str, file: str, engine: str, tokens: int, size: int, seconds: float) -> Snapshot:
        """A row to add, made now."""
        now = iso(self._clock.now())
        return Snapshot(uuid4().hex, space, file, engine, tokens, size, seconds, now, now)

    def used(self, snapshot: str) -> None:
        """It served just now."""
        mine = snapshots.update().where(snapshots.c.id == snapshot)
        with self._house.relaxed() as db:
            db.execute(mine.values(used_at=iso(self._clock.now())))

    def remove(self, ids: Sequence[str]) -> None:
        """Their rows; the documents that were to be kept ready wait again."""
        whose = sa.select(snapshot_documents.c.document).where(snapshot_documents.c.snapshot.in_(ids))
        with self._house.write() as db:
            waits = pins.update().where(pins.c.document.in_(whose), pins.c.state == "ready")
            db.execute(waits.values(state="waiting", share=0))
            db.execute(snapshots.delete().where(snapshots.c.id.in_(ids)))

    # -- documents to keep ready ----------------------------------------------------------------------------------

    def pin(self, document: str, by: str) -> None:
        """Keep it ready; nothing when it already is to be."""
        with self._house.write() as db:
            if db.execute(sa.select(pins.c.document).where(pins.c.document == document)).first() is None:
                row = {"document": document, "by": by, "at": iso(self._clock.now()), "state": "waiting"}
                db.execute(pins.insert().values(**row))

    def unpin(self, document: str) -> None:
        """It may go like the others."""
        with self._house.write() as db:
            db.execute(pins.delete().where(pins.c.document == document))

    def pinned(self, document: str) -> Pin | None:
        """The document's, if it is to be kept ready."""
        with self._house.read() as db:
            row = db.execute(sa.select(pins).where(pins.c.document == document)).first()
        return _pin(row) if row else None

    def pins(self) -> list[Pin]:
        """All of living documents, the oldest first."""
        query = sa.select(pins).join(documents, documents.c.id == pins.c.document)
        with self._house.read() as db:
            return [
                _pin(row) for row in db.execute(query.where(documents.c.deleting.is_(False)).order_by(pins.c.at))
            ]

    def tell(
        self,
        document: str,
        state: str,
        *,
        share: int = 0,
        reason: Mapping[str, str] | None = None,
        tried: str = "",
    ) -> None:
        """How far a document to keep ready is. ``tried``: kept with the reason."""
        why = {**reason, **({_TRIED: tried} if tried else {})} if reason else None
        values: dict[str, Any] = {"state": state, "share": share, "reason": why}
        with self._house.relaxed() as db:
            db.execute(pins.update().where(pins.c.document == document).values(**values))


def drop_snapshots(rooms: Rooms, house: Database, ids: Sequence[str]) -> int:
    """Everything that holds one of these documents: files first, rows last; how many. Killed anywhere, run it
    again."""
    mine = sa.select(snapshot_documents.c.snapshot).where(snapshot_documents.c.document.in_(ids))
    with house.read() as db:
        rows = [_snapshot(row) for row in db.execute(sa.select(snapshots).where(snapshots.c.id.in_(mine)))]
    for row in rows:
        rooms.snapshots(row.space).delete(row.file)
    if rows:
        with house.write() as db:
            db.execute(snapshots.delete().where(snapshots.c.id.in_([row.id for row in rows])))
    return len(rows)


def _snapshot(row: Any) -> Snapshot:
    values = dict(row._mapping)
    return Snapshot(**values | {"seconds": values["seconds"] / 1000})


def _pin(row: Any) -> Pin:
    why = dict(row.reason or {})
    tried = why.pop(_TRIED, "")
    return Pin(row.document, row.by, row.state, why or None, row.share, tried)
