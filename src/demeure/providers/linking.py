"""Whose account a subject of an identity provider is. By what was linked before; by a verified e-mail where the
declaration says so; a new one where it says so. Never by a name or a login that somebody else could choose.
"""

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
from demeure.policy import Role
from demeure.providers.declared import Provider, worth
from demeure.store import Database
from demeure.store.account_tables import outside_people, provider_people
from demeure.store.tables import group_people, groups, people

KNOWN, LINKED, MADE = "known", "linked", "made"


@dataclass(frozen=True)
class Admitted:
    """``how``: known before, linked by a verified e-mail, or made. ``changed``: their role or groups were."""

    person: Person
    how: str
    changed: bool = False


class Linking:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def admit(self, one: Provider, claims: Mapping[str, Any]) -> Admitted | None:
        """Whose account this is, with the role and groups that the claims are worth; None: nobody's here, or it is
        closed."""
        with self._database.write() as db:
            row, how = self._linked(db, one, str(claims["sub"])), KNOWN
            if row is None and one.email:
                row, how = self._by_email(db, one, claims), LINKED
            if row is None and one.create:
                row, how = self._made(db, one, claims), MADE
            if row is None or row.disabled:
                return None
            if how != KNOWN:
                times = {"subject": str(claims["sub"]), "person": row.id, "at": iso(self._clock.now())}
                db.execute(provider_people.insert().values(provider=one.id, **times))
            changed = self._worth(db, one, row, claims.get(one.claim)) if one.claim in claims else False
            again = db.execute(sa.select(people).where(people.c.id == row.id)).one()
            return Admitted(person_of(again), how, changed)

    @staticmethod
    def _linked(db: sa.Connection, one: Provider, subject: str) -> Any:
        c = provider_people.c
        query = sa.select(people).join(provider_people, c.person == people.c.id)
        return db.execute(query.where(c.provider == one.id, c.subject == subject)).first()

    @staticmethod
    def _by_email(db: sa.Connection, one: Provider, claims: Mapping[str, Any]) -> Any:
        """Their login is the address, which the provider verified; an administrator's is linked by nobody else."""
        email = claims.get("email")
        if claims.get("email_verified") is not True or not isinstance(email, str) or "@" not in email:
            return None
        taken = sa.select(provider_people.c.person).where(provider_people.c.provider == one.id)
        free = sa.and_(people.c.disabled.is_(False), people.c.role != Role.ADMINISTRATOR, people.c.id.not_in(taken))
        return db.execute(sa.select(people).where(people.c.login == plain_login(email), free)).first()

    def _made(self, db: sa.Connection, one: Provider, claims: Mapping[str, Any]) -> Any:
        """A new account, unless its login is somebody's or cannot serve."""
        said, name = claims.get(one.login), claims.get(one.name)
        try:
            login = clean_login(said if isinstance(said, str) else "")
            shown = clean_name((name if isinstance(name, str) and name.strip() else login)[:80])
        except (LoginInvalid, NameUnusable):
            return None
        if db.execute(sa.select(people.c.id).where(people.c.login == login)).first() is not None:
            return None
        row = {"id": secrets.token_hex(8), "name": shown, "login": login, "role": one.role}
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

    def numbers(self, provider: str) -> int:
        """How many accounts come in by it."""
        query = sa.select(sa.func.count()).where(provider_people.c.provider == provider)
        with self._database.read() as db:
            return int(db.execute(query).scalar_one())

    def forget(self, provider: str) -> int:
        """Nobody comes in by it any more: how many did. Accounts stay; a link gives them a password."""
        with self._database.write() as db:
            marked = people.c.password == PROVIDER_PASSWORD + provider
            db.execute(sa.update(people).where(marked).values(password=None))
            gone = db.execute(sa.delete(provider_people).where(provider_people.c.provider == provider))
            return int(gone.rowcount)


def _last(db: sa.Connection, person: str) -> bool:
    query = sa.select(people.c.id).where(people.c.role == Role.ADMINISTRATOR, people.c.disabled.is_(False))
    return list(db.execute(query).scalars()) == [person]
