"""What a session came by, to sign out there too; when a provider and a webhook last served."""

from alembic import op

revision = "0045"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("sessions", "halves"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN provider VARCHAR DEFAULT '' NOT NULL")
        op.execute(f"ALTER TABLE {table} ADD COLUMN hint TEXT DEFAULT '' NOT NULL")
    for table in ("provider_people", "hook_places"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN used VARCHAR DEFAULT '' NOT NULL")
