"""Sessions: who holds one, until when, from which device. Tokens are looked for by their hash and compared in
constant time; the database never holds one."""

import hmac
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, delete, exists, func, insert, select, update

from demeure.clock import Clock, iso
from demeure.identity.dormant import AWAKE, SHOWN
from demeure.identity.factors import half_expiry
from demeure.identity.person import Person, person_of
from demeure.identity.tokens import new_token, token_hash
from demeure.policy import CHARTER, SECOND_FACTOR, WINDOW, Actor, Role
from demeure.store import Database, DatabaseBusy, DiskFull
from demeure.store.account_tables import charter_acceptances, charters, factors, halves
from demeure.store.tables import people, sessions

_SLIDE = timedelta(minutes=1)  # a page asks several times a second: one write a minute is enough

_ALIVE = (sessions.c.expires_at > bindparam("now"), sessions.c.created_at > bindparam("oldest"))
_NEWEST = select(func.max(charters.c.number)).scalar_subquery()
_NOT_AGREED = ~(
    exists()
    .where(charter_acceptances.c.person == people.c.id, charter_acceptances.c.number == charters.c.number)
    .correlate(people, charters)  # of this very person: two levels up, where nothing is correlated by itself
)
_HOLDER = (  # of every request: made once, since making a statement takes longer than running it
    select(
        people,
        sessions.c.hash,
        sessions.c.last_seen,
        sessions.c.created_at.label("begun"),
        sessions.c.second,
        exists().where(factors.c.person == people.c.id, factors.c.ready.is_(True)).label("protected"),
        exists().where(charters.c.number == _NEWEST, charters.c.body != "", _NOT_AGREED).label("charter"),
        case((people.c.role == Role.CONTRACTOR.value, AWAKE & SHOWN), else_=True).label("awake"),
    )
    .join_from(sessions, people)
    .where(sessions.c.hash == bindparam("digest"), *_ALIVE, people.c.disabled.is_(False))
)


NO_WAY = ("", "")
"""Of a session that no identity provider opened."""


class Half(str):
    """A token that opens the second step of signing in, and nothing else."""

    __slots__ = ()


@dataclass(frozen=True)
class Session:
    """``token`` goes to its holder (a cookie) and nowhere else; a Half: the second proof is still to come."""

    token: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True)
class OpenSession:
    """A line of one's own list. ``id`` names the session without opening anything; ``here``: the one that asks;
    ``second``: it was confirmed by a second proof; ``address``: where it began."""

    id: str
    device: str
    begun_at: datetime
    last_seen: datetime
    here: bool
    address: str = ""
    second: bool = False


