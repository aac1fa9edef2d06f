"""The words of one space as people write them, and how many documents hold each, to guess what was meant.

Each document's own list is kept beside: a deletion takes back exactly what the document had counted for. Blocking.
"""

import json
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from demeure.library.search.query import fold
from demeure.store import Database
from demeure.store.space_tables import document_words, vocabulary

MOST = 50_000
"""Words of one document that are kept: a novel has 15,000; beyond this it is noise."""


_COUNT = (
    "INSERT INTO vocabulary(word, folded, size, documents) VALUES (?, ?, ?, ?) "
    "ON CONFLICT(word) DO UPDATE SET documents = documents + excluded.documents"
)
_folded = lru_cache(maxsize=20_000)(fold)
_HELD = sa.select(vocabulary.c.folded).where(
    vocabulary.c.size.in_(sa.bindparam("sizes", expanding=True)),  # the index has it first
    vocabulary.c.folded.in_(sa.bindparam("words", expanding=True)),
)
_OF_ABOUT = sa.select(
    # thousands: one row, for which the driver gives the interpreter's lock away once
    sa.func.json_group_array(sa.func.json_array(vocabulary.c.word, vocabulary.c.folded, vocabulary.c.documents))
).where(vocabulary.c.size.between(sa.bindparam("least"), sa.bindparam("most")))


@dataclass(frozen=True)
class Word:
    """``documents``: how many hold it."""

    word: str
    documents: int


def store_words(db: sa.Connection, document: str, words: Iterable[str]) -> None:
    """Count the words of ``document``, in place of those it had. Inside a transaction."""
    drop_words(db, document)
    kept = sorted(words)[:MOST]
    if not kept:
        return
    rows = []
    for word in kept:
        folded = fold(word)
        rows.append({"word": word, "folded": folded, "size": len(folded), "documents": 1})
    statement = insert(vocabulary)
    more = {"documents": vocabulary.c.documents + 1}
    db.execute(statement.on_conflict_do_update(["word"], set_=more), rows)
    packed = zlib.compress("\n".join(kept).encode(), 6)
    db.execute(document_words.insert().values(document=document, words=packed))


def store_all_words(db: sa.Connection, words: Mapping[str, Collection[str]]) -> None:
    """The words of each document, none of which has any yet: each word is counted once for all of them."""
    kept = {document: sorted(of)[:MOST] for document, of in words.items() if of}
    if not kept:
        return
    counted = Counter(chain.from_iterable(kept.values()))
    rows = [(word, folded := _folded(word), len(folded), counted[word]) for word in sorted(counted)]
    db.exec_driver_sql(_COUNT, rows)  # thousands of rows: the driver's own way costs half
    packed = [{"document": one, "words": zlib.compress("\n".join(of).encode(), 6)} for one, of in kept.items()]
    db.execute(document_words.insert(), packed)


def drop_words(db: sa.Connection, document: str) -> None:
    """Take back what ``document`` counted for; a word that no other document holds leaves the file."""
    held = sa.select(document_words.c.words).where(document_words.c.document == document)
    packed = db.execute(held).scalar_one_or_none()
    if packed is None:
        return
    c = vocabulary.c
    words = [{"gone": word} for word in zlib.decompress(packed).decode().split("\n")]
    fewer = vocabulary.update().where(c.word == sa.bindparam("gone")).values(documents=c.documents - 1)
    db.execute(fewer, words)
    db.execute(vocabulary.delete().where(c.word == sa.bindparam("gone"), c.documents < 1), words)
    db.execute(document_words.delete().where(document_words.c.document == document))


def known(database: Database, folded: str) -> int:
    """Documents that hold ``folded``, whatever its accents (0: none does)."""
    c = vocabulary.c
    query = sa.select(sa.func.max(c.documents)).where(c.size == len(folded), c.folded == folded)
    with database.read() as db:
        return int(db.execute(query).scalar() or 0)


def held(database: Database, folded: Collection[str]) -> set[str]:
    """Those of ``folded`` that some document holds, whatever their accents."""
    with database.read() as db:
        return set(
            db.execute(_HELD, {"sizes": sorted({len(one) for one in folded}), "words": list(folded)}).scalars()
        )


def begins(database: Database, folded: str, size: int) -> bool:
    """Does a word of ``size`` letters or more begin so?"""
    c = vocabulary.c
    query = sa.select(c.word).where(c.size >= size, c.folded.startswith(folded, autoescape=True)).limit(1)
    with database.read() as db:
        return db.execute(query).first() is not None


def of_about(database: Database, size: int, spread: int) -> list[tuple[str, str, int]]:
    """(word, folded, documents) of the words whose length is within ``spread`` of ``size``."""
    with database.read() as db:
        found = db.execute(_OF_ABOUT, {"least": size - spread, "most": size + spread}).scalar_one()
    return [(word, folded, documents) for word, folded, documents in json.loads(found)]
