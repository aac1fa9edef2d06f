"""More tables of ``house.db``: what protects people and their accounts beside the password."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
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
