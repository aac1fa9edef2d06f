"""What a document says, as a sketch to compare with others; documents that say nearly the same."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE outlines (
        document VARCHAR NOT NULL,
        sketch BLOB NOT NULL,
        shingles INTEGER NOT NULL,
        PRIMARY KEY (document)
    )
    """,
    """
    CREATE TABLE landmarks (
        mark INTEGER NOT NULL,
        document VARCHAR NOT NULL,
        PRIMARY KEY (mark, document)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX landmarks_document ON landmarks (document)",
    """
    CREATE TABLE twins (
        document VARCHAR NOT NULL,
        other VARCHAR NOT NULL,
        share FLOAT NOT NULL,
        PRIMARY KEY (document, other)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX twins_other ON twins (other)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
