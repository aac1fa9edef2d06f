"""Incidents and courses followed: rows of ``house.db``."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from demeure.accountability.courses import Course, Marked
from demeure.accountability.errors import IncidentUnknown
from demeure.accountability.kept import digest
from demeure.clock import Clock, iso
from demeure.store import Database
from demeure.store.register_tables import course_records, incidents
from demeure.store.tables import people, spaces


@dataclass(frozen=True)
class Incident:
    """``practice``: an exercise, never counted. ``known_at``: the clock starts. ``scope``: of incidents.py."""

    number: int
    practice: bool
    state: str
    known_at: datetime
    fields: Mapping[str, str]
    scope: Mapping[str, Any]
    opened_by: str
    opened_at: datetime
    notified_at: datetime | None
    closed_at: datetime | None
    chain: str

    @property
    def over(self) -> bool:
        return self.state == "closed"

    @property
    def seen(self) -> str:
        """What a form carries: which texts its author saw."""
        return digest(json.dumps(dict(self.fields), ensure_ascii=False, sort_keys=True))[:16]


class Incidents:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def all(self) -> list[Incident]:
        """Those still open first, then newest first."""
        i = incidents.c
        with self._database.read() as db:
            rows = db.execute(sa.select(incidents).order_by(i.state == "closed", i.number.desc())).all()
        return [_incident(row) for row in rows]

    def one(self, number: int) -> Incident:
        """Raises IncidentUnknown."""
        with self._database.read() as db:
            row = db.execute(sa.select(incidents).where(incidents.c.number == number)).first()
        if row is None:
            raise IncidentUnknown(number=number)
        return _incident(row)

    def open(
        self,
        known: datetime,
        fields: Mapping[str, str],
        scope: Mapping[str, Any],
        by: str,
        chain: str,
        *,
        practice: bool,
    ) -> Incident:
        """Its number is given by the database, once for all."""
        row = {"practice": practice, "state": "open", "known_at": iso(known), "fields": dict(fields)}
        row |= {"scope": dict(scope), "opened_by": by, "opened_at": iso(self._clock.now()), "chain": chain}
        with self._database.write() as db:
            made = db.execute(incidents.insert().values(**row))
            number = int((made.inserted_primary_key or (0,))[0])
        return self.one(number)

    def change(self, number: int, make: Callable[[Incident], Mapping[str, Any]]) -> Incident:
        """``make``: columns to write, from the row as it is in this transaction; what it raises changes nothing.
        Raises IncidentUnknown."""
        mine = incidents.c.number == number
        with self._database.write() as db:
            row = db.execute(sa.select(incidents).where(mine)).first()
            if row is None:
                raise IncidentUnknown(number=number)
            db.execute(incidents.update().where(mine).values(**make(_incident(row))))
        return self.one(number)

    def now(self) -> datetime:
        return self._clock.now()

    def accounts(self) -> frozenset[str]:
        """Ids of every account of a person, closed ones too."""
        with self._database.read() as db:
            return frozenset(db.scalars(sa.select(people.c.id)))

    def space_names(self) -> dict[str, str]:
        """Space → its name."""
        with self._database.read() as db:
            return {row.id: row.name for row in db.execute(sa.select(spaces.c.id, spaces.c.name))}


def _incident(row: Any) -> Incident:
    def when(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text) if text else None

    return Incident(
        number=row.number,
        practice=row.practice,
        state=row.state,
        known_at=datetime.fromisoformat(row.known_at),
        fields=row.fields,
        scope=row.scope or {},
        opened_by=row.opened_by,
        opened_at=datetime.fromisoformat(row.opened_at),
        notified_at=when(row.notified_at),
        closed_at=when(row.closed_at),
        chain=row.chain,
    )


@dataclass(frozen=True)
class Followed:
    """One time that somebody answered a course's questions."""

    person: str
    name: str
    role: str
    course: str
    right: int
    asked: int
    passed: bool
    at: datetime
    digest: str
    chain: str


class CourseRecords:
    """Any thread; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def keep(self, person: str, course: Course, found: Marked, chain: str) -> None:
        """Passed or not: both are kept."""
        row = {"person": person, "course": course.id, "digest": course.digest, "chain": chain}
        row |= {"right": found.right, "asked": found.asked, "passed": found.passed, "at": iso(self._clock.now())}  # type: ignore[dict-item]
        with self._database.write() as db:
            db.execute(course_records.insert().values(**row))

    def of(self, person: str = "") -> list[Followed]:
        """Of one person, or of everybody; newest first."""
        query = sa.select(course_records, people.c.name, people.c.role).join(
            people, people.c.id == course_records.c.person
        )
        if person:
            query = query.where(course_records.c.person == person)
        with self._database.read() as db:
            rows = db.execute(query.order_by(course_records.c.number.desc())).all()
        return [
            Followed(
                person=r.person,
                name=r.name,
                role=r.role,
                course=r.course,
                right=r.right,
                asked=r.asked,
                passed=r.passed,
                at=datetime.fromisoformat(r.at),
                digest=r.digest,
                chain=r.chain,
            )
            for r in rows
        ]
