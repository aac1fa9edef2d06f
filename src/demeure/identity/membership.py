"""Who may do what in which space: the rights that policy decides with, given to people and to groups."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, literal, select, union_all
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from demeure.clock import Clock, SystemClock, iso
from demeure.identity.errors import (
    LastReferent,
    PersonUnknown,
    RoleManagesNone,
    RoleReadsNone,
    SpaceManaged,
    SpaceUnknown,
)
from demeure.identity.legal import ASKERS
from demeure.policy import READING_ROLES, ROLES, Action, Actor, Cell, Right, in_force, those_with
from demeure.store import Database
from demeure.store.account_tables import legal_readings
from demeure.store.tables import group_members, group_people, groups, members, people, spaces

_MANAGING = those_with(Action.SPACE_SHARE, Cell.SPACE)
_NEVER_MANAGING = frozenset(ROLES) - frozenset(_MANAGING)
"""Roles of people who manage no space, whatever they or their groups were given."""
_NEVER_READING = frozenset(ROLES) - READING_ROLES
"""Roles of people to whom no space opens, whatever they or their groups were given."""


@dataclass(frozen=True)
class Place:
    """A space an actor may see, and their right there."""

    id: str
    name: str
    right: Right


@dataclass(frozen=True)
class Member:
    """A line of a space's list. ``kind``: person or group; ``open``: False for a closed account."""

    kind: str
    id: str
    name: str
    right: Right
    open: bool = True


# of every request: made once, since making a statement takes longer than running it
_LIVING = (
    select(spaces.c.id, spaces.c.name).where(spaces.c.deleting.is_(False)).order_by(spaces.c.name, spaces.c.id)
)
_ALL = _LIVING.add_columns(literal(Right.MANAGE.label).label("right"))
_BY_LAW = select(legal_readings.c.object, literal(Right.READ.label)).where(
    legal_readings.c.asked_by == bindparam("person"),
    legal_readings.c.kind == "space",
    legal_readings.c.state == "granted",
    legal_readings.c.until > bindparam("now"),
    legal_readings.c.asked_by.in_(
        select(people.c.id).where(people.c.role.in_(ASKERS), people.c.disabled.is_(False))
    ),
)
"""What a second person granted, until its time is over or whoever asked no longer may (identity/legal.py)."""
_GIVEN = union_all(
    select(members.c.space, members.c.right).where(members.c.person == bindparam("person")),
    select(group_members.c.space, group_members.c.right)
    .join(group_people, group_people.c.team == group_members.c.team)
    .where(group_people.c.person == bindparam("person")),
    _BY_LAW,
).subquery()
_OF_PERSON = _LIVING.add_columns(_GIVEN.c.right).join_from(spaces, _GIVEN, _GIVEN.c.space == spaces.c.id)


