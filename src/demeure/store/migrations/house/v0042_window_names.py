"""Windows of contractors keep the names that were read when they were asked for."""

from alembic import op

revision = "0042"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in ("firm", "worker", "login"):
        op.execute(f"ALTER TABLE contractor_windows ADD COLUMN {column} VARCHAR DEFAULT '' NOT NULL")
