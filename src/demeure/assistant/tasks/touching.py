"""The class of a work: the highest of the documents that its fields name and that its drafts rest on. It is kept,
so that a document that goes, or is lowered, lowers no draft that was made of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from demeure.policy import in_force
from demeure.store.tables import documents
from demeure.store.work_tables import works

DOCUMENT = "document:"
"""Before the id of a document, in the field of a form."""


def named(fields: Mapping[str, str]) -> set[str]:
    """Ids of the documents that a form names."""
    lines = (line.strip() for value in fields.values() for line in value.split("\n"))
    return {line.removeprefix(DOCUMENT).strip() for line in lines if line.startswith(DOCUMENT)}


def rested_on(sources: Sequence[Mapping[str, Any]] | None) -> set[str]:
    """Ids of the documents of a draft's sources."""
    return {str(one["document_id"]) for one in sources or () if one.get("document_id")}


def touch(db: sa.Connection, work: str, read: Iterable[str]) -> str:
    """The class that the work has now, kept: never lower than before. Empty: no document of it has its own."""
    kept, own = _classes(db, work, read)
    highest = in_force().policy.highest(*own, kept).id if kept or own else ""
    if highest != kept:
        db.execute(works.update().where(works.c.id == work).values(sensitivity=highest))
    return highest


def touched(db: sa.Connection, work: str, read: Iterable[str]) -> str:
    """As ``touch``, for reading only: what rose since counts as it is now."""
    kept, own = _classes(db, work, read)
    return in_force().policy.highest(*own, kept).id if kept or own else ""


def _classes(db: sa.Connection, work: str, read: Iterable[str]) -> tuple[str, list[str]]:
    kept = db.execute(sa.select(works.c.sensitivity).where(works.c.id == work)).scalar() or ""
    query = sa.select(documents.c.sensitivity).where(documents.c.id.in_(sorted(read)))
    return kept, [one for one in db.scalars(query) if one]