class Membership:
    """Reads are always fresh: a right withdrawn is gone at the next question."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database, self._clock = database, clock or SystemClock()

    def spaces(self, actor: Actor) -> list[Place]:
        """The spaces ``actor`` may see, by name; those being erased are not among them. One query: of what a person
        was given and what their groups were, the highest counts; a role that manages no space contributes at most,
        and one that reads none sees none.

        The machine's administrator sees them all with the right to manage (see the rule of that name in policy). An
        application sees, of the spaces of whoever owns its key, those that the key names, of no class above what it
        reaches; so does a program of a person's whose key names spaces.
        """
        if actor.kind == "system" and actor.administers:
            query = _ALL
        elif actor.kind in ("person", "application") and not (actor.roles and actor.roles <= _NEVER_READING):
            query = _OF_PERSON
        else:
            return []
        with self._database.read() as connection:
            asked = {"person": actor.behalf or actor.id, "now": iso(self._clock.now())}
            rows = connection.execute(query, asked if query is _OF_PERSON else {}).all()
        if actor.kind == "application" or actor.spaces:
            rows = [row for row in rows if row.id in actor.spaces]
        if actor.most is not None:
            rows = [row for row in rows if _rank(row.id) <= actor.most]
        most = Right.CONTRIBUTE if actor.roles and actor.roles <= _NEVER_MANAGING else Right.MANAGE
        highest: dict[str, Place] = {}
        for row in rows:
            place = Place(row.id, row.name, min(Right.named(row.right), most))
            if place.id not in highest or place.right > highest[place.id].right:
                highest[place.id] = place
        return list(highest.values())

    def right(self, actor: Actor, space: str) -> Right:
        """``Right.NONE`` also for a space that does not exist: what is not visible does not exist."""
        return self.lowest(actor, [space])

    def lowest(self, actor: Actor, wanted: Iterable[str]) -> Right:
        """The right of a question over several spaces: the lowest one; ``Right.NONE`` over no space."""
        mine = {place.id: place.right for place in self.spaces(actor)}
        return min((mine.get(space, Right.NONE) for space in wanted), default=Right.NONE)

    def groups(self, actor: Actor) -> list[str]:
        """Names of the groups of a person (of the owner of a key), in order."""
        mine = select(groups.c.name).join_from(group_people, groups)
        with self._database.read() as connection:
            found = connection.scalars(mine.where(group_people.c.person == (actor.behalf or actor.id)))
            return sorted(found.all())

    def members(self, space: str) -> list[Member]:
        """Who was given what: groups first, then people, by name."""
        teams = select(groups.c.id, groups.c.name, group_members.c.right).join_from(group_members, groups)
        persons = select(people.c.id, people.c.name, people.c.disabled, members.c.right).join_from(members, people)
        with self._database.read() as connection:
            found = [
                Member("group", row.id, row.name, Right.named(row.right))
                for row in connection.execute(teams.where(group_members.c.space == space).order_by(groups.c.name))
            ]
            ordered = persons.where(members.c.space == space).order_by(people.c.name, people.c.id)
            found += [
                Member("person", row.id, row.name, Right.named(row.right), not row.disabled)
                for row in connection.execute(ordered)
            ]
        return found

    def managers(self) -> dict[str, list[str]]:
        """Space → names of those who manage it, groups first; nobody's: absent. Closed accounts, and
        roles that manage none, do not count."""
        manage = Right.MANAGE.label
        teams = select(group_members.c.space, groups.c.name).join_from(group_members, groups)
        persons = select(members.c.space, people.c.name).join_from(members, people)
        asked = (
            teams.where(group_members.c.right == manage).order_by(groups.c.name),
            persons.where(members.c.right == manage, *_able()).order_by(people.c.name),
        )
        found: dict[str, list[str]] = {}
        with self._database.read() as connection:
            for query in asked:
                for row in connection.execute(query):
                    found.setdefault(row.space, []).append(row.name)
        return found

    def unmanaged(self) -> set[str]:
        """Ids of the spaces that nobody with an open account, and a role for it, manages, by name or through a
        group."""
        with self._database.read() as connection:
            living = connection.execute(select(spaces.c.id).where(spaces.c.deleting.is_(False))).scalars()
            return {space for space in living if not _managed(connection, space)}

    def appoint(self, space: str, person: str) -> None:
        """Somebody manages the space again. Raises SpaceUnknown, SpaceManaged (somebody does), PersonUnknown (no
        such person, or a closed account), RoleManagesNone."""
        with self._database.write() as connection:
            living = select(spaces.c.id).where(spaces.c.id == space, spaces.c.deleting.is_(False))
            if connection.execute(living).first() is None:
                raise SpaceUnknown(space=space)
            if _managed(connection, space):
                raise SpaceManaged()
            theirs = select(people.c.id).where(people.c.id == person, people.c.disabled.is_(False))
            if connection.execute(theirs).first() is None:
                raise PersonUnknown(person=person)
            _may_manage(connection, person)
            grant_in(connection, space, person, Right.MANAGE)

    def would_gain(self, actor: Actor, group: str) -> bool:
        """Would this group give ``actor`` more than they have, somewhere?"""
        query = select(group_members.c.space, group_members.c.right).where(group_members.c.team == group)
        mine = {place.id: place.right for place in self.spaces(actor)}
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return any(Right.named(row.right) > mine.get(row.space, Right.NONE) for row in rows)

    def all_spaces(self) -> list[tuple[str, str]]:
        """(id, name) of every space, by name: for who administers, not for who reads."""
        query = select(spaces.c.id, spaces.c.name).where(spaces.c.deleting.is_(False)).order_by(spaces.c.name)
        with self._database.read() as connection:
            return [(row.id, row.name) for row in connection.execute(query)]

    def grant(self, space: str, person: str, right: Right) -> None:
        """Give ``person`` this right in ``space``, in place of the one they had; ``Right.NONE`` withdraws it.

        Raises SpaceUnknown (no such space, or no such person).
        """
        with self._database.write() as connection:
            grant_in(connection, space, person, right)

    def give(self, space: str, kind: str, who: str, right: Right) -> None:
        """As ``grant``, to a person or a group, by whoever manages the space: nobody takes its last manager away. A
        space that had none (one made in a terminal) is opened to readers all the same.

        Raises SpaceUnknown, LastReferent, RoleManagesNone, RoleReadsNone."""
        with self._database.write() as connection:
            managed = _managed(connection, space)
            if kind != "group" and right is Right.MANAGE:
                _may_manage(connection, who)
            if kind != "group" and right is not Right.NONE:
                _may_read(connection, who)
            if kind == "group":
                grant_group_in(connection, space, who, right)
            else:
                grant_in(connection, space, who, right)
            if managed and right is not Right.MANAGE and not _managed(connection, space):
                raise LastReferent()


def _rank(space: str) -> int:
    """Of the class of a space, under the policy in force."""
    force = in_force()
    return force.policy.sensitivity(force.class_of(space)).rank


def _able() -> tuple[ColumnElement[bool], ...]:
    """Who may be a manager: an account that is open, a role for it."""
    return people.c.disabled.is_(False), people.c.role.in_(_MANAGING)


def _may_manage(connection: Connection, person: str) -> None:
    """Raises RoleManagesNone."""
    role = connection.execute(select(people.c.role).where(people.c.id == person)).scalar()
    if role in _NEVER_MANAGING:
        raise RoleManagesNone()


def _may_read(connection: Connection, person: str) -> None:
    """Raises RoleReadsNone."""
    role = connection.execute(select(people.c.role).where(people.c.id == person)).scalar()
    if role in _NEVER_READING:
        raise RoleReadsNone()


def _managed(connection: Connection, space: str) -> bool:
    """Does anyone who may manage it do so, by name or through a group?"""
    manage = Right.MANAGE.label
    by_name: Select[tuple[str]] = (
        select(people.c.id)
        .join(members, members.c.person == people.c.id)
        .where(members.c.space == space, members.c.right == manage, *_able())
    )
    by_group = (
        select(people.c.id)
        .join(group_people, group_people.c.person == people.c.id)
        .join(group_members, group_members.c.team == group_people.c.team)
        .where(group_members.c.space == space, group_members.c.right == manage, *_able())
    )
    return connection.execute(union_all(by_name, by_group).limit(1)).first() is not None


def grant_in(connection: Connection, space: str, person: str, right: Right) -> None:
    """``Membership.grant`` inside a transaction: a space and its first manager are made together or not at all."""
    _grant(connection, members, "person", space, person, right)


def grant_group_in(connection: Connection, space: str, group: str, right: Right) -> None:
    """The same for a group."""
    _grant(connection, group_members, "team", space, group, right)


def _grant(connection: Connection, table, column: str, space: str, who: str, right: Right) -> None:  # type: ignore[no-untyped-def]
    if right is Right.NONE:
        connection.execute(delete(table).where(table.c.space == space, table.c[column] == who))
        return
    statement = insert(table).values({"space": space, column: who, "right": right.label})
    try:
        connection.execute(
            statement.on_conflict_do_update(["space", column], set_={"right": statement.excluded.right})
        )
    except IntegrityError as problem:
        raise SpaceUnknown(space=space) from problem
