"""Works: what somebody asked a task for, its drafts and their parts, files dropped on a form, tasks of the
house."""

from alembic import op

revision = "0013"
down_revision = "0014"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE works (
        id VARCHAR NOT NULL,
        person VARCHAR NOT NULL,
        task VARCHAR NOT NULL,
        task_version INTEGER NOT NULL,
        language VARCHAR NOT NULL,
        title TEXT NOT NULL,
        fields JSON NOT NULL,
        spaces JSON NOT NULL,
        shared VARCHAR,
        created_at VARCHAR NOT NULL,
        updated_at VARCHAR NOT NULL,
        PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX works_person ON works (person, updated_at)",
    "CREATE INDEX works_shared ON works (shared) WHERE shared IS NOT NULL",
    """
    CREATE TABLE drafts (
        id INTEGER NOT NULL,
        work VARCHAR NOT NULL,
        number INTEGER NOT NULL,
        chain VARCHAR NOT NULL,
        journal INTEGER,
        "of" INTEGER DEFAULT '0' NOT NULL,
        wish TEXT DEFAULT '' NOT NULL,
        state VARCHAR NOT NULL CHECK (state IN ('asked', 'drafting', 'done', 'stopped', 'failed')),
        text TEXT NOT NULL,
        by_hand BOOLEAN DEFAULT '0' NOT NULL,
        reason JSON,
        "plan" VARCHAR DEFAULT '' NOT NULL,
        sources JSON,
        report JSON,
        details JSON,
        created_at VARCHAR NOT NULL,
        updated_at VARCHAR NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (work, number),
        FOREIGN KEY(work) REFERENCES works (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX drafts_open ON drafts (state) WHERE state IN ('asked', 'drafting')",
    """
    CREATE TABLE draft_parts (
        draft INTEGER NOT NULL,
        ordinal INTEGER NOT NULL,
        title TEXT NOT NULL,
        place VARCHAR DEFAULT '' NOT NULL,
        text TEXT,
        PRIMARY KEY (draft, ordinal),
        FOREIGN KEY(draft) REFERENCES drafts (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE work_files (
        id VARCHAR NOT NULL,
        person VARCHAR NOT NULL,
        work VARCHAR,
        name VARCHAR NOT NULL,
        format VARCHAR NOT NULL,
        pages INTEGER NOT NULL,
        parts JSON NOT NULL,
        created_at VARCHAR NOT NULL,
        PRIMARY KEY (id),
        FOREIGN KEY(work) REFERENCES works (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX work_files_work ON work_files (work)",
    "CREATE INDEX work_files_person ON work_files (person, created_at)",
    """
    CREATE TABLE own_tasks (
        name VARCHAR NOT NULL,
        version INTEGER NOT NULL,
        text TEXT NOT NULL,
        added_by VARCHAR NOT NULL,
        added_at VARCHAR NOT NULL,
        withdrawn BOOLEAN DEFAULT '0' NOT NULL,
        PRIMARY KEY (name, version)
    )
    """,
    """
    CREATE VIRTUAL TABLE work_recall USING fts5(
        owner, words, tokenize = "unicode61 remove_diacritics 2"
    )
    """,
    "INSERT INTO work_recall (work_recall, rank) VALUES ('secure-delete', 1)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
