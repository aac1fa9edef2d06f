"""The charter of use and who accepted it; reviews of rights, signed."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE charters (
        number INTEGER NOT NULL,
        digest VARCHAR NOT NULL,
        body TEXT NOT NULL,
        "by" VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        PRIMARY KEY (number)
    )
    """,
    """
    CREATE TABLE charter_acceptances (
        person VARCHAR NOT NULL,
        number INTEGER NOT NULL,
        at VARCHAR NOT NULL,
        PRIMARY KEY (person, number),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE,
        FOREIGN KEY(number) REFERENCES charters (number)
    )
    """,
    "CREATE INDEX charter_acceptances_number ON charter_acceptances (number)",
    """
    CREATE TABLE rights_reviews (
        number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        "by" VARCHAR NOT NULL,
        at VARCHAR NOT NULL,
        digest VARCHAR NOT NULL,
        people INTEGER NOT NULL,
        note TEXT NOT NULL,
        chain VARCHAR NOT NULL
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(" ".join(statement.split()))
