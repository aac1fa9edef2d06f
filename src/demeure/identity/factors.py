"""The second proof of who one is: an authenticator's figures, recovery codes. By SMS or e-mail: none, ever.

Each code serves once, whatever the number of processes that are shown it: accepting one is a conditional write.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.identity.account_errors import CodeWrong, FactorUnknown, PasskeyRefused, SameHand
from demeure.identity.one_time import accepted_step, code_hash, new_codes, new_secret
from demeure.identity.passkeys import Asked, Passkey, asserted, credential_of, new_challenge, registered
from demeure.policy import Role, of_machine
from demeure.store import Database
from demeure.store.account_tables import factors, halves, recovery_codes
from demeure.store.tables import links, people, sessions

TOTP, PASSKEY, RECOVERY = "totp", "passkey", "recovery-code"
HANDS_APART = timedelta(days=3)
"""How long whoever gave somebody a link may not take their second proof away."""
HALF_MINUTES = 5
"""How long the second step waits once the password was right."""
_C = factors.c


@dataclass(frozen=True)
class Factor:
    """``kind``: totp or passkey."""

    id: str
    kind: str
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Protection:
    """What a person has beside the password. ``reset_by``: id of who took it away last, and when."""

    factors: tuple[Factor, ...]
    codes_left: int
    reset_by: str = ""
    reset_at: datetime | None = None


class Factors:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def of(self, person: str) -> Protection:
        """Oldest first."""
        ready = sa.select(factors).where(_C.person == person, _C.ready.is_(True)).order_by(_C.created_at, _C.id)
        left = sa.select(sa.func.count()).where(
            recovery_codes.c.person == person, recovery_codes.c.used_at.is_(None)
        )
        with self._database.read() as db:
            rows, codes = db.execute(ready).all(), db.execute(left).scalar_one()
            told = db.execute(sa.select(people.c.reset_by, people.c.reset_at).where(people.c.id == person)).first()
        found = tuple(Factor(r.id, r.kind, r.name, _when(r.created_at), _maybe(r.used_at)) for r in rows)
        return Protection(found, int(codes), told.reset_by if told else "", _maybe(told.reset_at) if told else None)

    def holders(self) -> frozenset[str]:
        """Ids of the people who have one."""
        with self._database.read() as db:
            return frozenset(db.scalars(sa.select(_C.person).where(_C.ready.is_(True))))

    def begin_totp(self, person: str) -> bytes:
        """A new secret, to be confirmed by a first code; one that was begun before and never confirmed goes."""
        secret = new_secret()
        row = {"id": secrets.token_hex(8), "person": person, "kind": TOTP, "name": "", "secret": secret}
        with self._database.write() as db:
            db.execute(sa.delete(factors).where(_C.person == person, _C.ready.is_(False)))
            db.execute(factors.insert().values(**row, created_at=iso(self._clock.now())))
        return secret

    def begun_totp(self, person: str) -> bytes | None:
        """The secret that waits for its first code."""
        query = sa.select(_C.secret).where(_C.person == person, _C.kind == TOTP, _C.ready.is_(False))
        with self._database.read() as db:
            found = db.execute(query).scalar()
        return bytes(found) if found is not None else None

    def confirm_totp(self, person: str, name: str, code: str, session: bytes) -> list[str]:
        """The secret that was begun works: it counts from now on, the other sessions end. New recovery codes when
        there are none left, shown once. Raises CodeWrong, FactorUnknown (none was begun)."""
        query = sa.select(factors).where(_C.person == person, _C.kind == TOTP, _C.ready.is_(False))
        with self._database.write() as db:
            row = db.execute(query).first()
            if row is None:
                raise FactorUnknown()
            step = accepted_step(bytes(row.secret), code, self._clock.now().timestamp(), -1)
            if step is None:
                raise CodeWrong()
            now = iso(self._clock.now())
            values = {"ready": True, "counter": step, "name": name, "created_at": now, "used_at": now}
            db.execute(sa.update(factors).where(_C.id == row.id).values(**values))
            _shown_in(db, person, session)
            return self._codes(db, person) if not self._left(db, person) else []

    def begin_passkey(self, person: str) -> bytes:
        """What a new passkey has to sign; what was begun before and never confirmed goes."""
        challenge = new_challenge()
        row = {"id": secrets.token_hex(8), "person": person, "kind": PASSKEY, "name": "", "secret": challenge}
        with self._database.write() as db:
            db.execute(sa.delete(factors).where(_C.person == person, _C.ready.is_(False)))
            db.execute(factors.insert().values(**row, created_at=iso(self._clock.now())))
        return challenge

    def begun_passkey(self, person: str) -> bytes | None:
        """The challenge that waits for an answer."""
        query = sa.select(_C.secret).where(_C.person == person, _C.kind == PASSKEY, _C.ready.is_(False))
        with self._database.read() as db:
            found = db.execute(query).scalar()
        return bytes(found) if found is not None else None

    def confirm_passkey(
        self, person: str, name: str, answer: str, origin: str, host: str, session: bytes
    ) -> list[str]:
        """As ``confirm_totp``, for the passkey that was begun: its challenge serves once. Raises PasskeyRefused,
        FactorUnknown."""
        challenge = self.begun_passkey(person)
        if challenge is None:
            raise FactorUnknown()
        made = registered(answer, Asked(challenge, origin, host))
        waiting = sa.update(factors).where(_C.person == person, _C.kind == PASSKEY, _C.secret == challenge)
        values = {"ready": True, "secret": made.key, "credential": made.credential, "counter": made.counter}
        with self._database.write() as db:
            now = iso(self._clock.now())
            if not db.execute(waiting.values(**values, name=name, created_at=now, used_at=now)).rowcount:
                raise FactorUnknown()
            _shown_in(db, person, session)
            return self._codes(db, person) if not self._left(db, person) else []

    def renew_codes(self, person: str) -> list[str]:
        """Ten new ones, shown once; the former serve no more."""
        with self._database.write() as db:
            return self._codes(db, person)

    @staticmethod
    def _codes(db: sa.Connection, person: str) -> list[str]:
        made = new_codes()
        db.execute(sa.delete(recovery_codes).where(recovery_codes.c.person == person))
        db.execute(recovery_codes.insert(), [{"hash": code_hash(person, code), "person": person} for code in made])
        return made

    @staticmethod
    def _left(db: sa.Connection, person: str) -> int:
        c = recovery_codes.c
        return int(
            db.execute(sa.select(sa.func.count()).where(c.person == person, c.used_at.is_(None))).scalar_one()
        )

    def remove(self, person: str, factor: str) -> None:
        """With the last one, the recovery codes go too. Raises FactorUnknown."""
        with self._database.write() as db:
            if not db.execute(sa.delete(factors).where(_C.person == person, _C.id == factor)).rowcount:
                raise FactorUnknown()
            if not has_factor(db, person):
                db.execute(sa.delete(recovery_codes).where(recovery_codes.c.person == person))
                db.execute(sa.update(sessions).where(sessions.c.person == person).values(second=False))

    def reset(self, person: str, by: str) -> None:
        """All of it, by whoever administers: the telephone was lost. Every session ends. Raises
        FactorUnknown, SameHand."""
        with self._database.write() as db:
            if gave_link(db, person, by, iso(self._clock.now() - HANDS_APART)):
                raise SameHand()
            if not db.execute(sa.delete(factors).where(_C.person == person)).rowcount:
                raise FactorUnknown()
            for table in (recovery_codes, halves, sessions):
                db.execute(sa.delete(table).where(table.c.person == person))
            told = {"reset_by": by, "reset_at": iso(self._clock.now())}
            db.execute(sa.update(people).where(people.c.id == person).values(**told))


def _shown_in(db: sa.Connection, person: str, session: bytes) -> None:
    """A new proof was shown in ``session``: the others end. A contractor's is not whole by that: whoever sets a
    proof up has shown none that was there before."""
    outside = sa.select(people.c.id).where(people.c.id == person, people.c.role == Role.CONTRACTOR.value)
    mine = sa.update(sessions).where(sessions.c.hash == session, sessions.c.person.not_in(outside))
    db.execute(sa.delete(sessions).where(sessions.c.person == person, sessions.c.hash != session))
    db.execute(mine.values(second=True))


def gave_link(db: sa.Connection, person: str, by: str, since: str) -> bool:
    """Did ``by``, another administrator, give ``person`` a link not long ago?"""
    c = links.c
    given = sa.select(c.hash).where(c.person == person, c.created_by == by, c.created_at > since)
    return _binds(by) and db.execute(given.limit(1)).first() is not None


def took_away(db: sa.Connection, person: str, by: str) -> bool:
    """Did ``by``, another administrator, take away the second proof of ``person``, who chose no password since?"""
    c = people.c
    row = db.execute(sa.select(c.reset_by, c.reset_at, c.password_at).where(c.id == person)).first()
    return bool(_binds(by) and row and row.reset_by == by and (row.password_at or "") < row.reset_at)


def _binds(by: str) -> bool:
    """Two hands are asked of people: who holds the machine reads the key of the house, and is the last way in of
    an administrator who is alone and lost their telephone."""
    return bool(by) and not of_machine(by)


def passkeys_of(db: sa.Connection, person: str) -> dict[bytes, tuple[str, Passkey]]:
    """Credential → (id, passkey) of those that are ready."""
    query = sa.select(factors).where(_C.person == person, _C.kind == PASSKEY, _C.ready.is_(True))
    rows = db.execute(query).all()
    return {bytes(r.credential): (r.id, Passkey(bytes(r.credential), bytes(r.secret), r.counter)) for r in rows}


def use_passkey(db: sa.Connection, clock: Clock, person: str, answer: str, asked: Asked) -> None:
    """Accept a passkey's answer, inside a transaction. Raises PasskeyRefused."""
    kept = passkeys_of(db, person).get(credential_of(answer))
    if kept is None:
        raise PasskeyRefused()
    counter = asserted(answer, asked, kept[1])
    db.execute(sa.update(factors).where(_C.id == kept[0]).values(counter=counter, used_at=iso(clock.now())))


