"""Keys of applications; folders where things are dropped; how the worker finds the next document of thousands."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE application_keys (
        name VARCHAR NOT NULL,
        hash BLOB NOT NULL,
        owner VARCHAR NOT NULL,
        scopes JSON NOT NULL,
        spaces JSON NOT NULL,
        created_by VARCHAR NOT NULL,
        created_at VARCHAR NOT NULL,
        expires_at VARCHAR NOT NULL,
        used_at VARCHAR,
        revoked_at VARCHAR,
        PRIMARY KEY (name),
        UNIQUE (hash),
        FOREIGN KEY(owner) REFERENCES people (id)
    )
    """,
    "CREATE INDEX application_keys_owner ON application_keys (owner)",
    "DROP INDEX documents_work",
    "CREATE INDEX documents_next ON documents (state, added_at, id)",
    "CREATE INDEX documents_reindex ON documents (state, index_version)",
    "CREATE INDEX documents_outline ON documents (state, outlined)",
    "CREATE INDEX documents_leaving ON documents (added_at) WHERE deleting IS 1",
    """
    CREATE INDEX documents_pictures ON documents (state)
    WHERE (coalesce(json_extract(flags, '$."pages-to-recognise"'), 0) > 0)
    """,
    """ALTER TABLE folders ADD COLUMN "drop" BOOLEAN DEFAULT '0' NOT NULL""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
