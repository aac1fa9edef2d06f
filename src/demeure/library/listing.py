"""Document rows as a list shows them, with their tags and the name of who added them.

Everything here blocks: callers use threads. Decides nothing.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from demeure.library.shelf import Document, document_of
from demeure.library.superseding import newer, superseded
from demeure.library.wanted import Wanted, conditions, tag_form
from demeure.store import Database
from demeure.store.tables import documents, people, spaces, tags

_SORTED = {
    "added": documents.c.added_at,
    "state": documents.c.state,
    "pages": documents.c.pages,
    "size": documents.c.size,
    "written": documents.c.written_on,
}


@dataclass(frozen=True)
class Shown:
    """``added_by``: the name of a person, the id of a system. ``tags``: in alphabetical order. ``newer``: id of the
    document that has taken its place, empty without."""

    document: Document
    added_by: str
    tags: tuple[str, ...]
    newer: str = ""


@dataclass(frozen=True)
class Facets:
    """What a whole space holds: value → how many documents. ``people``: id → (name, how many)."""

    states: dict[str, int]
    formats: dict[str, int]
    people: dict[str, tuple[str, int]]
    tags: dict[str, int]


class Cards:
    """Over ``house.db``."""

    def __init__(self, house: Database) -> None:
        self._house = house

    def count(self, space: str, wanted: Wanted) -> int:
        """Documents of ``space`` that match."""
        with self._house.read() as db:
            query = sa.select(sa.func.count()).select_from(documents)
            return int(db.execute(query.where(*_where(db, [space], wanted))).scalar_one())

    def page(self, space: str, wanted: Wanted, first: int, size: int) -> list[Shown]:
        """``size`` documents from ``first`` on, in the order wanted."""
        c = documents.c
        with self._house.read() as db:
            where = _where(db, [space], wanted)
            if wanted.sort == "name":  # as people sort, without case or accents: SQLite cannot
                named = db.execute(sa.select(c.id, c.name).where(*where)).all()
                named = sorted(named, key=_alphabetical, reverse=wanted.down)
                return _in_order([row.id for row in named[first : first + size]], _shown(db, named[first:][:size]))
            column = _SORTED[wanted.sort]
            order = (column.desc().nulls_last() if wanted.down else column.asc().nulls_last(), c.id)
            found = db.execute(sa.select(c.id).where(*where).order_by(*order).limit(size).offset(first)).all()
            return _in_order([row.id for row in found], _shown(db, found))

    def ids(self, space: str, wanted: Wanted, most: int) -> list[str]:
        """Ids of at most ``most`` documents that match."""
        with self._house.read() as db:
            query = sa.select(documents.c.id).where(*_where(db, [space], wanted))
            return list(db.execute(query.limit(most)).scalars())

    def allowed(self, spaces_: Sequence[str], wanted: Wanted) -> dict[str, set[str]]:
        """Space → ids of its documents that match and that a search may show."""
        c = documents.c
        found: dict[str, set[str]] = {space: set() for space in spaces_}
        with self._house.read() as db:
            query = sa.select(c.space, c.id).where(*_where(db, spaces_, wanted), _readable())
            for row in db.execute(query):
                found[row.space].add(row.id)
        return found

    def named(self, ids: Sequence[str], *, found_only: bool = False) -> list[Shown]:
        """Documents by id, in any order, without those being deleted; ``found_only``: those a search may show."""
        c = documents.c
        with self._house.read() as db:
            where = [c.id.in_(ids), c.deleting.is_(False), *([_readable()] if found_only else [])]
            return _shown(db, db.execute(sa.select(c.id).where(*where)).all()) if ids else []

    def visible(self, ids: Sequence[str]) -> set[str]:
        """Those of ``ids`` that a search may show."""
        with self._house.read() as db:
            return set(
                db.execute(
                    sa.select(documents.c.id).where(
                        documents.c.id.in_(ids), documents.c.deleting.is_(False), _readable()
                    )
                ).scalars()
            )

    def facets(self, space: str) -> Facets:
        """One pass over the space's rows, one over its tags."""
        c = documents.c
        states: Counter[str] = Counter()
        formats: Counter[str] = Counter()
        added: Counter[str] = Counter()
        with self._house.read() as db:
            groups = sa.select(c.state, c.format, c.added_by, sa.func.count())
            here = (c.space == space, c.deleting.is_(False))
            for state, format_, person, count in db.execute(
                groups.where(*here).group_by(c.state, c.format, c.added_by)
            ):
                states[state] += count
                formats[format_] += count
                added[person] += count
            names = _people(db)
            words = sa.select(sa.func.min(tags.c.word), sa.func.count()).join(documents, c.id == tags.c.document)
            tagged = db.execute(words.where(tags.c.space == space, *here).group_by(tags.c.folded)).all()
        return Facets(
            states=dict(states),
            formats=dict(sorted(formats.items())),
            people={one: (names.get(one, one), n) for one, n in added.most_common()},
            tags={word: int(n) for word, n in sorted(tagged, key=lambda row: tag_form(row[0]))},
        )

    def tag(self, space: str, ids: Sequence[str], put: Sequence[str], off: Sequence[str], chain: str) -> None:
        """In one transaction: ``put`` added to the documents, ``off`` taken away, ``chain`` kept with them."""
        with self._house.write() as db:
            c = documents.c
            alive = sa.select(c.id).where(c.id.in_(ids), c.space == space, c.deleting.is_(False))
            present = list(db.execute(alive).scalars())
            rows = [
                {"document": one, "folded": tag_form(word), "space": space, "word": word}
                for one in present
                for word in put
            ]
            if rows:
                db.execute(insert(tags).on_conflict_do_nothing(), rows)
            if off:
                gone = tags.c.document.in_(present) & tags.c.folded.in_([tag_form(word) for word in off])
                db.execute(tags.delete().where(gone))
            db.execute(documents.update().where(c.id.in_(present)).values(tags_chain=chain))

    def tagged_by(self, chain: str) -> bool:
        """Did the transaction of this chain take place?"""
        with self._house.read() as db:
            query = sa.select(documents.c.id).where(documents.c.tags_chain == chain).limit(1)
            return db.execute(query).first() is not None

    def facets_of(self, spaces_: Sequence[str]) -> tuple[list[str], list[str]]:
        """(formats, tags) that the spaces hold, to choose filters from."""
        c = documents.c
        here = (c.space.in_(spaces_), c.deleting.is_(False))
        with self._house.read() as db:
            formats = list(db.execute(sa.select(c.format).where(*here).distinct().order_by(c.format)).scalars())
            words = sa.select(sa.func.min(tags.c.word)).join(documents, c.id == tags.c.document).where(*here)
            found = db.execute(words.group_by(tags.c.folded)).scalars()
            return formats, sorted(found, key=tag_form)


