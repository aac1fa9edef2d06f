"""Requests of people that are exercises: nothing is erased, nothing is counted."""

from alembic import op

revision = "0047"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE person_requests ADD COLUMN practice BOOLEAN DEFAULT '0' NOT NULL")
