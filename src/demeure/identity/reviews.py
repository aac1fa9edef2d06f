"""Reviews of rights: who read the whole sheet, when, and which sheet it was (ANSSI, hygiène informatique, R35)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.identity.account_errors import RightsMoved
from demeure.identity.rights import RightsLine, digest_of, rights_of
from demeure.store import Database
from demeure.store.account_tables import rights_reviews
from demeure.store.tables import people


@dataclass(frozen=True)
class Review:
    """``by``: name of who signed. ``digest``: of the sheet; ``people``: how many open accounts it named."""

    number: int
    by: str
    at: datetime
    digest: str
    people: int
    note: str


@dataclass(frozen=True)
class Standing:
    """``due``: by when the next one is to be signed; None when none is asked for. ``late``: it is past."""

    last: Review | None
    due: datetime | None
    late: bool


class Reviews:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock, days: int) -> None:
        """``days``: between two reviews; 0: none is asked for."""
        self._database, self._clock, self._days = database, clock, days

    def sheet(self) -> tuple[list[RightsLine], str]:
        """Who may what, and its digest."""
        lines = rights_of(self._database)
        return lines, digest_of(lines)

    def all(self) -> list[Review]:
        """Newest first."""
        query = sa.select(rights_reviews, people.c.name).outerjoin(people, people.c.id == rights_reviews.c.by)
        with self._database.read() as db:
            rows = db.execute(query.order_by(rights_reviews.c.number.desc())).all()
        return [
            Review(r.number, r.name or "", datetime.fromisoformat(r.at), r.digest, r.people, r.note) for r in rows
        ]

    def sign(self, digest: str, by: str, note: str, chain: str) -> int:
        """Its number. ``digest``: of the sheet that was shown. Raises RightsMoved: it is another one now."""
        lines, now = self.sheet()
        if now != digest:
            raise RightsMoved()
        row = {
            "by": by,
            "at": iso(self._clock.now()),
            "digest": digest,
            "note": note.strip()[:1000],
            "chain": chain,
        }
        row |= {"people": str(sum(line.open for line in lines))}
        with self._database.write() as db:
            made = db.execute(rights_reviews.insert().values(**{**row, "people": int(row["people"])}))
            return int((made.inserted_primary_key or (0,))[0])

    def standing(self) -> Standing:
        """When the next one is due: counted from the last, or from the first account that came in."""
        last = next(iter(self.all()), None)
        if not self._days:
            return Standing(last, None, False)
        since = last.at if last else self._first()
        due = since + timedelta(days=self._days) if since else None
        return Standing(last, due, due is not None and due < self._clock.now())

    def _first(self) -> datetime | None:
        query = sa.select(sa.func.min(people.c.password_at)).where(people.c.disabled.is_(False))
        with self._database.read() as db:
            found = db.execute(query).scalar()
        return datetime.fromisoformat(found) if found else None
