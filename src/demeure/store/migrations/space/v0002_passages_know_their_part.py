"""A passage knows the context it is indexed with and where it stands in its part (library.chunking.Passage)."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE passages ADD COLUMN context TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE passages ADD COLUMN part INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE passages ADD COLUMN begins INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE passages ADD COLUMN ends INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE passages ADD COLUMN tail INTEGER DEFAULT '0' NOT NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
