"""People, groups and the members of spaces as administrators and managers of spaces handle them: decided, written,
done, in that order."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from demeure.gateway.reception import trace
from demeure.identity import (
    Group,
    Groups,
    Member,
    Membership,
    OwnDoor,
    People,
    Person,
    RightUnknown,
    RoleUnknown,
    SelfAppointed,
    SpaceUnknown,
    clean_name,
)
from demeure.journal import Draft, Journal
from demeure.library import Shelf
from demeure.library.errors import SpaceNameTaken
from demeure.library.written import written
from demeure.policy import Action, Actor, Decision, Resource, Right, Role, decide

T = TypeVar("T")
LINK_MINUTES = 48 * 60
"""An invitation is handed over by someone, often the next day; the terminal's own link lives half an hour."""

ACTS = (
    *("person-added", "person-closed", "person-reopened", "person-role", "person-renamed", "person-link"),
    *("group-added", "group-renamed", "group-removed", "group-joined", "group-left"),
    *("space-renamed", "space-shared", "space-appointed"),
    *("account-renamed", "password-changed", "session-closed", "sessions-closed"),
)
"""Every intention of this file and of the accounts: what a crash leaves open is closed as interrupted."""


@dataclass(frozen=True)
class SpaceSheet:
    """What the manager of a space sees of it. ``people``, ``groups``: to whom it could be opened."""

    id: str
    name: str
    documents: int
    members: list[Member] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


@dataclass(frozen=True)
class SpaceLine:
    """A space in the list of those who may create some. ``mine``: the actor manages it. ``orphan``: nobody who
    could sign in manages it."""

    id: str
    name: str
    managers: list[str]
    mine: bool
    orphan: bool = False


