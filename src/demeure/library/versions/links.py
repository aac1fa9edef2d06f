"""Versions in a line, as rows: each has one former and one newer at most. Everything here blocks and decides
nothing.

A pair that somebody refused is never linked nor proposed again by itself.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from demeure.clock import Clock, iso
from demeure.library.document import Document, document_of
from demeure.library.superseding import SEARCHABLE, replaced
from demeure.store import Database
from demeure.store.tables import documents, versions

RULE = "rule"
"""Who links by itself."""
LINKED, PROPOSED, REFUSED = "linked", "proposed", "refused"
_COMPARED = 60
_LONGEST = 200  # versions of one line that are followed

V = versions.c


@dataclass(frozen=True)
class Link:
    """``document`` is a newer version of ``former``: so it is, so it may be (a person is asked), or so it is not.
    ``why``: what told it (kinship.py), or ``person``."""

    document: str
    former: str
    state: str
    by: str
    why: str
    at: str


class Links:
    """Over ``house.db``."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock

    def same_title(self, row: Document, key: str) -> list[Document]:
        """Documents of the space whose title has this key, latest first; without those whose file has changed."""
        c = documents.c
        query = sa.select(documents).where(c.space == row.space, c.title_key == key, c.id != row.id)
        query = query.where(c.state.in_(SEARCHABLE), c.deleting.is_(False), ~replaced())
        with self._house.read() as db:
            return [
                document_of(one) for one in db.execute(query.order_by(c.added_at.desc(), c.id).limit(_COMPARED))
            ]

    def about(self, document: str) -> list[Link]:
        """All that is known of one document's versions."""
        with self._house.read() as db:
            query = sa.select(versions).where(sa.or_(V.document == document, V.former == document))
            return [_link(row) for row in db.execute(query)]

    def proposed(self, space: str, limit: int) -> tuple[list[Link], int]:
        """What a person of the space is asked, and how many there are in all."""
        c, former = documents.c, documents.alias("former")
        query = (
            sa.select(versions)
            .join(documents, c.id == V.document)
            .join(former, former.c.id == V.former)
            .where(V.state == PROPOSED, c.space == space, c.deleting.is_(False), former.c.deleting.is_(False))
        )
        with self._house.read() as db:
            total = int(db.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())
            return [_link(row) for row in db.execute(query.order_by(V.at.desc(), V.document).limit(limit))], total

    def line(self, document: str) -> list[str]:
        """Ids of the versions of one document, newest first, itself included."""
        with self._house.read() as db:
            newest = _end(db, document, V.former, V.document)
            return [newest, *_walk(db, newest, V.document, V.former)]

    def propose(self, document: str, former: str, why: str, chain: str) -> bool:
        """Ask a person; False when the two are linked or refused already, in either direction."""
        with self._house.write() as db:
            if db.execute(sa.select(V.state).where(_either(document, former))).first() is not None:
                return False
            db.execute(versions.insert().values(self._row(document, former, PROPOSED, RULE, why, chain)))
        return True

    def place(self, document: str, former: str, why: str, chain: str, around: Collection[str] = ()) -> bool:
        """Link by itself. Between two versions that are linked by themselves it takes its place, when the one on
        the far side is among ``around``: those known to stand there. False, and nothing written, where somebody
        refused it, or where another link would have to go."""
        with self._house.write() as db:
            known = db.execute(sa.select(V.state).where(_either(document, former))).scalars().all()
            if {LINKED, REFUSED} & set(known) or document in _walk(db, former, V.document, V.former):
                return False
            above, below = _one(db, V.former == former), _one(db, V.document == document)
            if above is not None and below is not None:
                return False
            if above is not None:
                far, moved = above.document, (above.document, document)
                taken = _one(db, V.former == document)
            elif below is not None:
                far, moved = below.former, (former, below.former)
                taken = _one(db, V.document == former)
            else:
                far, moved, taken = "", None, None
            link = above if above is not None else below
            if link is not None and moved is not None:
                if link.by != RULE or far not in around or taken is not None:
                    return False
                db.execute(versions.delete().where(V.document == link.document, V.former == link.former))
                _put(db, self._row(*moved, LINKED, RULE, link.why, link.chain))
            _put(db, self._row(document, former, LINKED, RULE, why, chain))
        return True

    def link(self, document: str, former: str, by: str, chain: str) -> bool:
        """As a person says: the links that the two had on those sides make room. False: ``document`` is itself a
        former version of ``former``."""
        with self._house.write() as db:
            if document in _walk(db, former, V.document, V.former):
                return False
            above = _one(db, V.former == former)
            db.execute(versions.delete().where(V.document == document, V.state == LINKED))
            if above is not None and above.document != document:
                db.execute(versions.delete().where(V.document == above.document, V.former == former))
                if _one(db, V.former == document) is None and above.document not in _walk(
                    db, document, V.document, V.former
                ):
                    _put(db, self._row(above.document, document, LINKED, above.by, above.why, above.chain))
            db.execute(versions.delete().where(V.document == former, V.former == document))
            _put(db, self._row(document, former, LINKED, by, "person", chain))
        return True

    def refuse(self, document: str, former: str, by: str, chain: str) -> None:
        """As a person says: the two are not versions of one document."""
        with self._house.write() as db:
            db.execute(versions.delete().where(V.document == former, V.former == document))
            _put(db, self._row(document, former, REFUSED, by, "person", chain))

    def written(self, chain: str) -> bool:
        """Did the transaction of this chain take place?"""
        with self._house.read() as db:
            return db.execute(sa.select(V.document).where(V.chain == chain).limit(1)).first() is not None

    def _row(self, document: str, former: str, state: str, by: str, why: str, chain: str) -> dict[str, Any]:
        at = iso(self._clock.now())
        return {
            "document": document,
            "former": former,
            "state": state,
            "by": by,
            "why": why,
            "at": at,
            "chain": chain,
        }


def _put(db: sa.Connection, row: dict[str, Any]) -> None:
    kept = {name: value for name, value in row.items() if name not in ("document", "former")}
    db.execute(insert(versions).values(row).on_conflict_do_update(index_elements=["document", "former"], set_=kept))


def _either(one: str, other: str) -> sa.ColumnElement[bool]:
    return sa.or_(sa.and_(V.document == one, V.former == other), sa.and_(V.document == other, V.former == one))


def _one(db: sa.Connection, where: sa.ColumnElement[bool]) -> Any:
    return db.execute(sa.select(versions).where(where, V.state == LINKED)).first()


def _walk(db: sa.Connection, start: str, side: sa.Column[Any], to: sa.Column[Any]) -> list[str]:
    """From one link to the next, without ``start``."""
    found: list[str] = []
    at: str | None = start
    while at is not None and len(found) < _LONGEST:
        at = db.execute(sa.select(to).where(side == at, V.state == LINKED)).scalar()
        if at is not None and at not in found and at != start:
            found.append(str(at))
        else:
            at = None
    return found


def _end(db: sa.Connection, start: str, side: sa.Column[Any], to: sa.Column[Any]) -> str:
    return (_walk(db, start, side, to) or [start])[-1]


def _link(row: Any) -> Link:
    return Link(row.document, row.former, row.state, row.by, row.why, row.at)


def rows_of(house: Database, ids: Sequence[str]) -> dict[str, Document]:
    """Documents by id, without those being deleted."""
    query = sa.select(documents).where(documents.c.id.in_(ids), documents.c.deleting.is_(False))
    with house.read() as db:
        return {row.id: document_of(row) for row in db.execute(query)} if ids else {}
