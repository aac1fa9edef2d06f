"""A further table of ``house.db``: the versions of the organisation's policy."""

from sqlalchemy import Column, Integer, String, Table, Text

from demeure.store.tables import metadata

policies = Table(
    "policies",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("digest", String, nullable=False),  # SHA-256 of the text, hexadecimal
    Column("text", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),  # why, in the words of whoever proposed it
    Column("former", Integer),  # the version that it brings back; none: a new text
    Column("by", String, nullable=False),  # actor id
    Column("at", String, nullable=False),
    Column("approved_by", String),  # actor id of the second person; none: one was enough
    Column("applied_at", String),  # none: it waits for somebody's word, or never had it
    Column("dropped_at", String),  # taken back, refused, or overtaken by another
)
"""The policy in force is the last one applied; before any, the one that a new house has."""
