"""Documents that are read one by one are found at once among thousands that are read in company."""

from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX documents_alone ON documents (state, added_at, id) "
        "WHERE (attempts > 0 OR format NOT IN ('txt', 'md', 'csv') OR size > 65536)"
    )
