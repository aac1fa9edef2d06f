"""People, one-time links and sessions. A link serves once; a session ends when it is not used, or too old.

Tokens are looked for by their hash and compared in constant time; the database never holds one.
"""

import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from demeure.clock import Clock, iso
from demeure.identity.errors import LinkExpired, LinkUnknown, LinkUsed, LoginTaken, PersonUnknown
from demeure.identity.tokens import new_token, token_hash
from demeure.policy import Actor, Right, Role
from demeure.store import Database, DatabaseBusy, DiskFull
from demeure.store.tables import links, members, people, sessions, spaces

SIGN_IN = "sign-in"
_SLIDE = timedelta(minutes=1)  # a page asks several times a second: one write a minute is enough
_KEEP_LINKS = timedelta(days=1)  # so that a late holder is told “expired” or “used” and not “unknown”


@dataclass(frozen=True)
class Person:
    id: str
    name: str
    login: str
    role: Role

    @property
    def actor(self) -> Actor:
        return Actor("person", self.id, self.name, frozenset({self.role}))


@dataclass(frozen=True)
class Session:
    """``token`` goes to its holder (a cookie) and nowhere else."""

    token: str
    actor: Actor
    expires_at: datetime


class People:
    """Any thread, several processes; every method blocks on the database. A session ends ``idle_hours`` after its
    last use, and ``hours`` after it began however much it is used."""

    def __init__(self, database: Database, clock: Clock, *, idle_hours: int = 12, hours: int = 168) -> None:
        self._database, self._clock = database, clock
        self._idle, self._longest = timedelta(hours=idle_hours), timedelta(hours=hours)

    def ensure_administrator(self, name: str = "Administrateur", login: str = "administrateur") -> Person:
        """The first administrator whose account is open, created when there is none; two callers get the same.

        A new one manages the spaces that belong to nobody: those that the machine made before anyone could sign in.
        """
        with self._database.write() as connection:
            query = select(people).where(people.c.role == Role.ADMINISTRATOR, people.c.disabled.is_(False))
            row = connection.execute(query.order_by(people.c.created_at, people.c.id).limit(1)).first()
            if row:
                return _person(row)
            person = self._insert(connection, name, login, Role.ADMINISTRATOR)
            orphans = select(spaces.c.id, literal(person.id), literal(Right.MANAGE.label)).where(
                spaces.c.id.not_in(select(members.c.space))
            )
            connection.execute(insert(members).from_select(["space", "person", "right"], orphans))
            return person

    def add(self, name: str, login: str, role: Role = Role.MEMBER) -> Person:
        """A new person. Raises LoginTaken."""
        with self._database.write() as connection:
            return self._insert(connection, name, login, role)

    def _insert(self, connection: Connection, name: str, login: str, role: Role) -> Person:
        person = Person(secrets.token_hex(8), name, login, role)
        row = {"id": person.id, "name": name, "login": login, "role": role.value}
        try:
            connection.execute(insert(people).values(**row, created_at=iso(self._clock.now())))
        except IntegrityError as problem:
            raise LoginTaken(login=login) from problem
        return person

    def find(self, login: str) -> Person | None:
        """Who has this login and an open account."""
        query = select(people).where(people.c.login == login, people.c.disabled.is_(False))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return _person(row) if row else None

    def close_account(self, person: str) -> None:
        """Nothing opens for them any more: links and sessions go, what they did stays. Raises PersonUnknown."""
        with self._database.write() as connection:
            closed = connection.execute(update(people).where(people.c.id == person).values(disabled=True))
            if not closed.rowcount:
                raise PersonUnknown(person=person)
            connection.execute(delete(sessions).where(sessions.c.person == person))
            connection.execute(delete(links).where(links.c.person == person))

    def create_link(self, person: str, purpose: str = SIGN_IN, minutes: float = 30.0) -> str:
        """A token that ``redeem`` accepts once within ``minutes``. Raises PersonUnknown."""
        token, digest = new_token()
        now = self._clock.now()
        times = {"created_at": iso(now), "expires_at": iso(now + timedelta(minutes=minutes))}
        with self._database.write() as connection:
            self._open_account(connection, person)
            connection.execute(delete(links).where(links.c.expires_at < iso(now - _KEEP_LINKS)))
            connection.execute(insert(links).values(hash=digest, person=person, purpose=purpose, **times))
        return token

    def redeem(self, token: str, purpose: str = SIGN_IN) -> Session:
        """Use a link: it is spent and the session exists, both or neither.

        Raises LinkUnknown (never given, other purpose, account closed), LinkUsed, LinkExpired.
        """
        digest, now = token_hash(token), self._clock.now()
        with self._database.write() as connection:
            row = connection.execute(select(links).where(links.c.hash == digest)).first()
            if row is None or not hmac.compare_digest(row.hash, digest) or row.purpose != purpose:
                raise LinkUnknown
            if row.used_at is not None:
                raise LinkUsed
            if row.expires_at <= iso(now):
                raise LinkExpired
            connection.execute(update(links).where(links.c.hash == digest).values(used_at=iso(now)))
            try:
                person = self._open_account(connection, row.person)
            except PersonUnknown as problem:
                raise LinkUnknown from problem
            return self._begin_session(connection, person, now)

    def _begin_session(self, connection: Connection, person: Person, now: datetime) -> Session:
        token, digest = new_token()
        expires = now + min(self._idle, self._longest)
        connection.execute(delete(sessions).where(sessions.c.expires_at <= iso(now)))
        times = {"created_at": iso(now), "expires_at": iso(expires), "last_seen": iso(now)}
        connection.execute(insert(sessions).values(hash=digest, person=person.id, **times))
        return Session(token, person.actor, expires)

    @staticmethod
    def _open_account(connection: Connection, person: str) -> Person:
        query = select(people).where(people.c.id == person, people.c.disabled.is_(False))
        row = connection.execute(query).first()
        if row is None:
            raise PersonUnknown(person=person)
        return _person(row)

    def session(self, token: str) -> Actor | None:
        """Who holds this session; None when it is over, was closed, or never was. Garbage is None.

        Being seen pushes the end back, up to the longest a session may last. On a full or busy disk the session
        stays good, its end does not move.
        """
        digest, now = token_hash(token), self._clock.now()
        alive = (sessions.c.expires_at > iso(now), sessions.c.created_at > iso(now - self._longest))
        query = (
            select(people, sessions.c.hash, sessions.c.last_seen, sessions.c.created_at.label("begun"))
            .join_from(sessions, people)
            .where(sessions.c.hash == digest, *alive, people.c.disabled.is_(False))
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None or not hmac.compare_digest(row.hash, digest):
            return None
        if row.last_seen < iso(now - _SLIDE):
            with suppress(DiskFull, DatabaseBusy):
                self._slide(digest, now, datetime.fromisoformat(row.begun))
        return _person(row).actor

    def _slide(self, digest: bytes, now: datetime, begun: datetime) -> None:
        times = {"last_seen": iso(now), "expires_at": iso(min(now + self._idle, begun + self._longest))}
        with self._database.relaxed() as connection:
            connection.execute(update(sessions).where(sessions.c.hash == digest).values(**times))

    def close_session(self, token: str) -> None:
        """End a session; nothing when it is already over."""
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.hash == token_hash(token)))


def _person(row: Row[tuple[object, ...]]) -> Person:
    return Person(row.id, row.name, row.login, Role(row.role))
