"""Recordings brought to a task: how long they are, and their windows of sound until the transcript is made."""

from alembic import op

revision = "0019"
down_revision = "0016"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE recordings (
        file VARCHAR NOT NULL,
        milliseconds INTEGER,
        damaged INTEGER DEFAULT '0' NOT NULL,
        PRIMARY KEY (file),
        FOREIGN KEY(file) REFERENCES work_files (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE recording_windows (
        file VARCHAR NOT NULL,
        ordinal INTEGER NOT NULL,
        at INTEGER NOT NULL,
        milliseconds INTEGER NOT NULL,
        sound BLOB,
        PRIMARY KEY (file, ordinal),
        FOREIGN KEY(file) REFERENCES recordings (file) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
