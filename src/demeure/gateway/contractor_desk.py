"""The control door's commands about contractors: the register, windows, reports; and the console's own, for who
shows both proofs of who they are."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

from demeure.contractors import Company, Requested, Told, Window, WorkerUnregistered, cast, name_of
from demeure.errors import InputError
from demeure.gateway.console import Console, entered
from demeure.gateway.contractor_room import ContractorRoom
from demeure.gateway.house import House
from demeure.gateway.visit import text_field
from demeure.gateway.way import PAGE_BODY
from demeure.identity import AccountDormant, Half, plain_login
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
FIELDS = ("name", "country", "law", "contract", "begins", "ends", "annex", "may", "contacts")
_PART = 256 << 10
HERE = "control"
"""As the address of who comes in by the control door: tries are counted there together."""


class ContractorDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in CONTRACTOR_OPERATIONS.items()}

    async def list(self, _request: Request) -> Reply:
        """The register, the windows, newest first, and what contractors asked of whoever runs the machine."""
        house, actor = await self._house()
        room = contractors(house)
        firms = [company_data(one) for one in await room.companies(actor)]
        windows = [window_data(one) for one in await room.windows(actor)]
        asked = [requested_data(*one) for one in await room.requests(actor)]
        return Reply({"companies": firms, "windows": windows, "requests": asked})

    async def add(self, request: Request) -> Reply:
        """A line of the register; ``company``: the one to change."""
        house, actor = await self._house()
        room = contractors(house)
        told = Told(**{name: text_field(request.args, name, 2000) for name in FIELDS})
        wanted = text_field(request.args, "company", 200)
        former = (await room.company(wanted)).id if wanted else ""
        return Reply({"company": await room.register(actor, told, former)})

    async def person(self, request: Request) -> Reply:
        """The contractor's account ``login`` is of ``company``."""
        house, actor = await self._house()
        company = await contractors(house).company(_required(request, "company", 200))
        login = plain_login(_required(request, "login", 200))
        await contractors(house).take_in(actor, company.id, login)
        return Reply({"company": company.name, "login": login})

    async def open(self, request: Request) -> Reply:
        """``login``, ``scope``, ``motive``, ``minutes``: a window, or what waits for a second person."""
        house, actor = await self._house()
        login = plain_login(_required(request, "login", 200))
        found = [one for firm in await contractors(house).companies(actor) for one in firm.people]
        worker = next((one for one in found if one.login == login), None)
        if worker is None:
            raise WorkerUnregistered(login=login)
        scope, motive = _required(request, "scope", 200), _required(request, "motive", 2200)
        asked = await contractors(house).ask(actor, worker.id, scope, motive, _number(request, "minutes"))
        return Reply({"window": window_data(asked)})

    async def extend(self, request: Request) -> Reply:
        house, actor = await self._house()
        number, minutes = _number(request, "number"), _number(request, "minutes")
        return Reply({"window": window_data(await contractors(house).extend(actor, number, minutes))})

    async def close(self, request: Request) -> Reply:
        house, actor = await self._house()
        await contractors(house).close(actor, number := _number(request, "number"))
        return Reply({"number": number})

    async def report(self, request: Request) -> Reply:
        """The signed statement of a window that is over: {report, signature}."""
        house, actor = await self._house()
        window = await contractors(house).reported(actor, _number(request, "number"))
        return Reply({"window": window_data(window), "report": window.report, "signature": window.signature})

    async def replay(self, request: Request) -> AsyncIterator[Reply]:
        """The recording (asciicast v2) as the bodies of its items; ``name`` of the file with each."""
        house, actor = await self._house()
        window, frames = await contractors(house).replay(actor, _number(request, "number"))
        recorded = cast(window, frames)
        for at in range(0, len(recorded), _PART):
            yield Reply({"name": name_of(window)}, body=recorded[at : at + _PART])

    # -- the console: whoever types is a person, told by their password and their code --------------------------

    async def enter(self, request: Request) -> Reply:
        """``login``, ``password``, ``code`` → {token}, which opens this console until the window closes."""
        house, _ = await self._house()
        login, password = _required(request, "login", 1000), _required(request, "password", 1000)
        half = await house.reception.sign_in(login, password, HERE, "demeure contractor shell")
        if not isinstance(half, Half):
            await house.reception.leave(half)
            raise AccountDormant()
        token = await house.reception.finish(half, _required(request, "code", 100), HERE)
        window = await entered(contractors(house), await self._holder(house, token), "shell")
        return Reply({"token": token, "window": window_data(window)})

    async def run(self, request: Request) -> AsyncIterator[Reply]:
        """``token``, ``line`` → what the command shows, piece by piece."""
        house, _ = await self._house()
        actor = await self._holder(house, _required(request, "token", 400))
        language = "en" if request.args.get("language") == "en" else "fr"
        line = text_field(request.args, "line", PAGE_BODY)
        async for piece in console(house).run(house, actor, line, language):
            yield Reply({"text": piece})

    @staticmethod
    async def _holder(house: House, token: str) -> Actor:
        """Whoever holds this session. Raises AccountDormant: it ended with its window."""
        actor = await house.reception.guest(token)
        if actor is None:
            raise AccountDormant()
        return actor


CONTRACTOR_OPERATIONS = {
    "contractor.list": "list",
    "contractor.add": "add",
    "contractor.person": "person",
    "contractor.open": "open",
    "contractor.extend": "extend",
    "contractor.close": "close",
    "contractor.report": "report",
    "contractor.replay": "replay",
    "contractor.enter": "enter",
    "contractor.run": "run",
}
"""Operation on the wire → method of ContractorDesk."""


def contractors(house: House) -> ContractorRoom:
    """The room; InputError in a house that has none (tests)."""
    if house.safeguards is None:
        raise InputError(detail="safeguards")
    return house.safeguards.contractors


def console(house: House) -> Console:
    """The console; InputError in a house that has none (tests)."""
    if house.safeguards is None:
        raise InputError(detail="safeguards")
    return house.safeguards.console


def window_data(window: Window) -> dict[str, Any]:
    """A window as JSON, without its report."""
    left_out = ("report", "signature", "until_up", "seen_at", "last_hand")
    told = {name: value for name, value in vars(window).items() if name not in left_out}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in told.items()} | {
        "reported": bool(window.signature)
    }


def company_data(company: Company) -> dict[str, Any]:
    """A line of the register as JSON."""
    return {**vars(company), "people": [vars(one) for one in company.people]}


def _required(request: Request, name: str, limit: int = 4096) -> str:
    value = text_field(request.args, name, limit)
    if not value:
        raise InputError(detail=name)
    return value


def _number(request: Request, name: str) -> int:
    value = request.args.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**9:
        raise InputError(detail=name)
    return value


def requested_data(window: Window, one: Requested) -> dict[str, Any]:
    """A request, JSON-able: whose, in which window, when."""
    at = (window.opened_at or window.asked_at) + timedelta(seconds=one.at)
    told = {"window": window.number, "firm": window.firm, "worker": window.worker, "what": one.what}
    return told | {"at": at.isoformat(timespec="seconds")}
