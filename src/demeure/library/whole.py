"""All the passages of one document, in reading order, as the assistant reads it whole. Blocking, read-only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from demeure.store import Database
from demeure.store.space_tables import passages


@dataclass(frozen=True)
class Stored:
    """One passage. ``text``: byte for byte; ``again``: how many characters of its beginning end the one before."""

    id: int
    place: Mapping[str, Any]
    text: str
    context: str
    again: int = 0


def passages_of(database: Database, document: str) -> list[Stored]:
    """Of a document of the space; empty when it has none (yet)."""
    c = passages.c
    query = sa.select(c.id, c.place, c.text, c.context, c.part, c.begins, c.ends).where(c.document == document)
    with database.read() as db:
        rows = db.execute(query.order_by(c.ordinal)).all()
    found, before = [], None
    for row in rows:
        same = before is not None and before.part == row.part
        again = max(0, min(len(row.text), before.ends - row.begins)) if same and before is not None else 0
        found.append(Stored(row.id, row.place, row.text, row.context, again))
        before = row
    return found
