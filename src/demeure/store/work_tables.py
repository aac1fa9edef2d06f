"""More tables of ``house.db``: works, their drafts and parts, files dropped on a form, the organisation’s
tasks, recordings."""

from sqlalchemy import (
    JSON,
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

WORK_STATES = ("asked", "drafting", "done", "stopped", "failed")

works = Table(
    "works",
    metadata,
    Column("id", String, primary_key=True),
    Column("person", String, nullable=False),  # actor id; no foreign key: systems give tasks too
    Column("task", String, nullable=False),
    Column("task_version", Integer, nullable=False),
    Column("language", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("fields", JSON, nullable=False),  # {name: value} of the form
    Column("spaces", JSON, nullable=False),  # ids of the spaces that its documents come from
    Column("shared", String),  # id of the space where it may be read; no foreign key: the space may go
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("sensitivity", String),  # the highest class of what its drafts read; none: no document has its own
    Column("route", String, nullable=False, server_default=""),  # whose engine writes it; empty: the house's own
    Index("works_person", "person", "updated_at"),  # one person's list, latest first
    Index("works_shared", "shared", sqlite_where=Column("shared").is_not(None)),  # nearly no work is shared
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("work", String, ForeignKey("works.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2… in its work
    Column("chain", String, nullable=False),  # its journal chain
    Column("journal", Integer),  # index of the entry that asked for it
    Column("of", Integer, nullable=False, server_default="0"),  # number of the draft that it refines
    Column("wish", Text, nullable=False, server_default=""),  # how: a word of assistant.tasks.refine, or a sentence
    Column(
        "state",
        String,
        CheckConstraint("state IN ('asked', 'drafting', 'done', 'stopped', 'failed')"),
        nullable=False,
    ),
    Column("text", Text, nullable=False),
    Column("by_hand", Boolean, nullable=False, server_default="0"),  # its text was changed by its author
    Column("reason", JSON(none_as_null=True)),  # {"code", "fr", "en"} of a failed draft
    Column("plan", String, nullable=False, server_default=""),  # digest of what its parts were cut from
    Column("sources", JSON(none_as_null=True)),
    Column("report", JSON(none_as_null=True)),  # what is told under it, see assistant.tasks.report
    Column("details", JSON(none_as_null=True)),  # how it was made
    Column("created_at", String, nullable=False),
    Column("updated_at", String, nullable=False),
    Column("section", Integer, nullable=False, server_default="0"),  # 1, 2…: the only one that was written anew
    Column("given", JSON(none_as_null=True)),  # {name: value}: fields that were changed since the form
    UniqueConstraint("work", "number"),  # also lists the drafts of a work in order
    # a start takes up what a crash left; partial, because nearly every draft is over
    Index("drafts_open", "state", sqlite_where=Column("state").in_(("asked", "drafting"))),
)

draft_parts = Table(
    "draft_parts",
    metadata,
    Column("draft", Integer, ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("title", Text, nullable=False),
    Column("place", String, nullable=False, server_default=""),  # « p. 3 à 7 »
    Column("text", Text),  # what the model said, once it has said it all; none before
)

work_files = Table(
    "work_files",
    metadata,
    Column("id", String, primary_key=True),
    Column("person", String, nullable=False),
    Column("work", String, ForeignKey("works.id", ondelete="CASCADE")),  # none: dropped on a form, not used yet
    Column("name", String, nullable=False),
    Column("format", String, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("parts", JSON, nullable=False),  # [{"place", "text", "headings"}], as the workshop read it
    Column("created_at", String, nullable=False),
    Column("answering", JSON),  # of a message: whom to answer, about what, after which (workshop.Answering)
    Index("work_files_work", "work"),
    Index("work_files_person", "person", "created_at"),
)

recordings = Table(
    "recordings",
    metadata,
    Column("file", String, ForeignKey("work_files.id", ondelete="CASCADE"), primary_key=True),
    Column("milliseconds", Integer),  # none: still being received
    Column("damaged", Integer, nullable=False, server_default="0"),  # pieces that could not be read
)

recording_windows = Table(
    "recording_windows",
    metadata,
    Column("file", String, ForeignKey("recordings.file", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("at", Integer, nullable=False),  # milliseconds after the beginning
    Column("milliseconds", Integer, nullable=False),
    Column("sound", LargeBinary),  # 16 bits, 16,000 a second; none once the transcript is made
)

own_tasks = Table(
    "own_tasks",
    metadata,
    Column("name", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),  # the file as it was brought
    Column("added_by", String, nullable=False),
    Column("added_at", String, nullable=False),
    Column("withdrawn", Boolean, nullable=False, server_default="0"),
)

# The search of one's own works is the FTS5 table ``work_recall`` (owner, words), declared in migration 0013, as
# ``recall`` is. Its rowid is a draft's.
