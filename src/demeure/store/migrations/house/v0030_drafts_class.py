"""A work keeps the highest class of the documents that its drafts read; NULL: none of them has its own."""

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE works ADD COLUMN sensitivity VARCHAR")
