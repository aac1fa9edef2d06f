"""A document may take the place of another, in one of two ways.

What was read in the same file of a watched folder before it changed is *replaced*: it leaves with its newer one,
and lists do not show it. What is linked as a *former version* stays until somebody deletes it; lists show it,
marked. Either is found until the newer one can be: no moment has both in a search, none has neither.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.operators import custom_op

from demeure.policy import in_force
from demeure.store.tables import documents, spaces, versions

SEARCHABLE = ("searchable", "ready")
_READ = sa.UnaryExpression(documents.c.state, operator=custom_op("+"), type_=sa.String()).in_(SEARCHABLE)
"""The plus keeps SQLite from the index on states, which it believes to hold ten documents of each: it read every
document of the house to answer about a hundred ids."""

_AFTER, _LATER = documents.alias("newer"), documents.alias("later")
"""Made once: an alias of a table of forty columns takes 3 ms, and every search asks."""

_CHANGED = sa.select(_AFTER.c.id).where(
    _AFTER.c.supersedes == documents.c.id, _AFTER.c.state.in_(SEARCHABLE), _AFTER.c.deleting.is_(False)
)
_LINKED = (
    sa.select(_LATER.c.id)
    .join(versions, versions.c.document == _LATER.c.id)
    .where(
        versions.c.former == documents.c.id,
        versions.c.state == "linked",
        _LATER.c.state.in_(SEARCHABLE),
        _LATER.c.deleting.is_(False),
    )
)
_REPLACED, _SUPERSEDED = _CHANGED.exists(), sa.or_(_CHANGED.exists(), _LINKED.exists())
_NEWER = sa.func.coalesce(_CHANGED.limit(1).scalar_subquery(), _LINKED.limit(1).scalar_subquery())


def searchable() -> sa.ColumnElement[bool]:
    """On a row of ``documents``, among those that something else tells apart: it is read, and may be searched."""
    return _READ


def replaced() -> sa.ColumnElement[bool]:
    """On a row of ``documents``: its file changed, and the new text has taken its place."""
    return _REPLACED


def superseded() -> sa.ColumnElement[bool]:
    """On a row of ``documents``: a newer one has taken its place, in either way."""
    return _SUPERSEDED


def newer() -> sa.ColumnElement[str]:
    """On a row of ``documents``: the id of the one that has taken its place, if any."""
    return _NEWER


def mark(db: sa.Connection, ids: Sequence[str]) -> None:
    """From now on these documents exist for nobody, nor those that their files held before, but for what may not be
    destroyed: that shows again. A version between two others leaves them linked to each other."""
    c, marked = documents.c, list(ids)
    while marked:
        for one in marked:
            _unlink(db, one)
        former = sa.select(c.supersedes).where(c.id.in_(marked), c.supersedes.is_not(None))
        older = [str(one) for one in db.execute(former).scalars()]
        db.execute(documents.update().where(c.id.in_(marked)).values(deleting=True, supersedes=None))
        marked = _not_kept(db, older)


def _not_kept(db: sa.Connection, ids: Sequence[str]) -> list[str]:
    """Of documents that nobody decided upon by themselves: those that no hold, and no archives without a visa,
    keep."""
    c, s = documents.c, spaces.c
    held, visa = (sa.func.coalesce(one, other) for one, other in ((c.held, s.held), (c.visa, s.visa)))
    query = sa.select(c.id, held.label("held"), visa.label("visa")).outerjoin(spaces, s.id == c.space)
    rows = db.execute(query.where(c.id.in_(ids))).all()
    without = in_force().policy.archives
    return [str(row.id) for row in rows if not row.held and (row.visa or not without)]


def _unlink(db: sa.Connection, document: str) -> None:
    v = versions.c
    linked = v.state == "linked"
    before = db.execute(sa.select(versions).where(v.document == document, linked)).first()
    after = db.execute(sa.select(v.document).where(v.former == document, linked)).scalar()
    if after is None:
        after = db.execute(sa.select(documents.c.id).where(documents.c.supersedes == document)).scalar()
    db.execute(versions.delete().where(sa.or_(v.document == document, v.former == document)))
    if before is not None and after is not None and not _has_former(db, str(after)):
        kept = {"state": "linked", "by": before.by, "why": before.why, "at": before.at, "chain": before.chain}
        row = insert(versions).values(document=after, former=before.former, **kept)
        proposed = row.on_conflict_do_update(
            index_elements=["document", "former"], set_=kept, where=v.state == "proposed"
        )
        db.execute(proposed)


def _has_former(db: sa.Connection, document: str) -> bool:
    v = versions.c
    return db.execute(sa.select(v.former).where(v.document == document, v.state == "linked")).first() is not None
