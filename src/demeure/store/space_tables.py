"""The tables of one space's database: text, passages, vectors, lexical index.

Deleting here is complete: pages are zeroed, and ``merge_stems`` purges the lexical index of deleted passages.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    delete,
    exists,
    update,
)

from demeure.store.database import Database
from demeure.store.word_tables import word_tables

metadata = MetaData()

parts = Table(
    "parts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document", String, nullable=False),  # id of a row of house.documents
    Column("ordinal", Integer, nullable=False),
    Column("place", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("boxes", LargeBinary),  # character boxes of a page, as the reader packed them
    UniqueConstraint("document", "ordinal"),  # reading order of one document; reading again replaces, never doubles
)

passages = Table(
    "passages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document", String, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("place", JSON, nullable=False),
    Column("text", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of what is indexed and embedded, normalised
    Column("context", Text, nullable=False, server_default=""),  # title and headings, indexed with the text
    Column("part", Integer, nullable=False, server_default="0"),  # ordinal of the part ``text`` begins in
    Column("begins", Integer, nullable=False, server_default="0"),  # text = parts[part].text[begins:ends], then
    Column("ends", Integer, nullable=False, server_default="0"),
    Column("tail", Integer, nullable=False, server_default="0"),  # that many characters of the next part
    UniqueConstraint("document", "ordinal"),  # one document's passages in order; indexing again never doubles
    Index("passages_digest", "digest"),  # is a cached vector still used by a passage?
    sqlite_autoincrement=True,  # the journal names passages: an id is never used twice
)

vectors = Table(
    "vectors",
    metadata,
    Column("passage", Integer, ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True),
    Column("vector", LargeBinary, CheckConstraint("length(vector) = 384"), nullable=False),  # int8
    Column("scale", Float, nullable=False),  # value = int8 × scale
)

vector_cache = Table(
    "vector_cache",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # of passages.digest
    Column("model", String, primary_key=True),
    Column("vector", LargeBinary, CheckConstraint("length(vector) = 384"), nullable=False),
    Column("scale", Float, nullable=False),
    sqlite_with_rowid=False,  # looked up by its key only: one tree instead of two
)

vocabulary = Table(
    "vocabulary",
    metadata,
    Column("word", String, primary_key=True),  # lower case, accents kept
    Column("folded", String, nullable=False),  # without accents
    Column("size", Integer, nullable=False),  # characters of ``folded``: a misspelt word is nearly as long
    Column("documents", Integer, nullable=False),  # how many hold it; none: the row is gone
    Index("vocabulary_size", "size", "folded"),  # words that may have been meant
    sqlite_with_rowid=False,
)

document_words = Table(
    "document_words",
    metadata,
    Column("document", String, primary_key=True),
    Column("words", LargeBinary, nullable=False),  # what it counted for in ``vocabulary``: zlib, one word a line
)

vector_source = Table(
    "vector_source",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("model", String, nullable=False),  # SHA-256 of the model that made every row of ``vectors``; empty: none
    Column("name", String, nullable=False),  # its id in the house
    # False from the moment vectors of another model are given up until the documents that had one have theirs again
    Column("whole", Boolean, nullable=False),
)

outlines = Table(
    "outlines",
    metadata,
    Column("document", String, primary_key=True),
    Column("sketch", LargeBinary, nullable=False),  # its smallest marks in order, uint32 each: versions/outline.py
    Column("shingles", Integer, nullable=False),  # different marks it has in all
)

landmarks = Table(
    "landmarks",
    metadata,
    Column("mark", Integer, primary_key=True),  # one of the smallest of a sketch
    Column("document", String, primary_key=True),
    Index("landmarks_document", "document"),  # forgetting those of one document
    sqlite_with_rowid=False,
)

twins = Table(
    "twins",
    metadata,
    Column("document", String, primary_key=True),  # the lesser id of the two
    Column("other", String, primary_key=True),
    Column("share", Float, nullable=False),  # of what they say, said by both: 0 to 1
    Index("twins_other", "other"),
    sqlite_with_rowid=False,
)

generation = Table(
    "generation",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True),
    Column("value", Integer, nullable=False),
)

terms, texts = word_tables(metadata)

pseudonyms = Table(
    "pseudonyms",
    metadata,
    Column("dossier", String, primary_key=True),
    Column("version", Integer, nullable=False),  # 1, 2…: two writers at once are told apart
    Column("sealed", LargeBinary, nullable=False),  # the table, under the space's key: personal.pseudonyms.kept
    Column("changed_at", String, nullable=False),
)

# The lexical index is the FTS5 table ``stems`` (one column, ``words``), declared in the first migration:
#   INSERT INTO stems(rowid, words) VALUES (passage id, 'stem stem …');  DELETE FROM stems WHERE rowid = passage id
# It keeps no text (content=''), hence cannot know the words of a deleted row: SQLite's own secure-delete does not
# reach them (measured: 6000 of 6000 stay), only a merge does. Keeping the text instead doubles the file
# (3.5 to 6.5 MB for 6000 passages) and makes a deletion 14 times slower.

_MERGE_PAGES = 500


def bump_generation(connection: Connection) -> int:
    """To be called in every transaction that changes passages, vectors or stems; the new value.

    A reader that keeps a matrix in memory compares it with ``generation.value`` to know that it is out of date.
    """
    statement = update(generation).values(value=generation.c.value + 1).returning(generation.c.value)
    return int(connection.execute(statement).scalar_one())


def purge_vector_cache(connection: Connection) -> int:
    """Forget the cached vectors of texts no passage holds any more; how many. Part of a complete deletion."""
    unused = ~exists().where(passages.c.digest == vector_cache.c.digest)
    return connection.execute(delete(vector_cache).where(unused)).rowcount


def merge_stems(database: Database) -> int:
    """Purge the lexical index of the words of deleted passages; the number of short transactions it took.

    Run it in the background after deletions, then ``database.settle()``. Interrupted anywhere, run it again.
    """
    pages, steps = -_MERGE_PAGES, 0  # negative: start a complete merge; then positive: go on
    while True:
        with database.write() as connection:
            before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
            connection.exec_driver_sql("INSERT INTO stems(stems, rank) VALUES ('merge', ?)", (pages,))
            after = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
        steps += 1
        if after - before < 2:  # SQLite's documented sign that there is nothing left to merge
            return steps
        pages = _MERGE_PAGES
