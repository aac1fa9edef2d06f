"""The tables of ``house.db``: people, spaces, document rows, conversations.

Times are ``clock.iso`` texts (fixed width, UTC: they sort as text). Secrets are never stored, only their SHA-256.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from demeure.store.ready_tables import ready_tables
from demeure.store.word_tables import word_tables

metadata = MetaData()

people = Table(
    "people",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("login", String, nullable=False, unique=True),
    Column("created_at", String, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default="0"),
    # Argon2id, with its parameters and salt; none before the first one is chosen; ``directory:ID``: that one tells
    Column("password", String),
    Column("password_at", String),
    Column(
        "role",
        String,
        CheckConstraint(
            "role IN ('administrator', 'referent', 'dpo', 'auditor', 'contractor', 'elected', 'agent')"
        ),
        nullable=False,
        server_default="agent",
    ),
    Column("reset_by", String, nullable=False, server_default=""),  # actor id of who took their second proof away
    Column("reset_at", String),
)

groups = Table(
    "groups",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("created_at", String, nullable=False),
)

group_people = Table(
    "group_people",
    metadata,
    Column("team", String, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Index("group_people_person", "person"),  # the groups of one person, at every request
)

failures = Table(
    "failures",
    metadata,
    Column("subject", String, primary_key=True),  # a digest: see identity/lockout.py
    Column("tries", Integer, nullable=False),
    Column("last_at", String, nullable=False),
    Column("until", String),
    Index("failures_last", "last_at"),  # forgetting the old ones
)

links = Table(
    "links",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of the token
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("purpose", String, nullable=False),
    Column("created_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("used_at", String),
    Column("created_by", String, nullable=False, server_default=""),  # actor id; no foreign key: systems give links
    Index("links_person", "person"),  # deleting a person looks for their links (foreign key)
)

sessions = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of the token
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("last_seen", String, nullable=False),
    Column("device", String, nullable=False, server_default=""),  # « Firefox, Windows »: to tell one's own apart
    Column("address", String, nullable=False, server_default=""),  # where it began
    Column("second", Boolean, nullable=False, server_default="0"),  # it began, or was confirmed, by a second proof
    Column("confirmed_at", String),  # when its holder last showed who they are; none: when it began
    Column("provider", String, nullable=False, server_default=""),  # the identity provider that they came by
    Column("hint", Text, nullable=False, server_default=""),  # the ID token that it signed: what signs out there
    Index("sessions_person", "person"),  # closing all sessions of a person
    Index("sessions_expires", "expires_at"),  # removing the expired ones
)

spaces = Table(
    "spaces",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("created_at", String, nullable=False),
    Column("deleting", Boolean, nullable=False, server_default="0"),
    Column("gaps_since", String),  # since when its questions without an answer are gathered; none: they are not
    Column("sensitivity", String),  # its class in the policy; none: the policy's default
    Column("held", String),  # why nothing of it may be destroyed now; none: nothing holds it
    Column("visa", String),  # number of the archives' visa to destroy it, where one is needed
)

members = Table(
    "members",
    metadata,
    Column("space", String, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("right", String, CheckConstraint("\"right\" IN ('read', 'contribute', 'manage')"), nullable=False),
    Index("members_person", "person"),  # the spaces of one person, at every request
)

group_members = Table(
    "group_members",
    metadata,
    Column("space", String, ForeignKey("spaces.id", ondelete="CASCADE"), primary_key=True),
    Column("team", String, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column("right", String, CheckConstraint("\"right\" IN ('read', 'contribute', 'manage')"), nullable=False),
    Index("group_members_team", "team"),  # the spaces of one group
)

DOCUMENT_STATES = ("received", "reading", "searchable", "ready", "failed")

ALONE = "(attempts > 0 OR format NOT IN ('txt', 'md', 'csv') OR size > 65536)"
"""What lease_company leaves to the lines that read one document at a time."""

UNEXAMINED = "(coalesce(json_extract(personal, '$.edition'), 0) < 1)"
"""What the line that examines again takes."""

documents = Table(
    "documents",
    metadata,
    Column("id", String, primary_key=True),
    Column("space", String, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
    Column("name", String, nullable=False),
    Column("format", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String, nullable=False),  # hexadecimal, of the clear bytes
    Column(
        "state",
        String,
        CheckConstraint("state IN ('received', 'reading', 'searchable', 'ready', 'failed')"),
        nullable=False,
    ),
    Column("reason", JSON(none_as_null=True)),  # {"code": error code, "params": {…}} of a failed document
    Column("pages", Integer),
    Column("characters", Integer),
    Column("passages", Integer, nullable=False, server_default="0"),
    Column("embedded", Integer, nullable=False, server_default="0"),  # passages that have their vector
    Column("lease_owner", String),
    Column("lease_until", String),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("added_by", String, nullable=False),  # actor id; no foreign key: systems add documents too
    Column("chain", String, nullable=False),  # the journal chain of its ingestion
    Column("added_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("deleting", Boolean, nullable=False, server_default="0"),
    Column("flags", JSON(none_as_null=True)),  # {name: times}, see workshop/flags.py
    Column("author", String),  # who wrote it, as the file says
    Column("written_on", String),  # the day it was written, as the file says: YYYY-MM-DD
    Column("came_from", String, nullable=False, server_default="unknown"),  # page, api, command, system
    Column("path", String),  # where it stood in the folder that was brought, its own name included
    Column("tags_chain", String),  # the journal chain that changed its tags last: a crash can be told
    Column(
        "index_version", Integer, nullable=False, server_default="0"
    ),  # version of its index, library/indexing.py
    Column(
        "supersedes", String
    ),  # the document whose place it takes once it can be searched; no foreign key: it may go
    Column("antivirus", JSON(none_as_null=True)),  # {verdict, name, by, at}: what it said before the reading
    Column("owner", String),  # who looks after it, in words
    Column("review_on", String),  # the day from which it is to be read again: YYYY-MM-DD
    Column("keep_until", String),  # the last day it is to be kept
    Column("care_chain", String),  # the journal chain that changed these last: a crash can be told
    Column("cited_on", String),  # the last day an answer cited it
    Column("outlined", Integer, nullable=False, server_default="0"),  # version of its outline, versions/outline.py
    Column("title_key", String),  # its title without what tells versions apart, versions/marks.py
    Column("begins", String),  # the first day of the period that its title, or else its file, tells
    Column("ends", String),  # and the last one
    Column("personal", JSON(none_as_null=True)),  # {edition, kinds: {kind: how many}}; NULL: not examined
    Column("sensitivity", String),  # its own class, where it is higher than its space's
    Column("held", String),  # why it may not be destroyed now; none: nothing holds it
    Column("visa", String),  # number of the archives' visa to destroy it, where one is needed
    UniqueConstraint("space", "sha256"),  # the same bytes are in a space once; also lists a space's documents
    Index("documents_next", "state", "added_at", "id"),  # the worker takes the oldest that waits for a line
    Index("documents_reindex", "state", "index_version"),
    Index("documents_outline", "state", "outlined"),
    Index("documents_leaving", "added_at", sqlite_where=text("deleting IS 1")),
    Index(
        "documents_pictures",
        "state",
        sqlite_where=text("(coalesce(json_extract(flags, '$.\"pages-to-recognise\"'), 0) > 0)"),
    ),
    # read before there were marks of personal data, or by an older edition of their rules (library/leases.py)
    Index("documents_unexamined", "added_at", "id", sqlite_where=text(UNEXAMINED)),
    # received, and not to be read in company: found at once among thousands that are (library/leases.py)
    Index("documents_alone", "state", "added_at", "id", sqlite_where=text(ALONE)),
    Index("documents_shelf", "space", "added_at"),  # a page of a space's list, newest first
    # has a newer one taken its place? partial, because nearly no document takes another's
    Index("documents_supersedes", "supersedes", sqlite_where=Column("supersedes").is_not(None)),
    Index("documents_title", "space", "title_key"),  # which documents have the same title?
)

VERSION_STATES = ("linked", "proposed", "refused")

versions = Table(
    "versions",
    metadata,
    Column("document", String, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("former", String, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("state", String, CheckConstraint("state IN ('linked', 'proposed', 'refused')"), nullable=False),
    Column("by", String, nullable=False),  # actor id; ``rule``: by itself
    Column("why", String, nullable=False),  # what told the order, versions/kinship.py
    Column("at", String, nullable=False),
    Column("chain", String, nullable=False),  # the journal chain that wrote it: a crash can be told
    Index("versions_by_former", "former"),  # deleting a document looks for what names it (foreign key)
    # one newer and one former at most: versions are a line, and two hands cannot fork it
    Index("versions_former", "former", unique=True, sqlite_where=Column("state") == "linked"),
    Index("versions_document", "document", unique=True, sqlite_where=Column("state") == "linked"),
)

FOLDER_STATES = ("new", "ok", "scanning", "unreachable", "held")

folders = Table(
    "folders",
    metadata,
    Column("id", String, primary_key=True),
    Column("space", String, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
    Column("place", LargeBinary, nullable=False),  # absolute path, as the machine's bytes
    Column("name", String, nullable=False),  # its path, for people
    Column("declared_by", String, nullable=False),  # actor id
    Column("declared_at", String, nullable=False),
    Column("every", Integer, nullable=False),  # minutes between scans; 0: when asked
    Column("ignore", JSON, nullable=False),  # patterns beside the usual ones
    Column("keep_days", Integer, nullable=False, server_default="0"),  # how long a superseded document stays
    Column("mounted", Boolean, nullable=False, server_default="0"),  # it was a mount point when it was first read
    Column(
        "state",
        String,
        CheckConstraint("state IN ('new', 'ok', 'scanning', 'unreachable', 'held')"),
        nullable=False,
    ),
    Column("reason", JSON(none_as_null=True)),  # {"fr", "en"} of what is wrong
    Column("paused", Boolean, nullable=False, server_default="0"),
    Column("asked", String, nullable=False, server_default=""),  # scan or verify, at once
    Column("asked_by", String, nullable=False, server_default=""),  # actor id
    Column("next_at", String, nullable=False),
    Column("held", Integer, nullable=False, server_default="0"),  # files gone that wait for somebody's word
    Column("agreed", Integer, nullable=False, server_default="0"),  # how many of them somebody said are really gone
    Column("drop", Boolean, nullable=False, server_default="0"),  # what leaves it stays in the house
    Index("folders_space", "space"),
)

folder_files = Table(
    "folder_files",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folder", String, ForeignKey("folders.id", ondelete="CASCADE"), nullable=False),
    Column("path", LargeBinary, nullable=False),  # from the folder's root, as the machine's bytes
    Column("size", Integer, nullable=False),
    Column("mtime", Integer, nullable=False),  # nanoseconds, by the share's clock: compared, never ordered
    Column("pending", Boolean, nullable=False),  # to be read: new, or no longer the same
    Column("sha256", String),  # of what was read last
    Column("document", String),  # no foreign key: one that somebody deleted is not brought back
    Column("reason", String),  # error code: why it was not taken
    UniqueConstraint("folder", "path"),
    Index("folder_files_document", "document"),  # is a document still in some folder?
    Index("folder_files_pending", "folder", sqlite_where=Column("pending") == True),  # noqa: E712 - SQL
)

folder_scans = Table(
    "folder_scans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folder", String, ForeignKey("folders.id", ondelete="CASCADE"), nullable=False),
    Column("started_at", String, nullable=False),
    Column("ended_at", String),
    Column("outcome", String, nullable=False),  # running, done, held, unreachable, interrupted, refused
    Column("whole", Boolean, nullable=False),  # every file was read again
    Column("counts", JSON, nullable=False),  # {what: how many}
    Column("report", JSON, nullable=False),  # {what: [[path, why], …]}, the first of each
    Column("chain", String, nullable=False),  # its journal chain
    Index("folder_scans_folder", "folder", "id"),  # the last scans of a folder
)

document_places = Table(
    "document_places",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document", String, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("folder", String, nullable=False),  # id; no foreign key: what was is told after the folder is let go
    Column("path", String, nullable=False),  # for people
    Column("what", String, nullable=False),  # found, changed, moved, copied
    Column("at", String, nullable=False),
    Index("document_places_document", "document", "id"),  # the history of one document
)

snapshots, snapshot_documents, pins = ready_tables(metadata)

tags = Table(
    "tags",
    metadata,
    Column("document", String, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
    Column("folded", String, primary_key=True),  # without case or accents: the same word is there once
    Column("space", String, nullable=False),  # of the document: a space's tags without reading its documents
    Column("word", String, nullable=False),  # as it was first written
    Index("tags_space", "space", "folded"),  # the tags of a space, the documents of a tag
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("person", String, nullable=False),  # actor id; no foreign key: systems ask questions too
    Column("spaces", JSON, nullable=False),  # ids of the spaces chosen last; empty: all those one may read
    Column("title", Text, nullable=False),
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("sensitivity", String),  # the highest class that it touched
    Index("conversations_person", "person", "updated_at"),  # one person's list, latest first
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation", String, ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("chain", String, nullable=False),  # the journal chain of the question it belongs to
    Column("role", String, CheckConstraint("role IN ('user', 'assistant')"), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String, CheckConstraint("state IN ('open', 'closed', 'interrupted')"), nullable=False),
    Column("sources", JSON(none_as_null=True)),
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("journal", Integer),  # of an answer: index of its question's entry in the journal
    Column("details", JSON(none_as_null=True)),  # of an answer: see assistant.conversations.Details
    Column("again", Integer),  # of an answer: the message it tries again; a former try keeps its row
    Index("messages_conversation", "conversation", "id"),  # a conversation in reading order
    # recovery closes what a crash left open; partial, because nearly every message is closed
    Index("messages_open", "state", sqlite_where=Column("state") == "open"),
)

application_keys = Table(
    "application_keys",
    metadata,
    Column("name", String, primary_key=True),  # in the journal for ever: never given again
    Column("hash", LargeBinary, nullable=False, unique=True),  # SHA-256 of the secret, shown once
    Column("owner", String, ForeignKey("people.id"), nullable=False),  # it may do what they may, at most
    Column("scopes", JSON, nullable=False),  # policy.SCOPES
    Column("spaces", JSON, nullable=False),  # ids
    Column("created_by", String, nullable=False),  # actor id
    Column("created_at", String, nullable=False),
    Column("expires_at", String, nullable=False),
    Column("used_at", String),
    Column("revoked_at", String),
    Column("highest", String, nullable=False, server_default=""),  # class of the policy that it reaches; empty: any
    Column("quotas", JSON, nullable=False, server_default="{}"),  # identity.Quotas, what is not 0
    Column("former_hash", LargeBinary),  # of the secret before the last rotation
    Column("former_until", String),
    Index("application_keys_owner", "owner"),
    Index("application_keys_former", "former_hash", unique=True),  # of every request that shows a former secret
)

key_uses = Table(
    "key_uses",
    metadata,
    Column("key", String, ForeignKey("application_keys.name", ondelete="CASCADE"), primary_key=True),
    Column("day", String, primary_key=True),  # UTC
    Column("requests", Integer, nullable=False),
    Column("tokens", Integer, nullable=False),
)

# The search of one's own history is the FTS5 table ``recall`` (owner, words), declared in migration 0005. Its rowid
# is a message's; ``owner``: the person. It keeps its words, hence SQLite's secure-delete reaches what is deleted.

terms, texts = word_tables(metadata)
