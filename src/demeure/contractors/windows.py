"""Windows: asked for, approved, open for a time, closed. The house decides at each look whether one is open.

Its end is kept on two clocks: the wall's, and the one that nobody sets. Whichever comes first closes it; a wall
clock that went back closes it at once. Nothing depends on the process that opened it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.contractors.errors import (
    NotAContractor,
    WindowAwaited,
    WindowInvalid,
    WindowMoved,
    WindowNotByMachine,
    WindowNotInContract,
    WindowOwnWord,
    WindowTaken,
    WindowTooLong,
    WindowUnchanged,
    WindowUnknown,
)
from demeure.contractors.register import Register, company_of
from demeure.contractors.scopes import BY_TWO, SCOPES, scopes_of
from demeure.contractors.seals import Seals
from demeure.identity.sessions import close_all_in
from demeure.policy import Role, of_machine
from demeure.store import Database
from demeure.store.contractor_tables import contractor_companies, contractor_windows
from demeure.store.tables import people

MOST_MINUTES, LEAST_WORDS, ASKED_HOURS = 24 * 60, 12, 24
BACK_SECONDS = 5.0
"""A wall clock that is this much behind what the house saw of it was set back."""
_C = contractor_windows.c
_BARS = {
    "begins": ("le contrat n’a pas commencé.", "the contract has not begun."),
    "ends": ("le contrat est fini.", "the contract is over."),
    "annex": ("l’annexe de l’article 28 n’est pas signée.", "the annex of article 28 is not signed."),
    "company": ("cette personne n’est pas de cette entreprise.", "this person is not of that company."),
    "may": ("le contrat ne donne pas cela à faire.", "the contract does not give this to do."),
}


@dataclass(frozen=True)
class Window:
    """``state``: asked, open, closed, dropped (nobody approved it, or somebody refused). ``why`` it closed: time,
    clock (set back), person (by somebody), account (closed meanwhile), contract (over, or changed), restored (an
    old backup came back). ``worker``, ``login``, ``firm``: names, as they were when it was asked for (``named``;
    otherwise an older version kept none, and they are those of now); ``asker``, ``approver``, ``closer``: as they
    are now. ``scope``: spaces between. ``whole``: the seal that its opening left
    beside the database is there. ``barred``: of an open one, why the register does not allow it (any more)."""

    number: int
    person: str
    company: str
    scope: str
    motive: str
    minutes: int
    needed: int
    asked_by: str
    asked_at: datetime
    approved_by: str
    last_hand: str
    state: str
    chain: str
    opened_at: datetime | None = None
    until: datetime | None = None
    until_up: float | None = None
    seal: str = ""
    seen_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    why: str = ""
    report: str = ""
    signature: str = ""
    read_by: str = ""
    read_at: datetime | None = None
    worker: str = ""
    login: str = ""
    firm: str = ""
    asker: str = ""
    approver: str = ""
    closer: str = ""
    reader: str = ""
    whole: bool = True
    barred: str = ""
    named: bool = True

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split())

    def left(self, clock: Clock) -> float:
        """Seconds until its end, on the clock that is nearer to it; 0 when it is over."""
        if self.state != "open" or self.until is None or self.until_up is None or not self.whole:
            return 0.0
        return max(0.0, min((self.until - clock.now()).total_seconds(), self.until_up - clock.monotonic()))

    def over(self, clock: Clock) -> str:
        """Why it may not go on: restored, clock, time, contract; empty: it may."""
        if not self.whole:
            return "restored"
        if self.seen_at is not None and (self.seen_at - clock.now()).total_seconds() > BACK_SECONDS:
            return "clock"
        if self.left(clock) <= 0:
            return "time"
        return "contract" if self.barred else ""


class Windows:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock, register: Register, approvals: int = 1) -> None:
        """``approvals``: persons that any window needs, whoever opens it included (1 or 2)."""
        self._database, self._clock, self._register, self._approvals = database, clock, register, approvals
        self._seals = Seals(database.path.parent)

    def all(self, limit: int = 200) -> list[Window]:
        """Newest first."""
        return self._found(sa.true(), limit)

    def since(self, day: str, limit: int) -> list[Window]:
        """Asked for from that day on (ISO 8601, UTC; empty: all), newest first."""
        return self._found(_C.asked_at >= day, limit)

    def counted(self, day: str) -> dict[str, tuple[int, int, str]]:
        """Company → (how many were opened from that day on, how many reports of them are signed, when the last was
        opened, ISO)."""
        opened = sa.select(
            _C.company,
            sa.func.count(),
            sa.func.sum(sa.cast(_C.signature != "", sa.Integer)),
            sa.func.max(_C.opened_at),
        )
        with self._database.read() as db:
            rows = db.execute(opened.where(_C.opened_at >= day).group_by(_C.company)).all()
        return {row[0]: (int(row[1]), int(row[2] or 0), str(row[3])) for row in rows}

    def one(self, number: int) -> Window:
        """Raises WindowUnknown."""
        found = self._found(_C.number == number, 1)
        if not found:
            raise WindowUnknown(number=number)
        return found[0]

    def open_ones(self) -> list[Window]:
        """Those that the database says are open."""
        return self._found(_C.state == "open", 200)

    def without_report(self) -> list[Window]:
        """Closed, and what is to be told of them was not signed yet."""
        return self._found((_C.state == "closed") & (_C.signature == ""), 200)

    def for_person(self, person: str) -> Window | None:
        """Open for that person now, on both clocks and in the register; None otherwise."""
        found = self._found((_C.state == "open") & (_C.person == person), 1)
        return found[0] if found and not found[0].over(self._clock) else None

    def ask(self, person: str, scope: str, motive: str, minutes: int, by: str, chain: str) -> Window:
        """It opens at once where one person is enough. Raises WindowInvalid, NotAContractor, WindowNotInContract,
        WindowTaken, WindowOwnWord (a contractor for themselves), WindowNotByMachine."""
        motive, scopes = motive.strip(), scopes_of(scope)
        if not scopes or not LEAST_WORDS <= len(motive) <= 2000 or not 1 <= minutes <= MOST_MINUTES:
            raise WindowInvalid(scopes=", ".join(SCOPES))
        if person == by:
            raise WindowOwnWord()
        company = self._register.of(person)
        needed = 2 if scopes & BY_TWO or self._approvals > 1 else 1
        _by_people(needed, by)
        values: dict[str, Any] = {"person": person, "company": company.id, "scope": " ".join(sorted(scopes))}
        values |= {"motive": motive, "minutes": minutes, "needed": needed, "asked_by": by, "last_hand": by}
        values |= {"asked_at": iso(self._clock.now()), "state": "asked", "chain": chain}
        with self._database.write() as db:
            self._fit(db, person)
            self._allowed(db, person, company.id, scopes)
            values |= _names(db, person, company.name)
            values |= self._opening(minutes) if needed == 1 else {}
            made = db.execute(contractor_windows.insert().values(values)).inserted_primary_key
        return self.one(int((made or (0,))[0]))

    def approve(self, number: int, by: str) -> None:
        """It opens now. Raises WindowMoved (also when it was asked for a day ago), WindowOwnWord, NotAContractor,
        WindowNotInContract, WindowTaken, WindowNotByMachine (also where the machine asked for it)."""
        oldest = iso(self._clock.now() - timedelta(hours=ASKED_HOURS))
        with self._database.write() as db:
            row = db.execute(sa.select(contractor_windows).where(_C.number == number)).first()
            if row is None or row.state != "asked" or row.asked_at < oldest:
                raise WindowMoved()
            if by in (row.asked_by, row.person):
                raise WindowOwnWord()
            for hand in (row.asked_by, by):
                _by_people(row.needed, hand)
            self._fit(db, row.person)
            self._allowed(db, row.person, row.company, row.scope.split())
            values = self._opening(row.minutes) | {"approved_by": by, "last_hand": by}
            if not row.worker and (company := company_of(db, row.person)):  # asked for under an older version
                values |= _names(db, row.person, company.name)
            db.execute(sa.update(contractor_windows).where(_C.number == number).values(**values))

    def drop(self, number: int, by: str) -> None:
        """Nobody is to approve it. Raises WindowMoved."""
        values = {"state": "dropped", "closed_by": by, "closed_at": iso(self._clock.now())}
        asked = sa.update(contractor_windows).where(_C.number == number, _C.state == "asked")
        with self._database.write() as db:
            if not db.execute(asked.values(**values)).rowcount:
                raise WindowMoved()

    def extend(self, number: int, minutes: int, by: str) -> Window:
        """Its end moves, to a day from now at the latest. Where two persons were needed, the one who asked,
        approved or extended last does not extend. Raises WindowAwaited, WindowMoved, WindowTooLong,
        WindowUnchanged, WindowOwnWord, WindowNotByMachine, WindowNotInContract."""
        window = self.one(number)
        if window.state == "asked":
            raise WindowAwaited()
        going = window.state == "open" and window.over(self._clock) in ("", "contract")
        if not going or window.until is None or window.until_up is None:
            raise WindowMoved()
        if by == window.person or (window.needed > 1 and by == window.last_hand):
            raise WindowOwnWord()
        _by_people(window.needed, by)
        until, most = window.until + timedelta(minutes=minutes), self._clock.now() + timedelta(minutes=MOST_MINUTES)
        if minutes < 1:
            raise WindowUnchanged()
        if until > most:
            raise WindowTooLong(minutes=max(0, int((most - window.until).total_seconds() // 60)))
        values = {"until": iso(until), "until_up": window.until_up + minutes * 60, "last_hand": by}
        same = (_C.number == number, _C.state == "open", _C.until == iso(window.until))
        with self._database.write() as db:
            self._allowed(db, window.person, window.company, window.scopes)
            if not db.execute(sa.update(contractor_windows).where(*same).values(**values)).rowcount:
                raise WindowMoved()
        return self.one(number)

    def close(self, number: int, by: str, why: str) -> None:
        """Its end, and that of the sessions of whom it was for, in one transaction. Raises WindowMoved."""
        values = {"state": "closed", "closed_at": iso(self._clock.now()), "closed_by": by, "why": why}
        going = sa.update(contractor_windows).where(_C.number == number, _C.state == "open")
        with self._database.write() as db:
            if not db.execute(going.values(**values)).rowcount:
                raise WindowMoved()
            person = db.execute(sa.select(_C.person).where(_C.number == number)).scalar()
            close_all_in(db, str(person))
            self._seals.only(db.execute(sa.select(_C.seal).where(_C.state == "open")).scalars())

    def seen(self, number: int) -> None:
        """The house looked at the wall clock: it may not be earlier again."""
        now = iso(self._clock.now())
        later = sa.update(contractor_windows).where(_C.number == number, _C.state == "open", _C.seen_at < now)
        with self._database.relaxed() as db:
            db.execute(later.values(seen_at=now))

    def reported(self, number: int, report: str, signature: str) -> None:
        """What is told of it, signed: written once."""
        mine = sa.update(contractor_windows).where(_C.number == number, _C.signature == "")
        with self._database.write() as db:
            db.execute(mine.values(report=report, signature=signature))

    def read(self, number: int, by: str) -> None:
        """Somebody took the report for the organisation. Raises WindowMoved: there is none, or it was read."""
        values = {"read_by": by, "read_at": iso(self._clock.now())}
        mine = sa.update(contractor_windows).where(_C.number == number, _C.signature != "", _C.read_by == "")
        with self._database.write() as db:
            if not db.execute(mine.values(**values)).rowcount:
                raise WindowMoved()

    def unread(self) -> int:
        """Reports that nobody took for the organisation yet."""
        query = sa.select(sa.func.count()).where(_C.signature != "", _C.read_by == "")
        with self._database.read() as db:
            return int(db.execute(query).scalar_one())

    def accounts_closed(self) -> set[int]:
        """Open windows whose person has no open contractor's account any more."""
        good = sa.select(people.c.id).where(people.c.disabled.is_(False), people.c.role == Role.CONTRACTOR.value)
        query = sa.select(_C.number).where(_C.state == "open", _C.person.not_in(good))
        with self._database.read() as db:
            return set(db.execute(query).scalars())

    def _opening(self, minutes: int) -> dict[str, Any]:
        now = self._clock.now()
        told = {"state": "open", "opened_at": iso(now), "seen_at": iso(now), "seal": self._seals.new()}
        return told | {
            "until": iso(now + timedelta(minutes=minutes)),
            "until_up": self._clock.monotonic() + minutes * 60,
        }

    def _barred(self, db: sa.Connection, person: str, company: str, scopes: Iterable[str]) -> str:
        """Why the register does not allow a window of ``company`` for ``person`` today (a key of _BARS); empty: it
        does."""
        found = company_of(db, person)
        if found is None or found.id != company:
            return "company"
        today = self._clock.now().astimezone().date()  # contracts count the days of here
        return found.bars(today) or ("" if set(scopes) <= set(found.may.split()) else "may")

    def _allowed(self, db: sa.Connection, person: str, company: str, scopes: Iterable[str]) -> None:
        if bar := self._barred(db, person, company, scopes):
            raise WindowNotInContract(detail=_BARS[bar][0], detail_en=_BARS[bar][1])

    @staticmethod
    def _fit(db: sa.Connection, person: str) -> None:
        """An open account of a contractor, for whom nothing is open."""
        row = db.execute(sa.select(people).where(people.c.id == person)).first()
        if row is None or row.disabled or row.role != Role.CONTRACTOR.value:
            raise NotAContractor()
        taken = sa.select(_C.number).where(_C.person == person, _C.state == "open")
        if db.execute(taken).first() is not None:
            raise WindowTaken()

    def _found(self, where: sa.ColumnElement[bool], limit: int) -> list[Window]:
        with self._database.read() as db:
            rows = db.execute(
                sa.select(contractor_windows).where(where).order_by(_C.number.desc()).limit(limit)
            ).all()
            names = {row.id: row.name for row in db.execute(sa.select(people.c.id, people.c.name))}
            firms = {
                row.id: row.name
                for row in db.execute(sa.select(contractor_companies.c.id, contractor_companies.c.name))
            }
            logins = {row.id: row.login for row in db.execute(sa.select(people.c.id, people.c.login))}
            bars = {
                row.number: self._barred(db, row.person, row.company, row.scope.split())
                for row in rows
                if row.state == "open"
            }
        made = (_window(row, names, logins, firms) for row in rows)
        return [replace(one, whole=self._whole(one), barred=bars.get(one.number, "")) for one in made]

    def _whole(self, window: Window) -> bool:
        return window.state != "open" or self._seals.holds(window.seal)


