"""Keys of applications: the class they reach, their quotas, the secret before the last one, what they used."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE application_keys ADD COLUMN highest VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE application_keys ADD COLUMN quotas JSON DEFAULT '{}' NOT NULL",
    "ALTER TABLE application_keys ADD COLUMN former_hash BLOB",
    "ALTER TABLE application_keys ADD COLUMN former_until VARCHAR",
    "CREATE UNIQUE INDEX application_keys_former ON application_keys (former_hash)",
    """
    CREATE TABLE key_uses (
        "key" VARCHAR NOT NULL,
        day VARCHAR NOT NULL,
        requests INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        PRIMARY KEY ("key", day),
        FOREIGN KEY("key") REFERENCES application_keys (name) ON DELETE CASCADE
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
