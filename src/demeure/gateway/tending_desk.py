"""The control door's words about versions, care and the health of a space."""

from collections.abc import Awaitable, Callable
from typing import Any

from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.tended import comparison_data, report_data, versions_data
from demeure.gateway.visit import text_field
from demeure.library.tending import FIELDS
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""


class TendingDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in TENDING_OPERATIONS.items()}

    async def versions(self, request: Request) -> Reply:
        house, actor = await self._house()
        name = _required(request, "document")
        found = await house.tending.versions(actor, name)
        return Reply(versions_data(found, await house.tending.near(actor, name)))

    async def replace(self, request: Request) -> Reply:
        """``document`` takes the place of ``former``; with ``apart``, it is not a version of it."""
        house, actor = await self._house()
        pair = _required(request, "document"), _required(request, "former")
        act = house.tending.apart if request.args.get("apart") is True else house.tending.replaces
        await act(actor, *pair)
        return Reply({"document": pair[0], "former": pair[1]})

    async def compare(self, request: Request) -> Reply:
        house, actor = await self._house()
        former, newer = _required(request, "former"), _required(request, "document")
        language = "en" if request.args.get("language") == "en" else "fr"
        return Reply(comparison_data(await house.comparing.compare(actor, former, newer), language))

    async def care(self, request: Request) -> Reply:
        house, actor = await self._house()
        ids = request.args.get("documents")
        if not isinstance(ids, list):
            raise InputError(detail="documents")
        named = [text_field({"documents": one}, "documents", 256) for one in ids]
        values = {name: text_field(request.args, name, 200) for name in FIELDS if name in request.args}
        return Reply({"documents": await house.tending.care(actor, named, values)})

    async def health(self, request: Request) -> Reply:
        house, actor = await self._house()
        return Reply(report_data(await house.health.report(actor, await self._space(house, actor, request))))

    async def questions(self, request: Request) -> Reply:
        """``gather``: questions of ``space`` without an answer are gathered from now on, or no more."""
        house, actor = await self._house()
        space, wanted = await self._space(house, actor, request), request.args.get("gather")
        if not isinstance(wanted, bool):
            raise InputError(detail="gather")
        await house.health.gather(actor, space, wanted)
        return Reply({"space": space, "gather": wanted})

    @staticmethod
    async def _space(house: House, actor: Actor, request: Request) -> str:
        """The id of a space called by its id or its name; an unknown one stays as given."""
        word = _required(request, "space")
        known = await house.shelves.spaces(actor)
        return next((s.id for s in known if word == s.id or word.casefold() == s.name.casefold()), word)


def _required(request: Request, name: str) -> Any:
    value = text_field(request.args, name)
    if not value:
        raise InputError(detail=name)
    return value


TENDING_OPERATIONS = {
    "documents.versions": "versions",
    "documents.replace": "replace",
    "documents.compare": "compare",
    "documents.care": "care",
    "documents.health": "health",
    "spaces.questions": "questions",
}
"""Operation on the wire → method of TendingDesk."""
