"""The control door's commands about people: who has an account, links to hand over, who sees which space."""

from collections.abc import Awaitable, Callable
from typing import Any

from demeure.errors import InputError
from demeure.gateway.errors import BodyTooLarge
from demeure.gateway.house import House
from demeure.gateway.key_desk import KEY_OPERATIONS, KeyDesk
from demeure.gateway.pages.rights import sheet_data
from demeure.gateway.persons_desk import PERSONS_OPERATIONS, PersonsDesk
from demeure.gateway.safeguards import Safeguards
from demeure.gateway.visit import text_field
from demeure.identity import (
    SIGN_IN_MINUTES,
    CharterInvalid,
    CharterNone,
    CharterUnknown,
    Group,
    GroupUnknown,
    Person,
    PersonUnknown,
    plain_login,
)
from demeure.identity.charter import MOST_SIGNS
from demeure.identity.people_file import MOST_BYTES
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
        """``url``: the whole link, opened once, within ``minutes``; ``has_password``: its holder replaces it."""
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
                "minutes": SIGN_IN_MINUTES,
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
        return Reply(sheet_data(await guards(house).rights.sheet(actor)))

    async def people_import(self, request: Request) -> Reply:
        """Body: a CSV file. ``dry``: say what is in it, add nobody."""
        house, actor = await self._house()
        data = bytearray()
        async for piece in request.body():
            data += piece
            if len(data) > MOST_BYTES:
                raise BodyTooLarge(limit=MOST_BYTES)
        rooms = guards(house).lists
        if request.args.get("dry") is True:
            found = await rooms.look(actor, bytes(data))
            people = [{"name": one.name, "login": one.login, "role": one.role.value} for one in found.entries]
            return Reply({"people": people, "mistakes": [vars(one) for one in found.mistakes], "added": 0})
        made = await rooms.bring(actor, bytes(data))
        people = [
            {**_plain(person), "url": f"{house.address}/lien/{token}"}
            for person, token in zip(made.people, made.links, strict=True)
        ]
        return Reply({"people": people, "mistakes": [], "added": len(people)})

    async def charter_show(self, request: Request) -> Reply:
        """``number`` (0: the one in force), and all the versions."""
        house, actor = await self._house()
        asked = request.args.get("number")
        asked = asked if type(asked) is int else 0
        found, waiting = await guards(house).charter.versions(actor, asked)
        number = asked or (found[0].number if found else 0)
        chosen = next((one for one in found if one.number == number), None)
        if chosen is None:
            raise CharterUnknown(number=number) if found else CharterNone()
        rows = [{name: value for name, value in plain(one).items() if name != "text"} for one in found]
        return Reply({"version": plain(chosen), "versions": rows, "waiting": waiting})

    async def charter_write(self, request: Request) -> Reply:
        """``text`` becomes the version in force; empty: no charter is asked for."""
        house, actor = await self._house()
        room = guards(house).charter
        found, _ = await room.versions(actor)
        if isinstance(given := request.args.get("text"), str) and len(given) > MOST_SIGNS:
            raise CharterInvalid()
        text = text_field(request.args, "text", MOST_SIGNS)
        made = await room.write(actor, text, found[0].number if found else 0)
        return Reply({"number": made.number, "digest": made.digest})

    async def people_sessions(self, request: Request) -> Reply:
        """The open sessions of ``login``, and whether they have a second proof."""
        house, actor = await self._house()
        person = await self._person(house, actor, _required(request, "login"))
        found = await guards(house).second.sessions(actor, person.id)
        protected = person.id in await guards(house).second.holders(actor)
        return Reply({"login": person.login, "protected": protected, "sessions": [plain(one) for one in found]})

    async def people_sessions_end(self, request: Request) -> Reply:
        house, actor = await self._house()
        person = await self._person(house, actor, _required(request, "login"))
        return Reply({"login": person.login, "ended": await guards(house).second.end_sessions(actor, person.id)})

    async def people_second_reset(self, request: Request) -> Reply:
        """Take away the second proof of ``login``, who lost it."""
        house, actor = await self._house()
        person = await self._person(house, actor, _required(request, "login"))
        await guards(house).second.reset(actor, person.id)
        return Reply({"login": person.login})

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
    "people.import": "people_import",
    "charter.show": "charter_show",
    "charter.write": "charter_write",
    "people.sessions": "people_sessions",
    "people.sessions-end": "people_sessions_end",
    "people.second-reset": "people_second_reset",
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
