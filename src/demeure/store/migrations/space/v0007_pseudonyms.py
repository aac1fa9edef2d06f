"""Tables of pseudonyms, one a dossier, sealed with the space's key besides the database's own."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE pseudonyms (
            dossier VARCHAR NOT NULL,
            version INTEGER NOT NULL,
            sealed BLOB NOT NULL,
            changed_at VARCHAR NOT NULL,
            PRIMARY KEY (dossier)
        )
        """
    )
