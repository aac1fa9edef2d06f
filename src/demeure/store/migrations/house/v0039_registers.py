"""Registers: what people wrote in them, signed versions, incidents, courses followed."""

from alembic import op

revision = "0039"
down_revision = "0041"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE register_texts (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        document VARCHAR NOT NULL,
        section VARCHAR NOT NULL,
        base TEXT NOT NULL,
        body TEXT NOT NULL,
        "by" VARCHAR NOT NULL,
        at VARCHAR NOT NULL
    )
    """,
    "CREATE INDEX register_texts_section ON register_texts (document, section, number)",
    """
    CREATE TABLE register_versions (
        document VARCHAR NOT NULL,
        number INTEGER NOT NULL,
        digest VARCHAR NOT NULL,
        body TEXT NOT NULL,
        "by" VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        chain VARCHAR NOT NULL,
        PRIMARY KEY (document, number)
    )
    """,
    """
    CREATE TABLE incidents (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        practice BOOLEAN NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('open', 'notified', 'closed')),
        known_at VARCHAR NOT NULL,
        fields JSON NOT NULL,
        scope JSON,
        opened_by VARCHAR NOT NULL,
        opened_at VARCHAR NOT NULL,
        notified_at VARCHAR,
        closed_at VARCHAR,
        chain VARCHAR NOT NULL
    )
    """,
    """
    CREATE TABLE course_records (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        person VARCHAR NOT NULL,
        course VARCHAR NOT NULL,
        digest VARCHAR NOT NULL,
        "right" INTEGER NOT NULL,
        asked INTEGER NOT NULL,
        passed BOOLEAN NOT NULL,
        at VARCHAR NOT NULL,
        chain VARCHAR NOT NULL,
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX course_records_person ON course_records (person, at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
