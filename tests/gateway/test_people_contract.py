"""The law of Reception, Account and Directory, held by the real rooms and by the fakes that stand for them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from demeure.gateway.entrance import Entrance
from demeure.gateway.people_ports import Account, Directory, Reception
from demeure.identity import (
    GroupNameTaken,
    GroupUnknown,
    LastAdministrator,
    LastReferent,
    LinkExpired,
    LinkUnknown,
    LinkUsed,
    LoginInvalid,
    LoginTaken,
    NameUnusable,
    OwnDoor,
    PasswordWrong,
    PersonUnknown,
    RightUnknown,
    RoleUnknown,
    SignInRefused,
    SpaceUnknown,
)
from demeure.identity.errors import PasswordsDiffer, PasswordShort
from demeure.policy import Actor, Denied, Right, Role, machine_actor
from demeure.settings import Settings
from demeure.testing.clock import StillClock
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import CHOICE, PASSWORD, FakeAccount, FakeDirectory, FakeReception, Register
from demeure.testing.store import make_instance

OTHER = "sept autres mots sans rapport"
ROOT = machine_actor(0, 0, "root")


@dataclass
class Rooms:
    """One adapter. Claire administers, has PASSWORD and manages « mairie »."""

    reception: Reception
    account: Account
    directory: Directory
    claire: Actor
    ends: list[Callable[[], Any]] = field(default_factory=list)


def real(folder: Path) -> Rooms:
    instance, clock = make_instance(folder), StillClock()
    entrance = Entrance(instance.house, clock, Settings(), MemoryJournal(), parameters=CHEAP)
    first = entrance.people.ensure_administrator()
    link = entrance.people.create_link(first.id)
    asyncio.run(entrance.reception.enter(link, PASSWORD, PASSWORD, name=CHOICE["name"], login=CHOICE["login"]))
    claire = entrance.people.person(first.id).actor
    ends = [entrance.passwords.close, instance.close]
    return Rooms(entrance.reception, entrance.account, entrance.directory, claire, ends)


def fake(_folder: Path) -> Rooms:
    register = Register()
    names = {"mairie": "Mairie"}
    return Rooms(
        FakeReception(register),
        FakeAccount(register),
        FakeDirectory(register, names),
        register.one("p1").actor,
    )


@pytest.fixture(params=[real, fake], ids=["real", "fake"])
def rooms(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rooms]:
    made: Rooms = request.param(tmp_path)
    yield made
    for end in made.ends:
        end()


async def refuses(problem: type[Exception], *works: Awaitable[Any]) -> None:
    for work in works:
        with pytest.raises(problem):
            await work


def test_signing_in_and_leaving(rooms: Rooms) -> None:
    async def law() -> None:
        door = rooms.reception
        session = await door.sign_in(" CLAIRE ", PASSWORD, "127.0.0.1")
        assert await door.guest(session) == rooms.claire
        await refuses(
            SignInRefused,
            door.sign_in("claire", "x", "127.0.0.1"),
            door.sign_in("personne", PASSWORD, "127.0.0.1"),
            door.sign_in("", "", ""),
        )
        await door.leave(session)
        await door.leave(session)
        for garbage in (session, "", "\x00", "é" * 500):
            assert await door.guest(garbage) is None

    asyncio.run(law())


def test_a_link_is_looked_at_as_often_as_one_likes_and_used_once(rooms: Rooms) -> None:
    async def law() -> None:
        door = rooms.reception
        link = await door.invite(ROOT, None)
        for _ in range(3):
            invitation = await door.look(link)
            assert (invitation.person.name, invitation.first) == ("Claire Morvan", False)
        await refuses(PasswordShort, door.enter(link, "court", "court", name="", login=""))
        await refuses(PasswordsDiffer, door.enter(link, OTHER, "x", name="", login=""))
        session = await door.enter(link, OTHER, OTHER, name="Autre", login="autre")
        assert await door.guest(session) == rooms.claire, "name and login count at the set-up only"
        await refuses(LinkUsed, door.look(link), door.enter(link, OTHER, OTHER, name="", login=""))
        await refuses(LinkUnknown, door.look("x"), door.enter("x", OTHER, OTHER, name="", login=""))
        await refuses(SignInRefused, door.sign_in("claire", PASSWORD, "127.0.0.1"))
        assert await door.sign_in("claire", OTHER, "127.0.0.1")

    asyncio.run(law())


def test_one_s_own_account(rooms: Rooms) -> None:
    async def law() -> None:
        here = await rooms.reception.sign_in("claire", PASSWORD, "127.0.0.1")
        account, claire = rooms.account, rooms.claire
        assert (await account.person(claire)).login == "claire"
        await account.rename(claire, "  Claire  M. ")
        assert (await account.person(claire)).name == "Claire M."
        await refuses(NameUnusable, account.rename(claire, " "))
        await refuses(PasswordWrong, account.change_password(claire, here, "x", OTHER, OTHER, ""))
        await refuses(PasswordsDiffer, account.change_password(claire, here, PASSWORD, OTHER, "x", ""))
        assert await account.change_password(claire, here, PASSWORD, OTHER, OTHER, "") >= 1
        (left,) = await account.sessions(claire, here)
        assert left.here
        assert await account.close_others(claire, here) == 0
        assert not await account.close_session(claire, "nothing")

    asyncio.run(law())


def test_people_come_and_go(rooms: Rooms) -> None:
    async def law() -> None:
        book, claire = rooms.directory, rooms.claire
        anne, token = await book.add_person(claire, "Anne Petit", "Anne", "agent")
        assert (anne.login, anne.role, anne.has_password, anne.open) == ("anne", Role.AGENT, False, True)
        assert (await rooms.reception.look(token)).person == anne
        await refuses(LoginTaken, book.add_person(claire, "X", "ANNE", "agent"))
        await refuses(LoginInvalid, book.add_person(claire, "X", "a b", "agent"))
        await refuses(NameUnusable, book.add_person(claire, "", "xx", "agent"))
        await refuses(
            RoleUnknown, book.add_person(claire, "X", "xx", "king"), book.change_role(claire, anne.id, "")
        )
        await book.rename_person(claire, anne.id, "Anne P.")
        await book.change_role(claire, anne.id, "referent")
        await book.close_person(claire, anne.id)
        assert [(p.name, p.role, p.open) for p in await book.people(claire)] == [
            ("Claire Morvan", Role.ADMINISTRATOR, True),
            ("Anne P.", Role.REFERENT, False),
        ]
        await book.reopen_person(claire, anne.id)
        await refuses(
            LastAdministrator,
            book.close_person(claire, claire.id),
            book.change_role(claire, claire.id, "agent"),
        )
        await refuses(
            PersonUnknown,
            book.close_person(claire, "x"),
            book.reopen_person(claire, "x"),
            book.change_role(claire, "x", "administrator"),
            book.rename_person(claire, "x", "X"),
            book.link_for(claire, "x"),
        )
        await refuses(
            Denied,
            book.people(anne.actor),
            book.groups(anne.actor),
            book.add_person(anne.actor, "X", "xx", "agent"),
            book.close_person(anne.actor, claire.id),
            book.add_group(anne.actor, "X"),
        )

    asyncio.run(law())


def test_whom_to_ask_for_a_space(rooms: Rooms) -> None:
    async def law() -> None:
        book, claire = rooms.directory, rooms.claire
        anne, link = await book.add_person(claire, "Anne", "anne", "agent")
        paul, _ = await book.add_person(claire, "Paul", "paul", "referent")
        assert await book.openers(anne.actor) == ["Claire Morvan"], "Paul never came in"
        assert await book.openers(claire) == [], "not oneself"
        await rooms.reception.enter(link, OTHER, OTHER, name="", login="")
        await book.change_role(claire, anne.id, "referent")
        assert await book.openers(paul.actor) == ["Anne", "Claire Morvan"]
        await book.close_person(claire, anne.id)
        assert await book.openers(paul.actor) == ["Claire Morvan"]

    asyncio.run(law())


def test_groups(rooms: Rooms) -> None:
    async def law() -> None:
        book, claire = rooms.directory, rooms.claire
        group = await book.add_group(claire, " Voirie ")
        await refuses(GroupNameTaken, book.add_group(claire, "Voirie"))
        await book.put_in_group(claire, group.id, claire.id)
        await book.put_in_group(claire, group.id, claire.id)
        found, inside = await book.group(claire, group.id)
        assert (found.name, found.people, [p.id for p in inside]) == ("Voirie", 1, [claire.id])
        await book.take_out_of_group(claire, group.id, claire.id)
        await book.rename_group(claire, group.id, "Voirie et eau")
        assert [(g.name, g.people) for g in await book.groups(claire)] == [("Voirie et eau", 0)]
        await refuses(PersonUnknown, book.put_in_group(claire, group.id, "x"))
        await book.remove_group(claire, group.id)
        await refuses(
            GroupUnknown,
            book.group(claire, group.id),
            book.remove_group(claire, group.id),
            book.rename_group(claire, group.id, "X"),
            book.put_in_group(claire, group.id, claire.id),
        )

    asyncio.run(law())


def test_nobody_opens_a_space_to_themselves_through_a_group(rooms: Rooms) -> None:
    async def law() -> None:
        book, claire = rooms.directory, rooms.claire
        paul, link = await book.add_person(claire, "Paul", "paul", "administrator")
        await rooms.reception.enter(link, OTHER, OTHER, name="", login="")
        group = await book.add_group(claire, "Voirie")
        await book.give(claire, "mairie", "group", group.id, "read")
        await refuses(OwnDoor, book.put_in_group(paul.actor, group.id, paul.id))
        assert (await book.group(claire, group.id))[1] == []
        await book.put_in_group(claire, group.id, paul.id)
        assert [p.name for p in (await book.group(claire, group.id))[1]] == ["Paul"]

    asyncio.run(law())


def test_who_sees_a_space(rooms: Rooms) -> None:
    async def law() -> None:
        book, claire = rooms.directory, rooms.claire
        anne, _ = await book.add_person(claire, "Anne", "anne", "agent")
        group = await book.add_group(claire, "Voirie")
        sheet = await book.space(claire, "mairie")
        assert [(m.kind, m.name, m.right) for m in sheet.members] == [("person", "Claire Morvan", Right.MANAGE)]
        assert [p.name for p in sheet.people] == ["Anne"] and [g.name for g in sheet.groups] == ["Voirie"]
        await book.give(claire, "mairie", "person", anne.id, "read")
        await book.give(claire, "mairie", "group", group.id, "contribute")
        rights = {m.name: m.right for m in (await book.space(claire, "mairie")).members}
        assert rights == {"Claire Morvan": Right.MANAGE, "Anne": Right.READ, "Voirie": Right.CONTRIBUTE}
        await refuses(LastReferent, book.give(claire, "mairie", "person", claire.id, "none"))
        await refuses(RightUnknown, book.give(claire, "mairie", "person", anne.id, "king"))
        await refuses(SpaceUnknown, book.give(claire, "x", "person", anne.id, "read"), book.space(claire, "x"))
        await book.give(claire, "mairie", "person", anne.id, "none")
        assert len((await book.space(claire, "mairie")).members) == 2
        await book.rename_space(claire, "mairie", "La mairie")
        await refuses(NameUnusable, book.rename_space(claire, "mairie", " "))
        assert [(s.name, s.mine) for s in await book.spaces(claire)] == [("La mairie", True)]

    asyncio.run(law())


def test_who_is_given_a_link_is_told_by_whom(rooms: Rooms) -> None:
    async def law() -> None:
        door, directory, account = rooms.reception, rooms.directory, rooms.account
        person, first = await directory.add_person(rooms.claire, "Anne Petit", "anne", "agent")
        invitation = await door.look(first)
        assert invitation.given is not None and invitation.given.by == "Claire Morvan"
        await door.enter(first, OTHER, OTHER, name="", login="")
        second = await directory.link_for(rooms.claire, person.id)
        given = await account.links(person.actor)
        assert [(link.by, link.used_at is None) for link in given] in (
            [("Claire Morvan", True), ("Claire Morvan", False)],
            [("Claire Morvan", False), ("Claire Morvan", True)],  # made at the same instant
        )
        assert (await door.look(second)).person.has_password
        third = await directory.link_for(rooms.claire, person.id)
        await refuses(LinkExpired, door.look(second), door.enter(second, OTHER, OTHER, name="", login=""))
        assert (await door.look(third)).person.has_password
        mine = await directory.link_for(rooms.claire, rooms.claire.id)
        assert (await door.look(mine)).given is None and await account.links(rooms.claire) == []
        await door.invite(ROOT, "claire")
        (server,) = await account.links(rooms.claire)
        assert server.by == "", "someone on the server itself"

    asyncio.run(law())
