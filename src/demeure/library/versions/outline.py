"""What a document says, as a sketch of 256 numbers, and which others say nearly the same (bottom-k sketches).

The hash is part of the data at rest: it must never change without ``OUTLINE_VERSION``. Blocking; each call is one
or a few short transactions and may be repeated after a kill.
"""

import zlib
from collections.abc import Iterable

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from demeure.library.search.query import fold
from demeure.store import Database
from demeure.store.space_tables import landmarks, outlines, parts, twins

OUTLINE_VERSION = 1
KEPT = 256
"""Marks of a sketch: the share of two texts is told within 0.03 (standard error at 0.8), and 1 kB is kept of
each."""
LANDMARKS = 16
NEAR = 0.8
"""Share from which two documents are said to be nearly the same."""
CANDIDATES = 200
MOST_TWINS = 20
"""Of one document: a form filled a thousand times would have half a million pairs."""
SHINGLE = 5
SHORTEST = 20  # shingles: two texts of a line or two are alike by chance

Marks = NDArray[np.uint32]

_CLOSEST = sa.text("""
    SELECT document, count(*) AS shared FROM landmarks
    WHERE mark IN (SELECT value FROM json_each(:marks)) AND document <> :document
    GROUP BY document ORDER BY shared DESC, document LIMIT :most
""")


def sketch(texts: Iterable[str]) -> tuple[Marks, int]:
    """The smallest marks of a text in order, KEPT at most, and how many different ones it has. A mark is five words
    in a row, without case or accents; figures count."""
    found = [_shingles(words) for words in _windows(texts)]
    every = np.unique(np.concatenate(found)) if found else np.empty(0, np.uint32)
    return every[:KEPT], len(every)


def shared(one: Marks, other: Marks) -> float:
    """Estimated share of what two texts say that both say: exact when both are short."""
    if not len(one) or not len(other):
        return 0.0
    both = np.union1d(one, other)[:KEPT]
    held = np.isin(both, one, assume_unique=True) & np.isin(both, other, assume_unique=True)
    return float(np.count_nonzero(held)) / len(both)


def outline(database: Database, document: str) -> int:
    """Make and keep the sketch of a document, and find those that say nearly the same; how many."""
    marks, count = sketch(texts(database, document))
    near = _near(database, document, marks) if count >= SHORTEST else {}
    with database.write() as db:
        forget(db, document)
        row = {"document": document, "sketch": marks.astype("<u4").tobytes(), "shingles": count}
        db.execute(outlines.insert(), row)
        if count >= SHORTEST:
            db.execute(landmarks.insert(), [{"mark": int(m), "document": document} for m in marks[:LANDMARKS]])
        if near:
            pairs = [(*sorted((document, other)), share) for other, share in near.items()]
            rows = [{"document": first, "other": second, "share": share} for first, second, share in pairs]
            db.execute(twins.insert().prefix_with("OR REPLACE"), rows)
    return len(near)


def forget(db: sa.Connection, document: str) -> None:
    """Nothing of its outline stays, inside a transaction."""
    db.execute(outlines.delete().where(outlines.c.document == document))
    db.execute(landmarks.delete().where(landmarks.c.document == document))
    db.execute(twins.delete().where(twins.c.document == document))
    db.execute(twins.delete().where(twins.c.other == document))


def twins_of(database: Database, document: str) -> dict[str, float]:
    """Other document → share, those that say nearly the same."""
    c = twins.c
    first = sa.select(c.other, c.share).where(c.document == document)
    second = sa.select(c.document, c.share).where(c.other == document)
    with database.read() as db:
        return {str(row[0]): float(row[1]) for row in db.execute(first.union_all(second))}


def every_twin(database: Database) -> list[tuple[str, str, float]]:
    """All pairs of a space, nearest first."""
    c = twins.c
    with database.read() as db:
        query = sa.select(c.document, c.other, c.share).order_by(c.share.desc(), c.document, c.other)
        return [(str(a), str(b), float(share)) for a, b, share in db.execute(query)]


def texts(database: Database, document: str) -> list[str]:
    """Its parts, in reading order."""
    query = sa.select(parts.c.text).where(parts.c.document == document).order_by(parts.c.ordinal)
    with database.read() as db:
        return [str(one) for one in db.execute(query).scalars()]


def _near(database: Database, document: str, marks: Marks) -> dict[str, float]:
    """Those whose smallest marks are mostly the same (two texts that share 0.8 have 16 different ones once in
    10^11)."""
    asked = {"marks": str([int(mark) for mark in marks[:LANDMARKS]]), "document": document, "most": CANDIDATES}
    with database.read() as db:
        names = [str(row[0]) for row in db.execute(_CLOSEST, asked)]
        query = sa.select(outlines.c.document, outlines.c.sketch).where(outlines.c.document.in_(names))
        rows = db.execute(query).all() if names else []
    known = {row.document: shared(marks, np.frombuffer(row.sketch, "<u4")) for row in rows}
    close = sorted((name for name, share in known.items() if share >= NEAR), key=lambda name: (-known[name], name))
    return {name: round(known[name], 3) for name in close[:MOST_TWINS]}


def _windows(texts_: Iterable[str]) -> Iterable[list[str]]:
    """Words, in runs that overlap so that no shingle is lost between two parts."""
    before: list[str] = []
    short = True
    for text in texts_:
        before += _words(text)
        if len(before) >= SHINGLE:
            yield before
            before, short = before[-(SHINGLE - 1) :], False
    if before and short:
        yield before


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in fold(text.casefold())).split()


def _shingles(words: list[str]) -> Marks:
    known: dict[str, int] = {}
    each = np.array([known.setdefault(w, zlib.crc32(w.encode("utf-8", "replace"))) for w in words], np.uint64)
    if len(each) < SHINGLE:
        each = np.pad(each, (0, SHINGLE - len(each)))
    mixed = np.zeros(len(each) - SHINGLE + 1, np.uint64)
    with np.errstate(over="ignore"):
        for at in range(SHINGLE):
            mixed = (mixed ^ each[at : at + len(mixed)]) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(32)
    return np.unique((mixed & np.uint64(0xFFFFFFFF)).astype(np.uint32))
