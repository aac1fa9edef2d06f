"""More tables of ``house.db``: requests of people about their data (RGPD 15, 17, 20), and where each was found."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from demeure.store.tables import metadata

REQUEST_KINDS = ("access", "erasure", "portability")
REQUEST_STATES = ("open", "erasing", "done", "refused")
FINDING_STATES = ("found", "done", "told", "kept", "held")

person_requests = Table(
    "person_requests",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("kind", String, CheckConstraint("kind IN ('access', 'erasure', 'portability')"), nullable=False),
    Column("state", String, CheckConstraint("state IN ('open', 'erasing', 'done', 'refused')"), nullable=False),
    Column("said", JSON, nullable=False),  # what the person is looked for by; emptied once their data are erased
    Column("note", Text, nullable=False),  # how they asked, how they proved who they are; emptied likewise
    Column("received_on", String, nullable=False),  # YYYY-MM-DD
    Column("due_on", String, nullable=False),
    Column("extended", JSON(none_as_null=True)),  # {"why", "on"}: by two months, once
    Column("ended", JSON(none_as_null=True)),  # {"ground", "why", "at", "entries": [opened, closed], "counts"}
    Column("opened_by", String, nullable=False),  # actor id
    Column("opened_at", String, nullable=False),
    Column("searched_at", String),
    Column("scope", JSON(none_as_null=True)),  # {"looked": {what: how many}, "not": [[kind, id, space, why], …]}
    Column("exported_at", String),
    Column("chain", String, nullable=False),  # its journal chain
    Column("practice", Boolean, nullable=False, server_default="0"),  # an exercise: nothing is erased nor counted
    sqlite_autoincrement=True,  # a number is never given twice
)

person_findings = Table(
    "person_findings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("request", Integer, ForeignKey("person_requests.number", ondelete="CASCADE"), nullable=False),
    Column("kind", String, nullable=False),  # persons.places.KINDS
    Column("object", String, nullable=False),
    Column("space", String, nullable=False, server_default=""),
    Column("holder", String, nullable=False, server_default=""),  # actor id of whose it is
    Column("whole", Integer, nullable=False),
    Column("likely", Integer, nullable=False),
    Column("same", Integer, nullable=False),
    Column("at", JSON, nullable=False),  # the first places, as readers of documents say them
    Column("choice", String, nullable=False, server_default=""),  # erase, tell, keep; none yet
    Column(
        "state",
        String,
        CheckConstraint("state IN ('found', 'done', 'told', 'kept', 'held')"),
        nullable=False,
        server_default="found",
    ),
    Column("reason", String, nullable=False, server_default=""),  # code of why it is kept
    UniqueConstraint("request", "kind", "object", "space"),
)
