"""Everything that lets people in, put together by hand: both doors, accounts, directory, and what they share."""

from typing import Any

from demeure.clock import Clock
from demeure.gateway.applications import KeyRoom
from demeure.gateway.directory import IdentityDirectory
from demeure.gateway.metering import Meter, quietly
from demeure.gateway.reception import IdentityAccount, IdentityReception, Passwords
from demeure.gateway.refusals import Refusals
from demeure.identity import ApplicationKeys, Argon2, Groups, HashingQueue, KeyUses, Membership, Parameters, People
from demeure.identity.passwords import PARAMETERS
from demeure.journal import Journal
from demeure.library import Shelf
from demeure.policy import Actor, machine_actor
from demeure.settings import Settings
from demeure.store import Database


class Entrance:
    """``reception``, ``account``, ``directory``, ``applications``: the ports of the house. ``aclose()`` before the
    journal closes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        journal: Journal,
        *,
        parameters: Parameters = PARAMETERS,
    ) -> None:
        limits = {"idle_hours": settings.session_idle_hours, "hours": settings.session_hours}
        self.people, self.groups = People(database, clock, **limits), Groups(database, clock)
        self.membership = Membership(database)
        self.passwords = Passwords(self.people, Argon2(parameters), HashingQueue(), (settings.organisation,))
        self.refusals = Refusals(journal, clock)
        self.reception = IdentityReception(self.people, journal, self.refusals, self.passwords)
        self.account = IdentityAccount(self.people, journal, self.passwords)
        shelf = Shelf(database, clock)
        self.meter = Meter(KeyUses(database), clock)
        self.applications = KeyRoom(ApplicationKeys(database, clock), journal, clock, self.meter)
        self.directory = IdentityDirectory(self.people, self.groups, self.membership, shelf, journal)

    def ports(self) -> dict[str, Any]:
        """The four, as ``House`` names them."""
        people = {"reception": self.reception, "account": self.account, "directory": self.directory}
        return {**people, "applications": self.applications}

    def actor(self, name: str) -> Actor | None:
        """Whoever that id is now, with the roles they have now; None when their account is closed. Blocks."""
        if name.startswith("uid:") and name[4:].isdigit():
            return machine_actor(int(name[4:]), int(name[4:]), name)  # the door let in the owner and root only
        return next((one.actor for one in self.people.everyone() if one.id == name and one.open), None)

    async def aclose(self) -> None:
        """Write the refusals that are still summed, keep what keys used; let the hashes that run end."""
        await self.refusals.aclose()
        await quietly(self.meter)
        self.passwords.close()
