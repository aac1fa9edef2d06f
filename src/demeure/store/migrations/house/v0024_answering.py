"""Of a message brought to a task: whom to answer, about what, after which messages."""

from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE work_files ADD COLUMN answering JSON")
