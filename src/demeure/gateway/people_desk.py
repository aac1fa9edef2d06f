"""The control door's commands about people: who has an account, links to hand over, who sees which space."""

from collections.abc import Awaitable, Callable
from typing import Any

from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.key_desk import KEY_OPERATIONS, KeyDesk
from demeure.gateway.persons_desk import PERSONS_OPERATIONS, PersonsDesk
from demeure.gateway.safeguards import Safeguards
from demeure.gateway.visit import text_field
from demeure.identity import Group, GroupUnknown, Person, PersonUnknown, plain_login
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""


class PeopleDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        mine = {name: getattr(self, method) for name, method in PEOPLE_OPERATIONS.items() if hasattr(self, method)}
        return mine | KeyDesk(self._house).handlers() | PersonsDesk(self._house).handlers()

    async def link_create(self, request: Request) -> Reply:
        """``url``: the whole link, to open once; ``has_password``: its holder would replace one."""
        house, actor = await self._house()
        login = text_field(request.args, "login") or None
        token = await house.reception.invite(actor, login)
        person = (await house.reception.look(token)).person
        return Reply(
            {
                "url": f"{house.address}/lien/{token}",
                "address": house.address,
                "login": person.login,
                "has_password": person.has_password,
            }
        )

    async def people_list(self, _request: Request) -> Reply:
        house, actor = await self._house()
        return Reply({"people": [_plain(person) for person in await house.directory.people(actor)]})

    async def people_add(self, request: Request) -> Reply:
        """``url``: the link with which they choose their password."""
        house, actor = await self._house()
        name, login, role = (_required(request, field) for field in ("name", "login", "role"))
        person, token = await house.directory.add_person(actor, name, login, role)
        return Reply({"person": _plain(person), "url": f"{house.address}/lien/{token}"})

    async def people_close(self, request: Request) -> Reply:
        house, actor = await self._house()
        person = await self._person(house, actor, _required(request, "login"))
        await house.directory.close_person(actor, person.id)
        return Reply({"login": person.login})

    async def people_reopen(self, request: Request) -> Reply:
        house, actor = await self._house()
        person = await self._person(house, actor, _required(request, "login"))
        await house.directory.reopen_person(actor, person.id)
        return Reply({"login": person.login})

    async def people_role(self, request: Request) -> Reply:
        house, actor = await self._house()
        person = await self._person(house, actor, _required(request, "login"))
        role = _required(request, "role")
        await house.directory.change_role(actor, person.id, role)
        return Reply({"login": person.login, "role": role})

    async def people_link(self, request: Request) -> Reply:
        house, actor = await self._house()
        person = await self._person(house, actor, _required(request, "login"))
        token = await house.directory.link_for(actor, person.id)
        return Reply({"login": person.login, "url": f"{house.address}/lien/{token}"})

    async def people_rights(self, _request: Request) -> Reply:
        """Who may what: the JSON of ``/api/rights``."""
        house, actor = await self._house()
        lines = await guards(house).rights.sheet(actor)
        return Reply({"people": [{**vars(one), "given": [vars(g) for g in one.given]} for one in lines]})

    async def people_readings(self, _request: Request) -> Reply:
        """Readings on a legal ground: told here, asked for and granted on the pages, by people with a name."""
        house, actor = await self._house()
        found = await guards(house).legal.readings(actor)
        return Reply({"readings": [plain(one) for one in found]})

    async def groups_list(self, _request: Request) -> Reply:
        """``people``: logins, closed accounts included."""
        house, actor = await self._house()
        groups = []
        for group in await house.directory.groups(actor):
            _, inside = await house.directory.group(actor, group.id)
            groups.append({"id": group.id, "name": group.name, "people": [person.login for person in inside]})
        return Reply({"groups": groups})

    async def groups_create(self, request: Request) -> Reply:
        house, actor = await self._house()
        group = await house.directory.add_group(actor, _required(request, "name"))
        return Reply({"id": group.id, "name": group.name})

    async def groups_add(self, request: Request) -> Reply:
        house, actor, group, person = await self._one_in(request)
        await house.directory.put_in_group(actor, group.id, person.id)
        return Reply({"group": group.name, "login": person.login})

    async def groups_remove(self, request: Request) -> Reply:
        house, actor, group, person = await self._one_in(request)
        await house.directory.take_out_of_group(actor, group.id, person.id)
        return Reply({"group": group.name, "login": person.login})

    async def groups_delete(self, request: Request) -> Reply:
        house, actor = await self._house()
        group = await self._group(house, actor, _required(request, "group"))
        await house.directory.remove_group(actor, group.id)
        return Reply({"id": group.id, "name": group.name})

    async def _one_in(self, request: Request) -> tuple[House, Actor, Group, Person]:
        house, actor = await self._house()
        group = await self._group(house, actor, _required(request, "group"))
        return house, actor, group, await self._person(house, actor, _required(request, "login"))

    async def spaces_give(self, request: Request) -> Reply:
        """``to``: a login, or the name of a group; ``right``: read, contribute, manage or none."""
        house, actor = await self._house()
        wanted, to, right = (_required(request, field) for field in ("space", "to", "right"))
        known = await house.shelves.spaces(actor)
        space = next((s for s in known if wanted == s.id or wanted.casefold() == s.name.casefold()), None)
        kind, who = await self._holder(house, actor, to)
        await house.directory.give(actor, space.id if space else wanted, kind, who, right)
        return Reply({"space": space.name if space else wanted, "to": to, "right": right})

    async def _holder(self, house: House, actor: Actor, to: str) -> tuple[str, str]:
        try:
            return "group", (await self._group(house, actor, to)).id
        except GroupUnknown:
            return "person", (await self._person(house, actor, to)).id

    @staticmethod
    async def _group(house: House, actor: Actor, name: str) -> Group:
        """By name or id. Raises GroupUnknown."""
        for group in await house.directory.groups(actor):
            if name == group.id or name.casefold() == group.name.casefold():
                return group
        raise GroupUnknown(group=name)

    @staticmethod
    async def _person(house: House, actor: Actor, login: str) -> Person:
        """By login, also with a closed account. Raises PersonUnknown."""
        for person in await house.directory.people(actor):
            if person.login in (login, plain_login(login)):
                return person
        raise PersonUnknown(person=login)


PEOPLE_OPERATIONS = {
    "link.create": "link_create",
    "people.list": "people_list",
    "people.add": "people_add",
    "people.close": "people_close",
    "people.reopen": "people_reopen",
    "people.role": "people_role",
    "people.link": "people_link",
    "people.rights": "people_rights",
    "people.readings": "people_readings",
    "spaces.give": "spaces_give",
    "groups.list": "groups_list",
    "groups.create": "groups_create",
    "groups.add": "groups_add",
    "groups.remove": "groups_remove",
    "groups.delete": "groups_delete",
    **KEY_OPERATIONS,
    **PERSONS_OPERATIONS,
}
"""Operation on the wire → method of PeopleDesk, or of KeyDesk for the programs that they answer for,
of PersonsDesk for their data."""


def guards(house: House) -> Safeguards:
    """What protects accounts; InputError in a house that has none (tests)."""
    if house.safeguards is None:
        raise InputError(detail="safeguards")
    return house.safeguards


def plain(one: object) -> dict[str, Any]:
    """A value as JSON: times as text."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in vars(one).items()}


def _plain(person: Person) -> dict[str, Any]:
    return {**vars(person), "role": person.role.value}


def _required(request: Request, name: str) -> str:
    value = text_field(request.args, name)
    if not value:
        raise InputError(detail=name)
    return value
