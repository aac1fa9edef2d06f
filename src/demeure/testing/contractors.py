"""A town that a contractor may come into: real people, register, windows and rooms over an instance in a folder."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from demeure.contractors import Register, Told, Windows
from demeure.gateway.app import make_app
from demeure.gateway.console import Console
from demeure.gateway.contractor_room import ContractorRoom
from demeure.gateway.entrance import Entrance
from demeure.gateway.house import House
from demeure.gateway.rendering import Rendering
from demeure.identity import Half, People, Session, figures
from demeure.identity.one_time import STEP
from demeure.identity.tokens import token_hash
from demeure.policy import Actor, Role
from demeure.settings import Settings
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import PASSWORD
from demeure.testing.store import Instance, make_instance, reopen_instance

FIRM = Told(
    *("Ouest Infogérance", "France", "français", "M-2026-12", "2026-01-01", "2027-12-31", "2026-01-02"),
    "supervision update restore diagnosis",
    "astreinte",
)
MOTIVE = "Le moteur redémarre sans cesse."


class TwoClocks:
    """The wall's clock, which somebody may set, and the one that nobody sets."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
        self.up = 5000.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.up

    def forward(self, **duration: float) -> None:
        step = timedelta(**duration)
        self.wall, self.up = self.wall + step, self.up + step.total_seconds()

    def set_wall(self, **duration: float) -> None:
        """The wall's clock alone, by that much (negative: back)."""
        self.wall += timedelta(**duration)

    def reboot(self) -> None:
        """The machine starts again: the clock that nobody sets begins anew."""
        self.up = 1.0


class Ground:
    """The tables, and who is in them: Jean administers, Inès is the DPO, Paul is of FIRM."""

    def __init__(self, folder: Path, approvals: int = 1) -> None:
        self.clock, self.instance = TwoClocks(), make_instance(folder)
        self.people = People(self.instance.house, self.clock)
        self.register = Register(self.instance.house, self.clock)
        self.windows = self.again(approvals)
        self.boss = self.people.add("Jean", "jean", Role.ADMINISTRATOR).id
        self.dpo = self.people.add("Inès", "ines", Role.DPO).id
        self.paul = self.people.add("Paul", "paul", Role.CONTRACTOR).id
        self.company = self.register.put(FIRM, self.boss)
        self.register.take_in(self.company, "paul")

    def again(self, approvals: int = 1) -> Windows:
        """As another process would see it."""
        return Windows(self.instance.house, self.clock, self.register, approvals)

    def opened(self, minutes: int = 60, scope: str = "supervision") -> int:
        return self.windows.ask(self.paul, scope, MOTIVE, minutes, self.boss, "c1").number


class Town:
    """``roles``: one person of each role, by its name; Paul (``contractor``) is of FIRM. ``again``: the gateway
    died, another one opens the same folder."""

    def __init__(self, folder: Path, rendering: Rendering, *, settings: Settings | None = None) -> None:
        self.folder, self.rendering, self.settings = folder, rendering, settings or Settings()
        self.clock, self.journal = TwoClocks(), MemoryJournal()
        self._compose(make_instance(folder))
        added = {role.value: self.people.add(role.value.title(), role.value, role) for role in Role}
        self.roles: dict[str, Actor] = {name: person.actor for name, person in added.items()}
        hashed = self.entrance.passwords._hasher.hash(PASSWORD)
        for person in self.roles.values():
            self.people.keep_password(person.id, hashed)
        self.paul = self.roles["contractor"]
        register = self.room._register
        self.company = register.put(FIRM, "machine")
        register.take_in(self.company, "contractor")

    def _compose(self, instance: Instance) -> None:
        self.instance, self.rooms = instance, FakeRooms()
        self.entrance = Entrance(instance.house, self.clock, self.settings, self.journal, parameters=CHEAP)
        rooms: Any = self.rooms
        rooms.reception, rooms.account = self.entrance.reception, self.entrance.account
        rooms.directory, rooms.journal = self.entrance.directory, self.journal
        options: dict[str, Any] = {"settings": self.settings, "clock": self.clock, "rendering": self.rendering}
        self.house: House = make_house(rooms, safeguards=self.entrance.safeguards, **options)
        self.app = make_app(self.house)
        self.people = self.entrance.people

    @property
    def room(self) -> ContractorRoom:
        return self.entrance.safeguards.contractors

    @property
    def console(self) -> Console:
        return self.entrance.safeguards.console

    def again(self) -> None:
        self.instance.close()
        self._compose(reopen_instance(self.folder))

    async def opened(self, scope: str = "supervision", minutes: int = 60, by: str = "administrator") -> int:
        """A window for Paul: its number."""
        return (await self.room.ask(self.roles[by], self.paul.id, scope, MOTIVE, minutes)).number

    def second_proof(self, person: Actor, session: str = "") -> bytes:
        """Set up an authenticator, in ``session``: its secret."""
        secret = self.people.factors.begin_totp(person.id)
        self.people.factors.confirm_totp(person.id, "Téléphone", self.code(secret), token_hash(session))
        self.clock.forward(seconds=STEP)
        return secret

    def code(self, secret: bytes, later: int = 0) -> str:
        return figures(secret, int(self.clock.now().timestamp()) // STEP + later)

    async def come_in(self, secret: bytes, later: int = 1) -> str:
        """Paul's session: password, then code."""
        half = await self.entrance.reception.sign_in("contractor", PASSWORD, "203.0.113.7")
        assert isinstance(half, Half)
        return await self.entrance.reception.finish(half, self.code(secret, later), "203.0.113.7")

    def session(self, name: str) -> str:
        """A session of somebody of the house."""
        made: Session = self.people.redeem(self.people.create_link(self.roles[name].id))
        return made.token

    async def typed(self, line: str) -> str:
        """All that ``line`` shows to Paul."""
        return "".join([piece async for piece in self.console.run(self.house, self.paul, line, "fr")])

    async def aclose(self) -> None:
        await self.entrance.aclose()
        self.instance.close()
