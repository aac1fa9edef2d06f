"""States of the engine kept ready for documents, and the documents asked to be kept ready."""

from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE snapshots (
        id VARCHAR NOT NULL,
        space VARCHAR NOT NULL,
        file VARCHAR NOT NULL,
        engine VARCHAR NOT NULL,
        tokens INTEGER NOT NULL,
        size INTEGER NOT NULL,
        seconds INTEGER NOT NULL,
        made_at VARCHAR NOT NULL,
        used_at VARCHAR NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(space) REFERENCES spaces (id) ON DELETE CASCADE,
        UNIQUE (file)
    )
    """,
    "CREATE INDEX snapshots_used ON snapshots (used_at)",
    """
    CREATE TABLE snapshot_documents (
        snapshot VARCHAR NOT NULL,
        document VARCHAR NOT NULL,
        PRIMARY KEY (snapshot, document),
        FOREIGN KEY(snapshot) REFERENCES snapshots (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX snapshot_documents_document ON snapshot_documents (document)",
    """
    CREATE TABLE pins (
        document VARCHAR NOT NULL,
        "by" VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('waiting', 'preparing', 'ready', 'impossible')),
        reason JSON,
        share INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (document),
        FOREIGN KEY(document) REFERENCES documents (id) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
