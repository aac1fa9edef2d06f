"""Groups: named sets of people, so that a space is opened to a service and not to a list of names."""

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from demeure.clock import Clock, iso
from demeure.identity.errors import GroupNameTaken, GroupUnknown, PersonUnknown
from demeure.identity.person import Person, clean_name, person_of
from demeure.store import Database
from demeure.store.tables import group_people, groups, people


@dataclass(frozen=True)
class Group:
    """``people``: how many open accounts it holds."""

    id: str
    name: str
    people: int = 0


class Groups:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def all(self) -> list[Group]:
        """By name."""
        counted = (
            select(group_people.c.team, func.count().label("number"))
            .join(people, people.c.id == group_people.c.person)
            .where(people.c.disabled.is_(False))
            .group_by(group_people.c.team)
            .subquery()
        )
        query = select(groups, func.coalesce(counted.c.number, 0).label("number"))
        query = query.outerjoin(counted, counted.c.team == groups.c.id).order_by(groups.c.name)
        with self._database.read() as connection:
            return [Group(row.id, row.name, row.number) for row in connection.execute(query)]

    def add(self, name: str) -> Group:
        """Raises GroupNameTaken, NameUnusable."""
        group = Group(secrets.token_hex(8), clean_name(name))
        with self._database.write() as connection:
            self._free(connection, group.name)
            connection.execute(
                groups.insert().values(id=group.id, name=group.name, created_at=iso(self._clock.now()))
            )
        return group

    def rename(self, group: str, name: str) -> None:
        """Raises GroupUnknown, GroupNameTaken, NameUnusable."""
        name = clean_name(name)
        with self._database.write() as connection:
            self._free(connection, name, but=group)
            if not connection.execute(update(groups).where(groups.c.id == group).values(name=name)).rowcount:
                raise GroupUnknown(group=group)

    @staticmethod
    def _free(connection: Connection, name: str, but: str = "") -> None:
        """Compared as people read: two groups do not differ by a capital, accented or not."""
        names = connection.execute(select(groups.c.name).where(groups.c.id != but)).scalars()
        if name.casefold() in {there.casefold() for there in names}:
            raise GroupNameTaken(name=name)

    def remove(self, group: str) -> None:
        """With it go the rights it gave. Raises GroupUnknown."""
        with self._database.write() as connection:
            if not connection.execute(delete(groups).where(groups.c.id == group)).rowcount:
                raise GroupUnknown(group=group)

    def group(self, group: str) -> tuple[Group, list[Person]]:
        """The group and its people, by name. Raises GroupUnknown."""
        query = select(people).join(group_people, group_people.c.person == people.c.id)
        with self._database.read() as connection:
            row = connection.execute(select(groups).where(groups.c.id == group)).first()
            theirs = query.where(group_people.c.team == group).order_by(people.c.name, people.c.id)
            inside = [person_of(found) for found in connection.execute(theirs)]
        if row is None:
            raise GroupUnknown(group=group)
        return Group(row.id, row.name, sum(person.open for person in inside)), inside

    def put(self, group: str, person: str) -> None:
        """Into the group; nothing when already there. Raises GroupUnknown, PersonUnknown."""
        statement = insert(group_people).values(team=group, person=person).on_conflict_do_nothing()
        with self._database.write() as connection:
            if connection.execute(select(groups.c.id).where(groups.c.id == group)).first() is None:
                raise GroupUnknown(group=group)
            try:
                connection.execute(statement)
            except IntegrityError as problem:
                raise PersonUnknown(person=person) from problem

    def take_out(self, group: str, person: str) -> None:
        """Out of the group; nothing when they are not in it."""
        gone = delete(group_people).where(group_people.c.team == group, group_people.c.person == person)
        with self._database.write() as connection:
            connection.execute(gone)
