"""What conversations and drafts quoted of a document goes with it: its name, the places, the passages kept beside.

The words of an answer or of a draft are their author's, and stay until these are deleted. Blocking, idempotent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from demeure.store import Database
from demeure.store.tables import messages
from demeure.store.work_tables import drafts, works

_AT_ONCE = 5000  # ids in one statement: SQLite takes 32,766 variables
_TOGETHER = 50  # answers rewritten in one transaction: others wait little
_KEPT = ("number", "space", "score")  # what the numbering and the rights need
_QUOTING = sa.text(
    "SELECT DISTINCT m.id FROM messages AS m, json_each(m.sources) AS s"
    " WHERE m.sources IS NOT NULL AND json_extract(s.value, '$.document_id') IN :documents"
).bindparams(sa.bindparam("documents", expanding=True))
_COPIED = frozenset({"changes", "table"})
"""Blocks told under a draft that hold the document's own text."""
_QUOTING_NOTHING = sa.text(
    "SELECT DISTINCT json_extract(s.value, '$.document_id') FROM messages AS m, json_each(m.sources) AS s"
    " WHERE m.sources IS NOT NULL AND json_extract(s.value, '$.document_id') <> ''"
    " AND NOT EXISTS (SELECT 1 FROM documents AS d WHERE d.id = json_extract(s.value, '$.document_id'))"
    " UNION SELECT DISTINCT json_extract(s.value, '$.document_id') FROM drafts AS m, json_each(m.sources) AS s"
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
        changed += _unquote_drafts(house, gone)
    return changed


def _unquote_drafts(house: Database, gone: frozenset[str]) -> int:
    """The same for drafts of the works that read one of ``gone``."""
    named = sa.select(works.c.id, works.c.fields).where(sa.cast(works.c.fields, sa.Text).contains("document:"))
    with house.read() as db:
        found = [row.id for row in db.execute(named) if _names(row.fields) & gone]
    changed = 0
    for work in found:
        with house.write() as db:
            query = sa.select(drafts.c.id, drafts.c.sources, drafts.c.report).where(drafts.c.work == work)
            for row in db.execute(query).all():
                sources = [_empty(one) if one["document_id"] in gone else one for one in row.sources or ()]
                report = [block for block in row.report or () if block["kind"] not in _COPIED]
                values = {"sources": sources, "report": report}
                if (sources, report) != (row.sources or [], row.report or []):
                    changed += db.execute(drafts.update().where(drafts.c.id == row.id).values(**values)).rowcount
    return changed


def _names(fields: Mapping[str, str]) -> set[str]:
    """Ids of the documents that a form names."""
    lines = (line for value in fields.values() for line in value.split("\n"))
    return {line.removeprefix("document:").strip() for line in lines if line.startswith("document:")}


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
