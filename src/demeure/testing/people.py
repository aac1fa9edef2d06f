"""People in memory, behind the gateway's ports: who comes in, their accounts, the groups and members of spaces."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from demeure.errors import DemeureError
from demeure.gateway.directory import SpaceLine, SpaceSheet, right_named, role_named
from demeure.identity import (
    GivenLink,
    Group,
    GroupNameTaken,
    GroupUnknown,
    HalfOver,
    Invitation,
    LastAdministrator,
    LastReferent,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    LoginTaken,
    Member,
    OpenSession,
    OwnDoor,
    PasskeyRefused,
    PasswordWrong,
    Person,
    PersonUnknown,
    SelfAppointed,
    SignInRefused,
    SpaceManaged,
    SpaceUnknown,
    check_password,
    clean_login,
    clean_name,
    plain_login,
)
from demeure.policy import Action, Actor, Resource, Right, Role, decide

CLAIRE = Actor("person", "p1", "Claire Morvan", frozenset({"administrator"}))
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PASSWORD = "cinq mots pris au hasard"  # noqa: S105 - of people who do not exist

CHOICE = {"name": "Claire Morvan", "login": "claire", "password": PASSWORD, "again": PASSWORD}
"""The form behind a one-time link, filled in: what a test posts to come in."""


class Register:
    """The people, passwords (in clear: they are nobody's), links and sessions that the fakes share."""

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.passwords: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.used: set[str] = set()
        self.expired: set[str] = set()
        self.givers: dict[str, str] = {}
        self.sessions: dict[str, Actor] = {}
        self.put(Person("p1", "Claire Morvan", "claire", Role.ADMINISTRATOR), PASSWORD)

    def put(self, person: Person, password: str = "") -> Person:
        """Add or replace a person."""
        if password:
            person, self.passwords[person.id] = replace(person, has_password=True), password
        self.people[person.id] = person
        return person

    def give(self, person: str, actor: Actor, *, alone: bool = False) -> str:
        """A new link for ``person``, made by ``actor``. ``alone``: those that waited for them expire."""
        self.expired |= {token for token, whose in self.links.items() if alone and whose == person}
        token = f"lien-{len(self.links)}"
        self.links[token], self.givers[token] = self.one(person).id, actor.id
        return token

    def given(self, link: str) -> GivenLink | None:
        """As its holder is told of it; None when they made it, or nobody knows."""
        by = self.givers.get(link, "")
        if by in ("", self.links[link]):
            return None
        name = self.people[by].name if by in self.people else ""
        return GivenLink(name, NOON, NOON if link in self.used else None)

    def one(self, person: str) -> Person:
        if person not in self.people:
            raise PersonUnknown(person=person)
        return self.people[person]


class FakeReception:
    """``register.links``: token → person, each used once. ``"claire"`` is always a session. ``failure``: raised by
    the next sign-ins, links and password changes."""

    def __init__(self, register: Register | None = None) -> None:
        self.register = register or Register()
        self.register.links["premier-lien"] = "p1"
        self.sessions = self.register.sessions
        self.sessions["claire"] = CLAIRE
        self.failure: DemeureError | None = None
        self.refused: list[str] = []
        self.tried: list[tuple[str, str]] = []

    @property
    def used(self) -> set[str]:
        return self.register.used

    @property
    def links(self) -> dict[str, str]:
        return self.register.links

    async def sign_in(self, login: str, password: str, address: str, device: str = "") -> str:
        self.tried.append((login, address))
        if self.failure:
            raise self.failure
        for person in self.register.people.values():
            right = self.register.passwords.get(person.id) == password
            if person.login == plain_login(login) and person.open and right:
                return self._begin(person)
        raise SignInRefused()

    async def look(self, link: str) -> Invitation:
        if link in self.used:
            raise LinkUsed()
        if link not in self.links:
            raise LinkUnknown()
        if link in self.register.expired:
            raise LinkExpired()
        person = self.register.one(self.links[link])
        first = not person.has_password and person.login == "administrateur"
        return Invitation(person, first, self.register.given(link))

    async def turned_away(self, link: str, problem: DemeureError) -> None:
        self.refused.append(link)

    async def finish(self, half: str, code: str, address: str) -> str:
        raise HalfOver()

    async def passkeys(self, half: str) -> tuple[bytes, list[bytes]]:
        return b"", []

    async def finish_passkey(self, half: str, answer: str, origin: str, host: str, address: str) -> str:
        raise HalfOver()

    def challenge(self) -> bytes:
        return b"c" * 40

    async def enter_passkey(self, answer: str, origin: str, host: str, address: str, device: str = "") -> str:
        raise PasskeyRefused()

    async def confirmed(self, session: str) -> bool:
        return True

    async def asks_code(self, actor: Actor) -> bool:
        return False

    async def confirm(self, actor: Actor, session: str, shown: str, address: str) -> None:
        if self.register.passwords.get(actor.id) != shown:
            raise PasswordWrong()

    async def enter(
        self, link: str, password: str, again: str, *, name: str, login: str, device: str = "", address: str = ""
    ) -> str:
        invitation = await self.look(link)
        if self.failure:
            raise self.failure
        person = invitation.person
        if invitation.first:
            person = replace(person, name=clean_name(name), login=clean_login(login))
        check_password(password, again, (person.name, person.login))
        self.used.add(link)
        return self._begin(self.register.put(person, password))

    def _begin(self, person: Person) -> str:
        session = f"session-{len(self.sessions)}"
        self.sessions[session] = person.actor
        return session

    async def guest(self, session: str) -> Actor | None:
        return self.sessions.get(session)

    async def leave(self, session: str) -> None:
        self.sessions.pop(session, None)

    async def invite(self, actor: Actor, login: str | None) -> str:
        return self.register.give("p1", actor)


class FakeAccount:
    """``closed``: ids of sessions that were closed."""

    def __init__(self, register: Register) -> None:
        self.register = register
        self.closed: list[str] = []
        self.failure: DemeureError | None = None
        self.lines = [
            OpenSession("a1", "Firefox, Windows", NOON, NOON, True),
            OpenSession("b2", "Safari, iPhone", NOON, NOON, False),
        ]

    async def person(self, actor: Actor) -> Person:
        return self.register.one(actor.id)

    async def sessions(self, actor: Actor, session: str) -> list[OpenSession]:
        return [line for line in self.lines if line.id not in self.closed]

    async def links(self, actor: Actor) -> list[GivenLink]:
        mine = [token for token, person in self.register.links.items() if person == actor.id]
        return [given for token in reversed(mine) if (given := self.register.given(token)) is not None]

    async def rename(self, actor: Actor, name: str) -> None:
        self.register.put(replace(self.register.one(actor.id), name=clean_name(name)))

    async def change_password(
        self, actor: Actor, session: str, old: str, new: str, again: str, address: str
    ) -> int:
        if self.failure:
            raise self.failure
        if self.register.passwords[actor.id] != old:
            raise PasswordWrong()
        check_password(new, again)
        self.register.passwords[actor.id] = new
        return await self.close_others(actor, session)

    async def close_session(self, actor: Actor, which: str) -> bool:
        there = any(line.id == which for line in await self.sessions(actor, ""))
        self.closed.append(which)
        return there

    async def close_others(self, actor: Actor, session: str) -> int:
        others = [line.id for line in await self.sessions(actor, session) if not line.here]
        self.closed += others
        return len(others)


@dataclass
class FakeDirectory:
    """``members``: space → lines; ``names``: the spaces, shared with the fake shelves."""

    register: Register
    names: dict[str, str]
    teams: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    members: dict[str, list[Member]] = field(default_factory=dict)

    async def people(self, actor: Actor) -> list[Person]:
        self._may(actor, Action.PEOPLE_ADMINISTER)
        return sorted(self.register.people.values(), key=lambda p: (not p.open, p.name))

    async def people_named(self, actor: Actor) -> dict[str, str]:
        self._may(actor, Action.JOURNAL_READ)
        return {person.id: person.name for person in self.register.people.values()}

    async def openers(self, actor: Actor) -> list[str]:
        people = sorted(self.register.people.values(), key=lambda p: p.name)
        there = [p for p in people if p.open and p.has_password and p.id != actor.id]
        return [p.name for p in there if decide(p.actor, Action.SPACE_CREATE, Resource("space")).allowed]

    async def add_person(self, actor: Actor, name: str, login: str, role: str) -> tuple[Person, str]:
        self._may(actor, Action.PEOPLE_ADMINISTER)
        login = clean_login(login)
        if any(person.login == login for person in self.register.people.values()):
            raise LoginTaken(login=login)
        person = Person(f"p{len(self.register.people) + 1}", clean_name(name), login, role_named(role))
        return self.register.put(person), await self.link_for(actor, person.id)

    async def link_for(self, actor: Actor, person: str) -> str:
        self._may(actor, Action.PEOPLE_ADMINISTER)
        return self.register.give(person, actor, alone=True)

    async def close_person(self, actor: Actor, person: str) -> None:
        self._not_the_last(actor, person)
        self.register.put(replace(self.register.one(person), open=False))

    async def reopen_person(self, actor: Actor, person: str) -> None:
        self._may(actor, Action.PEOPLE_ADMINISTER)
        self.register.put(replace(self.register.one(person), open=True))

    async def change_role(self, actor: Actor, person: str, role: str) -> None:
        wanted = role_named(role)
        if wanted is not Role.ADMINISTRATOR:
            self._not_the_last(actor, person)
        self.register.put(replace(self.register.one(person), role=wanted))

    async def rename_person(self, actor: Actor, person: str, name: str) -> None:
        self._may(actor, Action.PEOPLE_ADMINISTER)
        self.register.put(replace(self.register.one(person), name=clean_name(name)))

    def _not_the_last(self, actor: Actor, person: str) -> None:
        self._may(actor, Action.PEOPLE_ADMINISTER)
        people = self.register.people.values()
        if [p.id for p in people if p.open and p.role is Role.ADMINISTRATOR] == [person]:
            raise LastAdministrator()

    async def groups(self, actor: Actor) -> list[Group]:
        self._may(actor, Action.GROUP_ADMINISTER)
        return [Group(id_, name, len(inside)) for id_, (name, inside) in self.teams.items()]

    async def group(self, actor: Actor, group: str) -> tuple[Group, list[Person]]:
        name, inside = self._team(actor, group)
        return Group(group, name, len(inside)), [self.register.one(person) for person in sorted(inside)]

    async def add_group(self, actor: Actor, name: str) -> Group:
        self._may(actor, Action.GROUP_ADMINISTER)
        name = clean_name(name)
        if any(there == name for there, _ in self.teams.values()):
            raise GroupNameTaken(name=name)
        group = Group(f"g{len(self.teams) + 1}", name)
        self.teams[group.id] = (name, set())
        return group

    async def rename_group(self, actor: Actor, group: str, name: str) -> None:
        self.teams[group] = (clean_name(name), self._team(actor, group)[1])

    async def remove_group(self, actor: Actor, group: str) -> None:
        self._team(actor, group)
        del self.teams[group]

    async def put_in_group(self, actor: Actor, group: str, person: str) -> None:
        inside = self._team(actor, group)[1]
        given = [m for space in self.names for m in self._members(space) if (m.kind, m.id) == ("group", group)]
        if person == actor.id and any(member.right is not Right.MANAGE for member in given):
            raise OwnDoor()  # simpler than the true rule, which compares with what the actor has
        inside.add(self.register.one(person).id)

    async def take_out_of_group(self, actor: Actor, group: str, person: str) -> None:
        self._team(actor, group)[1].discard(person)

    def _team(self, actor: Actor, group: str) -> tuple[str, set[str]]:
        self._may(actor, Action.GROUP_ADMINISTER)
        if group not in self.teams:
            raise GroupUnknown(group=group)
        return self.teams[group]

    async def spaces(self, actor: Actor) -> list[SpaceLine]:
        lines = []
        for id_, name in self.names.items():
            managers = [m for m in self._members(id_) if m.right is Right.MANAGE]
            lines.append(SpaceLine(id_, name, [m.name for m in managers], bool(managers), not managers))
        return lines

    async def appoint(self, actor: Actor, space: str, person: str) -> None:
        self._may(actor, Action.SPACE_APPOINT)
        if person == actor.id:
            raise SelfAppointed()
        if any(member.right is Right.MANAGE for member in self._members(space)):
            raise SpaceManaged()
        name = self.register.one(person).name
        self.members[space] = [*self._members(space), Member("person", person, name, Right.MANAGE)]

    async def space(self, actor: Actor, space: str) -> SpaceSheet:
        members = self._members(space)
        there = {(member.kind, member.id) for member in members}
        people = [p for p in self.register.people.values() if p.open and ("person", p.id) not in there]
        groups = [g for g in await self.groups(actor) if ("group", g.id) not in there]
        return SpaceSheet(space, self.names[space], 0, list(members), people, groups)

    async def rename_space(self, actor: Actor, space: str, name: str) -> None:
        self._members(space)
        self.names[space] = clean_name(name)

    async def give(self, actor: Actor, space: str, kind: str, who: str, right: str) -> None:
        wanted = right_named(right)
        kept = [m for m in self._members(space) if (m.kind, m.id) != (kind, who)]
        if wanted is not Right.NONE:
            name = self.teams[who][0] if kind == "group" else self.register.one(who).name
            kept.append(Member(kind, who, name, wanted))
        if not any(member.right is Right.MANAGE for member in kept):
            raise LastReferent()
        self.members[space] = kept

    def _members(self, space: str) -> list[Member]:
        if space not in self.names:
            raise SpaceUnknown(space=space)
        return self.members.setdefault(space, [Member("person", "p1", "Claire Morvan", Right.MANAGE)])

    @staticmethod
    def _may(actor: Actor, action: Action) -> None:
        decide(actor, action, Resource("house")).require()