def _where(db: sa.Connection, spaces_: Sequence[str], wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    c = documents.c
    names = _people(db) if wanted.author else {}
    return [c.space.in_(spaces_), c.deleting.is_(False), ~superseded(), *conditions(wanted, spaces_, names)]


def _readable() -> sa.ColumnElement[bool]:
    c = documents.c
    living = sa.select(spaces.c.id).where(spaces.c.deleting.is_(False))
    return c.state.in_(("searchable", "ready")) & c.space.in_(living) & ~superseded()


def _people(db: sa.Connection) -> dict[str, str]:
    return {row.id: row.name for row in db.execute(sa.select(people.c.id, people.c.name))}


def _shown(db: sa.Connection, found: Sequence[Any]) -> list[Shown]:
    ids = [row.id for row in found]
    query = sa.select(documents, people.c.name.label("person"), newer().label("newer")).outerjoin(
        people, people.c.id == documents.c.added_by
    )
    rows = db.execute(query.where(documents.c.id.in_(ids))).all()
    words: dict[str, list[str]] = {}
    for row in db.execute(sa.select(tags.c.document, tags.c.word).where(tags.c.document.in_(ids))):
        words.setdefault(row.document, []).append(row.word)
    return [
        Shown(
            document_of(row),
            row.person or row.added_by,
            tuple(sorted(words.get(row.id, ()), key=tag_form)),
            row.newer or "",
        )
        for row in rows
    ]


def _alphabetical(row: Any) -> tuple[bytes, str]:
    """As people sort, without case or accents (``fold`` would take five times longer on 10,000 names)."""
    return unicodedata.normalize("NFKD", row.name.casefold()).encode("ascii", "ignore"), row.name


def _in_order(ids: Sequence[str], found: Sequence[Shown]) -> list[Shown]:
    by_id = {one.document.id: one for one in found}
    return [by_id[one] for one in ids if one in by_id]
