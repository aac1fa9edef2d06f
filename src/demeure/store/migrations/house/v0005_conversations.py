"""An answer knows its journal entry, how it was made and what it tries again; one's own history can be searched."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE messages ADD COLUMN journal INTEGER",
    "ALTER TABLE messages ADD COLUMN details JSON",
    "ALTER TABLE messages ADD COLUMN again INTEGER",
    """
    CREATE VIRTUAL TABLE recall USING fts5(
        owner, words, tokenize = "unicode61 remove_diacritics 2"
    )
    """,
    "INSERT INTO recall (recall, rank) VALUES ('secure-delete', 1)",
    """
    INSERT INTO recall (rowid, owner, words)
    SELECT messages.id, conversations.person, messages.text
    FROM messages JOIN conversations ON conversations.id = messages.conversation
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
