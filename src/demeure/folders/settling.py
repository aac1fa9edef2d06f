"""What becomes of a file that was read, in one transaction: a document is added, takes the place of another, or
only moves. Killed before or after, it is as if it had not been read, or done. Everything here blocks.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.folders.deciding import decided
from demeure.folders.values import ADDED, CHANGED, COPIED, MOVED, UNCHANGED, File, Folder, readable
from demeure.library import SEARCHABLE, document_of, folder_path, mark_documents, shortened
from demeure.library.errors import DocumentLeaving
from demeure.policy import Action
from demeure.reader import message_key
from demeure.store import Database
from demeure.store.tables import document_places, documents, folder_files
from demeure.workshop import announced_format

DOOR = "folder"
MESSAGE = "message.eml"


@dataclass(frozen=True)
class Read:
    """A file whose bytes are stored. ``document``, ``chain``: ids for the document, should it become a new one."""

    file: File
    sha256: str
    size: int
    document: str
    chain: str


@dataclass(frozen=True)
class Taken:
    """``file`` holds by now what ``former`` held, as both were known."""

    file: File
    former: File

    @property
    def document(self) -> str:
        """That it is by now."""
        return self.former.document


class Settling:
    """Over the rows of one house."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock

    def same(self, file: File) -> None:
        """It was read, and is what it was."""
        with self._house.write() as db:
            _settled(db, file, pending=False, reason=None)

    def settle(self, folder: Folder, read: Read, gone: Sequence[int], kept: Any) -> tuple[str, str]:
        """(what happened, the document's id). ``gone``: rows of the same bytes whose file is not there any more:
        one of them has moved here. ``kept``: are the bytes still stored? Raises DocumentLeaving: try again
        later."""
        with self._house.write() as db:
            if folder.drop and read.file.sha256:
                read = replace(read, file=self._another(db, folder, read.file))
            file = read.file
            if not file.sha256 and (former := _row(db, gone)) is not None:
                return self._moved(db, folder, read, former)
            same = _same(db, folder.space, read.sha256)
            if same is None:
                if not kept():
                    raise DocumentLeaving()
                former = self._leaves(db, folder, file) if file.sha256 else None
                self._insert(db, folder, read, former)
                document, what = read.document, CHANGED if file.sha256 else ADDED
            elif same.deleting:
                raise DocumentLeaving()
            else:
                document, what = str(same.id), CHANGED if file.sha256 else COPIED
                if file.sha256 and document != file.document:
                    self._returns(db, folder, file, document)
                # it is a living file's again: nothing has its place any more
                db.execute(documents.update().where(documents.c.supersedes == document).values(supersedes=None))
            _settled(db, file, pending=False, reason=None, sha256=read.sha256, document=document)
            self._note(db, folder, file, document, {ADDED: "found"}.get(what, what))
            self._called_as_their_files(db, {document, file.document})
        return what, document

    def held(self, space: str, sha256: str) -> str:
        """The document of ``space`` with these bytes, empty when there is none."""
        with self._house.read() as db:
            same = _same(db, space, sha256)
        return "" if same is None or same.deleting else str(same.id)

    def exchange(self, folder: Folder, ring: Sequence[Taken]) -> None:
        """All of ``ring``: each holds what another one held, and none is left. Raises DocumentLeaving, with nothing
        done, when one of its documents is, meanwhile."""
        with self._house.write() as db:
            for one in ring:
                same = _same(db, folder.space, one.former.sha256)
                if same is None or same.deleting or same.id != one.document:
                    raise DocumentLeaving()
            for one in ring:
                told = {"sha256": one.former.sha256, "document": one.document}
                _settled(db, one.file, pending=False, reason=None, **told)
                self._note(db, folder, one.file, one.document, MOVED)
            self._called_as_their_files(db, [one.document for one in ring])

    @staticmethod
    def _another(db: sa.Connection, folder: Folder, file: File) -> File:
        """Dropped under a name that had served: another document. The former stays, unless it could never be
        searched (it was half of this one) and may go."""
        row = _own(db, file.document)
        if row is not None and row.state == "failed" and not _elsewhere(db, file) and _may_go(folder, row):
            db.execute(documents.update().where(documents.c.id == row.id).values(deleting=True, supersedes=None))
        return replace(file, sha256="", document="")

    def _moved(self, db: sa.Connection, folder: Folder, read: Read, former: Any) -> tuple[str, str]:
        file, document = read.file, former.document
        db.execute(folder_files.delete().where(folder_files.c.id == former.id))
        _settled(db, file, pending=False, reason=None, sha256=read.sha256, document=document)
        row = db.execute(sa.select(documents).where(documents.c.id == document)).first() if document else None
        if row is None:  # somebody deleted it: it is not brought back by a move
            return UNCHANGED, document or ""
        if row.came_from == DOOR and row.path == _shown(os.fsdecode(bytes(former.path))):
            db.execute(documents.update().where(documents.c.id == document).values(self._renamed(row, file.path)))
        self._note(db, folder, file, str(document), MOVED)
        return MOVED, str(document)

    def _renamed(self, row: Any, path: str) -> dict[str, Any]:
        """Its name is part of what is searched: indexed again in the background; read again when its kind is
        another and it could not be read as the former one."""
        name = row.name if message_key(path) else _named(path)  # a message is called by its subject
        values: dict[str, Any] = {"name": name, "path": _shown(path), "updated_at": iso(self._clock.now())}
        kind = announced_format(name)
        if row.state == "failed" and kind != row.format:
            return {**values, "format": kind, "state": "received", "reason": None, "attempts": 0}
        return {**values, "index_version": 0, "outlined": 0} if name != row.name else values

    def _called_as_their_files(self, db: sa.Connection, ids: Iterable[str]) -> None:
        """The file that a document was called by may hold something else by now, or be gone, while another file
        holds its bytes: it is called by that one."""
        c = documents.c
        query = sa.select(c.id, c.name, c.path, c.format, c.state).where(
            c.id.in_(set(ids)), c.came_from == DOOR, c.deleting.is_(False)
        )
        for row in db.execute(query).all():
            f = folder_files.c
            rows = db.execute(sa.select(f.path).where(f.document == row.id).order_by(f.id)).scalars()
            paths = [os.fsdecode(bytes(path)) for path in rows]
            if paths and row.path not in map(_shown, paths):
                db.execute(documents.update().where(c.id == row.id).values(self._renamed(row, paths[0])))

    def _leaves(self, db: sa.Connection, folder: Folder, file: File) -> str | None:
        """The document that the changed file was: the new one takes its place, unless somebody else has it too. One
        that could never be searched goes at once, if it may, and what it was to replace is replaced by the new
        one."""
        row = _own(db, file.document)
        if row is None or _elsewhere(db, file):
            return None
        if row.state in SEARCHABLE or not _may_go(folder, row):
            return str(row.id)
        db.execute(documents.update().where(documents.c.id == row.id).values(deleting=True, supersedes=None))
        return str(row.supersedes) if row.supersedes else None

    def _returns(self, db: sa.Connection, folder: Folder, file: File, document: str) -> None:
        """The changed file is now what another document already is: perhaps its own former one, which takes its
        place again. What it was goes otherwise, if it may: a document that is held stays, without a file."""
        row = _own(db, file.document)
        if row is None or _elsewhere(db, file):
            return
        if row.supersedes == document:
            db.execute(documents.update().where(documents.c.id == row.id).values(supersedes=None))
            db.execute(documents.update().where(documents.c.id == document).values(supersedes=row.id))
        elif _may_go(folder, row):
            mark_documents(db, [row.id])

    def _insert(self, db: sa.Connection, folder: Folder, read: Read, former: str | None) -> None:
        path, now, name = read.file.path, iso(self._clock.now()), _named(read.file.path)
        c = documents.c
        care = db.execute(sa.select(c.owner, c.review_on, c.keep_until).where(c.id == former)).first()
        kept = dict(care._mapping) if care is not None else {}  # a file that changed is looked after as before
        db.execute(
            documents.insert().values(
                **kept,
                id=read.document,
                space=folder.space,
                name=name,
                format=announced_format(name),
                size=read.size,
                sha256=read.sha256,
                state="received",
                added_by=folder.actor,
                chain=read.chain,
                added_at=now,
                updated_at=now,
                came_from=DOOR,
                path=_shown(path),
                supersedes=former,
            )
        )

    def _note(self, db: sa.Connection, folder: Folder, file: File, document: str, what: str) -> None:
        at = iso(self._clock.now())
        row = {"document": document, "folder": folder.id, "path": readable(file.path), "what": what, "at": at}
        db.execute(document_places.insert().values(row))

    # -- leaving --------------------------------------------------------------------------------------------------

    def leaving(self, files: Sequence[File]) -> list[tuple[str, str]]:
        """(id, name) of the documents that these files were and no other file is, which the house got from a
        folder."""
        ids = [file.id for file in files]
        mine = {file.document for file in files if file.document}
        other = folder_files.alias("other")
        held = sa.select(other.c.id).where(other.c.document == documents.c.id, other.c.id.not_in(ids)).exists()
        query = sa.select(documents.c.id, documents.c.name).where(
            documents.c.id.in_(mine), documents.c.came_from == DOOR, documents.c.deleting.is_(False), ~held
        )
        with self._house.read() as db:
            return [(str(row.id), str(row.name)) for row in db.execute(query)]

    def leave(self, files: Sequence[File], gone: Sequence[str]) -> None:
        """The rows of ``files`` go, the documents ``gone`` are deleted, with those that they took the place of: at
        one instant for everybody."""
        with self._house.write() as db:
            mark_documents(db, gone)
            db.execute(folder_files.delete().where(folder_files.c.id.in_([file.id for file in files])))
            self._called_as_their_files(db, {file.document for file in files if file.document} - set(gone))

    def outdated(self, days: dict[str, int], now: str) -> list[tuple[str, str, str]]:
        """(document, space, actor) of those whose place was taken and that need not be kept any longer. ``days``:
        of each folder, by its actor."""
        c = documents.c
        newer = sa.select(c.supersedes, c.added_at).where(c.supersedes.is_not(None), c.state.in_(SEARCHABLE))
        with self._house.read() as db:
            replaced = {row.supersedes: row.added_at for row in db.execute(newer.where(c.deleting.is_(False)))}
            if not replaced:  # the usual case, and it is asked every two seconds
                return []
            query = sa.select(c.id, c.space, c.added_by).where(c.came_from == DOOR, c.deleting.is_(False))
            rows = db.execute(query.where(c.id.in_(list(replaced)))).all()
        return [
            (row.id, row.space, row.added_by)
            for row in rows
            if self._over(replaced[row.id], days.get(row.added_by, 0), now)
        ]

    @staticmethod
    def _over(replaced: str, days: int, now: str) -> bool:
        return datetime.fromisoformat(replaced) + timedelta(days=days) <= datetime.fromisoformat(now)


