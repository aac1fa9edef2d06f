"""A town whose directory is real: the airlock in its two boxes, a database, the room that follows, sign-ins."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airlock_house import House, house, policy, route

from demeure.directories import Following, keep
from demeure.gateway.directory_room import DirectoryRoom
from demeure.gateway.entrance import Entrance
from demeure.identity import Person
from demeure.policy import Actor, Role
from demeure.settings import Settings
from demeure.testing.clock import StillClock
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import PASSWORD
from demeure.testing.store import make_instance

OPEN = policy(interne=("yes", ["far"]), secret=("never", []))
FILE = """
route = "far"
class = "interne"
base = "{base}"
{more}
"""


@dataclass
class Town:
    """``me``: an administrator of the house."""

    home: House
    entrance: Entrance
    room: DirectoryRoom
    following: Following
    journal: MemoryJournal
    clock: StillClock
    me: Actor

    def declare(self, base: str, more: str = "", name: str = "mairie") -> None:
        keep(self.home.instance, name, FILE.format(base=base, more=more))

    def lead(self, port: int, authority: str, **more: Any) -> None:
        """The route."""
        told = {"kind": "directory", "host": "annuaire.test", "model": "", **more}
        secret = told.pop("secret", "")
        self.home.declare(route(port, authority, **told), secret=secret)

    async def counts(self, name: str = "mairie", closing: int = 0) -> dict[str, int]:
        done = await self.room.follow(self.me, name, closing)
        return {key: value for key, value in done["counts"].items() if value}

    def named(self, login: str) -> Person:
        return next(one for one in self.entrance.people.everyone() if one.login == login)

    async def enters(self, login: str, password: str) -> str:
        """A session's token. Raises as ``sign_in``."""
        return await self.entrance.reception.sign_in(login, password, "203.0.113.7", "")

    def everything_written(self) -> str:
        """The airlock's entries and ours, payloads too, as text."""
        ours = repr([vars(entry) for entry in self.journal.entries])
        return ours + repr(self.journal.payloads) + repr(self.home.scribe.entries) + repr(self.home.scribe.payloads)


@contextlib.asynccontextmanager
async def town(folder: Path, text: str = OPEN) -> AsyncIterator[Town]:
    """Its people: jean, who administers, with PASSWORD."""
    clock, journal = StillClock(), MemoryJournal()
    instance = make_instance(folder / "data", clock=clock)
    entrance = Entrance(instance.house, clock, Settings(), journal, parameters=CHEAP)
    jean = entrance.people.add("Jean Roux", "jean", Role.ADMINISTRATOR)
    entrance.people.keep_password(jean.id, entrance.passwords._hasher.hash(PASSWORD))
    async with house(folder, text) as home:
        following = Following(instance.house, clock)
        groups = entrance.membership.groups
        room = DirectoryRoom(home.instance, following, home.line, journal, clock, groups)
        entrance.passwords.outside = room
        try:
            yield Town(home, entrance, room, following, journal, clock, jean.actor)
        finally:
            await entrance.aclose()
            instance.close()
