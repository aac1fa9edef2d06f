"""Further tables of ``house.db``: registers and what people wrote in them, incidents, courses followed."""

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from demeure.store.tables import metadata

INCIDENT_STATES = ("open", "notified", "closed")

register_texts = Table(
    "register_texts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("document", String, nullable=False),
    Column("section", String, nullable=False),
    Column("base", Text, nullable=False),  # the generated text that it was written on
    Column("body", Text, nullable=False),
    Column("by", String, nullable=False),  # actor id
    Column("at", String, nullable=False),
    Index("register_texts_section", "document", "section", "number"),
    sqlite_autoincrement=True,
)
"""Nothing is changed here: the last row of a part is its text, those before it are what it was."""

register_versions = Table(
    "register_versions",
    metadata,
    Column("document", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("digest", String, nullable=False),  # SHA-256 of body, hexadecimal
    Column("body", Text, nullable=False),
    Column("by", String, nullable=False),  # actor id
    Column("at", String, nullable=False),
    Column("chain", String, nullable=False),  # its journal chain: the signature
)

incidents = Table(
    "incidents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("practice", Boolean, nullable=False),  # an exercise: never counted, never told
    Column("state", String, CheckConstraint("state IN ('open', 'notified', 'closed')"), nullable=False),
    Column("known_at", String, nullable=False),  # when somebody of the organisation knew: the clock starts
    Column("fields", JSON, nullable=False),  # the form, field → text
    Column("scope", JSON),  # what the journal says of the time concerned
    Column("opened_by", String, nullable=False),  # actor id
    Column("opened_at", String, nullable=False),
    Column("notified_at", String),
    Column("closed_at", String),
    Column("chain", String, nullable=False),
    sqlite_autoincrement=True,
)

course_records = Table(
    "course_records",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("course", String, nullable=False),  # of a role
    Column("digest", String, nullable=False),  # of the course that was followed
    Column("right", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("passed", Boolean, nullable=False),
    Column("at", String, nullable=False),
    Column("chain", String, nullable=False),
    Index("course_records_person", "person", "at"),
    sqlite_autoincrement=True,
)
