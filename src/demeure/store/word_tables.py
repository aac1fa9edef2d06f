"""The organisation's words: the same two tables in ``house.db`` (of everyone) and in each space's own database."""

from sqlalchemy import JSON, CheckConstraint, Column, Integer, MetaData, String, Table, Text, UniqueConstraint


def word_tables(metadata: MetaData) -> tuple[Table, Table]:
    """(terms, texts), declared in ``metadata``."""
    terms = Table(
        "terms",
        metadata,
        Column(
            "id", Integer, primary_key=True
        ),  # never used twice: a change is a new row, readers see it by its id
        Column("key", String, nullable=False, unique=True),  # ``form`` in lower case
        Column("form", String, nullable=False),
        Column("kind", String, CheckConstraint("kind IN ('term', 'acronym', 'service', 'place')"), nullable=False),
        Column("meaning", String, nullable=False, server_default=""),
        Column("also", JSON, nullable=False),
        Column("avoid", JSON, nullable=False),
        Column("note", String, nullable=False, server_default=""),
        Column("changed_by", String, nullable=False),
        Column("changed_at", String, nullable=False),
        sqlite_autoincrement=True,
    )
    texts = Table(
        "texts",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("kind", String, nullable=False),  # style, letterhead, signature, closing, template, procedure
        Column("name", String, nullable=False, server_default=""),  # of a template or a procedure
        Column("version", Integer, nullable=False),  # 1, 2…: none is ever changed
        Column("body", Text),  # None: taken away by this version
        Column("changed_by", String, nullable=False),
        Column("changed_at", String, nullable=False),
        UniqueConstraint("kind", "name", "version"),  # two people who change it at once: the second is told
    )
    return terms, texts
