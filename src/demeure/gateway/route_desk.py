"""The control door's words about routes. Declaring one is a command's, which writes its file; here it is written in
the journal and obeyed.
"""

from collections.abc import Awaitable, Callable

from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.visit import text_field
from demeure.gateway.ways_out import ACTS, WaysOut
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
_LETTER = 1 << 20


class RouteDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in ROUTE_OPERATIONS.items()}

    async def changed(self, request: Request) -> Reply:
        """``route``, ``act``: one of ``ways_out.ACTS``."""
        house, actor = await self._house()
        act = text_field(request.args, "act")
        if act not in ACTS:
            raise InputError(detail="act")
        return Reply({"airlock": await ways_out(house).changed(actor, act, _route(request))})

    async def test(self, request: Request) -> Reply:
        """``route`` → what was agreed upon."""
        house, actor = await self._house()
        return Reply(await ways_out(house).test(actor, _route(request)))

    async def stamp(self, request: Request) -> Reply:
        """``route``, body: a request for a timestamp (DER) → body: the authority's reply."""
        house, actor = await self._house()
        query = await request.whole_body()
        return Reply(body=await ways_out(house).stamp(actor, _route(request), query))

    async def clock(self, request: Request) -> Reply:
        """``route`` → how far its clock is from ours: {"offset", "delay", "stratum", "address"}."""
        house, actor = await self._house()
        return Reply(await ways_out(house).clock(actor, _route(request)))

    async def mail(self, request: Request) -> Reply:
        """``route``, ``class``, body: {"to", "subject", "text"} → {"said", "found"}."""
        house, actor = await self._house()
        letter = await request.whole_body()
        if len(letter) > _LETTER:
            raise InputError(detail="text")
        sensitivity = text_field(request.args, "class")
        return Reply(await ways_out(house).mail(actor, _route(request), sensitivity, letter))


ROUTE_OPERATIONS = {
    "routes.changed": "changed",
    "routes.test": "test",
    "routes.mail": "mail",
    "routes.stamp": "stamp",
    "routes.clock": "clock",
}
"""Operation on the wire → method of RouteDesk."""


def ways_out(house: House) -> WaysOut:
    """Raises InputError: a house without routes."""
    if house.ways_out is None:
        raise InputError(detail="routes")
    return house.ways_out


def _route(request: Request) -> str:
    route = text_field(request.args, "route", 64)
    if not route:
        raise InputError(detail="route")
    return route
