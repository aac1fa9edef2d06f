"""Contractors: the register, the windows opened for them, what they typed and saw."""

from alembic import op

revision = "0038"
down_revision = "0039"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE contractor_companies (
        id VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        country VARCHAR NOT NULL,
        law VARCHAR NOT NULL,
        contract VARCHAR NOT NULL,
        begins VARCHAR NOT NULL,
        ends VARCHAR NOT NULL,
        annex VARCHAR NOT NULL,
        may VARCHAR NOT NULL,
        contacts TEXT NOT NULL,
        "by" VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (name)
    )
    """,
    """
    CREATE TABLE contractor_people (
        person VARCHAR NOT NULL,
        company VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        PRIMARY KEY (person),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE,
        FOREIGN KEY(company) REFERENCES contractor_companies (id)
    )
    """,
    "CREATE INDEX contractor_people_company ON contractor_people (company)",
    """
    CREATE TABLE contractor_windows (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        person VARCHAR NOT NULL,
        company VARCHAR NOT NULL,
        scope VARCHAR NOT NULL,
        motive TEXT NOT NULL,
        minutes INTEGER NOT NULL,
        needed INTEGER NOT NULL,
        asked_by VARCHAR NOT NULL,
        asked_at VARCHAR NOT NULL,
        approved_by VARCHAR DEFAULT '' NOT NULL,
        last_hand VARCHAR NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('asked', 'open', 'closed', 'dropped')),
        opened_at VARCHAR,
        until VARCHAR,
        until_up FLOAT,
        seal VARCHAR DEFAULT '' NOT NULL,
        seen_at VARCHAR,
        closed_at VARCHAR,
        closed_by VARCHAR DEFAULT '' NOT NULL,
        why VARCHAR DEFAULT '' NOT NULL,
        chain VARCHAR NOT NULL,
        report TEXT DEFAULT '' NOT NULL,
        signature TEXT DEFAULT '' NOT NULL,
        read_by VARCHAR DEFAULT '' NOT NULL,
        read_at VARCHAR
    )
    """,
    "CREATE UNIQUE INDEX contractor_windows_open ON contractor_windows (person) WHERE state = 'open'",
    """
    CREATE TABLE contractor_frames (
        visit INTEGER NOT NULL,
        number INTEGER NOT NULL,
        at FLOAT NOT NULL,
        kind VARCHAR NOT NULL CHECK (kind IN ('i', 'o', 'm')),
        text TEXT NOT NULL,
        digest BLOB NOT NULL,
        PRIMARY KEY (visit, number),
        FOREIGN KEY(visit) REFERENCES contractor_windows (number)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(" ".join(statement.split()))
