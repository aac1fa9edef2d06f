"""Works that their class keeps no longer, erased by the house itself: decided and journalled like one that somebody
asks for.
"""

import asyncio
from dataclasses import replace
from uuid import uuid4

from demeure.assistant.tasks.interrupted import DELETED
from demeure.assistant.tasks.runner import Runner
from demeure.assistant.tasks.works import Works
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import PAST_KEEPING, THE_HOUSE, Action, Resource, decide


class Expiring:
    """Composed by the room of the tasks."""

    def __init__(self, works: Works, runner: Runner, journal: Journal) -> None:
        self._works, self._runner, self._journal = works, runner, journal

    async def expire(self, work: str) -> None:
        """Nothing of it is left in the house's database; one that is gone already is none. Raises Denied, the
        journal's errors."""
        row = await self._works.work(work)
        if row is None:
            return
        past = Resource("work", row.id, marks=frozenset({PAST_KEEPING}))
        decision = decide(THE_HOUSE, Action.WORK_WRITE, past)
        told = Draft("administration", DELETED, chain=uuid4().hex, actor=THE_HOUSE.id, object=row.id)
        async with written(self._journal, replace(told, decision=decision.rule), decision):
            await self._runner.stop(row.id)
            await asyncio.to_thread(self._works.erase, None, row.id)
