"""Requests of people about their data, and where each was found; documents to be examined again."""

from alembic import op

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE person_requests (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        id VARCHAR NOT NULL,
        kind VARCHAR NOT NULL CHECK (kind IN ('access', 'erasure', 'portability')),
        state VARCHAR NOT NULL CHECK (state IN ('open', 'erasing', 'done', 'refused')),
        said JSON NOT NULL,
        note TEXT NOT NULL,
        received_on VARCHAR NOT NULL,
        due_on VARCHAR NOT NULL,
        extended JSON,
        ended JSON,
        opened_by VARCHAR NOT NULL,
        opened_at VARCHAR NOT NULL,
        searched_at VARCHAR,
        scope JSON,
        exported_at VARCHAR,
        chain VARCHAR NOT NULL,
        UNIQUE (id)
    )
    """,
    """
    CREATE TABLE person_findings (
        id INTEGER NOT NULL,
        request INTEGER NOT NULL,
        kind VARCHAR NOT NULL,
        object VARCHAR NOT NULL,
        space VARCHAR DEFAULT '' NOT NULL,
        holder VARCHAR DEFAULT '' NOT NULL,
        whole INTEGER NOT NULL,
        likely INTEGER NOT NULL,
        same INTEGER NOT NULL,
        at JSON NOT NULL,
        choice VARCHAR DEFAULT '' NOT NULL,
        state VARCHAR DEFAULT 'found' NOT NULL CHECK (state IN ('found', 'done', 'told', 'kept', 'held')),
        reason VARCHAR DEFAULT '' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (request, kind, object, space),
        FOREIGN KEY(request) REFERENCES person_requests (number) ON DELETE CASCADE
    )
    """,
    """
    CREATE INDEX documents_unexamined ON documents (added_at, id)
    WHERE (coalesce(json_extract(personal, '$.edition'), 0) < 1)
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
