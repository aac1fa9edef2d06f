"""Accounts that a directory or an identity provider speaks for; readings of a directory; how far webhooks are."""

from alembic import op

revision = "0037"
down_revision = "0038"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE outside_people (
        source VARCHAR NOT NULL,
        "key" VARCHAR NOT NULL,
        person VARCHAR NOT NULL,
        dn VARCHAR NOT NULL,
        closed BOOLEAN DEFAULT '0' NOT NULL,
        PRIMARY KEY (source, "key"),
        UNIQUE (person),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE provider_people (
        provider VARCHAR NOT NULL,
        subject VARCHAR NOT NULL,
        person VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        PRIMARY KEY (provider, subject),
        UNIQUE (provider, person),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX provider_people_person ON provider_people (person)",
    """
    CREATE TABLE hook_places (
        hook VARCHAR NOT NULL,
        next INTEGER NOT NULL,
        tries INTEGER DEFAULT '0' NOT NULL,
        until VARCHAR,
        sent INTEGER DEFAULT '0' NOT NULL,
        lost INTEGER DEFAULT '0' NOT NULL,
        told TEXT DEFAULT '' NOT NULL,
        PRIMARY KEY (hook)
    )
    """,
    """
    CREATE TABLE directory_runs (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        source VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        outcome VARCHAR NOT NULL CHECK (outcome IN ('done', 'doubtful', 'failed')),
        told TEXT NOT NULL
    )
    """,
    "CREATE INDEX directory_runs_source ON directory_runs (source, number)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(" ".join(statement.split()))
