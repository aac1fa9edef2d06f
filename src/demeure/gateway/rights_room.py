"""Who may what: one sheet, for those who answer for it."""

import asyncio

from demeure.identity import RightsLine, rights_of
from demeure.policy import Action, Actor, Resource, decide
from demeure.store import Database


class RightsRoom:
    """What pages and commands call; any task."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sheet(self, actor: Actor) -> list[RightsLine]:
        """Open accounts first, then by name. Raises Denied."""
        decide(actor, Action.RIGHTS_READ, Resource("house")).require()
        return await asyncio.to_thread(rights_of, self._database)
