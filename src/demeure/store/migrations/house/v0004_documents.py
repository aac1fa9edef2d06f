"""A document knows who wrote it and when, where it came from, its tags, and how far its index is up to date."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE documents ADD COLUMN author VARCHAR",
    "ALTER TABLE documents ADD COLUMN written_on VARCHAR",
    "ALTER TABLE documents ADD COLUMN came_from VARCHAR DEFAULT 'unknown' NOT NULL",
    "ALTER TABLE documents ADD COLUMN path VARCHAR",
    "ALTER TABLE documents ADD COLUMN tags_chain VARCHAR",
    "ALTER TABLE documents ADD COLUMN index_version INTEGER DEFAULT '0' NOT NULL",
    "CREATE INDEX documents_shelf ON documents (space, added_at)",
    """
    CREATE TABLE tags (
        document VARCHAR NOT NULL,
        folded VARCHAR NOT NULL,
        space VARCHAR NOT NULL,
        word VARCHAR NOT NULL,
        PRIMARY KEY (document, folded),
        FOREIGN KEY(document) REFERENCES documents (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX tags_space ON tags (space, folded)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
