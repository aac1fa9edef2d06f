"""The charter of use: written by those who answer for the house, accepted by everybody who enters it."""

import asyncio
from uuid import uuid4

from demeure.identity import Charter, Charters
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import Action, Actor, Resource, decide

CHARTER_ACTS = ("charter-written", "charter-accepted", "rights-reviewed", "people-imported")
"""Intentions of this file and of its neighbours: what a crash leaves open is closed as interrupted."""


class CharterRoom:
    """What pages and commands call; any task."""

    def __init__(self, charters: Charters, journal: Journal) -> None:
        self._charters, self._journal = charters, journal

    async def current(self) -> Charter | None:
        """What is asked of everybody now: shown to whoever signed in."""
        return await asyncio.to_thread(self._charters.current)

    async def versions(self, actor: Actor, number: int = 0) -> tuple[list[Charter], list[str]]:
        """Newest first, and the names of those who did not accept version ``number`` (0: what is asked now). Raises
        Denied."""
        decide(actor, Action.CHARTER_CHANGE, Resource("house")).require()
        return await asyncio.to_thread(lambda: (self._charters.all(), self._charters.waiting(number)))

    async def write(self, actor: Actor, text: str, after: int) -> Charter:
        """A further version, which everybody accepts again. Raises CharterInvalid, CharterMoved, Denied."""
        decision = decide(actor, Action.CHARTER_CHANGE, Resource("house"))
        draft = Draft(
            kind="administration",
            name="charter-written",
            chain=uuid4().hex,
            actor=actor.id,
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision) as work:
            made = await asyncio.to_thread(self._charters.write, text, actor.id, after)
            work.object = f"{made.number} sha256:{made.digest}"
        return made

    async def accept(self, actor: Actor, number: int) -> Charter:
        """In the actor's name. Raises CharterMoved."""
        decision = decide(actor, Action.ACCOUNT_CHANGE, Resource("account", owner=actor.id))
        draft = Draft(
            kind="sign-in",
            name="charter-accepted",
            chain=uuid4().hex,
            actor=actor.id,
            object=str(number),
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision) as work:
            agreed = await asyncio.to_thread(self._charters.accept, actor.id, number)
            work.object = f"{agreed.number} sha256:{agreed.digest}"
        return agreed
