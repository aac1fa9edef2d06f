"""A work keeps the route whose engine writes it; empty: the house's own model."""

from alembic import op

revision = "0041"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE works ADD COLUMN route VARCHAR DEFAULT '' NOT NULL")
