"""A space's words: glossary entries, and texts with their versions."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE terms (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "key" VARCHAR NOT NULL,
        form VARCHAR NOT NULL,
        kind VARCHAR NOT NULL CHECK (kind IN ('term', 'acronym', 'service', 'place')),
        meaning VARCHAR DEFAULT '' NOT NULL,
        also JSON NOT NULL,
        avoid JSON NOT NULL,
        note VARCHAR DEFAULT '' NOT NULL,
        changed_by VARCHAR NOT NULL,
        changed_at VARCHAR NOT NULL,
        UNIQUE ("key")
    )
    """,
    """
    CREATE TABLE texts (
        id INTEGER NOT NULL,
        kind VARCHAR NOT NULL,
        name VARCHAR DEFAULT '' NOT NULL,
        version INTEGER NOT NULL,
        body TEXT,
        changed_by VARCHAR NOT NULL,
        changed_at VARCHAR NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (kind, name, version)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
