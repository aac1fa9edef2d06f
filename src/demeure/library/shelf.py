"""Document and space rows of ``house.db``: values for the other rooms, statements beside what runs them.

Everything here blocks: callers use threads.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from demeure.library import superseding
from demeure.library.document import UNKNOWN, Document, Origin, Space, document_of
from demeure.library.errors import DocumentLeaving
from demeure.library.leases import TO_RECOGNISE, Leases, pages_flagged
from demeure.library.quoted import unquote, unquote_absent
from demeure.library.standing import NOT_OLDER, Named, Older, findable
from demeure.store import Database, DatabaseBusy, DiskFull
from demeure.store.tables import documents, members, people, spaces

__all__ = ["UNKNOWN", "Document", "Origin", "Shelf", "Space", "document_of"]


class Shelf(Leases):
    """Reads and writes rows; decides nothing."""

    @property
    def house(self) -> Database:
        """The database of its rows."""
        return self._house

    # -- spaces ---------------------------------------------------------------------------------------------------

    def counts(self) -> dict[str, int]:
        """Documents of each space; spaces without any are absent."""
        query = sa.select(documents.c.space, sa.func.count()).where(documents.c.deleting.is_(False))
        with self._house.read() as db:
            return {str(row[0]): int(row[1]) for row in db.execute(query.group_by(documents.c.space))}

    def gathering(self) -> dict[str, str]:
        """Space → since when, of those that gather questions without an answer."""
        c = spaces.c
        query = sa.select(c.id, c.gaps_since).where(c.gaps_since.is_not(None), c.deleting.is_(False))
        with self._house.read() as db:
            return {str(row.id): str(row.gaps_since) for row in db.execute(query)}

    def space(self, space: str) -> Space | None:
        """The row, also while it is being erased."""
        with self._house.read() as db:
            row = db.execute(sa.select(spaces.c.id, spaces.c.name).where(spaces.c.id == space)).first()
        return Space(row.id, row.name) if row else None

    def living_spaces(self) -> set[str]:
        """Ids of the spaces that are not being erased."""
        with self._house.read() as db:
            return set(db.execute(sa.select(spaces.c.id).where(spaces.c.deleting.is_(False))).scalars())

    def add_space(self, space: str, name: str, manager: str | None) -> bool:
        """The row, and its first manager (a person's id; None: every administrator). False: the name is taken."""
        with self._house.write() as db:
            if _named(db, name):
                return False
            db.execute(spaces.insert().values(id=space, name=name, created_at=self.now()))
            for person in [manager] if manager else _administrators(db):
                db.execute(members.insert().values(space=space, person=person, right="manage"))
        return True

    def rename_space(self, space: str, name: str) -> bool:
        """False: another space has that name."""
        with self._house.write() as db:
            if _named(db, name) - {space}:
                return False
            db.execute(spaces.update().where(spaces.c.id == space).values(name=name))
        return True

    def mark_space(self, space: str) -> None:
        """From now on the space exists for nobody."""
        with self._house.write() as db:
            db.execute(spaces.update().where(spaces.c.id == space).values(deleting=True))

    def remove_space(self, space: str) -> None:
        """Its row, its documents' rows, its members."""
        with self._house.write() as db:
            db.execute(spaces.delete().where(spaces.c.id == space))

    # -- documents ------------------------------------------------------------------------------------------------

    def add(self, row: Document, kept: Callable[[], bool]) -> Document | None:
        """Insert; None when inserted, else the document that already holds these bytes in the space.

        ``kept``: is the original still stored? Asked inside the transaction, which no deletion can overlap; when it
        is not, nothing is inserted. Raises DocumentLeaving.
        """
        with self._house.write() as db:
            same = sa.select(documents).where(documents.c.space == row.space, documents.c.sha256 == row.sha256)
            if (found := db.execute(same).first()) is not None:
                return document_of(found)
            if not kept():  # a deletion of the same bytes ended between storing them and now
                raise DocumentLeaving()
            db.execute(
                documents.insert().values(
                    id=row.id,
                    space=row.space,
                    name=row.name,
                    format=row.format,
                    size=row.size,
                    sha256=row.sha256,
                    state="received",
                    added_by=row.added_by,
                    chain=row.chain,
                    added_at=row.added_at,
                    updated_at=row.added_at,
                    came_from=row.origin.door,
                    path=row.origin.path or None,
                )
            )
        return None

    def document(self, document: str) -> Document | None:
        """By id, also while it is being deleted (``leaving``)."""
        with self._house.read() as db:
            row = db.execute(sa.select(documents).where(documents.c.id == document)).first()
        return document_of(row) if row else None

    def documents(self, space: str) -> list[Document]:
        """Of one space, newest first, without those being deleted."""
        query = sa.select(documents).where(documents.c.space == space, documents.c.deleting.is_(False))
        with self._house.read() as db:
            rows = db.execute(query.order_by(documents.c.added_at.desc(), documents.c.id)).all()
        return [document_of(row) for row in rows]

    def names(self, ids: set[str], older: Older = NOT_OLDER) -> dict[str, Named]:
        """Of the documents that a search may show: readable, not being deleted, nor superseded unless ``older``
        asks for them."""
        if not ids:
            return {}
        with self._house.read() as db:
            return findable(db, ids, older, self.now()[:10])

    def person(self, person: str) -> str:
        """The name of a person, also of one who left; empty for the machine."""
        with self._house.read() as db:
            return str(db.execute(sa.select(people.c.name).where(people.c.id == person)).scalar() or "")

    def by_chain(self, chain: str) -> Document | None:
        """The document whose journal chain this is."""
        with self._house.read() as db:
            row = db.execute(sa.select(documents).where(documents.c.chain == chain)).first()
        return document_of(row) if row else None

    def digests(self, space: str) -> set[str]:
        """Content hashes of the space's documents."""
        with self._house.read() as db:
            return set(db.execute(sa.select(documents.c.sha256).where(documents.c.space == space)).scalars())

    def mark(self, document: str) -> None:
        """From now on the document exists for nobody; whoever holds its lease erases it."""
        with self._house.write() as db:
            superseding.mark(db, [document])

    def mark_all(self, ids: list[str]) -> None:
        """As ``mark``, for all of them at one instant."""
        with self._house.write() as db:
            superseding.mark(db, ids)

    def present(self, ids: set[str]) -> set[str]:
        """Those of ``ids`` that have a row, being deleted or not."""
        with self._house.read() as db:
            return set(db.execute(sa.select(documents.c.id).where(documents.c.id.in_(ids))).scalars())

    def unquote(self, ids: Sequence[str]) -> None:
        """What conversations quoted of these documents goes."""
        unquote(self._house, ids)

    def unquote_absent(self) -> None:
        """What conversations quoted of documents that are no longer here goes."""
        unquote_absent(self._house)
        self.settle()

    def settle(self) -> None:
        """Names and quotations that went leave the log of the house's database too; beside a reader, with its next
        checkpoint."""
        with suppress(DatabaseBusy, DiskFull):
            self._house.settle()

    def remove(self, ids: list[str], drop: Callable[[str], object]) -> set[str]:
        """The rows of documents being deleted and, inside the same transaction, their originals (``drop``, by id);
        which ones. Another was removed already, and not dropped: the same bytes may be there again, as another."""
        gone = documents.delete().where(documents.c.id.in_(ids), documents.c.deleting.is_(True))
        with self._house.write() as db:
            removed = set(db.execute(gone.returning(documents.c.id)).scalars())
            for one in removed:
                drop(one)
            db.execute(documents.update().where(documents.c.supersedes.in_(removed)).values(supersedes=None))
        return removed

    def drop_unclaimed(self, space: str, sha256: str, drop: Callable[[], object]) -> bool:
        """Call ``drop`` when no document of the space holds these bytes; no document can take them meanwhile."""
        claimed = sa.select(documents.c.id).where(documents.c.space == space, documents.c.sha256 == sha256)
        with self._house.write() as db:
            if db.execute(claimed).first() is not None:
                return False
            drop()
        return True

    def update(self, document: str, *, durable: bool = True, **values: Any) -> bool:
        """Set columns; False when the row is gone. ``durable=False``: progress that the work can make again."""
        values["updated_at"] = self.now()
        with self._house.write() if durable else self._house.relaxed() as db:
            return db.execute(documents.update().where(documents.c.id == document).values(values)).rowcount == 1

    def update_those(self, ids: Sequence[str], **values: Any) -> None:
        """The same columns of several, as ``update`` without being durable."""
        with self._house.relaxed() as db:
            mine = documents.update().where(documents.c.id.in_(ids))
            db.execute(mine.values(values | {"updated_at": self.now()}))

    def take_up(self, code: str, flag: str = "") -> int:
        """What failed for the reason ``code``, or was read with ``flag``, is received again; how many."""
        c = documents.c
        failed = sa.and_(c.state == "failed", sa.func.json_extract(c.reason, "$.code") == code)
        partly = sa.and_(c.state.in_(("searchable", "ready")), pages_flagged(flag) > 0) if flag else sa.false()
        mine = documents.update().where(sa.or_(failed, partly), c.deleting.is_(False))
        with self._house.write() as db:
            again = mine.values(state="received", reason=None, flags=None, attempts=0, updated_at=self.now())
            return db.execute(again).rowcount

    def embed_again(self, space: str) -> int:
        """The space's vectors are gone: its documents are searchable by words, and wait for new ones; how many."""
        mine = documents.update().where(documents.c.space == space, documents.c.state.in_(("searchable", "ready")))
        with self._house.write() as db:
            again = mine.values(state="searchable", embedded=0, reason=None, updated_at=self.now())
            return db.execute(again).rowcount

    def waits_for_vectors(self, space: str) -> bool:
        """Has the space documents that the embedding model is still to read?"""
        c = documents.c
        mine = sa.and_(
            c.space == space, c.state == "searchable", c.deleting.is_(False), pages_flagged(TO_RECOGNISE) == 0
        )
        with self._house.read() as db:
            return db.execute(sa.select(c.id).where(mine).limit(1)).first() is not None

    def update_all(self, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """(document, columns) of many, durable on return, all at one instant."""
        now = self.now()
        with self._house.write() as db:
            for document, values in rows:
                db.execute(documents.update().where(documents.c.id == document).values(**values, updated_at=now))


def _named(db: sa.Connection, name: str) -> set[str]:
    """Spaces of that name, whatever the capitals: SQLite knows those of ASCII only."""
    rows = db.execute(sa.select(spaces.c.id, spaces.c.name))
    return {row.id for row in rows if row.name.casefold() == name.casefold()}


def _administrators(db: sa.Connection) -> list[str]:
    query = sa.select(people.c.id).where(people.c.role == "administrator", people.c.disabled.is_(False))
    return list(db.execute(query).scalars())
