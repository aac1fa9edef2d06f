"""The organisation's policy, version by version; the class of a space, of a document, of what a conversation
touched; what a legal hold keeps."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE policies (
            number INTEGER NOT NULL,
            digest VARCHAR NOT NULL,
            text TEXT NOT NULL,
            reason TEXT DEFAULT '' NOT NULL,
            former INTEGER,
            "by" VARCHAR NOT NULL,
            at VARCHAR NOT NULL,
            approved_by VARCHAR,
            applied_at VARCHAR,
            dropped_at VARCHAR,
            PRIMARY KEY (number)
        )
        """
    )
    for table in ("spaces", "documents", "conversations"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN sensitivity VARCHAR")
    for table in ("spaces", "documents"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN held VARCHAR")
        op.execute(f"ALTER TABLE {table} ADD COLUMN visa VARCHAR")
