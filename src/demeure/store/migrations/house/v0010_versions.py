"""Versions of one document; who looks after it, until when; when it was last cited; spaces that gather questions
without an answer. A document that a kept answer showed counts as cited on that answer's day."""

from alembic import op

revision = "0010"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE documents ADD COLUMN owner VARCHAR",
    "ALTER TABLE documents ADD COLUMN review_on VARCHAR",
    "ALTER TABLE documents ADD COLUMN keep_until VARCHAR",
    "ALTER TABLE documents ADD COLUMN care_chain VARCHAR",
    "ALTER TABLE documents ADD COLUMN cited_on VARCHAR",
    "ALTER TABLE documents ADD COLUMN outlined INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE documents ADD COLUMN title_key VARCHAR",
    "ALTER TABLE documents ADD COLUMN begins VARCHAR",
    "ALTER TABLE documents ADD COLUMN ends VARCHAR",
    "CREATE INDEX documents_title ON documents (space, title_key)",
    "ALTER TABLE spaces ADD COLUMN gaps_since VARCHAR",
    """
    CREATE TABLE versions (
        document VARCHAR NOT NULL,
        former VARCHAR NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('linked', 'proposed', 'refused')),
        "by" VARCHAR NOT NULL,
        why VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        chain VARCHAR NOT NULL,
        PRIMARY KEY (document, former),
        FOREIGN KEY(document) REFERENCES documents (id) ON DELETE CASCADE,
        FOREIGN KEY(former) REFERENCES documents (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX versions_by_former ON versions (former)",
    "CREATE UNIQUE INDEX versions_former ON versions (former) WHERE state = 'linked'",
    "CREATE UNIQUE INDEX versions_document ON versions (document) WHERE state = 'linked'",
    """
    UPDATE documents SET cited_on = seen.day FROM (
        SELECT json_extract(source.value, '$.document_id') AS id, substr(max(messages.created_at), 1, 10) AS day
        FROM messages, json_each(messages.sources) AS source GROUP BY 1
    ) AS seen WHERE seen.id = documents.id
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
