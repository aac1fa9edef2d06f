"""A plan carried out in the house's database, a few hundred accounts a transaction: whatever stops it, each account
is wholly followed or not at all, and the next reading does the rest.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from demeure.clock import Clock, iso
from demeure.directories.declared import Directory
from demeure.directories.planning import LAST_ADMINISTRATOR, LOGIN_TAKEN, Change, Known, Plan, tells_all
from demeure.identity import DIRECTORY_PASSWORD, PROVIDER_PASSWORD
from demeure.identity.sessions import close_all_in
from demeure.policy import Role
from demeure.store import Database
from demeure.store.account_tables import (
    directory_runs,
    factors,
    halves,
    outside_people,
    provider_people,
    recovery_codes,
)
from demeure.store.tables import application_keys, group_people, groups, links, people

T = TypeVar("T")
BATCH = 250
RUNS_KEPT = 200


class Following:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def accounts(self, one: Directory) -> list[Known]:
        """Every account of the house, as ``planned`` looks at them."""
        mapped = {name.casefold(): name for _, name in one.groups}
        with self._database.read() as db:
            rows = db.execute(sa.select(people)).all()
            outside = {row.person: row for row in db.execute(sa.select(outside_people))}
            linked = set(db.execute(sa.select(provider_people.c.person)).scalars())
            named = {
                r.id: mapped[r.name.casefold()]
                for r in db.execute(sa.select(groups))
                if r.name.casefold() in mapped
            }
            inside = db.execute(sa.select(group_people).where(group_people.c.team.in_(list(named)))).all()
        theirs: dict[str, set[str]] = {}
        for row in inside:
            theirs.setdefault(row.person, set()).add(named[row.team])
        return [
            _known(one, row, outside.get(row.id), frozenset(theirs.get(row.id, ())), linked=row.id in linked)
            for row in rows
        ]

    def carry_out(self, one: Directory, plan: Plan) -> list[tuple[str, str]]:
        """(login, why) of those that were kept after all: somebody changed the house meanwhile. Blocks."""
        kept = list[tuple[str, str]]()
        teams = self._teams(one)
        self._mark(one)
        for batch in _batched(plan.changes):
            with self._database.write() as db:
                kept += self._batch(db, one, batch, teams)
        return kept

    def _teams(self, one: Directory) -> dict[str, str]:
        """Mapped group → its id; those that the house lacks are made."""
        wanted = dict.fromkeys(name for _, name in one.groups)
        with self._database.write() as db:
            there = {row.name.casefold(): row.id for row in db.execute(sa.select(groups))}
            now = iso(self._clock.now())
            for name in wanted:
                if name.casefold() not in there:
                    there[name.casefold()] = secrets.token_hex(8)
                    db.execute(groups.insert().values(id=there[name.casefold()], name=name, created_at=now))
        return {name: there[name.casefold()] for name in wanted}

    def _mark(self, one: Directory) -> None:
        """Who checks the passwords of its accounts, as it is declared now."""
        c, mark = people.c, DIRECTORY_PASSWORD + one.id
        mine = c.id.in_(sa.select(outside_people.c.person).where(outside_people.c.source == one.id))
        with self._database.write() as db:
            if one.sign_in:
                other = sa.or_(c.password.is_(None), c.password != mark)
                changed = sa.update(people).where(mine, other).values(password=mark)
            else:
                changed = sa.update(people).where(mine, c.password == mark).values(password=None)
            db.execute(changed)

    def _batch(
        self, db: sa.Connection, one: Directory, batch: Sequence[Change], teams: dict[str, str]
    ) -> list[tuple[str, str]]:
        kept, now = list[tuple[str, str]](), iso(self._clock.now())
        wanted = [change.new_login or change.login for change in batch if not change.person or change.new_login]
        taken = set(db.execute(sa.select(people.c.login).where(people.c.login.in_(wanted))).scalars())
        fresh, inside = list[dict[str, Any]](), list[dict[str, Any]]()
        joins = list[dict[str, str]]()
        for change in batch:
            if (change.new_login or change.login) in taken and (not change.person or change.new_login):
                kept.append((change.new_login or change.login, LOGIN_TAKEN))
                continue
            person = change.person
            if not person:
                person = secrets.token_hex(8)
                fresh.append(_row(one, change, person, now))
            elif not self._changed(db, one, change):
                kept.append((change.login, LAST_ADMINISTRATOR))
                continue
            if not change.person or change.adopts:
                inside.append({"source": one.id, "key": change.key, "person": person, "dn": change.dn or ""})
            joins += [{"team": teams[name], "person": person} for name in change.joins]
            gone = [teams[name] for name in change.leaves]
            if gone:
                c = group_people.c
                db.execute(sa.delete(group_people).where(c.person == person, c.team.in_(gone)))
        if fresh:
            db.execute(sa.insert(people), fresh)
        if inside:
            db.execute(sa.insert(outside_people), inside)
        if joins:
            db.execute(insert(group_people).on_conflict_do_nothing(), joins)
        return kept

    def _changed(self, db: sa.Connection, one: Directory, change: Change) -> bool:
        """False: it would leave the house without an administrator."""
        ends = change.opens is False or (change.role is not None and change.role != Role.ADMINISTRATOR)
        if ends and _last_administrator(db, change.person):
            return False
        values: dict[str, Any] = {"name": change.name, "login": change.new_login, "role": change.role}
        values = {name: value for name, value in values.items() if value is not None}
        values |= {} if change.opens is None else {"disabled": not change.opens}
        values |= {"password": DIRECTORY_PASSWORD + one.id if one.sign_in else None} if change.adopts else {}
        if values:
            db.execute(sa.update(people).where(people.c.id == change.person).values(**values))
        c = outside_people.c
        there: dict[str, Any] = {} if change.dn is None else {"dn": change.dn}
        there |= {} if change.opens is None else {"closed": not change.opens}
        if there and not change.adopts:
            db.execute(sa.update(outside_people).where(c.source == one.id, c.key == change.key).values(**there))
        if change.opens is False or change.adopts:
            close_all_in(db, change.person)
            gone = (links, halves, *((factors, recovery_codes) if change.adopts else ()))
            for table in gone:  # whoever had it before comes in by none of them
                db.execute(sa.delete(table).where(table.c.person == change.person))
        if change.adopts:
            c = application_keys.c
            theirs = sa.update(application_keys).where(c.owner == change.person, c.revoked_at.is_(None))
            db.execute(theirs.values(revoked_at=iso(self._clock.now())))
        return True

    def release(self, source: str, login: str = "") -> list[str]:
        """Accounts that are the house's own again, with no password before a link gives one; all of ``source``, or
        the one of ``login``: their ids."""
        query = sa.select(outside_people.c.person).where(outside_people.c.source == source)
        if login:
            query = query.join(people, people.c.id == outside_people.c.person).where(people.c.login == login)
        with self._database.write() as db:
            gone = list(db.execute(query).scalars())
            for part in _batched(gone):
                mine = people.c.id.in_(part)
                marked = people.c.password.startswith(DIRECTORY_PASSWORD, autoescape=True)
                db.execute(sa.update(people).where(mine, marked).values(password=None))
                db.execute(sa.delete(outside_people).where(outside_people.c.person.in_(part)))
                for person in part:
                    close_all_in(db, person)
        return gone

    def owner(self, login: str) -> str:
        """The directory of that account; empty: the house's own."""
        query = sa.select(outside_people.c.source).join(people, people.c.id == outside_people.c.person)
        with self._database.read() as db:
            return str(db.execute(query.where(people.c.login == login)).scalar() or "")

    def name_of(self, source: str, person: str) -> str:
        """What they are called there; empty: nobody of that directory."""
        return self.entry_of(source, person)[0]

    def entry_of(self, source: str, person: str) -> tuple[str, str]:
        """(what they are called there, their key); empty: nobody of that directory."""
        c = outside_people.c
        with self._database.read() as db:
            found = db.execute(sa.select(c.dn, c.key).where(c.source == source, c.person == person)).first()
        return (found.dn, found.key) if found else ("", "")

    def ran(self, source: str, outcome: str, told: str) -> None:
        """Keep what a reading came to (JSON, no name). Old ones go, but the last good one and the last that
        ``tells_all``, however many failed since: RUNS_KEPT stay."""
        row = {"source": source, "at": iso(self._clock.now()), "outcome": outcome, "told": told}
        c = directory_runs.c
        query = sa.select(c.number, c.outcome, c.told).where(c.source == source).order_by(c.number.desc())
        with self._database.write() as db:
            db.execute(directory_runs.insert().values(**row))
            rows = db.execute(query).all()
            good = [one for one in rows if one.outcome == "done"]
            whole = (one for one in good if tells_all(json.loads(one.told)))
            stay = {one.number for one in (*good[:1], *islice(whole, 1))}
            stay |= set([one.number for one in rows if one.number not in stay][: RUNS_KEPT - len(stay)])
            db.execute(sa.delete(directory_runs).where(c.source == source, c.number.not_in(stay)))

    def runs(self, source: str, limit: int = 10) -> list[tuple[str, str, str]]:
        """(at, outcome, told), latest first."""
        c = directory_runs.c
        query = sa.select(c.at, c.outcome, c.told).where(c.source == source).order_by(c.number.desc()).limit(limit)
        with self._database.read() as db:
            return [(row.at, row.outcome, row.told) for row in db.execute(query)]

    def usual(self, source: str) -> tuple[int, int]:
        """References, and entries without a key, of the last reading that ``tells_all``: those of a whole Active
        Directory are always there."""
        last = next((brief for brief in self._done(source) if tells_all(brief)), {})
        return int(last.get("elsewhere", 0)), int(last.get("nameless", 0))

    def unsure_since(self, source: str) -> str:
        """Since when readings that do not tell all leave their account to who is missing there (ISO 8601); empty:
        the last good one told all."""
        return str(next(self._done(source), {}).get("unsure_since", ""))

    def _done(self, source: str) -> Iterator[dict[str, Any]]:
        """Numbers of the good readings, latest first."""
        return (json.loads(text) for _, outcome, text in self.runs(source, RUNS_KEPT) if outcome == "done")

    def numbers(self, source: str) -> tuple[int, int]:
        """(open accounts of that directory, all of them)."""
        query = sa.select(people.c.disabled).join(outside_people, outside_people.c.person == people.c.id)
        with self._database.read() as db:
            found = list(db.execute(query.where(outside_people.c.source == source)).scalars())
        return sum(not disabled for disabled in found), len(found)


def _batched(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(rows), BATCH):
        yield rows[at : at + BATCH]


def _known(one: Directory, row: Any, there: Any, theirs: frozenset[str], *, linked: bool) -> Known:
    mine = there is not None and there.source == one.id
    linked = linked or (row.password or "").startswith(PROVIDER_PASSWORD)
    return Known(
        row.id,
        row.login,
        row.name,
        row.role,
        not row.disabled,
        there.key if mine else "",
        there.dn if mine else "",
        not mine and (there is not None or linked),
        bool(there.closed) if mine else False,
        theirs,
    )


def _row(one: Directory, change: Change, person: str, now: str) -> dict[str, Any]:
    password = DIRECTORY_PASSWORD + one.id if one.sign_in else None
    row = {"id": person, "name": change.name, "login": change.login, "role": change.role or one.role}
    return row | {"created_at": now, "password": password, "password_at": now if password else None}


def _last_administrator(db: sa.Connection, person: str) -> bool:
    query = sa.select(people.c.id).where(people.c.role == Role.ADMINISTRATOR, people.c.disabled.is_(False))
    return list(db.execute(query).scalars()) == [person]
