"""A space knows which model its vectors come from. Where the cache names several, none is trusted: made again."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE vector_source (
        id INTEGER NOT NULL CHECK (id = 1),
        model VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        whole BOOLEAN NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    """
    INSERT INTO vector_source (id, model, name, whole)
    SELECT 1, known.model, '', known.model <> '' OR NOT EXISTS (SELECT 1 FROM vectors)
    FROM (
        SELECT CASE WHEN count(DISTINCT model) = 1 AND EXISTS (SELECT 1 FROM vectors)
                    THEN min(model) ELSE '' END AS model
        FROM vector_cache
    ) AS known
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
