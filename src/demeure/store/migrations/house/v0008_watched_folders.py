"""Watched folders, their files, their scans; where a document has stood; a document that takes the place of
another."""

from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE folders (
        id VARCHAR NOT NULL,
        space VARCHAR NOT NULL,
        place BLOB NOT NULL,
        name VARCHAR NOT NULL,
        declared_by VARCHAR NOT NULL,
        declared_at VARCHAR NOT NULL,
        every INTEGER NOT NULL,
        "ignore" JSON NOT NULL,
        keep_days INTEGER DEFAULT '0' NOT NULL,
        mounted BOOLEAN DEFAULT '0' NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('new', 'ok', 'scanning', 'unreachable', 'held')),
        reason JSON,
        paused BOOLEAN DEFAULT '0' NOT NULL,
        asked VARCHAR DEFAULT '' NOT NULL,
        asked_by VARCHAR DEFAULT '' NOT NULL,
        next_at VARCHAR NOT NULL,
        held INTEGER DEFAULT '0' NOT NULL,
        agreed INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(space) REFERENCES spaces (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX folders_space ON folders (space)",
    """
    CREATE TABLE folder_files (
        id INTEGER NOT NULL,
        folder VARCHAR NOT NULL,
        path BLOB NOT NULL,
        size INTEGER NOT NULL,
        mtime INTEGER NOT NULL,
        pending BOOLEAN NOT NULL,
        sha256 VARCHAR,
        document VARCHAR,
        reason VARCHAR,
        PRIMARY KEY (id),
        UNIQUE (folder, path),
        FOREIGN KEY(folder) REFERENCES folders (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX folder_files_document ON folder_files (document)",
    "CREATE INDEX folder_files_pending ON folder_files (folder) WHERE pending = 1",
    """
    CREATE TABLE folder_scans (
        id INTEGER NOT NULL,
        folder VARCHAR NOT NULL,
        started_at VARCHAR NOT NULL,
        ended_at VARCHAR,
        outcome VARCHAR NOT NULL,
        whole BOOLEAN NOT NULL,
        counts JSON NOT NULL,
        report JSON NOT NULL,
        chain VARCHAR NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(folder) REFERENCES folders (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX folder_scans_folder ON folder_scans (folder, id)",
    """
    CREATE TABLE document_places (
        id INTEGER NOT NULL,
        document VARCHAR NOT NULL,
        folder VARCHAR NOT NULL,
        path VARCHAR NOT NULL,
        what VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(document) REFERENCES documents (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX document_places_document ON document_places (document, id)",
    "ALTER TABLE documents ADD COLUMN supersedes VARCHAR",
    "CREATE INDEX documents_supersedes ON documents (supersedes) WHERE supersedes IS NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
