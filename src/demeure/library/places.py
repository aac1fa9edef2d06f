"""What a space's database holds about one place of a document: its text, the passage in it, the passages around.

Blocking; read-only; everything is asked of one document, whose rights the caller has already asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from demeure.library.highlight import Line, Window, boxes_of, touched, window
from demeure.store.space_tables import parts, passages

_PARTS_OF_A_PAGE = 20


@dataclass(frozen=True)
class Near:
    """Another passage of the document, to go to."""

    id: int
    place: Mapping[str, Any]


@dataclass(frozen=True)
class Passing:
    """The passage asked for. ``text``: as stored, whole."""

    id: int
    place: Mapping[str, Any]
    text: str
    context: str


@dataclass(frozen=True)
class Stretch:
    """The text of one part about the passage, or its beginning."""

    place: Mapping[str, Any]
    window: Window


@dataclass(frozen=True)
class Look:
    """One place. ``lines``: of the passage on the page shown; ``previous``, ``following``: passages around it."""

    place: Mapping[str, Any]
    passage: Passing | None = None
    stretches: tuple[Stretch, ...] = ()
    lines: tuple[Line, ...] = ()
    previous: Near | None = None
    following: Near | None = None


def page_of(place: Mapping[str, Any]) -> int | None:
    """The page of a place that can be drawn; a page of a document inside another one (an attachment) is not."""
    page = place.get("page")
    return page if place.get("kind") == "page" and type(page) is int and not place.get("inside") else None


def turn_of(db: sa.Connection, document: str, page: int) -> int:
    """Degrees clockwise that set a scanned page upright: the boxes of its text are those of the upright page."""
    for row in _page_parts(db, document, page):
        if row.place.get("turn") in (90, 180, 270):
            return int(row.place["turn"])
    return 0


def look(db: sa.Connection, document: str, *, page: int | None, passage: int | None) -> Look:
    """The page, or the passage, or (neither) the beginning of ``document``. What does not exist is left out: a page
    without text has no stretch, a passage of another document is none."""
    found = _passage(db, document, passage) if passage is not None else None
    rows = _page_parts(db, document, page) if page is not None else _parts(db, document, found)
    marks = _marks(found, rows) if found is not None else {}
    stretches = tuple(Stretch(row.place, window(row.text, marks.get(row.ordinal, ()))) for row in rows)
    marked = [
        line
        for row in rows
        for begins, ends in marks.get(row.ordinal, ())
        for line in touched(boxes_of(row.boxes), row.text, begins, ends)
    ]
    if page is not None:
        place: Mapping[str, Any] = {"kind": "page", "page": page}
    else:
        place = found.place if found is not None else rows[0].place if rows else {}
    previous, following = _around(db, document, found, place)
    return Look(
        place=place,
        passage=Passing(found.id, found.place, found.text, found.context) if found is not None else None,
        stretches=stretches,
        lines=tuple(marked),
        previous=previous,
        following=following,
    )


def _passage(db: sa.Connection, document: str, passage: int) -> sa.Row[Any] | None:
    c = passages.c
    wanted = sa.select(passages).where(c.id == passage, c.document == document)
    return db.execute(wanted).first() if 0 < passage < 1 << 62 else None


def texts(db: sa.Connection, document: str) -> Iterator[str]:
    """What is stored of a document, part by part."""
    c = parts.c
    yield from db.execute(sa.select(c.text).where(c.document == document).order_by(c.ordinal)).scalars()


def parts_from(db: sa.Connection, document: str, first: int) -> Iterator[tuple[int, Mapping[str, Any], str]]:
    """(number, place, text) of its parts, from number ``first`` on."""
    c = parts.c
    query = sa.select(c.ordinal, c.place, c.text).where(c.document == document, c.ordinal >= first)
    for row in db.execute(query.order_by(c.ordinal)):
        yield row.ordinal, row.place, row.text


def _page_parts(db: sa.Connection, document: str, page: int) -> Sequence[sa.Row[Any]]:
    c = parts.c
    here = sa.and_(
        c.place["kind"].as_string() == "page",
        c.place["page"].as_integer() == page,
        c.place["inside"].as_string().is_(None),
    )
    query = sa.select(parts).where(c.document == document, here).order_by(c.ordinal)
    return db.execute(query.limit(_PARTS_OF_A_PAGE)).all()


def _parts(db: sa.Connection, document: str, found: sa.Row[Any] | None) -> Sequence[sa.Row[Any]]:
    """The part the passage begins in, with the next when it runs over; the first part without a passage."""
    first = found.part if found is not None else 0
    last = first + 1 if found is not None and found.tail else first
    c = parts.c
    query = sa.select(parts).where(c.document == document, c.ordinal >= first, c.ordinal <= last)
    return db.execute(query.order_by(c.ordinal)).all()


def _marks(found: sa.Row[Any], rows: Sequence[sa.Row[Any]]) -> dict[int, list[tuple[int, int]]]:
    """Ordinal of a part → offsets of the passage in its text. Passages indexed before they knew their part are
    looked for in the texts shown."""
    marks: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        if found.ends <= found.begins:
            at = row.text.find(found.text)
            if at >= 0:
                marks[row.ordinal] = [(at, at + len(found.text))]
                break
        elif row.ordinal == found.part:
            marks[row.ordinal] = [(min(found.begins, len(row.text)), min(found.ends, len(row.text)))]
        elif row.ordinal == found.part + 1 and found.tail:
            marks[row.ordinal] = [(0, min(found.tail, len(row.text)))]
    return marks


def _around(
    db: sa.Connection, document: str, found: sa.Row[Any] | None, place: Mapping[str, Any]
) -> tuple[Near | None, Near | None]:
    """The passages before and after; without a passage, the first one of the place counts as the next."""
    c = passages.c
    mine = sa.select(c.id, c.place).where(c.document == document)
    if found is None:
        here = c.place["page"].as_integer() == place["page"] if place.get("kind") == "page" else sa.true()
        return None, _near(db.execute(mine.where(here).order_by(c.ordinal).limit(1)).first())
    before = mine.where(c.ordinal < found.ordinal).order_by(c.ordinal.desc()).limit(1)
    after = mine.where(c.ordinal > found.ordinal).order_by(c.ordinal).limit(1)
    return _near(db.execute(before).first()), _near(db.execute(after).first())


def _near(row: Any) -> Near | None:
    return Near(row.id, row.place) if row is not None else None