class Sessions:
    """Any thread, several processes. A session ends ``idle`` after its last use, and ``longest`` after it began
    however much it is used."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        idle: timedelta,
        longest: timedelta,
        second_roles: frozenset[str] = frozenset(),
    ) -> None:
        """``second_roles``: roles that must have a second proof."""
        self._database, self._clock, self._idle, self._longest = database, clock, idle, longest
        self._second_roles = second_roles

    def half(self, connection: Connection, person: Person, device: str, way: tuple[str, str] = NO_WAY) -> Session:
        """What a right password opens for who has a second proof: the step that asks for it. ``way``: as
        ``begin``."""
        token, digest = new_token()
        now = self._clock.now()
        expires = half_expiry(now)
        connection.execute(delete(halves).where(halves.c.expires_at <= iso(now)))
        connection.execute(
            insert(halves).values(
                hash=digest, person=person.id, device=device[:80], expires_at=expires, provider=way[0], hint=way[1]
            )
        )
        return Session(Half(token), person.actor, datetime.fromisoformat(expires))

    def begin(
        self,
        connection: Connection,
        person: Person,
        device: str = "",
        address: str = "",
        *,
        second: bool = False,
        shown: datetime | None = None,
        way: tuple[str, str] = NO_WAY,
    ) -> Session:
        """A new session, inside the transaction of whatever opened it. ``shown``: when its holder showed who they
        are; None: now. ``way``: (the identity provider that they came by, the ID token that it signed)."""
        token, digest = new_token()
        now = self._clock.now()
        expires = now + min(self._idle, self._longest)
        connection.execute(delete(sessions).where(sessions.c.expires_at <= iso(now)))
        times = {"created_at": iso(now), "expires_at": iso(expires), "last_seen": iso(now)}
        told = {"device": device[:80], "address": address[:45], "second": second}
        told |= {"confirmed_at": iso(shown)} if shown is not None else {}
        told |= {"provider": way[0], "hint": way[1]}
        connection.execute(insert(sessions).values(hash=digest, person=person.id, **told, **times))
        return Session(token, person.actor, expires)

    def actor(self, token: str) -> Actor | None:
        """Who holds this session; None when it is over, was closed, or never was. Garbage is None.

        Being seen pushes the end back, up to the longest a session may last. On a full or busy disk the session
        stays good, its end does not move.
        """
        digest, now = token_hash(token), self._clock.now()
        values = {"digest": digest, "now": iso(now), "oldest": iso(now - self._longest)}
        with self._database.read() as connection:
            row = connection.execute(_HOLDER, values).first()
        if row is None or not hmac.compare_digest(row.hash, digest):
            return None
        if row.last_seen < iso(now - _SLIDE):
            with suppress(DiskFull, DatabaseBusy):
                self._slide(digest, now, datetime.fromisoformat(row.begun))
        return replace(person_of(row).actor, owes=self._owed(row))

    def _owed(self, row: Row[Any]) -> frozenset[str]:
        """What this person has to do before anything else."""
        shown = row.protected or row.second  # here, or at an identity provider whose word counts for it
        needed = row.role in self._second_roles and not shown
        outside = row.role == Role.CONTRACTOR and not row.awake
        owed = ((SECOND_FACTOR, needed), (CHARTER, row.charter), (WINDOW, outside))
        return frozenset(name for name, owes in owed if owes)

    def confirmed(self, token: str, within: timedelta) -> bool:
        """Did the holder of this session show who they are less than ``within`` ago?"""
        query = select(sessions.c.created_at, sessions.c.confirmed_at).where(sessions.c.hash == token_hash(token))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return row is not None and (row.confirmed_at or row.created_at) > iso(self._clock.now() - within)

    def confirm(self, connection: Connection, token: str) -> None:
        """They just did."""
        mine = update(sessions).where(sessions.c.hash == token_hash(token))
        connection.execute(mine.values(confirmed_at=iso(self._clock.now())))

    def _slide(self, digest: bytes, now: datetime, begun: datetime) -> None:
        times = {"last_seen": iso(now), "expires_at": iso(min(now + self._idle, begun + self._longest))}
        with self._database.relaxed() as connection:
            connection.execute(update(sessions).where(sessions.c.hash == digest).values(**times))

    def open_ones(self, person: str, token: str) -> list[OpenSession]:
        """The sessions of ``person``, last used first. ``token``: the one that asks."""
        now, here = self._clock.now(), token_hash(token)
        query = select(sessions).where(sessions.c.person == person, *_ALIVE)
        values = {"now": iso(now), "oldest": iso(now - self._longest)}
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(sessions.c.last_seen.desc(), sessions.c.hash), values).all()
        return [
            OpenSession(
                row.hash.hex()[:16],
                row.device,
                datetime.fromisoformat(row.created_at),
                datetime.fromisoformat(row.last_seen),
                hmac.compare_digest(row.hash, here),
                row.address,
                bool(row.second),
            )
            for row in rows
        ]

    def way(self, token: str) -> tuple[str, str]:
        """(the identity provider that this session came by, the ID token that it signed); NO_WAY: by none."""
        query = select(sessions.c.provider, sessions.c.hint).where(sessions.c.hash == token_hash(token))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return (row.provider, row.hint) if row is not None else NO_WAY

    def close(self, token: str) -> None:
        """End a session; nothing when it is already over."""
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.hash == token_hash(token)))

    def close_one(self, person: str, session: str) -> bool:
        """End one of ``person``'s sessions by its id; False when there is none (any more)."""
        with self._database.write() as connection:
            mine = connection.execute(select(sessions.c.hash).where(sessions.c.person == person)).scalars()
            gone = [digest for digest in mine if digest.hex()[:16] == session]
            connection.execute(delete(sessions).where(sessions.c.hash.in_(gone)))
        return bool(gone)

    def close_others(self, person: str, token: str) -> int:
        """End every session of ``person`` but this one; how many."""
        with self._database.write() as connection:
            return close_all_in(connection, person, token)


def close_all_in(connection: Connection, person: str, but: str = "") -> int:
    """End the sessions of ``person``, except the one whose token is ``but``, inside a transaction; how many."""
    theirs = delete(sessions).where(sessions.c.person == person, sessions.c.hash != token_hash(but))
    return int(connection.execute(theirs).rowcount)
