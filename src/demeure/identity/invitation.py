"""A one-time link as its holder is told of it, and what they choose with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, select

from demeure.identity.person import Person
from demeure.store.tables import links, people


@dataclass(frozen=True)
class Chosen:
    """What the holder of a link chose. ``password``: hashed. ``name``, ``login``: only at the first set-up."""

    password: str
    name: str = ""
    login: str = ""


@dataclass(frozen=True)
class GivenLink:
    """A link as its holder is told of it. ``by``: name of who made it; empty: someone on the server itself.
    ``used_at``: None while it was not, nor made useless by another."""

    by: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Invitation:
    """What a link would open. ``first``: the account that the machine made, and nobody came in by it yet: its
    holder chooses its name and login. ``given``: by whom, when it was not by its holder."""

    person: Person
    first: bool
    given: GivenLink | None = None


def given_to(person: str) -> Select[tuple[str, str | None, str | None]]:
    """Links of ``person`` that were made by another."""
    makers = people.alias()
    query = select(links.c.created_at, links.c.used_at, makers.c.name)
    query = query.select_from(links).outerjoin(makers, makers.c.id == links.c.created_by)
    return query.where(links.c.person == person, links.c.created_by.not_in(("", person)))


def given_link(row: Row[tuple[str, str | None, str | None]]) -> GivenLink:
    """From a row of ``given_to``."""
    used = datetime.fromisoformat(row.used_at) if row.used_at else None
    return GivenLink(row.name or "", datetime.fromisoformat(row.created_at), used)
