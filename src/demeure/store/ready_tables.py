"""Documents kept ready: states of the engine on the disk, what each is of, and what people pinned."""

from sqlalchemy import JSON, CheckConstraint, Column, ForeignKey, Index, Integer, MetaData, String, Table

STATES = "state IN ('waiting', 'preparing', 'ready', 'impossible')"
"""Of what somebody pinned."""


def ready_tables(metadata: MetaData) -> tuple[Table, Table, Table]:
    """(snapshots, snapshot_documents, pins), declared in ``metadata``."""
    snapshots = Table(
        "snapshots",
        metadata,
        Column("id", String, primary_key=True),
        Column("space", String, ForeignKey("spaces.id", ondelete="CASCADE"), nullable=False),
        Column("file", String, nullable=False, unique=True),  # in the space's folder; says what it is bound to
        Column("engine", String, nullable=False),  # digest of model, engine and context: no use to another
        Column("tokens", Integer, nullable=False),
        Column("size", Integer, nullable=False),  # bytes on disk
        Column("seconds", Integer, nullable=False),  # thousandths that reading the beginning took
        Column("made_at", String, nullable=False),
        Column("used_at", String, nullable=False),
        Index("snapshots_used", "used_at"),  # the least recently used goes first
    )

    snapshot_documents = Table(
        "snapshot_documents",
        metadata,
        Column("snapshot", String, ForeignKey("snapshots.id", ondelete="CASCADE"), primary_key=True),
        Column("document", String, primary_key=True),  # no foreign key: what is left of an erased one must be found
        Index("snapshot_documents_document", "document"),  # what is kept ready of one document
    )

    pins = Table(
        "pins",
        metadata,
        Column("document", String, ForeignKey("documents.id", ondelete="CASCADE"), primary_key=True),
        Column("by", String, nullable=False),  # actor id
        Column("at", String, nullable=False),
        Column("state", String, CheckConstraint(STATES), nullable=False),
        Column("reason", JSON(none_as_null=True)),  # {"fr", "en"} of why it is not possible
        Column("share", Integer, nullable=False, server_default="0"),  # hundredths read
    )
    return snapshots, snapshot_documents, pins
