"""A space knows its words, and which document brought which: what a misspelt search may have meant."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE vocabulary (
        word VARCHAR NOT NULL,
        folded VARCHAR NOT NULL,
        size INTEGER NOT NULL,
        documents INTEGER NOT NULL,
        PRIMARY KEY (word)
    )
     WITHOUT ROWID
    """,
    "CREATE INDEX vocabulary_size ON vocabulary (size, folded)",
    """
    CREATE TABLE document_words (
        document VARCHAR NOT NULL,
        words BLOB NOT NULL,
        PRIMARY KEY (document)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
