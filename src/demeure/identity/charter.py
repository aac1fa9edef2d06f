"""The charter of use: versions that never change, and who accepted which."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.identity.account_errors import CharterInvalid, CharterMoved, CharterNone, CharterSame, CharterUnknown
from demeure.store import Database
from demeure.store.account_tables import charter_acceptances, charters
from demeure.store.tables import people

LEAST_SIGNS, MOST_SIGNS = 20, 50_000


@dataclass(frozen=True)
class Charter:
    """``text``: Markdown; empty: none is asked for since this version. ``by``: actor id."""

    number: int
    digest: str
    text: str
    by: str
    at: datetime
    accepted: int = 0


class Charters:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def all(self) -> list[Charter]:
        """Newest first."""
        c = charter_acceptances.c
        counted = sa.select(c.number, sa.func.count().label("accepted")).group_by(c.number).subquery()
        query = sa.select(charters, sa.func.coalesce(counted.c.accepted, 0).label("accepted"))
        query = query.outerjoin(counted, counted.c.number == charters.c.number).order_by(charters.c.number.desc())
        with self._database.read() as db:
            rows = db.execute(query).all()
        return [
            Charter(r.number, r.digest, r.body, r._mapping["by"], datetime.fromisoformat(r.at), r.accepted)
            for r in rows
        ]

    def current(self) -> Charter | None:
        """What is asked for now; None when nothing is."""
        newest = next(iter(self.all()), None)
        return newest if newest and newest.text else None

    def version(self, number: int) -> Charter:
        """Raises CharterUnknown."""
        found = next((one for one in self.all() if one.number == number), None)
        if found is None:
            raise CharterUnknown(number=number)
        return found

    def write(self, text: str, by: str, after: int) -> Charter:
        """A further version, asked of everybody again; an empty text asks nothing any more. ``after``: the one that
        its author knew (0: none). Raises CharterInvalid, CharterNone (an empty text where none is asked for),
        CharterMoved, CharterSame."""
        text = text.replace("\r\n", "\n").strip()
        if text and not LEAST_SIGNS <= len(text) <= MOST_SIGNS:
            raise CharterInvalid()
        now = self._clock.now()
        row = {"digest": hashlib.sha256(text.encode()).hexdigest(), "body": text, "by": by, "at": iso(now)}
        with self._database.write() as db:
            last = db.execute(sa.select(sa.func.coalesce(sa.func.max(charters.c.number), 0))).scalar_one()
            if last != after:
                raise CharterMoved()
            asked = db.execute(sa.select(charters.c.body).where(charters.c.number == last)).scalar_one_or_none()
            if not text and not asked:
                raise CharterNone()
            if text == asked:
                raise CharterSame(number=last)
            db.execute(charters.insert().values(number=last + 1, **row))
        return Charter(last + 1, row["digest"], text, by, now)

    def accept(self, person: str, number: int) -> Charter:
        """Raises CharterMoved: it is not the one that is asked for now."""
        current = self.current()
        if current is None or current.number != number:
            raise CharterMoved()
        values = {"person": person, "number": number, "at": iso(self._clock.now())}
        with self._database.write() as db:
            mine = sa.select(charter_acceptances).where(
                charter_acceptances.c.person == person, charter_acceptances.c.number == number
            )
            if db.execute(mine).first() is None:
                db.execute(charter_acceptances.insert().values(values))
        return current

    def waiting(self, number: int = 0) -> list[str]:
        """Names of those with an open account who did not accept version ``number`` (0: what is asked for now),
        with the login where two have the same."""
        if not number:
            current = self.current()
            if current is None:
                return []
            number = current.number
        c = charter_acceptances.c
        agreed = sa.select(c.person).where(c.number == number)
        query = sa.select(people.c.name, people.c.login, people.c.id.in_(agreed).label("agreed"))
        query = query.where(people.c.disabled.is_(False)).order_by(people.c.name, people.c.login)
        with self._database.read() as db:
            known = db.execute(query).all()
        many = Counter(one.name for one in known)
        return [one.name if many[one.name] == 1 else f"{one.name} ({one.login})" for one in known if not one.agreed]