def _may_go(folder: Folder, row: Any) -> bool:
    return decided(folder, Action.DOCUMENT_DELETE, folder.space, row.id, document_of(row)).allowed


def _settled(db: sa.Connection, file: File, **values: Any) -> None:
    db.execute(folder_files.update().where(folder_files.c.id == file.id).values(values))


def _row(db: sa.Connection, ids: Sequence[int]) -> Any:
    """The first of these rows that is still there."""
    for one in ids:
        row = db.execute(sa.select(folder_files).where(folder_files.c.id == one)).first()
        if row is not None:
            return row
    return None


def _same(db: sa.Connection, space: str, sha256: str) -> Any:
    query = sa.select(documents.c.id, documents.c.deleting)
    return db.execute(query.where(documents.c.space == space, documents.c.sha256 == sha256)).first()


def _own(db: sa.Connection, document: str) -> Any:
    c = documents.c
    query = sa.select(documents).where(c.id == document, c.came_from == DOOR, c.deleting.is_(False))
    return db.execute(query).first() if document else None


def _elsewhere(db: sa.Connection, file: File) -> bool:
    c = folder_files.c
    other = sa.select(c.id).where(c.document == file.document, c.id != file.id).limit(1)
    return db.execute(other).first() is not None


def _named(path: str) -> str:
    """A document's name: its file's. A message of a mail folder has none that says anything until it is read."""
    return MESSAGE if message_key(path) else shortened(readable(path).rsplit("/", 1)[-1])


def _shown(path: str) -> str:
    """« Marchés/lot 1.pdf », as other documents' paths; a file of the root shows its own name."""
    told = readable(path)
    return folder_path(told) or told
