"""A draft in which one section alone was written anew, and what its form was given since."""

from alembic import op

revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE drafts ADD COLUMN section INTEGER DEFAULT '0' NOT NULL",
    "ALTER TABLE drafts ADD COLUMN given JSON",
)


def upgrade() -> None:
    """From 0013."""
    for statement in STATEMENTS:
        op.execute(statement)
