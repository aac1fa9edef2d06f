"""A person may be an auditor, a contractor, an elected member; readings on a legal ground.

SQLite cannot change a CHECK: the column is made again, its values carried over.
"""

from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE people ADD COLUMN carried VARCHAR",
    "UPDATE people SET carried = role",
    "ALTER TABLE people DROP COLUMN role",
    """
    ALTER TABLE people ADD COLUMN role VARCHAR DEFAULT 'agent' NOT NULL
    CHECK (role IN ('administrator', 'referent', 'dpo', 'auditor', 'contractor', 'elected', 'agent'))
    """,
    "UPDATE people SET role = carried",
    "ALTER TABLE people DROP COLUMN carried",
    """
    CREATE TABLE legal_readings (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        kind VARCHAR NOT NULL CHECK (kind IN ('person', 'space')),
        object VARCHAR NOT NULL,
        ground VARCHAR NOT NULL,
        motive TEXT NOT NULL,
        hours INTEGER NOT NULL,
        asked_by VARCHAR NOT NULL,
        asked_at VARCHAR NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('asked', 'granted', 'refused', 'ended')),
        decided_by VARCHAR DEFAULT '' NOT NULL,
        decided_at VARCHAR,
        why TEXT DEFAULT '' NOT NULL,
        until VARCHAR,
        ended_at VARCHAR,
        opened INTEGER DEFAULT '0' NOT NULL
    )
    """,
    "CREATE INDEX legal_readings_reader ON legal_readings (asked_by, kind) WHERE state = 'granted'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(" ".join(statement.split()))
