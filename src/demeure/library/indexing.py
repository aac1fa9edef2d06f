"""From read parts to a searchable document, and from passages to vectors: short transactions, nothing twice.

Blocking; each call is one or a few transactions and may be repeated after a kill.
"""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from demeure.engine import EngineChanged
from demeure.library.chunking import Passage, passages
from demeure.library.erasing import clear_index
from demeure.library.search.lexical import words
from demeure.library.search.query import French
from demeure.library.search.vectors import DIMENSIONS, quantised
from demeure.library.vector_source import source_in
from demeure.library.vocabulary import store_all_words, store_words
from demeure.store import Database, bump_generation
from demeure.store.space_tables import parts as parts_table
from demeure.store.space_tables import passages as passages_table
from demeure.store.space_tables import vector_cache, vectors
from demeure.workshop import Part

BATCH = 200  # passages of one transaction: about 30 ms, so that others wait little
INDEX_VERSION = 1
"""Of what ``index`` writes. An older document is indexed again in the background from its stored passages (1: forms
of references among the stems, words of the space)."""

_UNSTEMMED = sa.text("DELETE FROM stems WHERE rowid = :id")
_STEMS = sa.text("INSERT INTO stems(rowid, words) VALUES (:id, :words)")


@dataclass(frozen=True)
class Unembedded:
    """A passage without its vector. ``cached``: (int8 bytes, scale) when the same text already has one."""

    id: int
    text: str
    digest: bytes
    cached: tuple[bytes, float] | None


