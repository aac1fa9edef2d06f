"""Who works on which document: leases on the rows of ``house.db``, taken and let go. Blocking."""

from collections.abc import Sequence

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.library.document import Document, document_of
from demeure.personal import EDITION
from demeure.store import Database
from demeure.store.tables import documents
from demeure.workshop import COMPANION_BYTES, COMPANION_FORMATS

COMPANY = "worker-company"
"""How the names of those who read in company begin."""

ASIDE = "worker-aside"
"""Nobody, for a while."""


class Leases:
    """A lease is its owner's name and a time: nobody else takes the document before then."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock

    def now(self) -> str:
        """The time every row is stamped with."""
        return iso(self._clock.now())

    def lease_next(
        self,
        owner: str,
        states: tuple[str, ...],
        until: str,
        *,
        pictures: bool = False,
        alone: bool = False,
        older_than: tuple[str, int] | None = None,
        likely: bool = False,
    ) -> Document | None:
        """Take the oldest free document in one of ``states``, or being deleted; nobody else works on it then.
        ``pictures``: those that have pages to recognise, or else those that have none; ``alone``: of those
        received, only what ``lease_company`` does not take; ``older_than``: only those
        of which this column tells a version older than this one; ``likely``: there was one a moment ago."""
        now = self.now()

        def oldest(db: sa.Connection) -> str | None:
            return _leaving(db, now) or _due(db, now, states, pictures, older_than, alone=alone)

        if not likely:
            with self._house.read() as db:  # nothing to do is the usual case: no write lock for it
                if oldest(db) is None:
                    return None
        with self._house.relaxed() as db:
            taken = documents.update().where(documents.c.id == oldest(db))
            leased = taken.values(lease_owner=owner, lease_until=until).returning(*documents.c)
            row = db.execute(leased).first()
        return document_of(row) if row else None

    def lease_company(self, owner: str, until: str, most: int, size: int) -> list[Document]:
        """Take the oldest received document that may be read in company, and those that came after it into the same
        space from the same person: ``most`` of them, ``size`` bytes at most."""
        c, now = documents.c, self.now()
        waiting = sa.and_(c.state == "received", _COMPANY, _free(now), c.deleting.is_(False))
        first = sa.select(c.space, c.added_by).where(waiting).order_by(c.added_at, c.id).limit(1)
        with self._house.read() as db:
            if db.execute(first).first() is None:
                return []
        with self._house.relaxed() as db:
            found = db.execute(first).first()
            if found is None:
                return []
            mine = sa.select(documents).where(waiting, c.space == found.space, c.added_by == found.added_by)
            rows = [document_of(row) for row in db.execute(mine.order_by(c.added_at, c.id).limit(most))]
            taken: list[Document] = []
            weight = 0
            for row in rows:
                weight += row.size
                if taken and weight > size:
                    break
                taken.append(row)
            db.execute(_those(taken).values(lease_owner=owner, lease_until=until))
        return taken

    def release_those(self, ids: Sequence[str], owner: str) -> None:
        """As ``release``, of several."""
        c = documents.c
        with self._house.relaxed() as db:
            mine = documents.update().where(c.id.in_(ids), c.lease_owner == owner)
            db.execute(mine.values(lease_owner=None, lease_until=None))

    def any_leaving(self, ids: Sequence[str]) -> bool:
        """Is one of them being deleted?"""
        c = documents.c
        with self._house.read() as db:
            return (
                db.execute(sa.select(c.id).where(c.id.in_(ids), c.deleting.is_(True)).limit(1)).first() is not None
            )

    def states(self) -> dict[str, int]:
        """How many documents are in each state."""
        c = documents.c
        query = sa.select(c.state, sa.func.count()).where(c.deleting.is_(False)).group_by(c.state)
        with self._house.read() as db:
            return {str(row[0]): int(row[1]) for row in db.execute(query)}

    def unexamined(self) -> int:
        """How many documents wait to be examined for personal data, their text being known."""
        c = documents.c
        waits = sa.and_(UNEXAMINED, c.state.in_(("searchable", "ready")), c.deleting.is_(False))
        with self._house.read() as db:
            return int(db.execute(sa.select(sa.func.count()).where(waits)).scalar_one())

    def waits_to_be_read(self) -> bool:
        """Is there a document that nobody has begun to read, or that is being read in company?"""
        c, now = documents.c, self.now()
        beside = sa.and_(c.lease_owner.startswith(COMPANY), c.lease_until >= now)
        waits = sa.and_(c.state == "received", sa.or_(_free(now), beside))
        query = sa.select(c.id).where(sa.or_(waits, sa.and_(c.state == "reading", beside)), c.deleting.is_(False))
        with self._house.read() as db:
            return db.execute(query.limit(1)).first() is not None

    def lease(self, document: str, owner: str, until: str) -> bool:
        """Take this one, if it is free."""
        return bool(self.lease_all([document], owner, until))

    def lease_all(self, ids: list[str], owner: str, until: str) -> set[str]:
        """Take those of ``ids`` that are free."""
        c = documents.c
        free = sa.or_(c.lease_owner.is_(None), c.lease_owner == owner, c.lease_until < self.now())
        with self._house.relaxed() as db:
            taken = documents.update().where(c.id.in_(ids), free).values(lease_owner=owner, lease_until=until)
            return set(db.execute(taken.returning(c.id)).scalars())

    def renew(self, document: str, owner: str, until: str) -> bool:
        """Keep it longer; False when the document must be let go: being deleted, or no longer ours."""
        c = documents.c
        mine = documents.update().where(c.id == document, c.lease_owner == owner, c.deleting.is_(False))
        with self._house.relaxed() as db:
            return db.execute(mine.values(lease_until=until)).rowcount == 1

    def release(self, document: str, owner: str, pause: str | None = None) -> None:
        """Let it go; with ``pause``, nobody takes it before then."""
        c = documents.c
        with self._house.relaxed() as db:
            mine = documents.update().where(c.id == document, c.lease_owner == owner)
            db.execute(mine.values(lease_owner=ASIDE if pause else None, lease_until=pause))

    def release_all(self, prefix: str) -> None:
        """Leases of owners whose name starts with ``prefix``: a role that just started has no predecessor alive."""
        c = documents.c
        with self._house.relaxed() as db:
            theirs = documents.update().where(c.lease_owner.startswith(prefix, autoescape=True))
            db.execute(theirs.values(lease_owner=None, lease_until=None))


TO_RECOGNISE = "pages-to-recognise"
_TO_PICTURE: sa.ColumnElement[bool] = sa.literal_column(
    f"(coalesce(json_extract(documents.flags, '$.\"{TO_RECOGNISE}\"'), 0) > 0)"
)
"""Word for word as the index « documents_pictures » says it, or SQLite would not use it."""


ALONE: sa.ColumnElement[bool] = sa.literal_column(
    f"(documents.attempts > 0 OR documents.format NOT IN {COMPANION_FORMATS} OR documents.size > {COMPANION_BYTES})"
)
"""As the index « documents_alone » says it. What was begun once, and did not end, is read alone."""
_COMPANY = sa.not_(ALONE)


UNEXAMINED: sa.ColumnElement[bool] = sa.literal_column(
    f"(coalesce(json_extract(documents.personal, '$.edition'), 0) < {EDITION})"
)
"""As the index « documents_unexamined » says it: what no examination of this edition was tried on."""


def _those(rows: Sequence[Document]) -> sa.Update:
    return documents.update().where(documents.c.id.in_([row.id for row in rows]))


def pages_flagged(flag: str) -> sa.ColumnElement[int]:
    """The number that a flag of the document holds; 0 without."""
    return sa.func.coalesce(sa.func.json_extract(documents.c.flags, f'$."{flag}"'), 0)


def _free(now: str) -> sa.ColumnElement[bool]:
    c = documents.c
    return sa.or_(c.lease_owner.is_(None), c.lease_until < now)


def _leaving(db: sa.Connection, now: str) -> str | None:
    """The oldest free document that is being deleted."""
    c = documents.c
    query = sa.select(c.id).where(sa.literal_column("documents.deleting IS 1"), _free(now))
    return db.execute(query.order_by(c.added_at, c.id).limit(1)).scalar()


def _due(
    db: sa.Connection,
    now: str,
    states: Sequence[str],
    pictures: bool,
    older_than: tuple[str, int] | None,
    *,
    alone: bool = False,
) -> str | None:
    """The oldest free document in one of ``states``: each state by its own index, since thousands may wait."""
    c, found = documents.c, []
    wanted = [_free(now), _TO_PICTURE if pictures else sa.not_(_TO_PICTURE)]
    of: sa.ColumnElement[str] = c.state
    if older_than is not None and older_than[0] == "personal":
        of = sa.literal_column("+documents.state", sa.String)  # the few by their own index, not the many by state's
        wanted.append(UNEXAMINED)
    elif older_than is not None:
        wanted.append(c[older_than[0]] < older_than[1])
    for state in states:
        only = [ALONE] if alone and state == "received" else []
        query = sa.select(c.added_at, c.id).where(of == state, *wanted, *only)
        row = db.execute(query.order_by(c.added_at, c.id).limit(1)).first()
        found += [tuple(row)] if row is not None else []
    return str(min(found)[1]) if found else None
