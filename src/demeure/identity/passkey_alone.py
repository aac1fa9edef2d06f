"""Signing in by a passkey alone: the device checked who holds it (user verification), and what it signed says
whose account this is. One gesture, two proofs. Accounts that a directory or a provider opens, and contractors', are
not let in that way.
"""

import hmac
import secrets
from hashlib import sha256

from sqlalchemy import Connection, select

from demeure.clock import Clock
from demeure.identity.account_errors import DirectoryAccount, PasskeyRefused
from demeure.identity.errors import PersonUnknown
from demeure.identity.factors import PASSKEY, use_passkey
from demeure.identity.followed import own_password
from demeure.identity.lockout import Lockout, Try
from demeure.identity.passkeys import Asked, client_challenge, credential_of
from demeure.identity.person import PROVIDER_PASSWORD, Person
from demeure.identity.second_step import open_account
from demeure.identity.sessions import Session, Sessions
from demeure.policy import Role
from demeure.store import Database
from demeure.store.account_tables import factors
from demeure.store.tables import people

SECONDS, MOST_USED = 300.0, 10_000
"""How long a challenge waits for its answer; how many that were answered are remembered."""
_RANDOM, _TIME, _SEAL = 16, 8, 16


class Challenges:
    """Asked of whoever stands at the door: nothing is kept of one until it is answered, so that nobody can flood
    the others out. One serves once, in this life of the gateway."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._key = clock, secrets.token_bytes(32)
        self._used: dict[bytes, float] = {}

    def new(self) -> bytes:
        """Random bytes, the moment, and a seal of ours."""
        body = secrets.token_bytes(_RANDOM) + int(self._clock.monotonic() * 1000).to_bytes(_TIME, "big")
        return body + self._sealed(body)

    def take(self, challenge: bytes) -> None:
        """Raises PasskeyRefused: not ours, too old, or answered already."""
        body, seal = challenge[: _RANDOM + _TIME], challenge[_RANDOM + _TIME :]
        if len(challenge) != _RANDOM + _TIME + _SEAL or not hmac.compare_digest(seal, self._sealed(body)):
            raise PasskeyRefused()
        now, made = self._clock.monotonic(), int.from_bytes(body[_RANDOM:], "big") / 1000
        self._used = {one: until for one, until in self._used.items() if until > now}
        if now - made > SECONDS or challenge in self._used or len(self._used) >= MOST_USED:
            raise PasskeyRefused()
        self._used[challenge] = made + SECONDS

    def _sealed(self, body: bytes) -> bytes:
        return hmac.new(self._key, body, sha256).digest()[:_SEAL]


class Alone:
    """Any thread; ``enter`` and ``holder`` block on the database."""

    def __init__(self, database: Database, clock: Clock, sessions: Sessions, lockout: Lockout) -> None:
        self._database, self._clock, self._sessions, self._lockout = database, clock, sessions, lockout
        self.challenges = Challenges(clock)

    def holder(self, answer: str) -> Person:
        """Whose passkey it says it is, where it may open alone. Raises PasskeyRefused."""
        with self._database.read() as connection:
            return self._holder(connection, answer)

    def enter(
        self, answer: str, origin: str, host: str, tried: Try, device: str = "", address: str = ""
    ) -> Session:
        """A whole session. Raises PasskeyRefused."""
        challenge = client_challenge(answer)
        self.challenges.take(challenge)
        with self._database.write() as connection:
            person = self._holder(connection, answer)
            asked = Asked(challenge, origin, host, verified=True)
            use_passkey(connection, self._clock, person.id, answer, asked)
            self._lockout.forgive(connection, tried)
            return self._sessions.begin(connection, person, device, address, second=True)

    @staticmethod
    def _holder(connection: Connection, answer: str) -> Person:
        credential = credential_of(answer)
        ready = (factors.c.credential == credential, factors.c.kind == PASSKEY, factors.c.ready.is_(True))
        query = select(people.c.id, people.c.password).join(factors, factors.c.person == people.c.id)
        row = connection.execute(query.where(*ready)).first() if credential else None
        if row is None or (row.password or "").startswith(PROVIDER_PASSWORD):
            raise PasskeyRefused()
        try:
            person = open_account(connection, row.id)
            own_password(connection, row.id)
        except (PersonUnknown, DirectoryAccount) as problem:
            raise PasskeyRefused() from problem
        if person.role is Role.CONTRACTOR:
            raise PasskeyRefused()
        return person
