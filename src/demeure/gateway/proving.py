"""Asking for a proof: by a person who may, or by the house itself when the last one is too old.

The proof is made outside the walls, by the launcher's own command; its verdict comes back through the control door.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.gateway.proofs import Proofs
from demeure.journal import Draft, Journal
from demeure.logs import note
from demeure.policy import Action, Actor, Resource, decide

LOOK_SECONDS = 600.0
"""A house that has just opened has other work first; a proof that fails is not begun again at once."""
BUSY = timedelta(hours=1)
"""After a proof that concluded nothing because probes did not answer in time."""
PROVED = "walls-proved"
SOON = timedelta(minutes=3)
"""A proof that was asked for and is told nowhere by then has failed: nobody is told to wait for it any more."""


def sha512(data: bytes) -> str:
    """Hexadecimal: how an entry names the statement that it seals."""
    return hashlib.sha512(data).hexdigest()


class Proving:
    """``start``: has a proof begun. ``hours``: age of the last one at which the house makes another; 0: never."""

    def __init__(
        self, journal: Journal, clock: Clock, proofs: Proofs, start: Callable[[], Awaitable[None]], hours: int
    ) -> None:
        self._journal, self._clock, self.proofs = journal, clock, proofs
        self._start, self._hours = start, hours

    async def ask(self, actor: Actor) -> None:
        """A person asks. Written before it is told; nothing more when a proof goes on already. Raises Denied, what
        the journal and the supervisor raise."""
        decision = decide(actor, Action.HOUSE_PROVE, Resource("house"))
        await self._begin(actor.id, decision.rule, allowed=decision.allowed)
        decision.require()

    async def goes_on(self) -> bool:
        """Is a proof being made?"""
        return any(one.entry.name == PROVED for one in await self._journal.open_intentions())

    def awaited(self, asked: str) -> bool:
        """Is a proof ``asked`` for at that moment (seconds since 1970, as an address has them) still to come?"""
        now = self._clock.now()
        try:
            since = now - datetime.fromtimestamp(int(asked), UTC)
        except (ValueError, OverflowError, OSError):
            return False
        last = self.proofs.tried
        return timedelta() <= since < SOON and (last is None or last.older(now, since))

    async def due(self) -> bool:
        """Is the last proof, whatever it said, older than ``hours``? An hour, where its probes did not answer."""
        if not self._hours:
            return False
        await self.proofs.refresh()
        last = self.proofs.tried
        age = timedelta(hours=self._hours)
        return last is None or last.older(self._clock.now(), min(age, BUSY) if last.unanswered else age)

    async def keep(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled: make one when it is due."""
        while True:
            await pause(LOOK_SECONDS)
            try:
                if await self.due() and not await self.goes_on():
                    await self._begin("house", f"prove_hours={self._hours}", allowed=True)
            except DemeureError as problem:
                note("gateway", f"no proof could be asked for: {problem.sentence('en')}")

    async def _begin(self, actor: str, rule: str, *, allowed: bool) -> None:
        draft = Draft("administration", "proof-asked", chain=uuid4().hex, actor=actor, decision=rule)
        asked = await self._journal.intention(draft)
        if not allowed:
            await self._journal.close(asked, "refused")
            return
        try:
            if not await self.goes_on():
                await self._start()
        except DemeureError:
            await self._journal.close(asked, "failed")
            raise
        await self._journal.close(asked, "done")
