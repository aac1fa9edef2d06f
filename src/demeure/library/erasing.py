"""Deleting a document removes everything: what was kept ready of it, passages, stems, words, vectors, text,
outline, cached vectors, what conversations quoted of it, its original, its row.

Blocking, idempotent, resumable: killed anywhere, run it again. Only the holder of the document's lease runs it.
"""

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from demeure.library.readiness import drop_snapshots
from demeure.library.rooms import Rooms
from demeure.library.shelf import Document, Shelf
from demeure.library.versions.outline import forget
from demeure.library.vocabulary import drop_words
from demeure.store import bump_generation, merge_stems, purge_vector_cache
from demeure.store.space_tables import parts, passages, vectors

_TOGETHER = 20  # documents cleared in one transaction: others wait little


def clear_index(db: sa.Connection, document: str) -> int:
    """Remove what one document has in its space's index, inside a transaction; the number of passages removed."""
    mine = sa.select(passages.c.id).where(passages.c.document == document)
    gone = list(db.execute(mine).scalars())
    if gone:
        db.execute(sa.text("DELETE FROM stems WHERE rowid = :id"), [{"id": i} for i in gone])
        db.execute(vectors.delete().where(vectors.c.passage.in_(mine)))
        db.execute(passages.delete().where(passages.c.document == document))
    db.execute(parts.delete().where(parts.c.document == document))
    drop_words(db, document)
    forget(db, document)
    bump_generation(db)
    return len(gone)


def erase(rooms: Rooms, shelf: Shelf, document: Document) -> None:
    """Everything of ``document``, its row last. The lexical index is merged: its words leave the disk too."""
    erase_all(rooms, shelf, [document])


def erase_all(rooms: Rooms, shelf: Shelf, documents: Sequence[Document]) -> None:
    """As ``erase``, for documents of one space together: merging the index once for all of them."""
    if not documents:
        return
    drop_snapshots(rooms, shelf.house, [one.id for one in documents])
    database, removed = rooms.database(documents[0].space), 0
    for first in range(0, len(documents), _TOGETHER):
        with database.write() as db:
            removed += sum(clear_index(db, one.id) for one in documents[first : first + _TOGETHER])
    with database.write() as db:
        purge_vector_cache(db)
    if removed:
        merge_stems(database)
    database.settle()
    shelf.unquote([one.id for one in documents])
    blobs = rooms.blobs(documents[0].space)
    for first in range(0, len(documents), _TOGETHER):
        digests = {one.id: one.sha256 for one in documents[first : first + _TOGETHER]}
        shelf.remove(list(digests), lambda one, known=digests: blobs.delete(known[one]))  # type: ignore[misc] # one loop
    shelf.settle()


def drop_strays(rooms: Rooms, shelf: Shelf, space: str) -> int:
    """Originals that a killed addition left without a row, whole or not; how many whole ones. Only when nothing is
    being added: what is half written then has no writer any more."""
    blobs = rooms.blobs(space)
    blobs.sweep(older_than=0.0)
    claimed = shelf.digests(space)
    strays = [stored.sha256 for stored in blobs.list(skip_damaged=True) if stored.sha256 not in claimed]
    return sum(shelf.drop_unclaimed(space, sha256, partial(blobs.delete, sha256)) for sha256 in strays)
