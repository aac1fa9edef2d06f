"""More tables of ``house.db``: what protects people and their accounts beside the password."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from demeure.store.tables import metadata

READING_KINDS = ("person", "space")
READING_STATES = ("asked", "granted", "refused", "ended")

legal_readings = Table(
    "legal_readings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", String, CheckConstraint("kind IN ('person', 'space')"), nullable=False),
    Column("object", String, nullable=False),  # id of the person, or of the space; what was stays told
    Column("ground", String, nullable=False),  # the text that allows it
    Column("motive", Text, nullable=False),
    Column("hours", Integer, nullable=False),
    Column("asked_by", String, nullable=False),  # person id: the one who will read
    Column("asked_at", String, nullable=False),
    Column("state", String, CheckConstraint("state IN ('asked', 'granted', 'refused', 'ended')"), nullable=False),
    Column("decided_by", String, nullable=False, server_default=""),  # person id, never whoever asked
    Column("decided_at", String),
    Column("why", Text, nullable=False, server_default=""),  # of a refusal
    Column("until", String),
    Column("ended_at", String),  # ended by somebody, before its time
    Column("opened", Integer, nullable=False, server_default="0"),  # how many things were opened
    # the spaces that are open so, at every request
    Index("legal_readings_reader", "asked_by", "kind", sqlite_where=Column("state") == "granted"),
    sqlite_autoincrement=True,  # a number is never given twice
)

factors = Table(
    "factors",
    metadata,
    Column("id", String, primary_key=True),
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String, CheckConstraint("kind IN ('totp', 'passkey')"), nullable=False),
    Column("name", String, nullable=False),  # as its holder calls it
    Column("secret", LargeBinary, nullable=False),  # of the six figures; of a passkey, its public key
    Column("credential", LargeBinary, unique=True),  # of a passkey: how it is named
    Column("counter", Integer, nullable=False, server_default="0"),  # the last step, or count, that was accepted
    Column("ready", Boolean, nullable=False, server_default="0"),  # its holder showed once that it works
    Column("created_at", String, nullable=False),
    Column("used_at", String),
    Index("factors_person", "person", "ready"),  # has this person one? at every request
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of 80 random bits
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("used_at", String),
    Index("recovery_codes_person", "person"),
)

halves = Table(
    "halves",
    metadata,
    Column("hash", LargeBinary, primary_key=True),  # SHA-256 of a token that opens the second step and nothing else
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("device", String, nullable=False),
    Column("challenge", LargeBinary),  # what a passkey has to sign
    Column("expires_at", String, nullable=False),
    Column("provider", String, nullable=False, server_default=""),  # as of the session that it becomes
    Column("hint", Text, nullable=False, server_default=""),
    Index("halves_person", "person"),
)

charters = Table(
    "charters",
    metadata,
    Column("number", Integer, primary_key=True),  # 1, 2…: none is ever changed
    Column("digest", String, nullable=False),  # SHA-256 of its text; an empty text: withdrawn by this version
    Column("body", Text, nullable=False),
    Column("by", String, nullable=False),  # actor id
    Column("at", String, nullable=False),
)

charter_acceptances = Table(
    "charter_acceptances",
    metadata,
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, ForeignKey("charters.number"), primary_key=True),
    Column("at", String, nullable=False),
    Index("charter_acceptances_number", "number"),
)

rights_reviews = Table(
    "rights_reviews",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("by", String, nullable=False),  # person id
    Column("at", String, nullable=False),
    Column("digest", String, nullable=False),  # of the sheet that was read, identity/rights.py
    Column("people", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("chain", String, nullable=False),  # its journal chain: the signature
    sqlite_autoincrement=True,
)

outside_people = Table(
    "outside_people",
    metadata,
    Column("source", String, primary_key=True),  # a declared directory
    Column("key", String, primary_key=True),  # of their entry there: never changes
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("dn", String, nullable=False),  # what they are called there, when it was last read
    Column("closed", Boolean, nullable=False, server_default="0"),  # the directory closed the account, not a person
)

provider_people = Table(
    "provider_people",
    metadata,
    Column("provider", String, primary_key=True),  # a declared identity provider
    Column("subject", String, primary_key=True),  # « sub »: never changes, never given again
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("at", String, nullable=False),  # since when
    Column("used", String, nullable=False, server_default=""),  # when they last came in by it
    UniqueConstraint("provider", "person"),
    Index("provider_people_person", "person"),
)

hook_places = Table(
    "hook_places",
    metadata,
    Column("hook", String, primary_key=True),  # a declared webhook
    Column("next", Integer, nullable=False),  # the first entry of the journal that it was not told
    Column("tries", Integer, nullable=False, server_default="0"),  # of that one
    Column("until", String),  # not before
    Column("sent", Integer, nullable=False, server_default="0"),
    Column("lost", Integer, nullable=False, server_default="0"),  # given up after too many tries
    Column("told", Text, nullable=False, server_default=""),  # the last error: code, sentences (JSON)
    Column("used", String, nullable=False, server_default=""),  # when an entry was last received
)

directory_runs = Table(
    "directory_runs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("source", String, nullable=False),
    Column("at", String, nullable=False),
    Column("outcome", String, CheckConstraint("outcome IN ('done', 'doubtful', 'failed')"), nullable=False),
    Column("told", Text, nullable=False),  # JSON: numbers, no name
    Index("directory_runs_source", "source", "number"),
    sqlite_autoincrement=True,
)