_MOMENTS = ("asked_at", "opened_at", "until", "seen_at", "closed_at", "read_at")


def _by_people(needed: int, by: str) -> None:
    """Two persons are two accounts: who has a shell and an account would be both. Raises WindowNotByMachine."""
    if needed > 1 and of_machine(by):
        raise WindowNotByMachine()


def _names(db: sa.Connection, person: str, firm: str) -> dict[str, str]:
    """Whom it is for, as whoever asks reads it: what is renamed afterwards changes neither window nor report."""
    row = db.execute(sa.select(people.c.name, people.c.login).where(people.c.id == person)).one()
    return {"worker": row.name, "login": row.login, "firm": firm}


def _window(row: sa.Row[Any], names: dict[str, str], logins: dict[str, str], firms: dict[str, str]) -> Window:
    """Those that an older version opened kept no names: theirs are those of now."""
    told = {**row._mapping, "named": bool(row.worker and row.firm)}
    for name in _MOMENTS:
        told[name] = datetime.fromisoformat(told[name]).astimezone(UTC) if told[name] else None
    now = {"worker": (names, "person"), "login": (logins, "person"), "firm": (firms, "company")}
    for name, (known, key) in now.items():
        told[name] = told[name] or known.get(told[key], "")
    return Window(
        **told,
        asker=names.get(told["asked_by"], told["asked_by"]),
        approver=names.get(told["approved_by"], ""),
        closer=names.get(told["closed_by"], told["closed_by"] if of_machine(told["closed_by"]) else ""),
        reader=names.get(told["read_by"], ""),
    )