class IdentityDirectory:
    """``Directory`` over identity, the shelf and the journal."""

    def __init__(
        self, people: People, groups: Groups, membership: Membership, shelf: Shelf, journal: Journal
    ) -> None:
        self._people, self._groups, self._membership = people, groups, membership
        self._shelf, self._journal = shelf, journal

    # -- people ---------------------------------------------------------------------------------------------------

    async def people(self, actor: Actor) -> list[Person]:
        decide(actor, Action.PEOPLE_ADMINISTER, Resource("house")).require()
        return await asyncio.to_thread(self._people.everyone)

    async def people_named(self, actor: Actor) -> dict[str, str]:
        """Two of one name are told with their login."""
        decide(actor, Action.JOURNAL_READ, Resource("journal")).require()
        known = await asyncio.to_thread(self._people.everyone)
        many = Counter(person.name for person in known)
        return {one.id: one.name if many[one.name] == 1 else f"{one.name} ({one.login})" for one in known}

    async def openers(self, actor: Actor) -> list[str]:
        decide(actor, Action.PAGE_VIEW, Resource("house")).require()

        def read() -> list[str]:
            there = [p for p in self._people.everyone() if p.open and p.has_password and p.id != actor.id]
            return [p.name for p in there if decide(p.actor, Action.SPACE_CREATE, Resource("space")).allowed]

        return await asyncio.to_thread(read)

    async def add_person(self, actor: Actor, name: str, login: str, role: str) -> tuple[Person, str]:
        def made() -> tuple[Person, str]:
            person = self._people.add(name, login, role_named(role))
            return person, self._people.create_link(person.id, minutes=LINK_MINUTES, by=actor.id)

        return await self._person_act(actor, "person-added", "", made, told=lambda done: done[0].id)

    async def link_for(self, actor: Actor, person: str) -> str:
        work = partial(self._people.create_link, person, minutes=LINK_MINUTES, by=actor.id, alone=True)
        return await self._person_act(
            actor, "person-link", person, work, told=lambda token: f"{person} {trace(token)}"
        )

    async def close_person(self, actor: Actor, person: str) -> None:
        await self._person_act(actor, "person-closed", person, lambda: self._people.close_account(person))

    async def reopen_person(self, actor: Actor, person: str) -> None:
        await self._person_act(actor, "person-reopened", person, lambda: self._people.reopen_account(person))

    async def change_role(self, actor: Actor, person: str, role: str) -> None:
        object_ = f"{person} {role[:40]}"
        await self._person_act(
            actor, "person-role", object_, lambda: self._people.change_role(person, role_named(role))
        )

    async def rename_person(self, actor: Actor, person: str, name: str) -> None:
        await self._person_act(actor, "person-renamed", person, lambda: self._people.rename(person, name))

    async def _person_act(self, actor: Actor, name: str, object_: str, work: Callable[[], T], **rest: Any) -> T:
        decision = decide(actor, Action.PEOPLE_ADMINISTER, Resource("house"))
        return await self._act(actor, decision, name, object_, work, **rest)

    # -- groups ---------------------------------------------------------------------------------------------------

    async def groups(self, actor: Actor) -> list[Group]:
        decide(actor, Action.GROUP_ADMINISTER, Resource("house")).require()
        return await asyncio.to_thread(self._groups.all)

    async def group(self, actor: Actor, group: str) -> tuple[Group, list[Person]]:
        decide(actor, Action.GROUP_ADMINISTER, Resource("house")).require()
        return await asyncio.to_thread(self._groups.group, group)

    async def add_group(self, actor: Actor, name: str) -> Group:
        return await self._group_act(
            actor, "group-added", "", lambda: self._groups.add(name), told=lambda group: group.id
        )

    async def rename_group(self, actor: Actor, group: str, name: str) -> None:
        await self._group_act(actor, "group-renamed", group, lambda: self._groups.rename(group, name))

    async def remove_group(self, actor: Actor, group: str) -> None:
        await self._group_act(actor, "group-removed", group, lambda: self._groups.remove(group))

    async def put_in_group(self, actor: Actor, group: str, person: str) -> None:
        object_ = f"{group} {person}"

        def work() -> None:
            if person == actor.id and self._membership.would_gain(actor, group):
                raise OwnDoor()  # who administers groups opens no space to themselves
            self._groups.put(group, person)

        await self._group_act(actor, "group-joined", object_, work)

    async def take_out_of_group(self, actor: Actor, group: str, person: str) -> None:
        object_ = f"{group} {person}"
        await self._group_act(actor, "group-left", object_, lambda: self._groups.take_out(group, person))

    async def _group_act(self, actor: Actor, name: str, object_: str, work: Callable[[], T], **rest: Any) -> T:
        decision = decide(actor, Action.GROUP_ADMINISTER, Resource("house"))
        return await self._act(actor, decision, name, object_, work, **rest)

    # -- spaces ---------------------------------------------------------------------------------------------------

    async def spaces(self, actor: Actor) -> list[SpaceLine]:
        every = decide(actor, Action.SPACE_LIST, Resource("house")).allowed

        def read() -> list[SpaceLine]:
            mine = {p.id: p for p in self._membership.spaces(actor) if p.right is Right.MANAGE}
            known = self._membership.all_spaces() if every else [(p.id, p.name) for p in mine.values()]
            managers, orphans = self._membership.managers(), self._membership.unmanaged()
            return [SpaceLine(id_, name, managers.get(id_, []), id_ in mine, id_ in orphans) for id_, name in known]

        return await asyncio.to_thread(read)

    async def appoint(self, actor: Actor, space: str, person: str) -> None:
        decision = decide(actor, Action.SPACE_APPOINT, Resource("house"))

        def work() -> None:
            if person == actor.id:
                raise SelfAppointed()
            self._membership.appoint(space, person)

        await self._act(actor, decision, "space-appointed", f"{space[:64]} {person[:64]}", work)

    async def space(self, actor: Actor, space: str) -> SpaceSheet:
        """Raises SpaceUnknown, also for a space the actor may not see; Denied to who does not manage it."""
        decision, name = await asyncio.to_thread(self._managing, actor, Action.SPACE_SHARE, space)
        decision.require()

        def read() -> SpaceSheet:
            members = self._membership.members(space)
            there = {(member.kind, member.id) for member in members}
            people = [p for p in self._people.everyone() if p.open and ("person", p.id) not in there]
            groups = [g for g in self._groups.all() if ("group", g.id) not in there]
            return SpaceSheet(space, name, self._shelf.counts().get(space, 0), members, people, groups)

        return await asyncio.to_thread(read)

    async def rename_space(self, actor: Actor, space: str, name: str) -> None:
        decision, _ = await asyncio.to_thread(self._managing, actor, Action.SPACE_RENAME, space)

        def work() -> None:
            shown = clean_name(name)
            if not self._shelf.rename_space(space, shown):
                raise SpaceNameTaken(name=shown)

        await self._act(actor, decision, "space-renamed", space, work)

    async def give(self, actor: Actor, space: str, kind: str, who: str, right: str) -> None:
        decision, _ = await asyncio.to_thread(self._managing, actor, Action.SPACE_SHARE, space)

        def work() -> None:
            self._membership.give(space, "group" if kind == "group" else "person", who, right_named(right))

        await self._act(actor, decision, "space-shared", f"{space} {kind[:10]} {who[:64]} {right[:20]}", work)

    def _managing(self, actor: Actor, action: Action, space: str) -> tuple[Decision, str]:
        row, right = self._shelf.space(space), self._membership.right(actor, space)
        if row is None or right is Right.NONE:
            raise SpaceUnknown(space=space)
        return decide(actor, action, Resource("space", space, name=row.name, space=space, right=right)), row.name

    async def _act(
        self,
        actor: Actor,
        decision: Decision,
        name: str,
        object_: str,
        work: Callable[[], T],
        told: Callable[[T], str] | None = None,
    ) -> T:
        """Intention, effect in a thread, closing. ``told``: what the closing says was touched."""
        draft = Draft(
            kind="administration",
            name=name,
            chain=uuid4().hex,
            actor=actor.id,
            object=object_,
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision) as acting:
            done = await asyncio.to_thread(work)
            if told is not None:
                acting.object = told(done)
        return done


def role_named(role: str) -> Role:
    """Raises RoleUnknown."""
    try:
        return Role(role)
    except ValueError as problem:
        raise RoleUnknown(role=role[:40]) from problem


def right_named(right: str) -> Right:
    """Raises RightUnknown."""
    try:
        return Right.named(right)
    except KeyError as problem:
        raise RightUnknown(right=right[:40]) from problem
