"""What the registers read in the house's database, without anybody's rights: counts, names of spaces, dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from demeure.accountability import PersonFact, SpaceFact, courses
from demeure.clock import Clock, iso
from demeure.identity import ApplicationKeys, Charters, Policies, Reviews
from demeure.identity.person import SEED
from demeure.persons import days_late
from demeure.policy import in_force
from demeure.store import Database
from demeure.store.account_tables import factors
from demeure.store.person_tables import person_requests
from demeure.store.register_tables import course_records, incidents
from demeure.store.tables import documents, group_members, members, people, spaces

_LONG = timedelta(days=366)


@dataclass(frozen=True)
class Rows:
    """As ``Facts`` names them."""

    values: Mapping[str, Any]


class HouseRows:
    """Any thread; blocks on the database. ``hours``: within which an incident is told to the authority."""

    def __init__(self, database: Database, clock: Clock, review_days: int, hours: int) -> None:
        self._database, self._clock, self._hours = database, clock, hours
        self._reviews = Reviews(database, clock, review_days)
        self._charters, self._policies = Charters(database, clock), Policies(database, clock)
        self._keys = ApplicationKeys(database, clock)

    def read(self) -> Rows:
        """Everything, at one moment or nearly."""
        standing, charter, policy = self._reviews.standing(), self._charters.current(), self._policies.current()
        now = self._clock.now()
        keys = [one for one in self._keys.all() if one.state == "open"]
        return Rows(
            {
                "people": self._people(),
                "people_awaited": self._awaited(),
                "spaces": self._spaces(),
                "review_at": standing.last.at if standing.last else None,
                "review_late": standing.late,
                "charter": charter.number if charter else 0,
                "charter_waiting": len(self._charters.waiting()),
                "policy_number": policy.number,
                "policy_at": policy.applied_at,
                "keys": len(keys),
                "keys_long": sum(one.expires_at > now + _LONG for one in keys),
                **self._waiting(now),
                "exercise_at": self._exercise(),
            }
        )

    def _people(self) -> tuple[PersonFact, ...]:
        """Those with an open account who came in at least once."""
        c = course_records.c
        passed = (
            sa.select(c.person, c.course, c.digest, sa.func.max(c.at))
            .where(c.passed.is_(True))
            .group_by(c.person, c.course, c.digest)
        )
        query = sa.select(people).where(people.c.disabled.is_(False), people.c.password.is_not(None))
        with self._database.read() as db:
            holders = set(db.scalars(sa.select(factors.c.person).where(factors.c.ready.is_(True))))
            last = {(row[0], row[1], row[2]): datetime.fromisoformat(row[3]) for row in db.execute(passed)}
            rows = db.execute(query.order_by(people.c.name, people.c.id)).all()
        return tuple(PersonFact(r.id, r.name, r.role, r.id in holders, _trained(r.id, r.role, last)) for r in rows)

    def _awaited(self) -> int:
        """How many open accounts have no password yet."""
        fresh = people.c.disabled.is_(False), people.c.password.is_(None)
        with self._database.read() as db:
            return int(db.scalar(sa.select(sa.func.count()).select_from(people).where(*fresh)) or 0)

    def names(self) -> list[str]:
        """Of every account, closed ones and those that never came in too; but the word that the first account has
        for a name until somebody chooses one."""
        with self._database.read() as db:
            return [name for name in db.scalars(sa.select(people.c.name)) if name and name != SEED[0]]

    def _spaces(self) -> tuple[SpaceFact, ...]:
        def by_space(table: sa.Table) -> sa.Select[Any]:
            return sa.select(table.c.space, sa.func.count()).group_by(table.c.space)

        query = sa.select(spaces).where(spaces.c.deleting.is_(False)).order_by(spaces.c.name)
        with self._database.read() as db:
            rows = db.execute(query).all()
            persons, groups, papers = (
                {row[0]: int(row[1]) for row in db.execute(by_space(table))}
                for table in (members, group_members, documents)
            )
        default = in_force().policy.default
        return tuple(
            SpaceFact(
                id=r.id,
                name=r.name,
                sensitivity=r.sensitivity or default,
                people=persons.get(r.id, 0),
                groups=groups.get(r.id, 0),
                documents=papers.get(r.id, 0),
                held=bool(r.held),
            )
            for r in rows
        )

    def _exercise(self) -> datetime | None:
        """When the last exercise of an incident was closed: one that was only opened is not done."""
        closed = sa.select(sa.func.max(incidents.c.closed_at)).where(incidents.c.practice.is_(True))
        with self._database.read() as db:
            last = db.execute(closed).scalar()
        return datetime.fromisoformat(last) if last else None

    def _waiting(self, now: datetime) -> dict[str, int]:
        requests, today = person_requests.c, now.astimezone().date().isoformat()
        asked = requests.state.not_in(("done", "refused")) & requests.practice.is_(False)
        late, year = iso(now - timedelta(hours=self._hours)), iso(now - _LONG)
        i, day = incidents.c, sa.func.julianday
        waits = (i.state == "open") & (i.known_at < late)
        told_late = ((day(i.notified_at) - day(i.known_at)) * 24 > self._hours) & (i.notified_at > year)
        counts = {
            "requests_open": sa.select(sa.func.count()).select_from(person_requests).where(asked),
            "requests_late": sa.select(sa.func.count())
            .select_from(person_requests)
            .where(asked, requests.due_on < today),
            "incidents_open": sa.select(sa.func.count())
            .select_from(incidents)
            .where(incidents.c.state != "closed", incidents.c.practice.is_(False)),
            "incidents_late": sa.select(sa.func.count())
            .select_from(incidents)
            .where(i.practice.is_(False), waits | told_late),
        }
        over = sa.select(requests.due_on, requests.ended).where(
            requests.state.in_(("done", "refused")), requests.practice.is_(False)
        )
        with self._database.read() as db:
            found = {name: int(db.execute(query).scalar_one()) for name, query in counts.items()}
            ends = [(due, (ended or {}).get("at", "")) for due, ended in db.execute(over)]
        found["requests_late"] += sum(at > year and days_late(due, at) > 0 for due, at in ends)
        return found


def _trained(person: str, role: str, passed: Mapping[tuple[str, str, str], datetime]) -> datetime | None:
    """The oldest of the last passes of every course of ``role``, as it is taught today; None when one is missing.
    ``passed``: (person, course, digest) → when last."""
    found = [passed.get((person, one.id, one.digest)) for one in courses(role)]
    known = [at for at in found if at is not None]
    return min(known) if known and len(known) == len(found) else None
