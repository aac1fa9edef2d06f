"""Requests at rest: rows of ``house.db``. Blocking; decides nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.persons.errors import RequestOver, RequestUnknown
from demeure.persons.places import Finding, Report
from demeure.store import Database, DatabaseBusy
from demeure.store.person_tables import person_findings, person_requests

NOTE = 2000
"""Characters kept of what is said of a request."""
GROUNDS = ("identity", "unfounded", "legal-hold", "public-archive", "claims", "other")
"""Why a request is refused, wholly: article 12 (identity, manifestly unfounded) and 17.3."""


@dataclass(frozen=True)
class Found:
    """A finding of a request. ``choice``: erase, tell, keep, or nothing yet; ``state``: found, done, told, kept or
    held; ``reason``: code of why it is not erased."""

    id: int
    finding: Finding
    choice: str
    state: str
    reason: str

    @property
    def provided(self) -> bool:
        """By the person, in an account of theirs: what portability is about (GDPR 20.1)."""
        return self.finding.kind in ("account", "own")

    @property
    def kept(self) -> bool:
        """Decided so, and nothing else was done of it."""
        return self.choice == "keep" and self.state in ("found", "held", "kept")


@dataclass(frozen=True)
class Asked:
    """A request. ``said``: what the person is looked for by, and ``note``: how they asked; both empty once their
    data were erased. ``ended``: how it ended, {ground, why, at, entries, counts}. ``practice``: an exercise."""

    number: int
    id: str
    kind: str
    state: str
    said: tuple[str, ...]
    note: str
    received_on: str
    due_on: str
    extended: Mapping[str, str] | None
    ended: Mapping[str, Any] | None
    opened_by: str
    opened_at: str
    searched_at: str
    scope: Mapping[str, Any] | None
    exported_at: str
    chain: str
    practice: bool = False

    @property
    def over(self) -> bool:
        return self.state in ("done", "refused")


class Files:
    """Rows of requests and of their findings."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock

    def now(self) -> str:
        return iso(self._clock.now())

    def today(self) -> date:
        """The house's day."""
        return self._clock.now().astimezone().date()

    def open(
        self, kind: str, said: Sequence[str], note: str, days: tuple[date, date], by: str, *, practice: bool = False
    ) -> Asked:
        """A new request; the one there is when the same is open already: a form sent twice asks once. ``days``:
        received, due."""
        row: dict[str, Any] = {"id": uuid4().hex[:16], "kind": kind, "state": "open"}
        row |= {"said": list(said), "note": note}
        row |= {"received_on": days[0].isoformat(), "due_on": days[1].isoformat(), "opened_by": by}
        row |= {"opened_at": self.now(), "chain": uuid4().hex, "practice": practice}
        c, alike = person_requests.c, ("kind", "note", "received_on", "opened_by", "state", "practice")
        same = sa.select(c.number, c.said).where(*(c[name] == row[name] for name in alike))
        with self._house.write() as db:
            number = next((one.number for one in db.execute(same) if one.said == row["said"]), 0)
            if not number:
                made = db.execute(person_requests.insert().values(**row)).inserted_primary_key
                number = (made or (0,))[0]
        return self.request(int(number))

    def request(self, number: int) -> Asked:
        """Raises RequestUnknown."""
        with self._house.read() as db:
            row = db.execute(sa.select(person_requests).where(person_requests.c.number == number)).first()
        if row is None:
            raise RequestUnknown(number=number)
        return _asked(row)

    def requests(self) -> list[Asked]:
        """Those to be answered first, soonest due first; then the others, latest first."""
        with self._house.read() as db:
            rows = [_asked(row) for row in db.execute(sa.select(person_requests))]
        waiting = sorted((one for one in rows if not one.over), key=lambda one: (one.due_on, one.number))
        return waiting + sorted((one for one in rows if one.over), key=lambda one: -one.number)

    def set(self, number: int, **values: Any) -> None:
        """Columns of one that is not over. Raises RequestOver."""
        c = person_requests.c
        mine = person_requests.update().where(c.number == number, c.state.in_(("open", "erasing")))
        with self._house.write() as db:
            if not db.execute(mine.values(values)).rowcount:
                raise RequestOver(number=number)

    def end(self, number: int, ended: Mapping[str, Any]) -> None:
        """Done, and at the same moment who it was about leaves the house: numbers, days and counts stay, and no
        place, account nor dossier that would tell them. The log is folded. Raises RequestOver."""
        c = person_requests.c
        mine = person_requests.update().where(c.number == number, c.state.in_(("open", "erasing")))
        theirs = person_findings.delete().where(person_findings.c.request == number)
        nobody: dict[str, Any] = {"said": [], "note": "", "scope": None, "extended": None}
        with self._house.write() as db:
            before = db.execute(sa.select(c.extended).where(c.number == number)).scalar()
            if before:  # that it was, and when: why may name them
                nobody["extended"] = {**before, "why": ""}
            if not db.execute(mine.values(state="done", ended=dict(ended), **nobody)).rowcount:
                raise RequestOver(number=number)
            db.execute(theirs)
        try:
            self._house.settle()
        except DatabaseBusy:  # a reader holds the log: the next checkpoint folds it
            return

    # -- findings -------------------------------------------------------------------------------------------------

    def keep(self, number: int, report: Report) -> None:
        """What a search found, in place of what a former one did; what was decided of the same stays. What somebody
        was told of, and is no longer found, was done by them. What lies where this search could not look stays as
        it was."""
        f = person_findings.c
        unseen = _unseen(report)
        with self._house.write() as db:
            former = {_key(row): row for row in db.execute(_of(number))}
            again = {_key(one): one for one in report.findings}
            seen = [row for key, row in former.items() if key in again or not unseen(row)]
            over = [row.id for row in seen if row.state == "told"]
            gone = [row.id for row in seen if _key(row) in again or row.state not in ("done", "told")]
            db.execute(person_findings.update().where(f.id.in_(over)).values(state="done", reason=BY_OWNER))
            db.execute(person_findings.delete().where(f.id.in_(gone)))
            for key, one in again.items():
                row = {"request": number, "at": [dict(place) for place in one.at]}
                row |= {name: getattr(one, name) for name in _COPIED}
                before = former.get(key)
                row["choice"] = before.choice if before else ""
                row["state"] = "told" if before and before.state == "told" else "found"
                db.execute(person_findings.insert().values(row))
            mine = person_requests.update().where(person_requests.c.number == number)
            db.execute(mine.values(searched_at=self.now(), scope=report.scope()))

    def findings(self, number: int) -> list[Found]:
        """In the order of KINDS, surest first."""
        with self._house.read() as db:
            rows = [_found(row) for row in db.execute(_of(number))]
        order = {kind: at for at, kind in enumerate(_ORDER)}
        return sorted(rows, key=lambda r: (order[r.finding.kind], -r.finding.whole, -r.finding.likely, r.id))

    def choose(self, number: int, choices: Mapping[int, str]) -> None:
        """What is to become of findings, by id. One that was kept or told to its space is to be done again when
        something else is decided of it."""
        f = person_findings.c
        with self._house.write() as db:
            for one, choice in choices.items():
                mine = person_findings.update().where(f.request == number, f.id == one, f.choice != choice)
                db.execute(mine.where(f.state.in_(("found", "held"))).values(choice=choice))
                again = mine.where(f.state.in_(("kept", "told")))
                db.execute(again.values(choice=choice, state="found", reason=""))

    def done(self, finding: int, state: str, reason: str = "") -> None:
        """What became of one finding."""
        mine = person_findings.update().where(person_findings.c.id == finding)
        with self._house.write() as db:
            db.execute(mine.values(state=state, reason=reason))

    def told_in(self, spaces: Sequence[str]) -> list[tuple[int, str, str, tuple[str, ...]]]:
        """(number, document, space, by what the person is looked for) that whoever manages these spaces is asked
        to look at."""
        f, r = person_findings.c, person_requests.c
        query = sa.select(f.request, f.object, f.space, r.said).join(person_requests, r.number == f.request)
        query = query.where(
            f.state == "told", f.kind == "document", f.space.in_(list(spaces)), r.practice.is_(False)
        )
        with self._house.read() as db:
            return [
                (row.request, row.object, row.space, tuple(row.said)) for row in db.execute(query.order_by(f.id))
            ]


