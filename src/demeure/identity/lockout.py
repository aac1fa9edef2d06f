"""Wrong passwords cost time: more for each one, per account and per address; the house itself never locks.

A try is counted as wrong before the password is looked at, and forgiven when it was right: a crash or a hundred
tries at once gain nothing. What is counted is durable. Known and unknown logins are counted alike, under a digest:
a password typed in the wrong field is not kept.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from demeure.clock import Clock, iso
from demeure.identity.errors import SignInLocked
from demeure.identity.person import plain_login
from demeure.store import Database
from demeure.store.tables import failures


@dataclass(frozen=True)
class Patience:
    """``free`` tries, then ``first`` to wait, doubled at each further one up to ``longest``; ``memory`` after the
    last wrong one everything is forgotten."""

    free: int
    first: timedelta
    longest: timedelta
    memory: timedelta

    def wait(self, count: int) -> timedelta:
        """After the ``count``-th wrong try in a row."""
        if count < self.free:
            return timedelta()
        return min(self.first * (1 << min(count - self.free, 30)), self.longest)


ACCOUNT = Patience(5, timedelta(minutes=1), timedelta(hours=2), timedelta(days=1))
"""5, then 1, 2, 4 … 120 minutes: at most 23 tries in the first day on one account."""
ADDRESS = Patience(15, timedelta(seconds=30), timedelta(minutes=15), timedelta(hours=1))
"""An address may be shared by an office: more tries, shorter waits."""
MOST_ROWS = 20_000
"""Beyond, the oldest are forgotten: an attacker who invents logins fills no disk."""


@dataclass(frozen=True)
class Try:
    """A try that was let through. ``began``: seconds the account now waits if it turns out wrong; 0: none."""

    subjects: tuple[str, ...]
    began: int


class Lockout:
    """Any thread, several processes. Loopback addresses are not counted: behind a relay on this machine everybody
    has the same one, and counting it would let one attacker lock the house."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def check(self, login: str, address: str, *, inside: bool = False) -> None:
        """Raises SignInLocked while the account or the address must wait. Counts nothing, writes nothing: under
        attack this is the usual case. ``inside``: for who holds a session of that account; these tries are counted
        apart from those at the door, so that strangers cannot keep its holder from changing the password."""
        with self._database.read() as connection:
            self._refuse(connection, _subjects(login, address, inside=inside), self._clock.now())

    def begin(self, login: str, address: str, *, inside: bool = False) -> Try:
        """Count one try. Raises SignInLocked as ``check`` (nothing is counted then)."""
        wanted, now = _subjects(login, address, inside=inside), self._clock.now()
        with self._database.write() as connection:
            self._refuse(connection, wanted, now)
            waits = [self._count(connection, subject, patience, now) for subject, patience in wanted]
            self._forget(connection, now)
        return Try(tuple(subject for subject, _ in wanted), int(waits[0].total_seconds()))

    def _refuse(self, connection: Connection, wanted: list[tuple[str, Patience]], now: datetime) -> None:
        names = [subject for subject, _ in wanted]
        query = select(func.max(failures.c.until)).where(failures.c.subject.in_(names))
        until = connection.execute(query).scalar()
        if until is not None and until > iso(now):
            seconds = (datetime.fromisoformat(until) - now).total_seconds()
            raise SignInLocked(seconds=int(seconds) + 1, minutes=int(seconds // 60) + 1)

    def _count(self, connection: Connection, subject: str, patience: Patience, now: datetime) -> timedelta:
        query = select(failures.c.tries, failures.c.last_at).where(failures.c.subject == subject)
        row = connection.execute(query).first()
        count = row.tries + 1 if row and row.last_at > iso(now - patience.memory) else 1
        wait = patience.wait(count)
        values = {"tries": count, "last_at": iso(now), "until": iso(now + wait) if wait else None}
        statement = insert(failures).values(subject=subject, **values)
        connection.execute(statement.on_conflict_do_update(["subject"], set_=values))
        return wait

    @staticmethod
    def _forget(connection: Connection, now: datetime) -> None:
        connection.execute(delete(failures).where(failures.c.last_at < iso(now - ACCOUNT.memory)))
        excess = (connection.execute(select(func.count()).select_from(failures)).scalar() or 0) - MOST_ROWS
        if excess > 0:
            oldest = select(failures.c.subject).order_by(failures.c.last_at).limit(excess)
            connection.execute(delete(failures).where(failures.c.subject.in_(oldest)))

    @staticmethod
    def give_back(connection: Connection, tried: Try) -> None:
        """This one try was right and another step follows: it does not count, those before it still do."""
        for subject in tried.subjects:
            row = failures.c.subject == subject
            connection.execute(failures.update().where(row).values(tries=failures.c.tries - 1, until=None))

    def returned(self, tried: Try) -> None:
        """``give_back``, in a transaction of its own."""
        with self._database.write() as connection:
            self.give_back(connection, tried)

    def forgive(self, connection: Connection, tried: Try) -> None:
        """It was right, inside the transaction that opens the session: the account starts afresh; its address gets
        back this one try only, or one's own account would pay for attacks on others."""
        account, *places = tried.subjects
        connection.execute(delete(failures).where(failures.c.subject == account))
        for place in places:
            row = failures.c.subject == place
            connection.execute(failures.update().where(row).values(tries=failures.c.tries - 1, until=None))


def forget_login(connection: Connection, login: str) -> None:
    """The account starts afresh: its holder came with a link from the administrator."""
    subjects = [account_subject(login, inside=inside) for inside in (False, True)]
    connection.execute(delete(failures).where(failures.c.subject.in_(subjects)))


def account_subject(login: str, *, inside: bool = False) -> str:
    """The digest under which tries on this login are counted, however it is spelled; see ``Lockout.check``."""
    digest = hashlib.sha256(b"login\0" + plain_login(login).encode()).hexdigest()
    return f"{'inside' if inside else 'login'}:{digest[:24]}"


def _subjects(login: str, address: str, *, inside: bool) -> list[tuple[str, Patience]]:
    account = (account_subject(login, inside=inside), ACCOUNT)
    place = None if inside else _address_subject(address)  # an office shares one: who is in does not pay for it
    return [account, *([(place, ADDRESS)] if place else [])]


def _address_subject(address: str) -> str | None:
    """The network address counted; None for one that is not: loopback, unknown. IPv6: the whole /64 of a
    machine."""
    try:
        found = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return None
    if found.is_loopback:
        return None
    if found.version == 6:
        found = ipaddress.ip_network((found, 64), strict=False).network_address
    return f"address:{found}"
