"""Who may what, and its review: one sheet, read and signed by those who answer for it."""

import asyncio
from dataclasses import dataclass
from uuid import uuid4

from demeure.clock import Clock
from demeure.identity import Review, Reviews, RightsLine, Standing
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import Action, Actor, Resource, decide

REVIEWED = "rights-reviewed"
_EACH_SECONDS = 60.0


@dataclass(frozen=True)
class Sheet:
    """``digest``: names exactly what was shown; whoever signs sends it back."""

    lines: list[RightsLine]
    digest: str
    reviews: list[Review]
    standing: Standing


class RightsRoom:
    """What pages and commands call; any task. ``late``: a review is due, as of the last ``refresh``."""

    def __init__(self, reviews: Reviews, journal: Journal, clock: Clock) -> None:
        self._reviews, self._journal, self._clock = reviews, journal, clock
        self._looked = float("-inf")
        self.late = False

    async def sheet(self, actor: Actor) -> Sheet:
        """Open accounts first, then by name. Raises Denied."""
        decide(actor, Action.RIGHTS_READ, Resource("house")).require()

        def read() -> Sheet:
            lines, digest = self._reviews.sheet()
            return Sheet(lines, digest, self._reviews.all(), self._reviews.standing())

        return await asyncio.to_thread(read)

    async def sign(self, actor: Actor, digest: str, note: str) -> int:
        """« Read again », in the actor's name: the journal's entry is the signature. Its number. Raises
        RightsMoved, Denied."""
        decision, chain = decide(actor, Action.RIGHTS_REVIEW, Resource("house")), uuid4().hex
        draft = Draft(
            kind="administration",
            name=REVIEWED,
            chain=chain,
            actor=actor.id,
            object=f"sha256:{digest[:64]}",
            decision=decision.rule,
            payload=note.encode("utf-8", "replace")[:1000],
        )
        async with written(self._journal, draft, decision):
            made = await asyncio.to_thread(self._reviews.sign, digest, actor.id, note, chain)
        self._looked = float("-inf")
        return made

    async def refresh(self) -> None:
        """Is a review late? Looked at once a minute."""
        if self._clock.monotonic() - self._looked >= _EACH_SECONDS:
            self._looked = self._clock.monotonic()
            self.late = (await asyncio.to_thread(self._reviews.standing)).late
