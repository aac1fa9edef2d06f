"""A person may be the data protection officer.

SQLite cannot change a CHECK: the column is made again, its values carried over.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE people ADD COLUMN carried VARCHAR",
    "UPDATE people SET carried = role",
    "ALTER TABLE people DROP COLUMN role",
    """
    ALTER TABLE people ADD COLUMN role VARCHAR DEFAULT 'agent' NOT NULL
    CHECK (role IN ('administrator', 'referent', 'dpo', 'agent'))
    """,
    "UPDATE people SET role = carried",
    "ALTER TABLE people DROP COLUMN carried",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(" ".join(statement.split()))
