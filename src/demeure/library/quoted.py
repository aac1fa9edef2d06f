"""What conversations quoted of a document goes with it: its name, the places, the passages kept beside the answers.

The answer's own words are their author's, and stay until the conversation is deleted. Blocking, idempotent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from demeure.store import Database
from demeure.store.tables import messages

_AT_ONCE = 5000  # ids in one statement: SQLite takes 32,766 variables
_TOGETHER = 50  # answers rewritten in one transaction: others wait little
_KEPT = ("number", "space", "score")  # what the numbering and the rights need
_QUOTING = sa.text(
    "SELECT DISTINCT m.id FROM messages AS m, json_each(m.sources) AS s"
    " WHERE m.sources IS NOT NULL AND json_extract(s.value, '$.document_id') IN :documents"
).bindparams(sa.bindparam("documents", expanding=True))
_QUOTING_NOTHING = sa.text(
    "SELECT DISTINCT json_extract(s.value, '$.document_id') FROM messages AS m, json_each(m.sources) AS s"
    " WHERE m.sources IS NOT NULL AND json_extract(s.value, '$.document_id') <> ''"
    " AND NOT EXISTS (SELECT 1 FROM documents AS d WHERE d.id = json_extract(s.value, '$.document_id'))"
)


def unquote(house: Database, documents: Sequence[str]) -> int:
    """Empty the sources of every answer that come from ``documents`` (ids); how many answers had some."""
    changed = 0
    for first in range(0, len(documents), _AT_ONCE):
        gone = frozenset(documents[first : first + _AT_ONCE])
        with house.read() as db:
            answers = list(db.execute(_QUOTING, {"documents": list(gone)}).scalars())
        for start in range(0, len(answers), _TOGETHER):
            with house.write() as db:
                changed += sum(_emptied(db, answer, gone) for answer in answers[start : start + _TOGETHER])
    return changed


def unquote_absent(house: Database) -> int:
    """The same for documents that are no longer in the house: an answer that was being written while its document
    was deleted has quoted it afterwards. Of the opening of a house."""
    with house.read() as db:
        absent = list(db.execute(_QUOTING_NOTHING).scalars())
    return unquote(house, absent)


def _emptied(db: sa.Connection, answer: int, gone: frozenset[str]) -> bool:
    mine = messages.c.id == answer
    sources: list[dict[str, Any]] = db.execute(sa.select(messages.c.sources).where(mine)).scalar() or []
    left = [_empty(source) if source["document_id"] in gone else source for source in sources]
    if left == sources:
        return False
    return db.execute(messages.update().where(mine).values(sources=left)).rowcount == 1


def _empty(source: Mapping[str, Any]) -> dict[str, Any]:
    nothing = {"document_id": "", "document": "", "place": {}, "place_label": "", "quote": ""}
    return {name: source[name] for name in _KEPT} | nothing | {"gone": True}
