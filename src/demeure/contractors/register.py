"""The register of contractors: who they are, under which contract and law, what they may do."""

import re
import shlex
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.contractors.bundle import counts
from demeure.contractors.errors import CompanyInvalid, CompanyTaken, CompanyUnknown, NotAContractor
from demeure.contractors.scopes import SCOPES, scopes_of
from demeure.policy import Role
from demeure.store import Database
from demeure.store.contractor_tables import contractor_companies, contractor_people
from demeure.store.tables import people

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_C = contractor_companies.c


@dataclass(frozen=True)
class Told:
    """What a line of the register says. Days in ISO; ``ends`` and ``annex`` may be empty (no end; no annex of
    article 28). ``may``: scopes, spaces between."""

    name: str
    country: str
    law: str
    contract: str
    begins: str
    ends: str
    annex: str
    may: str
    contacts: str


@dataclass(frozen=True)
class Worker:
    """A person of a company. ``open``: their account is not closed."""

    id: str
    name: str
    login: str
    open: bool


@dataclass(frozen=True)
class Company(Told):
    """A line of the register, with its people."""

    id: str
    at: str
    people: tuple[Worker, ...] = ()

    def bars(self, today: date) -> str:
        """Why nothing may be opened for it on that day: begins, ends, annex; empty: nothing."""
        if self.begins > today.isoformat():
            return "begins"
        if self.ends and self.ends < today.isoformat():
            return "ends"
        return "" if self.annex and self.annex <= today.isoformat() else "annex"


class Register:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def all(self) -> list[Company]:
        """By name: what the register of processors (article 28) lists."""
        with self._database.read() as db:
            return _companies(db, sa.true())

    def counts(self) -> dict[str, Any]:
        """How many rows of each kind the house holds, for the support bundle."""
        return counts(self._database)

    def one(self, wanted: str) -> Company:
        """By id, or by name. Raises CompanyUnknown."""
        with self._database.read() as db:
            found = _companies(db, sa.or_(_C.id == wanted, sa.func.lower(_C.name) == wanted.lower()))
        if not found:
            raise CompanyUnknown(name=wanted)
        return found[0]

    def of(self, person: str) -> Company:
        """The company of a person. Raises NotAContractor."""
        with self._database.read() as db:
            found = company_of(db, person)
        if found is None:
            raise NotAContractor()
        return found

    def put(self, told: Told, by: str, company: str = "") -> str:
        """Its id; ``company``: the line to change. Raises CompanyInvalid, CompanyTaken, CompanyUnknown."""
        values = _checked(told) | {"by": by, "at": iso(self._clock.now())}
        with self._database.write() as db:
            taken = sa.select(_C.id).where(sa.func.lower(_C.name) == values["name"].lower(), _C.id != company)
            if db.execute(taken).first() is not None:
                raise CompanyTaken(name=values["name"], quoted=shlex.quote(values["name"]))
            if not company:
                company = uuid4().hex
                db.execute(contractor_companies.insert().values(id=company, **values))
            elif not db.execute(sa.update(contractor_companies).where(_C.id == company).values(**values)).rowcount:
                raise CompanyUnknown(name=company)
        return company

    def take_in(self, company: str, login: str) -> str:
        """The account ``login`` is of this company from now on: the person's id. Raises CompanyUnknown,
        NotAContractor."""
        with self._database.write() as db:
            if db.execute(sa.select(_C.id).where(_C.id == company)).first() is None:
                raise CompanyUnknown(name=company)
            wanted = sa.select(people.c.id).where(people.c.login == login, people.c.role == Role.CONTRACTOR.value)
            person = db.execute(wanted).scalar()
            if person is None:
                raise NotAContractor()
            db.execute(sa.delete(contractor_people).where(contractor_people.c.person == person))
            values = {"person": person, "company": company, "at": iso(self._clock.now())}
            db.execute(contractor_people.insert().values(**values))
        return str(person)


def company_of(db: sa.Connection, person: str) -> Company | None:
    """The company of a person, inside a transaction."""
    inside = sa.select(contractor_people.c.company).where(contractor_people.c.person == person)
    found = _companies(db, _C.id.in_(inside))
    return found[0] if found else None


def _checked(told: Told) -> dict[str, str]:
    values = {
        name: " ".join(str(value).split()) for name, value in vars(told).items() if name in Told.__annotations__
    }
    values["contacts"] = told.contacts.strip()[:2000]
    named = all(2 <= len(values[name]) <= 200 for name in ("name", "country", "law", "contract"))
    days = [values["begins"], *filter(None, (values["ends"], values["annex"]))]
    scopes = scopes_of(values["may"])
    if not named or not scopes or not all(_is_day(day) for day in days):
        raise _invalid()
    if values["ends"] and values["ends"] < values["begins"]:
        raise _invalid()
    return values | {"may": " ".join(sorted(scopes))}


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _invalid() -> CompanyInvalid:
    return CompanyInvalid(scopes=", ".join(SCOPES))


def _companies(db: sa.Connection, where: sa.ColumnElement[bool]) -> list[Company]:
    rows = db.execute(sa.select(contractor_companies).where(where).order_by(_C.name)).all()
    inside = sa.select(contractor_people.c.company, people).join_from(contractor_people, people)
    workers: dict[str, list[Worker]] = {}
    for one in db.execute(inside.order_by(people.c.name)):
        workers.setdefault(one.company, []).append(Worker(one.id, one.name, one.login, not one.disabled))
    names = (*Told.__annotations__, "id", "at")
    return [
        Company(**{name: getattr(row, name) for name in names}, people=tuple(workers.get(row.id, ())))
        for row in rows
    ]
