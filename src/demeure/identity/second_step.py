"""The second step of signing in: half a session becomes a whole one, once a second proof was shown."""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, update

from demeure.clock import Clock, iso
from demeure.identity.account_errors import HalfOver, PasskeyRefused
from demeure.identity.errors import PersonUnknown
from demeure.identity.factors import has_factor, passkeys_of, use_code, use_passkey
from demeure.identity.lockout import Lockout, Try
from demeure.identity.passkeys import Asked, new_challenge
from demeure.identity.person import Person, person_of
from demeure.identity.sessions import NO_WAY, Session, Sessions
from demeure.identity.tokens import token_hash
from demeure.store import Database
from demeure.store.account_tables import halves
from demeure.store.tables import people


class SecondStep:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock, sessions: Sessions, lockout: Lockout) -> None:
        self._database, self._clock, self._sessions, self._lockout = database, clock, sessions, lockout

    def come_in(
        self,
        person: str,
        device: str = "",
        address: str = "",
        *,
        second: bool = False,
        shown: float = 0.0,
        way: tuple[str, str] = NO_WAY,
    ) -> Session:
        """An identity provider said who it is: a session, half of one when a second proof of the house is still to
        come. ``second``: one was shown there, and counts. ``shown``: when they last showed there who they are
        (POSIX seconds), 0 when it does not say: who showed nothing since yesterday may be let in. ``way``:
        as ``Sessions.begin``. Raises PersonUnknown."""
        with self._database.write() as connection:
            there = open_account(connection, person)
            if has_factor(connection, person) and not second:
                return self._sessions.half(connection, there, device, way)
            at = datetime.fromtimestamp(min(max(shown, 0.0), self._clock.now().timestamp()), UTC)
            return self._sessions.begin(connection, there, device, address, second=second, shown=at, way=way)

    def holder(self, half: str) -> Person:
        """Who is at the second step. Raises HalfOver."""
        with self._database.read() as connection:
            return self._half(connection, half)[0]

    def way(self, token: str) -> tuple[str, str]:
        """As ``Sessions.way``."""
        return self._sessions.way(token)

    def _half(self, connection: Connection, half: str) -> tuple[Person, str, tuple[str, str]]:
        row = connection.execute(select(halves).where(halves.c.hash == token_hash(half))).first()
        if row is None or row.expires_at <= iso(self._clock.now()):
            raise HalfOver()
        try:
            return open_account(connection, row.person), row.device, (row.provider, row.hint)
        except PersonUnknown as problem:
            raise HalfOver() from problem

    def finish(self, half: str, code: str, tried: Try, address: str = "") -> tuple[Session, str] | None:
        """The second step: a whole session and what proved it; None when the code is wrong or served already.
        Raises HalfOver."""
        with self._database.write() as connection:
            person, device, way = self._half(connection, half)
            proof = use_code(connection, self._clock, person.id, code)
            if proof is None:
                return None
            connection.execute(delete(halves).where(halves.c.person == person.id))
            self._lockout.forgive(connection, tried)
            return self._sessions.begin(connection, person, device, address, second=True, way=way), proof

    def ask(self, half: str) -> tuple[bytes, list[bytes]]:
        """A new challenge for whoever is at the second step, and their passkeys (none: there is nothing to ask).
        Raises HalfOver."""
        challenge = new_challenge()
        with self._database.write() as connection:
            person = self._half(connection, half)[0]
            keys = list(passkeys_of(connection, person.id))
            if keys:
                mine = update(halves).where(halves.c.hash == token_hash(half))
                connection.execute(mine.values(challenge=challenge))
        return challenge, keys

    def finish_passkey(self, half: str, answer: str, origin: str, host: str, tried: Try, address: str) -> Session:
        """``finish``, by a passkey: its challenge serves once. Raises HalfOver, PasskeyRefused."""
        digest = token_hash(half)
        with self._database.write() as connection:
            person, device, way = self._half(connection, half)
            challenge = connection.execute(select(halves.c.challenge).where(halves.c.hash == digest)).scalar()
            if challenge is None:
                raise PasskeyRefused()
            use_passkey(connection, self._clock, person.id, answer, Asked(bytes(challenge), origin, host))
            connection.execute(delete(halves).where(halves.c.person == person.id))
            self._lockout.forgive(connection, tried)
            return self._sessions.begin(connection, person, device, address, second=True, way=way)


def open_account(connection: Connection, person: str) -> Person:
    """Whoever may come in. Raises PersonUnknown."""
    query = select(people).where(people.c.id == person, people.c.disabled.is_(False))
    row = connection.execute(query).first()
    if row is None:
        raise PersonUnknown(person=person)
    return person_of(row)
