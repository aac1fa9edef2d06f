"""A contractor's account sleeps: it is let in by the window that somebody opened for it, and by nothing else."""

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, select

from demeure.identity.account_errors import AccountDormant
from demeure.policy import Role
from demeure.store.account_tables import factors
from demeure.store.contractor_tables import contractor_windows
from demeure.store.tables import people, sessions

_W = contractor_windows.c
AWAKE = exists().where(_W.person == people.c.id, _W.state == "open", _W.until > bindparam("now"))
"""Is a window open for this row of ``people``? Bind ``now``."""


SHOWN = and_(
    sessions.c.second,
    exists().where(_W.person == people.c.id, _W.state == "open", _W.opened_at <= sessions.c.created_at),
    exists().where(
        factors.c.person == people.c.id, factors.c.ready.is_(True), factors.c.created_at < sessions.c.created_at
    ),
)
"""Of a session: it began in this window, with a second proof that was there before (counted from its confirmation:
not one that a link, or this session, let set up)."""


def asleep(role: ColumnElement[str] = people.c.role) -> ColumnElement[bool]:
    """The account is a contractor's, and nothing is open for it."""
    return (role == Role.CONTRACTOR.value) & ~AWAKE


def wake(connection: Connection, person: str, now: str) -> None:
    """Raises AccountDormant unless this account may come in."""
    query = select(people.c.id).where(people.c.id == person, asleep())
    if connection.execute(query, {"now": now}).first() is not None:
        raise AccountDormant()
