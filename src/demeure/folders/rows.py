"""Rows of watched folders, their files and their scans in ``house.db``. Everything here blocks: callers use
threads."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from demeure.clock import Clock, iso
from demeure.folders.values import File, Folder, Report, ScanRow
from demeure.library import replaced
from demeure.reader import Entry
from demeure.store import Database
from demeure.store.tables import document_places, documents, folder_files, folder_scans, folders, spaces

KEPT_SCANS = 50
_ASKED_AT_ONCE = 400


@dataclass(frozen=True)
class Compared:
    """``seen``: ids of the rows of what was listed. ``to_read``: how many of them. ``refused``: (path, why) of
    those that were not taken and are the same. ``young``: ids of those whose size or date no former scan saw."""

    seen: list[int]
    to_read: int
    refused: list[tuple[str, str]]
    young: list[int]


class Register:
    """Reads and writes rows; decides nothing."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock

    def now(self) -> str:
        """The time rows are stamped with."""
        return iso(self._clock.now())

    # -- folders --------------------------------------------------------------------------------------------------

    def declare(self, folder: Folder) -> str | None:
        """Insert; None when inserted, else the id of the folder that already watches this place for this space."""
        same = sa.select(folders.c.id).where(folders.c.space == folder.space, folders.c.place == folder.place)
        with self._house.write() as db:
            if (known := db.execute(same).scalar()) is not None:
                return str(known)
            values = {name: value for name, value in vars(folder).items() if name != "ignore"}
            db.execute(folders.insert().values(**values, ignore=list(folder.ignore)))
        return None

    def folders(self) -> list[Folder]:
        """All of them, those of spaces being erased left out, in the order of their declaration."""
        living = sa.select(spaces.c.id).where(spaces.c.deleting.is_(False))
        query = sa.select(folders).where(folders.c.space.in_(living))
        with self._house.read() as db:
            rows = db.execute(query.order_by(folders.c.declared_at, folders.c.id)).all()
        return [_folder(row) for row in rows]

    def folder(self, folder: str) -> Folder | None:
        """By id."""
        with self._house.read() as db:
            row = db.execute(sa.select(folders).where(folders.c.id == folder)).first()
        return _folder(row) if row else None

    def due(self) -> list[Folder]:
        """Those to be scanned now."""
        now = self.now()
        return [f for f in self.folders() if not f.paused and (f.asked or f.next_at <= now)]

    def change(self, folder: str, **values: Any) -> bool:
        """Set columns; False when it is gone."""
        with self._house.write() as db:
            return db.execute(folders.update().where(folders.c.id == folder).values(values)).rowcount == 1

    def remove(self, folder: str) -> None:
        """The folder, its files and scans; documents stay."""
        with self._house.write() as db:
            db.execute(folders.delete().where(folders.c.id == folder))

    def documents_of(self, folder: str) -> list[str]:
        """Ids of the documents that its files are, and that no other folder holds."""
        c, other = folder_files.c, folder_files.alias("other")
        elsewhere = sa.select(other.c.id).where(other.c.document == c.document, other.c.folder != folder).exists()
        mine = sa.select(c.document).where(c.folder == folder, c.document.is_not(None), ~elsewhere).distinct()
        with self._house.read() as db:
            return [str(one) for one in db.execute(mine).scalars()]

    def brought(self, actor: str) -> list[str]:
        """Ids of the documents that a folder brought."""
        c = documents.c
        query = sa.select(c.id).where(c.added_by == actor, c.deleting.is_(False))
        with self._house.read() as db:
            return [str(one) for one in db.execute(query).scalars()]

    def replaced(self, actor: str) -> list[str]:
        """Ids of the documents that a folder brought, and whose place another has taken."""
        c = documents.c
        query = sa.select(c.id).where(c.added_by == actor, c.deleting.is_(False), replaced())
        with self._house.read() as db:
            return [str(one) for one in db.execute(query).scalars()]

    # -- files ----------------------------------------------------------------------------------------------------

    def count(self, folder: str) -> int:
        """How many files of it are known."""
        query = sa.select(sa.func.count()).where(folder_files.c.folder == folder)
        with self._house.read() as db:
            return int(db.execute(query).scalar_one())

    def compare(self, folder: str, entries: Sequence[Entry], *, whole: bool) -> Compared:
        """Tell what was listed from what is known. What is new or no longer the same is to be read; with ``whole``
        everything is. Nothing is written when nothing changed."""
        c, known = folder_files.c, dict[bytes, Any]()
        paths = [os.fsencode(entry.path) for entry in entries]
        with self._house.read() as db:
            for first in range(0, len(paths), _ASKED_AT_ONCE):
                some = paths[first : first + _ASKED_AT_ONCE]
                query = sa.select(c.id, c.path, c.size, c.mtime, c.pending, c.reason)
                rows = db.execute(query.where(c.folder == folder, c.path.in_(some)))
                known |= {row.path: row for row in rows}
        seen, again, fresh, unread, refused, young = [], [], [], 0, [], []
        for path, entry in zip(paths, entries, strict=True):
            row = known.get(path)
            if row is None:
                fresh.append(
                    {"folder": folder, "path": path, "size": entry.size, "mtime": entry.mtime, "pending": True}
                )
                continue
            seen.append(int(row.id))
            if (row.size, row.mtime) != (entry.size, entry.mtime):
                young.append(int(row.id))
            if whole or (row.size, row.mtime) != (entry.size, entry.mtime):
                again.append({"row": row.id, "size": entry.size, "mtime": entry.mtime, "pending": True})
            elif row.pending:
                unread += 1
            elif row.reason:
                refused.append((entry.path, str(row.reason)))
        added = self._to_read(fresh, again) if fresh or again else []
        return Compared(seen + added, len(fresh) + len(again) + unread, refused, young + added)

    def _to_read(self, fresh: list[dict[str, Any]], again: list[dict[str, Any]]) -> list[int]:
        """Ids of the ``fresh`` ones."""
        c = folder_files.c
        with self._house.write() as db:
            if again:
                statement = folder_files.update().where(c.id == sa.bindparam("row"))
                db.execute(
                    statement.values(
                        size=sa.bindparam("size"), mtime=sa.bindparam("mtime"), pending=sa.bindparam("pending")
                    ),
                    again,
                )
            if not fresh:
                return []
            added = insert(folder_files).on_conflict_do_nothing().returning(c.id)
            return [int(one) for one in db.execute(added, fresh).scalars()]

    def pending(self, folder: str, after: int, limit: int, *, fresh: bool) -> list[File]:
        """Files to be read, in the order of their ids, those greater than ``after``. ``fresh``: paths of which
        nothing was read yet; else the others."""
        c = folder_files.c
        known = c.sha256.is_(None) if fresh else c.sha256.is_not(None)
        query = sa.select(folder_files).where(c.folder == folder, c.pending.is_(True), known, c.id > after)
        with self._house.read() as db:
            return [_file(row) for row in db.execute(query.order_by(c.id).limit(limit))]

    def as_large(self, file: File) -> list[File]:
        """Files of its folder to be read again that are as large as the document that it was."""
        c = folder_files.c
        folder = sa.select(c.folder).where(c.id == file.id).scalar_subquery()
        size = sa.select(documents.c.size).where(documents.c.id == file.document).scalar_subquery()
        query = sa.select(folder_files).where(c.folder == folder, c.pending.is_(True), c.sha256.is_not(None))
        with self._house.read() as db:
            return [_file(row) for row in db.execute(query.where(c.size == size).order_by(c.id))]

    def some(self, folder: str, after: int, limit: int) -> list[File]:
        """All its files, in the order of their ids, those greater than ``after``."""
        c = folder_files.c
        query = sa.select(folder_files).where(c.folder == folder, c.id > after).order_by(c.id).limit(limit)
        with self._house.read() as db:
            return [_file(row) for row in db.execute(query)]

    def settle(self, file: File, **values: Any) -> None:
        """What became of one file."""
        with self._house.write() as db:
            db.execute(folder_files.update().where(folder_files.c.id == file.id).values(values))

    # -- scans ----------------------------------------------------------------------------------------------------

    def begin(self, folder: str, chain: str, *, whole: bool) -> int:
        """A scan begins; its number."""
        c = folder_scans.c
        with self._house.write() as db:
            db.execute(
                folder_scans.update()
                .where(c.folder == folder, c.outcome == "running")
                .values(outcome="interrupted", ended_at=self.now())
            )
            started = {"folder": folder, "started_at": self.now(), "outcome": "running", "whole": whole}
            made = folder_scans.insert().values(**started, counts={}, report={}, chain=chain).returning(c.id)
            number = int(db.execute(made).scalar_one())
            asked = {} if whole else {"asked": ""}  # a verification is asked for until it is over
            db.execute(folders.update().where(folders.c.id == folder).values(state="scanning", **asked))
        return number

    def told(self, scan: int, report: Report) -> None:
        """How far it is."""
        with self._house.relaxed() as db:
            counts = report.as_json()["counts"]
            db.execute(folder_scans.update().where(folder_scans.c.id == scan).values(counts=counts))

    def ended(self, folder: str, scan: int, outcome: str, report: Report, **values: Any) -> None:
        """A scan is over; ``values``: of the folder. The oldest are forgotten."""
        told, c = report.as_json(), folder_scans.c
        with self._house.write() as db:
            done = {"ended_at": self.now(), "outcome": outcome, "counts": told["counts"], "report": told["lines"]}
            db.execute(folder_scans.update().where(c.id == scan).values(done))
            db.execute(folders.update().where(folders.c.id == folder).values(values))
            kept = sa.select(c.id).where(c.folder == folder).order_by(c.id.desc()).limit(KEPT_SCANS)
            db.execute(folder_scans.delete().where(c.folder == folder, c.id.not_in(kept)))

    def scans(self, folder: str, limit: int = 1) -> list[ScanRow]:
        """The last ones, latest first."""
        query = sa.select(folder_scans).where(folder_scans.c.folder == folder)
        with self._house.read() as db:
            rows = db.execute(query.order_by(folder_scans.c.id.desc()).limit(limit)).all()
        return [ScanRow(**(dict(row._mapping) | {"ended_at": row.ended_at or ""})) for row in rows]

    def release(self) -> None:
        """A worker that just started has no predecessor alive: no scan is running."""
        now = self.now()
        with self._house.write() as db:
            running = folder_scans.c.outcome == "running"
            db.execute(folder_scans.update().where(running).values(outcome="interrupted", ended_at=now))
            stuck = folders.update().where(folders.c.state == "scanning")
            db.execute(stuck.values(state="new", next_at=now))

    # -- documents ------------------------------------------------------------------------------------------------

    def places(self, document: str) -> list[tuple[str, str, str, str]]:
        """(folder, path, what, when) of a document, oldest first."""
        c = document_places.c
        query = sa.select(c.folder, c.path, c.what, c.at).where(c.document == document).order_by(c.id)
        with self._house.read() as db:
            return [(row.folder, row.path, row.what, row.at) for row in db.execute(query)]


def _folder(row: sa.Row[Any]) -> Folder:
    values = dict(row._mapping)
    return Folder(**(values | {"ignore": tuple(values["ignore"]), "place": bytes(values["place"])}))


def _file(row: sa.Row[Any]) -> File:
    path = os.fsdecode(bytes(row.path))
    return File(row.id, path, row.size, row.mtime, row.sha256 or "", row.document or "", row.reason or "")
