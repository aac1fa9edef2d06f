"""A document may take the place of another: what was read in the same file of a watched folder before it changed.

The former one is found until the newer one can be: no moment has both in a search, none has neither. It goes
with it: deleting the newer one must not bring it back.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from demeure.store.tables import documents

SEARCHABLE = ("searchable", "ready")


def superseded() -> sa.ColumnElement[bool]:
    """On a row of ``documents``: a newer one has taken its place."""
    return _newer().exists()


def newer() -> sa.ScalarSelect[str]:
    """On a row of ``documents``: the id of the one that has taken its place, if any."""
    return _newer().limit(1).scalar_subquery()


def _newer() -> sa.Select[tuple[str]]:
    other = documents.alias("newer")
    return sa.select(other.c.id).where(
        other.c.supersedes == documents.c.id, other.c.state.in_(SEARCHABLE), other.c.deleting.is_(False)
    )


def mark(db: sa.Connection, ids: Sequence[str]) -> None:
    """From now on these documents exist for nobody, nor those whose place they took."""
    c, marked = documents.c, list(ids)
    while marked:
        former = sa.select(c.supersedes).where(c.id.in_(marked), c.supersedes.is_not(None))
        older = [str(one) for one in db.execute(former).scalars()]
        db.execute(documents.update().where(c.id.in_(marked)).values(deleting=True, supersedes=None))
        marked = older
