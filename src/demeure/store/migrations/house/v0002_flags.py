"""A document keeps what its reading noticed (workshop flags: hidden characters removed, pages without text …)."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE documents ADD COLUMN flags JSON")
