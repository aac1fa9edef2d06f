"""The house database as first released. A migration is frozen: it never imports ``tables``."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE conversations (
        id VARCHAR NOT NULL,
        person VARCHAR NOT NULL,
        spaces JSON NOT NULL,
        title TEXT NOT NULL,
        created_at VARCHAR NOT NULL,
        updated_at VARCHAR NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX conversations_person ON conversations (person, updated_at)",
    """
    CREATE TABLE people (
        id VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        login VARCHAR NOT NULL,
        role VARCHAR NOT NULL CHECK (role IN ('administrator', 'member')),
        created_at VARCHAR NOT NULL,
        disabled BOOLEAN DEFAULT '0' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (login)
    )
    """,
    """
    CREATE TABLE spaces (
        id VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        created_at VARCHAR NOT NULL,
        deleting BOOLEAN DEFAULT '0' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (name)
    )
    """,
    """
    CREATE TABLE documents (
        id VARCHAR NOT NULL,
        space VARCHAR NOT NULL,
        name VARCHAR NOT NULL,
        format VARCHAR NOT NULL,
        size INTEGER NOT NULL,
        sha256 VARCHAR NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('received', 'reading', 'searchable', 'ready', 'failed')),
        reason JSON,
        pages INTEGER,
        characters INTEGER,
        passages INTEGER DEFAULT '0' NOT NULL,
        embedded INTEGER DEFAULT '0' NOT NULL,
        lease_owner VARCHAR,
        lease_until VARCHAR,
        attempts INTEGER DEFAULT '0' NOT NULL,
        added_by VARCHAR NOT NULL,
        chain VARCHAR NOT NULL,
        added_at VARCHAR NOT NULL,
        updated_at VARCHAR NOT NULL,
        deleting BOOLEAN DEFAULT '0' NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (space, sha256),
        FOREIGN KEY(space) REFERENCES spaces (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX documents_work ON documents (state, lease_until)",
    """
    CREATE TABLE links (
        hash BLOB NOT NULL,
        person VARCHAR NOT NULL,
        purpose VARCHAR NOT NULL,
        created_at VARCHAR NOT NULL,
        expires_at VARCHAR NOT NULL,
        used_at VARCHAR,
        PRIMARY KEY (hash),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX links_person ON links (person)",
    """
    CREATE TABLE members (
        space VARCHAR NOT NULL,
        person VARCHAR NOT NULL,
        "right" VARCHAR NOT NULL CHECK ("right" IN ('read', 'contribute', 'manage')),
        PRIMARY KEY (space, person),
        FOREIGN KEY(space) REFERENCES spaces (id) ON DELETE CASCADE,
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX members_person ON members (person)",
    """
    CREATE TABLE messages (
        id INTEGER NOT NULL,
        conversation VARCHAR NOT NULL,
        chain VARCHAR NOT NULL,
        role VARCHAR NOT NULL CHECK (role IN ('user', 'assistant')),
        text TEXT NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('open', 'closed', 'interrupted')),
        sources JSON,
        created_at VARCHAR NOT NULL,
        updated_at VARCHAR NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(conversation) REFERENCES conversations (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX messages_conversation ON messages (conversation, id)",
    "CREATE INDEX messages_open ON messages (state) WHERE state = 'open'",
    """
    CREATE TABLE sessions (
        hash BLOB NOT NULL,
        person VARCHAR NOT NULL,
        created_at VARCHAR NOT NULL,
        expires_at VARCHAR NOT NULL,
        last_seen VARCHAR NOT NULL,
        PRIMARY KEY (hash),
        FOREIGN KEY(person) REFERENCES people (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX sessions_expires ON sessions (expires_at)",
    "CREATE INDEX sessions_person ON sessions (person)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
