"""Document rows as a list shows them, with their tags and the name of who added them.

Everything here blocks: callers use threads. Decides nothing.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from demeure.library.shelf import Document, document_of
from demeure.library.standing import NOT_OLDER, Older, out_of_search
from demeure.library.superseding import newer, replaced, searchable
from demeure.library.wanted import STANDINGS, Wanted, conditions, stands, tag_form
from demeure.store import Database
from demeure.store.tables import documents, people, spaces, tags, versions

_SORTED = {
    "added": documents.c.added_at,
    "state": documents.c.state,
    "pages": documents.c.pages,
    "size": documents.c.size,
    "written": documents.c.written_on,
}


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)


def _counted() -> sa.Select[Any]:
    v = versions.c
    first = sa.select(v.document.label("root"), v.former).where(v.document.in_(_IDS), v.state == "linked")
    line = first.cte("line", recursive=True)
    line = line.union(sa.select(line.c.root, v.former).where(v.document == line.c.former, v.state == "linked"))
    seen = line.c.former.not_in(sa.bindparam("without", expanding=True))
    return sa.select(line.c.root, sa.func.count()).where(seen).group_by(line.c.root)


_FORMER = _counted()
_CARDS = (
    sa.select(documents, people.c.name.label("person"), newer().label("newer"))
    .outerjoin(people, people.c.id == documents.c.added_by)
    .where(documents.c.id.in_(_IDS))
)
_NAMES = sa.select(documents.c.id, documents.c.name).where(documents.c.id.in_(_IDS))
_TAGS = sa.select(tags.c.document, tags.c.word).where(tags.c.document.in_(_IDS))
"""Made once: every answer shows cards."""


@dataclass(frozen=True)
class Shown:
    """``added_by``: the name of a person, the id of a system. ``tags``: in alphabetical order. ``newer``: id of the
    document that has taken its place, empty without; ``newer_name``: its name. ``former``: how many versions it has
    taken the place of itself."""

    document: Document
    added_by: str
    tags: tuple[str, ...]
    newer: str = ""
    newer_name: str = ""
    former: int = 0


@dataclass(frozen=True)
class Facets:
    """What a whole space holds: value → how many documents; ``states``: also of those that are superseded, expired
    or to be read again. ``people``: id → (name, how many)."""

    states: dict[str, int]
    formats: dict[str, int]
    people: dict[str, tuple[str, int]]
    tags: dict[str, int]


class Cards:
    """Over ``house.db``."""

    def __init__(self, house: Database) -> None:
        self._house = house

    def together(self) -> AbstractContextManager[None]:
        """What this thread reads of the house meanwhile is one snapshot (Database.together)."""
        return self._house.together()

    def count(self, space: str, wanted: Wanted) -> int:
        """Documents of ``space`` that match."""
        with self._house.read() as db:
            query = sa.select(sa.func.count()).select_from(documents)
            return int(db.execute(query.where(*_where(db, [space], wanted))).scalar_one())

    def page(self, space: str, wanted: Wanted, first: int, size: int) -> list[Shown]:
        """``size`` documents from ``first`` on, in the order wanted."""
        with self._house.read() as db:
            where = _where(db, [space], wanted)
            found = _found(db, where, wanted, first, size)
            return _in_order([row.id for row in found], _shown(db, found, wanted.hidden))

    def ids(self, space: str, wanted: Wanted, most: int) -> list[str]:
        """Ids of the first ``most`` documents that match, in the order wanted."""
        with self._house.read() as db:
            return [row.id for row in _found(db, _where(db, [space], wanted), wanted, 0, most)]

    def allowed(self, spaces_: Sequence[str], wanted: Wanted, older: Older = NOT_OLDER) -> dict[str, set[str]]:
        """Space → ids of its documents that match and that a search may show."""
        c = documents.c
        found: dict[str, set[str]] = {space: set() for space in spaces_}
        with self._house.read() as db:
            query = sa.select(c.space, c.id).where(*_where(db, spaces_, wanted), _readable(older))
            for row in db.execute(query):
                found[row.space].add(row.id)
        return found

    def named(
        self, ids: Sequence[str], *, found: Older | None = None, without: Collection[str] = ()
    ) -> list[Shown]:
        """Documents by id, in any order, without those being deleted; ``found``: those a search may show.
        ``without``: documents that are neither named nor counted as versions of these."""
        c = documents.c
        with self._house.read() as db:
            where = [c.id.in_(ids), c.deleting.is_(False), *([_readable(found)] if found is not None else [])]
            return _shown(db, db.execute(sa.select(c.id).where(*where)).all(), without) if ids else []

    def visible(self, ids: Sequence[str], older: Older = NOT_OLDER) -> set[str]:
        """Those of ``ids`` that a search may show."""
        c = documents.c
        query = sa.select(c.id).where(c.id.in_(ids), c.deleting.is_(False), _readable(older))
        with self._house.read() as db:
            return set(db.execute(query).scalars())

    def classed(self, spaces_: Sequence[str]) -> list[tuple[str, str, str]]:
        """(id, space, its own class) of the documents that have one."""
        c = documents.c
        query = sa.select(c.id, c.space, c.sensitivity).where(
            c.space.in_(spaces_), c.deleting.is_(False), c.sensitivity.is_not(None)
        )
        with self._house.read() as db:
            return [(str(row.id), str(row.space), str(row.sensitivity)) for row in db.execute(query)]

    def facets(self, space: str, today: str = "", without: Sequence[str] = ()) -> Facets:
        """One pass over the space's rows, one over its tags; ``without`` these documents."""
        c = documents.c
        states: Counter[str] = Counter()
        formats: Counter[str] = Counter()
        added: Counter[str] = Counter()
        with self._house.read() as db:
            groups = sa.select(c.state, c.format, c.added_by, sa.func.count())
            here = [c.space == space, c.deleting.is_(False), *([c.id.not_in(without)] if without else [])]
            for state, format_, person, count in db.execute(
                groups.where(*here).group_by(c.state, c.format, c.added_by)
            ):
                states[state] += count
                formats[format_] += count
                added[person] += count
            standing = sa.select(*[sa.func.sum(sa.cast(stands(kind, today), sa.Integer)) for kind in STANDINGS])
            totals = db.execute(standing.select_from(documents).where(*here)).one() if today else ()
            names = _people(db)
            words = sa.select(sa.func.min(tags.c.word), sa.func.count()).join(documents, c.id == tags.c.document)
            tagged = db.execute(words.where(tags.c.space == space, *here).group_by(tags.c.folded)).all()
        return Facets(
            states=dict(states) | {kind: int(n) for kind, n in zip(STANDINGS, totals, strict=False) if n},
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

    def titles(self, space: str) -> list[tuple[str, str]]:
        """(id, name) of the documents of a space that can be searched."""
        c = documents.c
        query = sa.select(c.id, c.name).where(c.space == space, c.deleting.is_(False), searchable())
        with self._house.read() as db:
            return [(str(row.id), str(row.name)) for row in db.execute(query)]

    def care(self, space: str, ids: Sequence[str], values: Mapping[str, str], chain: str) -> None:
        """Who looks after documents and until when, in one transaction, ``chain`` kept with them."""
        c = documents.c
        mine = documents.update().where(c.id.in_(ids), c.space == space, c.deleting.is_(False))
        with self._house.write() as db:
            db.execute(mine.values({name: value or None for name, value in values.items()} | {"care_chain": chain}))

    def cared_by(self, chain: str) -> bool:
        """Did the transaction of this chain take place?"""
        with self._house.read() as db:
            query = sa.select(documents.c.id).where(documents.c.care_chain == chain).limit(1)
            return db.execute(query).first() is not None

    def tagged_by(self, chain: str) -> bool:
        """Did the transaction of this chain take place?"""
        with self._house.read() as db:
            query = sa.select(documents.c.id).where(documents.c.tags_chain == chain).limit(1)
            return db.execute(query).first() is not None

    def facets_of(self, spaces_: Sequence[str], without: Collection[str] = ()) -> tuple[list[str], list[str]]:
        """(formats, tags) that the spaces hold, ``without`` these documents, to choose filters from."""
        c = documents.c
        here = (c.space.in_(spaces_), c.deleting.is_(False), *([c.id.not_in(without)] if without else []))
        with self._house.read() as db:
            formats = list(db.execute(sa.select(c.format).where(*here).distinct().order_by(c.format)).scalars())
            words = sa.select(sa.func.min(tags.c.word)).join(documents, c.id == tags.c.document).where(*here)
            found = db.execute(words.group_by(tags.c.folded)).scalars()
            return formats, sorted(found, key=tag_form)


def _where(db: sa.Connection, spaces_: Sequence[str], wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    c = documents.c
    names = _people(db) if wanted.author else {}
    away = [] if wanted.former or wanted.state == STANDINGS[0] else [~replaced()]
    away += [c.id.not_in(wanted.hidden)] if wanted.hidden else []
    return [c.space.in_(spaces_), c.deleting.is_(False), *away, *conditions(wanted, spaces_, names)]


def _readable(older: Older) -> sa.ColumnElement[bool]:
    c = documents.c
    living = sa.select(spaces.c.id).where(spaces.c.deleting.is_(False))
    return searchable() & c.space.in_(living) & ~out_of_search(older)


def _people(db: sa.Connection) -> dict[str, str]:
    return {row.id: row.name for row in db.execute(sa.select(people.c.id, people.c.name))}


def _shown(db: sa.Connection, found: Sequence[Any], without: Collection[str]) -> list[Shown]:
    ids = [row.id for row in found]
    if not found:
        return []
    rows = db.execute(_CARDS, {"ids": ids}).all()
    later = [row.newer for row in rows if row.newer and row.newer not in without]
    names = {row.id: row.name for row in db.execute(_NAMES, {"ids": later})} if later else {}
    before = _former(db, ids, without)
    words: dict[str, list[str]] = {}
    for row in db.execute(_TAGS, {"ids": ids}):
        words.setdefault(row.document, []).append(row.word)
    return [
        Shown(
            document_of(row),
            row.person or row.added_by,
            tuple(sorted(words.get(row.id, ()), key=tag_form)),
            row.newer if row.newer in names else "",
            names.get(row.newer, ""),
            before.get(row.id, 0),
        )
        for row in rows
    ]


def _former(db: sa.Connection, ids: Sequence[str], without: Collection[str]) -> dict[str, int]:
    """Document → how many former versions it has, ``without`` these, of those that have any."""
    counted = db.execute(_FORMER, {"ids": ids, "without": list(without)})
    return {str(root): int(count) for root, count in counted}


def _alphabetical(row: Any) -> tuple[bytes, str]:
    """As people sort, without case or accents (``fold`` would take five times longer on 10,000 names)."""
    return unicodedata.normalize("NFKD", row.name.casefold()).encode("ascii", "ignore"), row.name


def _found(
    db: sa.Connection, where: Sequence[sa.ColumnElement[bool]], wanted: Wanted, first: int, size: int
) -> Sequence[Any]:
    """Rows with an ``id``, in the order wanted."""
    c = documents.c
    if wanted.sort == "name":  # as people sort, without case or accents: SQLite cannot
        named = db.execute(sa.select(c.id, c.name).where(*where)).all()
        return sorted(named, key=_alphabetical, reverse=wanted.down)[first:][:size]
    column = _SORTED[wanted.sort]
    order = (column.desc().nulls_last() if wanted.down else column.asc().nulls_last(), c.id)
    return db.execute(sa.select(c.id).where(*where).order_by(*order).limit(size).offset(first)).all()


def _in_order(ids: Sequence[str], found: Sequence[Shown]) -> list[Shown]:
    by_id = {one.document.id: one for one in found}
    return [by_id[one] for one in ids if one in by_id]
