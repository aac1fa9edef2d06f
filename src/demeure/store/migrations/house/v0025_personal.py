"""A document keeps which kinds of personal data its reading found; NULL: it was not examined."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE documents ADD COLUMN personal JSON")
