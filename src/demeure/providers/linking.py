"""Whose account a subject of an identity provider is. By what was linked before; by a verified e-mail where the
declaration says so; a new one where it says so. Never by a name or a login that somebody else could choose.
What would be done is looked at first (``admit`` with ``dry``), so that it is written before it is.
"""

import contextlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from demeure.clock import Clock, iso
from demeure.identity import (
    PROVIDER_PASSWORD,
    LoginInvalid,
    NameUnusable,
    Person,
    clean_login,
    clean_name,
    plain_login,
)
from demeure.identity.person import person_of
from demeure.identity.sessions import close_all_in
from demeure.policy import Role
from demeure.providers.declared import Provider, worth
from demeure.providers.errors import SignInOver
from demeure.store import Database
from demeure.store.account_tables import halves, outside_people, provider_people
from demeure.store.tables import group_people, groups, people

_APART = (Role.ADMINISTRATOR, Role.DPO, Role.AUDITOR)
"""Roles whose accounts are linked by nobody."""
KNOWN, LINKED, MADE = "known", "linked", "made"


@dataclass(frozen=True)
class Admitted:
    """``how``: known before, linked by a verified e-mail, or made. ``changed``: their role or groups were. ``was``:
    their role before, of who is known or linked."""

    person: Person
    how: str
    changed: bool = False
    was: str = ""


class _Dry(Exception):
    """Nothing of it stays."""


