"""The control door's word about versions: another one was put in force, or gone back to."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from demeure.errors import InputError
from demeure.gateway.house import House
from demeure.gateway.visit import text_field
from demeure.journal import Draft
from demeure.policy import Action, Actor, Resource, decide
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
CHANGES = {"updated": "version-updated", "returned": "version-returned"}
_LONGEST = 200


class ReleaseDesk:
    """The operation of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in RELEASE_OPERATIONS.items()}

    async def changed(self, request: Request) -> Reply:
        """``what``: a key of CHANGES, ``about``: from which version to which → {index}."""
        house, actor = await self._house()
        what, about = request.args.get("what"), text_field(request.args, "about", _LONGEST)
        if what not in CHANGES:
            raise InputError(detail="what")
        decision = decide(actor, Action.HOUSE_ADMINISTER, Resource("house"))
        decision.require()
        draft = Draft(
            "administration",
            CHANGES[what],
            chain=uuid4().hex,
            actor=actor.id,
            object=about,
            decision=decision.rule,
        )
        return Reply({"index": (await house.journal.record(draft)).index})


RELEASE_OPERATIONS = {"release.changed": "changed"}
"""Operation on the wire → method of ReleaseDesk."""