def has_factor(db: sa.Connection, person: str) -> bool:
    """Is a second proof of theirs ready?"""
    return db.execute(sa.select(_C.id).where(_C.person == person, _C.ready.is_(True)).limit(1)).first() is not None


def use_code(db: sa.Connection, clock: Clock, person: str, code: str) -> str | None:
    """Accept ``code`` once, inside a transaction: what it was (totp, recovery-code), None when it is wrong, was
    accepted before, or is too old."""
    now = clock.now()
    query = sa.select(factors).where(_C.person == person, _C.kind == TOTP, _C.ready.is_(True))
    for row in db.execute(query).all():
        step = accepted_step(bytes(row.secret), code, now.timestamp(), row.counter)
        if step is not None:
            taken = sa.update(factors).where(_C.id == row.id, _C.counter < step)
            if db.execute(taken.values(counter=step, used_at=iso(now))).rowcount:
                return TOTP
    digest = code_hash(person, code)
    if digest is None:
        return None
    c = recovery_codes.c
    spent = sa.update(recovery_codes).where(c.hash == digest, c.person == person, c.used_at.is_(None))
    return RECOVERY if db.execute(spent.values(used_at=iso(now))).rowcount else None


def half_expiry(now: datetime) -> str:
    """Until when the second step waits."""
    return iso(now + timedelta(minutes=HALF_MINUTES))


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _maybe(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
