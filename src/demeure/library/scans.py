"""Pages that are pictures, in a space's database: kept in their place by the reading, filled in when they are
recognised.

The stored parts are the truth about what is left to do: killed anywhere, the work goes on from them. Blocking; each
call is one short transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from demeure.library.chunking import passages as passages_of
from demeure.library.indexing import part_row, passage_row, stems_of, store_passages
from demeure.library.search.query import French
from demeure.store import Database
from demeure.store.space_tables import parts, passages
from demeure.workshop import Part, count_for_machines

WAITING = "waiting"
"""Key of the place of a part whose picture has still to be recognised; its text is not in the index."""


ASKED = "asked"
"""Beside it, for a picture inside an attachment: its number among those of the file."""


@dataclass(frozen=True)
class WaitingPage:
    """``page``: as the workshop is asked for it; ``place``: what it will be stored under; ``text``: what the file
    itself says of the page (a stamp, a former recognition)."""

    ordinal: int
    page: int
    text: str
    place: Mapping[str, Any]


@dataclass
class Progress:
    """What is stored of one document. ``confidences``: of the recognised pages. ``orders``: pages that give
    orders to an assistant."""

    waiting: list[WaitingPage] = field(default_factory=list)
    confidences: list[int] = field(default_factory=list)
    blank: int = 0
    turned: int = 0
    orders: int = 0
    passages: int = 0
    characters: int = 0


def kept_for_later(part: Part, asked: int = 0) -> Part:
    """A picture's part as it is stored until it is recognised. ``asked``: its number, inside an attachment."""
    return replace(part, place={**part.place, WAITING: True, **({ASKED: asked} if asked else {})})


def progress(database: Database, document: str) -> Progress:
    """How far the recognition of a document is."""
    found = Progress()
    with database.read() as db:
        columns = (parts.c.ordinal, parts.c.place, parts.c.text)
        rows = db.execute(sa.select(*columns).where(parts.c.document == document).order_by(parts.c.ordinal))
        for row in rows:
            if row.place.get(WAITING):
                place = {name: value for name, value in row.place.items() if name not in (WAITING, ASKED)}
                asked = row.place.get(ASKED, row.place["page"])
                found.waiting.append(WaitingPage(row.ordinal, asked, row.text, place))
                continue
            found.characters += len(row.text)
            if "confidence" in row.place:
                count(found, row.place, row.text)
        counted = sa.select(sa.func.count()).where(passages.c.document == document)
        found.passages = db.execute(counted).scalar_one()
    return found


def count(found: Progress, place: Mapping[str, Any], text: str) -> None:
    """One more recognised page."""
    if text:
        found.confidences.append(int(place["confidence"]))
    found.blank += not text
    found.turned += "turn" in place
    found.orders += count_for_machines([text]) > 0


def keep(database: Database, french: French, document: str, title: str, ordinal: int, part: Part) -> int:
    """Fill a waiting page in and index it: wholly, or not at all. Returns the number of its passages."""
    made = list(passages_of([part], title=title)) if part.text else []
    row, stems = part_row(document, ordinal, part), stems_of(french, made)
    with database.relaxed() as db:
        c = parts.c
        mine = parts.update().where(c.document == document, c.ordinal == ordinal)
        if db.execute(mine.values({name: row[name] for name in ("place", "text", "boxes")})).rowcount != 1:
            return 0  # erased meanwhile
        last = sa.select(sa.func.max(passages.c.ordinal)).where(passages.c.document == document)
        first = (db.execute(last).scalar() or 0) + 1
        rows = [passage_row(document, first + n, replace(p, part=ordinal)) for n, p in enumerate(made)]
        store_passages(db, rows, stems)
    return len(made)
