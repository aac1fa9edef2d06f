"""More tables of ``house.db``: contractors, the windows opened for them, and what they typed and saw."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from demeure.store.tables import metadata

WINDOW_STATES = ("asked", "open", "closed", "dropped")

contractor_companies = Table(
    "contractor_companies",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("country", String, nullable=False),
    Column("law", String, nullable=False),  # whose law binds it, and who may order it to hand things over
    Column("contract", String, nullable=False),  # its reference
    Column("begins", String, nullable=False),  # days, ISO; empty: not said
    Column("ends", String, nullable=False),
    Column("annex", String, nullable=False),  # day of the annex of article 28, empty: none was signed
    Column("may", String, nullable=False),  # scopes, spaces between: what the contract lets it do
    Column("contacts", Text, nullable=False),
    Column("by", String, nullable=False),  # actor id
    Column("at", String, nullable=False),
)

contractor_people = Table(
    "contractor_people",
    metadata,
    Column("person", String, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    Column("company", String, ForeignKey("contractor_companies.id"), nullable=False),
    Column("at", String, nullable=False),
    Index("contractor_people_company", "company"),
)

contractor_windows = Table(
    "contractor_windows",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person", String, nullable=False),  # id; what was stays told
    Column("company", String, nullable=False),
    Column("scope", String, nullable=False),  # spaces between
    Column("motive", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("needed", Integer, nullable=False),  # persons, whoever asked included
    Column("asked_by", String, nullable=False),
    Column("asked_at", String, nullable=False),
    Column("approved_by", String, nullable=False, server_default=""),
    Column("last_hand", String, nullable=False),  # who asked, approved or extended last
    Column("state", String, CheckConstraint("state IN ('asked', 'open', 'closed', 'dropped')"), nullable=False),
    Column("opened_at", String),
    Column("until", String),
    Column("until_up", Float),  # the same end on the clock that nobody sets, seconds
    Column("seal", String, nullable=False, server_default=""),  # SHA-256 of a file beside, which no backup holds
    Column("seen_at", String),  # the latest moment at which the house looked: an earlier one is a clock set back
    Column("closed_at", String),
    Column("closed_by", String, nullable=False, server_default=""),
    Column("why", String, nullable=False, server_default=""),  # time, clock, person, account, restored
    Column("chain", String, nullable=False),  # its journal chain
    Column("report", Text, nullable=False, server_default=""),  # JSON, signed
    Column("signature", Text, nullable=False, server_default=""),
    Column("read_by", String, nullable=False, server_default=""),  # who took the report, for the organisation
    Column("read_at", String),
    Column("firm", String, nullable=False, server_default=""),  # names as whoever asked read them
    Column("worker", String, nullable=False, server_default=""),
    Column("login", String, nullable=False, server_default=""),
    # is one open for this person? at every request; and one at a time
    Index("contractor_windows_open", "person", unique=True, sqlite_where=Column("state") == "open"),
    sqlite_autoincrement=True,  # a number is never given twice
)

contractor_frames = Table(
    "contractor_frames",
    metadata,
    Column("visit", Integer, ForeignKey("contractor_windows.number"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Float, nullable=False),  # seconds since the window opened
    Column("kind", String, CheckConstraint("kind IN ('i', 'o', 'm')"), nullable=False),  # as asciicast names them
    Column("text", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of the one before and of this one
)