def digest(text: str) -> bytes:
    """SHA-256 of the text as it is embedded: NFKC, white space collapsed."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFKC", text).split()).encode()).digest()


def clear(database: Database, document: str) -> None:
    """Remove what an interrupted attempt left. What a power cut brings back is removed by the next one."""
    with database.read() as db:  # nothing is the usual case: parts come before all the rest
        mine = sa.select(parts_table.c.document).where(parts_table.c.document == document)
        if db.execute(mine.limit(1)).first() is None:
            return
    with database.relaxed() as db:
        clear_index(db, document)


def index(database: Database, french: French, document: str, title: str, read: Iterable[Part]) -> int:
    """Store parts, passages and stems of a document that has none yet. Returns the number of passages.

    ``read`` is consumed as it comes: memory holds two batches and their parts. The last one takes its words with
    it: most documents are one transaction. The text of a part that is a picture is
    stored and makes no passage (scans.py).
    """
    kept: list[dict[str, Any]] = []

    def keeping() -> Iterator[Part]:
        for ordinal, part in enumerate(read):
            kept.append(part_row(document, ordinal, part))
            yield replace(part, text="", boxes=()) if part.kind == "image" else part

    made = passages(keeping(), title=title)
    ordinal = 0
    said: set[str] = set()
    batch = list(islice(made, BATCH))
    while True:
        after = list(islice(made, BATCH)) if len(batch) == BATCH else []
        rows, kept[:] = list(kept), []
        stems, spoken = _indexed(french, batch)  # outside the transaction: it is most of the work
        said |= spoken
        passages_of = [passage_row(document, ordinal + n, p) for n, p in enumerate(batch)]
        with database.relaxed() as db:
            if rows:
                db.execute(parts_table.insert(), rows)
            store_passages(db, passages_of, stems)
            if not after:
                store_words(db, document, said)
        ordinal += len(batch)
        if not after:
            return ordinal
        batch = after


def index_all(
    database: Database, french: French, documents: Sequence[tuple[str, str, Sequence[Part]]]
) -> dict[str, int]:
    """As ``index`` for several small documents ((id, title, parts), no picture among them): what an interrupted
    attempt left of them is removed first. The number of passages of each."""
    clear_all(database, [document for document, _, _ in documents])
    made = {document: list(passages(read, title=title)) for document, title, read in documents}
    stems: dict[str, list[str]] = {}
    said: dict[str, set[str]] = {}
    for document, found in made.items():
        stems[document], said[document] = _indexed(french, found)
    group: list[tuple[str, Sequence[Part]]] = []
    for at, (document, _, read) in enumerate(documents, 1):
        group.append((document, read))
        if at == len(documents) or sum(len(made[one]) for one, _ in group) >= BATCH:
            with database.relaxed() as db:
                _store_group(db, group, made, stems)
                store_all_words(db, {one: said[one] for one, _ in group})
                bump_generation(db)
            group = []
    return {document: len(found) for document, found in made.items()}


def _store_group(
    db: sa.Connection,
    group: Sequence[tuple[str, Sequence[Part]]],
    made: Mapping[str, Sequence[Passage]],
    stems: Mapping[str, Sequence[str]],
) -> None:
    """Parts, passages and stems of documents that have none."""
    rows = [part_row(one, ordinal, part) for one, read in group for ordinal, part in enumerate(read)]
    if rows:
        db.execute(parts_table.insert(), rows)
    rows = [passage_row(one, ordinal, passage) for one, _ in group for ordinal, passage in enumerate(made[one])]
    if not rows:
        return
    db.execute(passages_table.insert(), rows)
    c = passages_table.c
    mine = sa.select(c.id, c.document, c.ordinal).where(c.document.in_([one for one, _ in group]))
    kept = [{"id": row.id, "words": stems[row.document][row.ordinal]} for row in db.execute(mine.order_by(c.id))]
    db.execute(_STEMS, kept)


def clear_all(database: Database, documents: Sequence[str]) -> None:
    """As ``clear``, of several: nearly always nothing."""
    with database.read() as db:
        mine = sa.select(parts_table.c.document).where(parts_table.c.document.in_(documents))
        left = set(db.execute(mine.distinct()).scalars())
    for document in left:
        clear(database, document)


def reindex(database: Database, french: French, document: str) -> None:
    """Stems and words of a document again, from its stored passages; durable on return. Killed, run it again."""
    c = passages_table.c
    after, said = 0, set[str]()
    while True:
        query = sa.select(c.id, c.context, c.text).where(c.document == document, c.id > after).order_by(c.id)
        with database.read() as db:
            rows = db.execute(query.limit(BATCH)).all()
        if not rows:
            break
        after = rows[-1].id
        texts = {row.id: f"{row.context}\n{row.text}" if row.context else row.text for row in rows}
        stems = []
        for i, text in texts.items():
            found, spoken = french.indexed(text)
            stems.append({"id": i, "words": words(found)})
            said |= spoken
        with database.relaxed() as db:
            db.execute(_UNSTEMMED, [{"id": i} for i in texts])
            db.execute(_STEMS, stems)
            bump_generation(db)
    with database.write() as db:
        store_words(db, document, said)
        bump_generation(db)


def _indexed(french: French, made: Iterable[Passage]) -> tuple[list[str], set[str]]:
    """What the lexical index keeps of each passage, and the words that they all say."""
    stems, said = [], set[str]()
    for passage in made:
        found, spoken = french.indexed(passage.searchable)
        stems.append(words(found))
        said |= spoken
    return stems, said


def stems_of(french: French, made: Iterable[Passage]) -> list[str]:
    """What the lexical index keeps of each passage."""
    return [words(french.stems(passage.searchable)) for passage in made]


def store_passages(db: sa.Connection, rows: Sequence[dict[str, Any]], stems: Sequence[str]) -> None:
    """Rows of one document, whose ordinals are its highest, and their stems, inside a transaction."""
    if not rows:
        return
    db.execute(passages_table.insert(), rows)
    c = passages_table.c
    mine = sa.select(c.id).where(c.document == rows[0]["document"], c.ordinal >= rows[0]["ordinal"])
    ids = db.execute(mine.order_by(c.ordinal)).scalars().all()
    db.execute(_STEMS, [{"id": i, "words": w} for i, w in zip(ids, stems, strict=True)])
    bump_generation(db)


def part_row(document: str, ordinal: int, part: Part) -> dict[str, Any]:
    """A part as it is stored."""
    boxes = json.dumps(part.boxes, separators=(",", ":")).encode() if part.boxes else None
    return {
        "document": document,
        "ordinal": ordinal,
        "place": dict(part.place),
        "text": part.text,
        "boxes": boxes,
    }


def passage_row(document: str, ordinal: int, passage: Passage) -> dict[str, Any]:
    """A passage as it is stored."""
    return {
        "document": document,
        "ordinal": ordinal,
        "place": dict(passage.place),
        "text": passage.text,
        "digest": digest(passage.searchable),
        "context": passage.context,
        "part": passage.part,
        "begins": passage.start,
        "ends": passage.end,
        "tail": passage.tail,
    }


def durable(database: Database) -> None:
    """Everything written with ``relaxed`` so far survives a power cut."""
    with database.write() as db:
        bump_generation(db)


def unembedded(database: Database, document: str, model: str, after: int, limit: int) -> list[Unembedded]:
    """The next passages without vector, in the order of their ids, those greater than ``after``."""
    p, v = passages_table.c, vectors.c
    query = (
        sa.select(p.id, p.context, p.text, p.digest, vector_cache.c.vector, vector_cache.c.scale)
        .select_from(passages_table)
        .outerjoin(vectors, v.passage == p.id)
        .outerjoin(vector_cache, sa.and_(vector_cache.c.digest == p.digest, vector_cache.c.model == model))
        .where(p.document == document, p.id > after, v.passage.is_(None))
        .order_by(p.id)
        .limit(limit)
    )
    with database.read() as db:
        rows = db.execute(query).all()
    return [
        Unembedded(
            id=row.id,
            text=f"{row.context}\n{row.text}" if row.context else row.text,
            digest=row.digest,
            cached=None if row.vector is None else (row.vector, row.scale),
        )
        for row in rows
    ]


def store_vectors(
    database: Database, model: str, found: Sequence[Unembedded], embedded: NDArray[np.float32]
) -> None:
    """Write the vectors of ``found``: cached ones as they are, the others from ``embedded``, in order. All are of
    ``model``. Raises EngineChanged, and writes nothing, when the space's vectors are not."""
    matrix, scales = quantised(embedded.reshape(-1, DIMENSIONS))
    fresh = iter(range(len(embedded)))
    rows, cache = [], []
    for passage in found:
        if passage.cached is None:
            at = next(fresh)
            vector, scale = matrix[at].tobytes(), float(scales[at])
            cache.append({"digest": passage.digest, "model": model, "vector": vector, "scale": scale})
        else:
            vector, scale = passage.cached
        rows.append({"passage": passage.id, "vector": vector, "scale": scale})
    with database.relaxed() as db:
        if source_in(db).model != model:
            raise EngineChanged()
        db.execute(vectors.insert().prefix_with("OR REPLACE"), rows)
        if cache:
            db.execute(vector_cache.insert().prefix_with("OR IGNORE"), cache)
        bump_generation(db)


def embedded_count(database: Database, document: str) -> int:
    """Passages of the document that have their vector."""
    query = (
        sa.select(sa.func.count())
        .select_from(vectors)
        .join(passages_table, passages_table.c.id == vectors.c.passage)
        .where(passages_table.c.document == document)
    )
    with database.read() as db:
        return int(db.execute(query).scalar_one())
