"""A space database as first released. A migration is frozen: it never imports ``space_tables``."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE generation (
        id INTEGER NOT NULL CHECK (id = 1),
        value INTEGER NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    CREATE TABLE parts (
        id INTEGER NOT NULL,
        document VARCHAR NOT NULL,
        ordinal INTEGER NOT NULL,
        place JSON NOT NULL,
        text TEXT NOT NULL,
        boxes BLOB,
        PRIMARY KEY (id),
        UNIQUE (document, ordinal)
    )
    """,
    """
    CREATE TABLE passages (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        document VARCHAR NOT NULL,
        ordinal INTEGER NOT NULL,
        place JSON NOT NULL,
        text TEXT NOT NULL,
        digest BLOB NOT NULL,
        UNIQUE (document, ordinal)
    )
    """,
    "CREATE INDEX passages_digest ON passages (digest)",
    """
    CREATE TABLE vector_cache (
        digest BLOB NOT NULL,
        model VARCHAR NOT NULL,
        vector BLOB NOT NULL CHECK (length(vector) = 384),
        scale FLOAT NOT NULL,
        PRIMARY KEY (digest, model)
    )
     WITHOUT ROWID
    """,
    """
    CREATE TABLE vectors (
        passage INTEGER NOT NULL,
        vector BLOB NOT NULL CHECK (length(vector) = 384),
        scale FLOAT NOT NULL,
        PRIMARY KEY (passage),
        FOREIGN KEY(passage) REFERENCES passages (id) ON DELETE CASCADE
    )
    """,
    "INSERT INTO generation (id, value) VALUES (1, 1)",
    """
    CREATE VIRTUAL TABLE stems USING fts5(
        words, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
    )
    """,
    "INSERT INTO stems (stems, rank) VALUES ('secure-delete', 1)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
