"""A second proof of who one is, its recovery codes; what a session tells of itself."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE factors (
        id VARCHAR NOT NULL,
        person VARCHAR NOT NULL,
        kind VARCHAR NOT NULL CHECK (kind IN ('totp', 'passkey')),
        name VARCHAR NOT NULL,
        secret BLOB NOT NULL,
        credential BLOB,
        counter INTEGER DEFAULT '0' NOT NULL,
        ready BOOLEAN DEFAULT '0' NOT NULL,
        created_at VARCHAR NOT NULL,
        used_at VARCHAR,
        PRIMARY KEY (id),
        UNIQUE (credential),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX factors_person ON factors (person, ready)",
    """
    CREATE TABLE recovery_codes (
        hash BLOB NOT NULL,
        person VARCHAR NOT NULL,
        used_at VARCHAR,
        PRIMARY KEY (hash),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX recovery_codes_person ON recovery_codes (person)",
    """
    CREATE TABLE halves (
        hash BLOB NOT NULL,
        person VARCHAR NOT NULL,
        device VARCHAR NOT NULL,
        challenge BLOB,
        expires_at VARCHAR NOT NULL,
        PRIMARY KEY (hash),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX halves_person ON halves (person)",
    "ALTER TABLE sessions ADD COLUMN address VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE sessions ADD COLUMN second BOOLEAN DEFAULT '0' NOT NULL",
    "ALTER TABLE sessions ADD COLUMN confirmed_at VARCHAR",
    "ALTER TABLE people ADD COLUMN reset_by VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE people ADD COLUMN reset_at VARCHAR",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(" ".join(statement.split()))
