"""A one-time link as its holder is told of it, and what they choose with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, Select, select, update

from demeure.clock import iso
from demeure.identity.person import Person
from demeure.identity.tokens import new_token
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


def new_link(person: str, purpose: str, by: str, now: datetime, minutes: float) -> tuple[str, dict[str, object]]:
    """A token, and the row that keeps its hash. ``by``: actor id of who makes it."""
    token, digest = new_token()
    times = {"created_at": iso(now), "expires_at": iso(now + timedelta(minutes=minutes))}
    return token, {"hash": digest, "person": person, "purpose": purpose, "created_by": by, **times}


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


def spend_links(connection: Connection, person: str, now: str) -> None:
    """Those that waited have served: their holder chose a password."""
    waiting = update(links).where(links.c.person == person, links.c.used_at.is_(None))
    connection.execute(waiting.values(used_at=now))


def expire_links(connection: Connection, person: str, now: str) -> None:
    """Those that waited open nothing any more: the first may be where nobody knows."""
    waiting = update(links).where(links.c.person == person, links.c.used_at.is_(None), links.c.expires_at > now)
    connection.execute(waiting.values(expires_at=now))