class Linking:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def foreseen(self, one: Provider, claims: Mapping[str, Any], fresh: str) -> Admitted | None:
        """What ``admit`` would do; does nothing."""
        found: Admitted | None = None
        with contextlib.suppress(_Dry), self._database.write() as db:
            found = self._admit(db, one, claims, fresh)
            raise _Dry()
        return found

    def admit(self, one: Provider, claims: Mapping[str, Any], expected: Admitted) -> Admitted:
        """Whose account this is, with the role and groups that the claims are worth. ``expected``: as foreseen.
        Raises SignInOver: the house changed meanwhile, and nothing was done."""
        with self._database.write() as db:
            if self._admit(db, one, claims, expected.person.id) != expected:
                raise SignInOver()
        return expected

    def _admit(self, db: sa.Connection, one: Provider, claims: Mapping[str, Any], fresh: str) -> Admitted | None:
        """None: nobody's here, or it is closed. ``fresh``: id of an account to make."""
        row, how = self._linked(db, one, str(claims["sub"])), KNOWN
        if row is None and one.email:
            row, how = self._by_email(db, claims), LINKED
        if row is None and one.create:
            row, how = self._made(db, one, claims, fresh), MADE
        if row is None or row.disabled:
            return None
        if how != KNOWN:
            times = {"subject": str(claims["sub"]), "person": row.id, "at": iso(self._clock.now())}
            db.execute(provider_people.insert().values(provider=one.id, **times))
        # no claim is no group: who is in none often has none
        changed = self._worth(db, one, row, claims.get(one.claim)) if one.claim else False
        again = db.execute(sa.select(people).where(people.c.id == row.id)).one()
        return Admitted(person_of(again), how, changed, "" if how == MADE else row.role)

    def of(self, person: str) -> set[str]:
        """Providers by which that account comes in."""
        query = sa.select(provider_people.c.provider).where(provider_people.c.person == person)
        with self._database.read() as db:
            return set(db.execute(query).scalars())

    @staticmethod
    def _linked(db: sa.Connection, one: Provider, subject: str) -> Any:
        c = provider_people.c
        query = sa.select(people).join(provider_people, c.person == people.c.id)
        return db.execute(query.where(c.provider == one.id, c.subject == subject)).first()

    @staticmethod
    def _by_email(db: sa.Connection, claims: Mapping[str, Any]) -> Any:
        """Their login is the address, which the provider verified. Never an account that watches over the house,
        nor one that any provider made or is linked to: whoever came first with that login would stay in it."""
        email = _verified(claims)
        if not email:
            return None
        c = people.c
        marked = sa.and_(c.password.is_not(None), c.password.startswith(PROVIDER_PASSWORD, autoescape=True))
        free = sa.and_(
            c.disabled.is_(False),
            c.role.not_in([role.value for role in _APART]),
            c.id.not_in(sa.select(provider_people.c.person)),
            sa.not_(marked),
        )
        return db.execute(sa.select(people).where(c.login == email, free)).first()

    def _made(self, db: sa.Connection, one: Provider, claims: Mapping[str, Any], fresh: str) -> Any:
        """A new account, unless its login is somebody's or cannot serve, or their verified e-mail is a login (of a
        closed account too). An address serves as a login only when it is theirs."""
        said, name = claims.get(one.login), claims.get(one.name)
        try:
            login = clean_login(said if isinstance(said, str) else "")
            shown = clean_name((name if isinstance(name, str) and name.strip() else login)[:80])
        except (LoginInvalid, NameUnusable):
            return None
        email = _verified(claims)
        chosen = one.login != "email" or "email_verified" in claims  # ProConnect gives an address and no such word
        if "@" in login and login != email and chosen:
            return None
        taken = people.c.login.in_([login, email] if email else [login])
        if db.execute(sa.select(people.c.id).where(taken)).first() is not None:
            return None
        row = {"id": fresh, "name": shown, "login": login, "role": one.role}
        row |= {"created_at": iso(self._clock.now()), "password": PROVIDER_PASSWORD + one.id}
        db.execute(sa.insert(people).values(**row))
        return db.execute(sa.select(people).where(people.c.id == row["id"])).one()

    def _worth(self, db: sa.Connection, one: Provider, row: Any, values: object) -> bool:
        """Role and groups as the claim says now; a directory's account follows its directory alone."""
        if db.execute(sa.select(outside_people.c.key).where(outside_people.c.person == row.id)).first() is not None:
            return False
        changed = False
        roles = worth(values, one.roles)
        role = (roles or [one.role])[0] if one.roles else row.role
        if role != row.role and not (row.role == Role.ADMINISTRATOR and _last(db, row.id)):
            db.execute(sa.update(people).where(people.c.id == row.id).values(role=role))
            changed = True
        wanted, mapped = set(worth(values, one.groups)), {name for _, name in one.groups}
        c = group_people.c
        inside = set(db.execute(sa.select(c.team).where(c.person == row.id)).scalars())
        for name, team in self._teams(db, mapped).items():
            if name in wanted and team not in inside:
                db.execute(insert(group_people).values(team=team, person=row.id).on_conflict_do_nothing())
                changed = True
            if name not in wanted and team in inside:
                db.execute(sa.delete(group_people).where(c.team == team, c.person == row.id))
                changed = True
        return changed

    def _teams(self, db: sa.Connection, names: set[str]) -> dict[str, str]:
        """Group → id; those that the house lacks are made."""
        there = {row.name.casefold(): row.id for row in db.execute(sa.select(groups))}
        now = iso(self._clock.now())
        for name in sorted(names):
            if name.casefold() not in there:
                there[name.casefold()] = secrets.token_hex(8)
                db.execute(groups.insert().values(id=there[name.casefold()], name=name, created_at=now))
        return {name: there[name.casefold()] for name in names}

    def came_in(self, provider: str, person: str) -> None:
        """They were let in by it, now."""
        c = provider_people.c
        mine = sa.update(provider_people).where(c.provider == provider, c.person == person)
        with self._database.relaxed() as db:
            db.execute(mine.values(used=iso(self._clock.now())))

    def used(self, provider: str) -> str:
        """When somebody last came in by it; empty: nobody yet."""
        query = sa.select(sa.func.max(provider_people.c.used)).where(provider_people.c.provider == provider)
        with self._database.read() as db:
            return str(db.execute(query).scalar() or "")

    def numbers(self, provider: str) -> int:
        """How many accounts come in by it."""
        query = sa.select(sa.func.count()).where(provider_people.c.provider == provider)
        with self._database.read() as db:
            return int(db.execute(query).scalar_one())

    def forget(self, provider: str) -> int:
        """Nobody comes in by it any more: how many did. Accounts stay; a link gives them a password."""
        with self._database.write() as db:
            theirs = sa.select(provider_people.c.person).where(provider_people.c.provider == provider)
            for person in list(db.execute(theirs).scalars()):  # what it opened is over with it
                close_all_in(db, person)
                db.execute(sa.delete(halves).where(halves.c.person == person))
            marked = people.c.password == PROVIDER_PASSWORD + provider
            db.execute(sa.update(people).where(marked).values(password=None))
            gone = db.execute(sa.delete(provider_people).where(provider_people.c.provider == provider))
            return int(gone.rowcount)


def _verified(claims: Mapping[str, Any]) -> str:
    """The e-mail that the provider verified, as a login is written; empty: none, or one whose letters may look like
    others."""
    email = claims.get("email")
    fine = claims.get("email_verified") is True and isinstance(email, str) and email.isascii() and "@" in email
    return plain_login(str(email)) if fine else ""


def _last(db: sa.Connection, person: str) -> bool:
    query = sa.select(people.c.id).where(people.c.role == Role.ADMINISTRATOR, people.c.disabled.is_(False))
    return list(db.execute(query).scalars()) == [person]
