"""A one-time link says who gave it: its holder is told."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = ("ALTER TABLE links ADD COLUMN created_by VARCHAR DEFAULT '' NOT NULL",)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
