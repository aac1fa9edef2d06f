"""People get passwords, roles and groups; a session says its device; wrong passwords are counted.

Whoever was a member becomes an agent. SQLite cannot change a CHECK: the column is made again, its values carried
over.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE people ADD COLUMN carried VARCHAR",
    "UPDATE people SET carried = role",
    "ALTER TABLE people DROP COLUMN role",
    """
    ALTER TABLE people ADD COLUMN role VARCHAR DEFAULT 'agent' NOT NULL
    CHECK (role IN ('administrator', 'referent', 'agent'))
    """,
    "UPDATE people SET role = CASE carried WHEN 'administrator' THEN 'administrator' ELSE 'agent' END",
    "ALTER TABLE people DROP COLUMN carried",
    "ALTER TABLE people ADD COLUMN password VARCHAR",
    "ALTER TABLE people ADD COLUMN password_at VARCHAR",
    "ALTER TABLE sessions ADD COLUMN device VARCHAR DEFAULT '' NOT NULL",
    """
    CREATE TABLE groups (
        id VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        created_at VARCHAR NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (name)
    )
    """,
    """
    CREATE TABLE group_people (
        team VARCHAR NOT NULL,
        person VARCHAR NOT NULL,
        PRIMARY KEY (team, person),
        FOREIGN KEY(team) REFERENCES groups (id) ON DELETE CASCADE,
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX group_people_person ON group_people (person)",
    """
    CREATE TABLE group_members (
        space VARCHAR NOT NULL,
        team VARCHAR NOT NULL,
        "right" VARCHAR NOT NULL CHECK ("right" IN ('read', 'contribute', 'manage')),
        PRIMARY KEY (space, team),
        FOREIGN KEY(space) REFERENCES spaces (id) ON DELETE CASCADE,
        FOREIGN KEY(team) REFERENCES groups (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX group_members_team ON group_members (team)",
    """
    CREATE TABLE failures (
        subject VARCHAR NOT NULL,
        tries INTEGER NOT NULL,
        last_at VARCHAR NOT NULL,
        until VARCHAR,
        PRIMARY KEY (subject)
    )
    """,
    "CREATE INDEX failures_last ON failures (last_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(" ".join(statement.split()))
