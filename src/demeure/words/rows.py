"""Entries and texts at rest, of the house or of one space: the same statements on either database. Blocking."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from demeure.store import Database
from demeure.store.tables import terms, texts  # the same names and columns in a space's database
from demeure.words.csv_file import MOST
from demeure.words.errors import GlossaryFull, TermKnown, TermUnknown, TextMoved
from demeure.words.terms import Term
from demeure.words.voice import TextVersion


class Rows:
    """Over one database. ``space``: empty for the house's."""

    def __init__(self, database: Database, space: str = "") -> None:
        self._database, self._space = database, space

    def terms(self) -> list[Term]:
        """By form."""
        with self._database.read() as db:
            rows = db.execute(sa.select(terms).order_by(terms.c.key)).all()
        return [self._term(row) for row in rows]

    def term(self, term: int) -> Term:
        """Raises TermUnknown."""
        with self._database.read() as db:
            row = db.execute(sa.select(terms).where(terms.c.id == term)).first()
        if row is None:
            raise TermUnknown()
        return self._term(row)

    def put(self, one: Term, by: str, at: str, replaces: int = 0) -> Term:
        """A new entry, or one in the place of ``replaces``. Raises TermKnown, TermUnknown, GlossaryFull."""
        try:
            with self._database.write() as db:
                if replaces and not db.execute(terms.delete().where(terms.c.id == replaces)).rowcount:
                    raise TermUnknown()
                if db.execute(sa.select(sa.func.count()).select_from(terms)).scalar_one() >= MOST:
                    raise GlossaryFull(most=MOST)
                made = db.execute(terms.insert().values(_values(one, by, at)))
        except IntegrityError as problem:
            raise TermKnown(form=one.form) from problem
        key = made.inserted_primary_key
        return self.term(int(key[0]) if key else 0)

    def remove(self, term: int) -> None:
        """Raises TermUnknown."""
        with self._database.write() as db:
            if not db.execute(terms.delete().where(terms.c.id == term)).rowcount:
                raise TermUnknown()

    def take(self, entries: Sequence[Term], by: str, at: str, *, alone: bool) -> tuple[int, int, int]:
        """(added, changed, removed): all of ``entries`` in one transaction, in the place of those of the same form;
        ``alone``: the others leave. Raises GlossaryFull."""
        with self._database.write() as db:
            known = {row.key: row for row in db.execute(sa.select(terms)).all()}
            fresh = [one for one in entries if one.key not in known]
            others = [one for one in entries if one.key in known and not _same(known[one.key], one)]
            gone = sorted(set(known) - {one.key for one in entries}) if alone else []
            if len(known) - len(gone) + len(fresh) > MOST:
                raise GlossaryFull(most=MOST)
            for key in (*gone, *(one.key for one in others)):
                db.execute(terms.delete().where(terms.c.key == key))
            for one in (*fresh, *others):
                db.execute(terms.insert().values(_values(one, by, at)))
        return len(fresh), len(others), len(gone)

    # -- texts ----------------------------------------------------------------------------------------------------

    def texts(self) -> list[TextVersion]:
        """The last version of each, by kind and name, those taken away left out."""
        last = sa.select(sa.func.max(texts.c.id).label("id")).group_by(texts.c.kind, texts.c.name).subquery()
        query = sa.select(texts).join(last, last.c.id == texts.c.id).where(texts.c.body.is_not(None))
        return self._texts(query.order_by(texts.c.kind, texts.c.name))

    def versions(self, kind: str, name: str) -> list[TextVersion]:
        """All of one, latest first."""
        query = sa.select(texts).where(texts.c.kind == kind, texts.c.name == name)
        return self._texts(query.order_by(texts.c.version.desc()))

    def write(self, kind: str, name: str, body: str | None, by: str, at: str, after: int) -> int:
        """The next version, which follows ``after`` (0: none). Raises TextMoved."""
        row = {"kind": kind, "name": name, "version": after + 1, "body": body, "changed_by": by, "changed_at": at}
        query = sa.select(sa.func.coalesce(sa.func.max(texts.c.version), 0))
        with self._database.write() as db:
            last = int(db.execute(query.where(texts.c.kind == kind, texts.c.name == name)).scalar_one())
            if last != after:
                raise TextMoved(version=last)
            db.execute(texts.insert().values(row))
        return after + 1

    def _texts(self, query: sa.Select[Any]) -> list[TextVersion]:
        with self._database.read() as db:
            rows: Iterable[Any] = db.execute(query).all()
        return [
            TextVersion(r.kind, r.name, r.version, r.body, r.changed_by, r.changed_at, self._space) for r in rows
        ]

    def _term(self, row: Any) -> Term:
        also, avoid = tuple(row.also), tuple(row.avoid)
        return Term(row.form, row.kind, row.meaning, also, avoid, row.note, self._space, row.id)


def _values(one: Term, by: str, at: str) -> dict[str, Any]:
    values = {"key": one.key, "form": one.form, "kind": one.kind, "meaning": one.meaning, "note": one.note}
    return values | {"also": list(one.also), "avoid": list(one.avoid), "changed_by": by, "changed_at": at}


def _same(row: Any, one: Term) -> bool:
    kept = (row.form, row.kind, row.meaning, tuple(row.also), tuple(row.avoid), row.note)
    return kept == (one.form, one.kind, one.meaning, one.also, one.avoid, one.note)