BY_OWNER = "by-owner"
"""Why a place is done: whoever keeps it did it."""
_COPIED = ("kind", "object", "space", "holder", "whole", "likely", "same")
_ORDER = ("account", "own", "document", "conversation", "work", "file", "glossary", "pseudonyms", "journal")


def _key(one: Any) -> tuple[str, str, str]:
    return one.kind, one.object, one.space


def _unseen(report: Report) -> Callable[[Any], bool]:
    """Could the search not look where this finding lies: a space that does not open, a journal too long?"""
    locked = {one.object for one in report.unsearched if one.kind == "space"}
    late = any(one.kind == "journal" and one.why == "late" for one in report.unsearched)
    return lambda row: row.space in locked or (late and row.kind == "journal")


def _of(number: int) -> sa.Select[Any]:
    return sa.select(person_findings).where(person_findings.c.request == number)


def _asked(row: sa.Row[Any]) -> Asked:
    known = {name: getattr(row, name) for name in Asked.__dataclass_fields__}
    blank = {name: known[name] or "" for name in ("searched_at", "exported_at")}
    return Asked(**known | blank | {"said": tuple(row.said)})


def _found(row: sa.Row[Any]) -> Found:
    counts = {name: getattr(row, name) for name in ("whole", "likely", "same")}
    finding = Finding(row.kind, row.object, row.space, row.holder, at=tuple(row.at), **counts)
    return Found(row.id, finding, row.choice, row.state, row.reason)
