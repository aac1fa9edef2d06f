"""Everything that lets people in, put together by hand: both doors, accounts, directory, and what they share."""

from datetime import timedelta
from typing import Any

from demeure.clock import Clock
from demeure.contractors import Recording, Register, Windows
from demeure.gateway.applications import KeyRoom
from demeure.gateway.charter_room import CharterRoom
from demeure.gateway.console import Console
from demeure.gateway.contractor_room import ContractorRoom
from demeure.gateway.directory import IdentityDirectory
from demeure.gateway.import_room import ImportRoom
from demeure.gateway.legal_room import LegalRoom
from demeure.gateway.metering import Meter, quietly
from demeure.gateway.reception import IdentityAccount, IdentityReception, Passwords
from demeure.gateway.refusals import Refusals
from demeure.gateway.rights_room import RightsRoom
from demeure.gateway.safeguards import Safeguards
from demeure.gateway.second_room import SecondRoom
from demeure.identity import (
    ApplicationKeys,
    Argon2,
    Charters,
    Groups,
    HashingQueue,
    KeyUses,
    LegalReadings,
    Membership,
    Parameters,
    People,
    Reviews,
)
from demeure.identity.passwords import PARAMETERS
from demeure.journal import Journal
from demeure.library import Shelf
from demeure.policy import Actor, Role, machine_actor
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
        limits: dict[str, Any] = {"idle_hours": settings.session_idle_hours, "hours": settings.session_hours}
        limits["second_roles"] = frozenset(settings.second_factor.split()) | {Role.CONTRACTOR.value}
        self.people, self.groups = People(database, clock, **limits), Groups(database, clock)
        self.membership = Membership(database, clock)
        self.passwords = Passwords(self.people, Argon2(parameters), HashingQueue(), (settings.organisation,))
        self.refusals = Refusals(journal, clock)
        sudo = timedelta(minutes=settings.confirm_minutes)
        self.reception = IdentityReception(self.people, journal, self.refusals, self.passwords, sudo)
        self.account = IdentityAccount(self.people, journal, self.passwords)
        shelf = Shelf(database, clock)
        self.meter = Meter(KeyUses(database), clock)
        self.applications = KeyRoom(ApplicationKeys(database, clock), journal, clock, self.meter)
        self.directory = IdentityDirectory(self.people, self.groups, self.membership, shelf, journal)
        readings = LegalReadings(database, clock)
        legal = LegalRoom(readings, self.people, self.membership, journal)
        second = SecondRoom(self.people, journal, settings.organisation, limits["second_roles"])
        rights = RightsRoom(Reviews(database, clock, settings.review_days), journal, clock)
        charter = CharterRoom(Charters(database, clock), journal)
        lists = ImportRoom(self.people, self.groups, journal)
        register = Register(database, clock)
        windows = Windows(database, clock, register, settings.contractor_approvals)
        recorded = Recording(database, clock)
        self.contractors = ContractorRoom(register, windows, recorded, journal, clock, settings.organisation)
        watched = (self.contractors, Console(self.contractors))
        self.safeguards = Safeguards(legal, rights, second, charter, lists, *watched)

    def ports(self) -> dict[str, Any]:
        """As ``House`` names them."""
        people = {"reception": self.reception, "account": self.account, "directory": self.directory}
        return {**people, "applications": self.applications, "safeguards": self.safeguards}

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
