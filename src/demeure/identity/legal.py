"""Readings on a legal ground: one person asks with a motive and a scope, another grants, for a time.

What is granted ends by itself: every look compares its end with the clock, whatever process died meanwhile. A
person's conversations, or the documents of a space, are its scope; never more.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.identity.account_errors import ReadingInvalid, ReadingMoved, ReadingOwnWord, ReadingUnknown
from demeure.policy import Action, Cell, those_with
from demeure.store import Database
from demeure.store.account_tables import READING_KINDS, legal_readings
from demeure.store.tables import people, spaces

MOST_HOURS, LEAST_WORDS = 72, 12
_C = legal_readings.c
ASKERS = tuple(role.value for role in those_with(Action.LEGAL_ASK, Cell.HOUSE))
"""Roles that may ask for a reading: whoever has none of them any more reads nothing by it."""


@dataclass(frozen=True)
class Reading:
    """``kind``: person (their conversations) or space (its documents). ``state``: asked, granted, refused, ended.
    ``about``, ``asker``, ``decider``: names, as they are now, with the login where two have the same. ``open``: it
    may be used: its time is not over, and whoever asked still may."""

    number: int
    kind: str
    object: str
    ground: str
    motive: str
    hours: int
    asked_by: str
    asked_at: datetime
    state: str
    decided_by: str = ""
    decided_at: datetime | None = None
    why: str = ""
    until: datetime | None = None
    ended_at: datetime | None = None
    opened: int = 0
    about: str = ""
    asker: str = ""
    decider: str = ""
    open: bool = False


class LegalReadings:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def all(self) -> list[Reading]:
        """Newest first."""
        return self._found(sa.true())

    def one(self, number: int) -> Reading:
        """Raises ReadingUnknown."""
        found = self._found(_C.number == number)
        if not found:
            raise ReadingUnknown(number=number)
        return found[0]

    def about(self, person: str, managed: frozenset[str]) -> list[Reading]:
        """Those that are over and were about ``person``, or about a space of ``managed``."""
        hers = sa.or_(
            sa.and_(_C.kind == "person", _C.object == person),
            sa.and_(_C.kind == "space", _C.object.in_(sorted(managed))),
        )
        granted = _C.state.in_(("granted", "ended")) & _C.decided_at.is_not(None)
        return [one for one in self._found(hers & granted) if not one.open]

    def ask(self, kind: str, object_: str, ground: str, motive: str, hours: int, by: str) -> int:
        """Its number. Raises ReadingInvalid, also for who or what does not exist, and for oneself."""
        ground, motive = " ".join(ground.split()), motive.strip()
        good = kind in READING_KINDS and 3 <= len(ground) <= 300 and LEAST_WORDS <= len(motive) <= 2000
        if not good or not 1 <= hours <= MOST_HOURS or object_ == by:
            raise ReadingInvalid()
        table = people if kind == "person" else spaces
        values = {"kind": kind, "object": object_, "ground": ground, "motive": motive, "hours": hours}
        values |= {"asked_by": by, "asked_at": iso(self._clock.now()), "state": "asked"}
        with self._database.write() as db:
            if db.execute(sa.select(table.c.id).where(table.c.id == object_)).first() is None:
                raise ReadingInvalid()
            made = db.execute(legal_readings.insert().values(values)).inserted_primary_key
        return int((made or (0,))[0])

    def decide(self, number: int, by: str, *, grant: bool, why: str = "") -> None:
        """Raises ReadingOwnWord (whoever asked, or the person concerned), ReadingMoved (decided already)."""
        now = self._clock.now()
        with self._database.write() as db:
            row = db.execute(sa.select(legal_readings).where(_C.number == number)).first()
            if row is None or row.state != "asked":
                raise ReadingMoved()
            if by in (row.asked_by, row.object):
                raise ReadingOwnWord()
            values = {"state": "granted" if grant else "refused", "decided_by": by, "decided_at": iso(now)}
            values |= {"why": why.strip()[:500]}
            if grant:
                values |= {"until": iso(now + timedelta(hours=row.hours))}
            db.execute(sa.update(legal_readings).where(_C.number == number).values(**values))

    def end(self, number: int) -> None:
        """Before its time. Raises ReadingMoved: it is over, or never began."""
        now = iso(self._clock.now())
        going = sa.update(legal_readings).where(_C.number == number, _C.state == "granted", _C.until > now)
        with self._database.write() as db:
            if not db.execute(going.values(state="ended", ended_at=now)).rowcount:
                raise ReadingMoved()

    def count_one(self, number: int) -> None:
        """Something more was opened."""
        with self._database.write() as db:
            db.execute(sa.update(legal_readings).where(_C.number == number).values(opened=_C.opened + 1))

    def _found(self, where: sa.ColumnElement[bool]) -> list[Reading]:
        now = iso(self._clock.now())
        with self._database.read() as db:
            rows = db.execute(sa.select(legal_readings).where(where).order_by(_C.number.desc())).all()
            known = db.execute(sa.select(people)).all()
            rooms = {row.id: row.name for row in db.execute(sa.select(spaces.c.id, spaces.c.name))}
        many = Counter(one.name for one in known)
        names = rooms | {one.id: one.name if many[one.name] == 1 else f"{one.name} ({one.login})" for one in known}
        askers = {one.id for one in known if one.role in ASKERS and not one.disabled}
        return [_reading(row, names, now, askers) for row in rows]


def _reading(row: sa.Row[tuple[object, ...]], names: dict[str, str], now: str, askers: set[str]) -> Reading:
    told = dict(row._mapping)
    going = told["state"] == "granted" and bool(told["until"]) and told["until"] > now
    going = going and told["asked_by"] in askers
    for name in ("asked_at", "decided_at", "until", "ended_at"):
        told[name] = datetime.fromisoformat(told[name]) if told[name] else None
    if told["state"] == "granted" and not going:
        told["state"] = "ended"
    return Reading(
        **told,
        about=names.get(told["object"], ""),
        asker=names.get(told["asked_by"], ""),
        decider=names.get(told["decided_by"], ""),
        open=going,
    )
