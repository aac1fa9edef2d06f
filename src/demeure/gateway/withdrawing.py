"""What the journal keeps of contents is withdrawn at the term of its class: the key of a week is destroyed, the
entries stay and verify, and whoever asks for what they said is told by which rule it went. What a legal hold keeps
stays.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from uuid import uuid4

import sqlalchemy as sa

from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal
from demeure.journal.sealing import Sealing, end_of
from demeure.library import written
from demeure.logs import note
from demeure.policy import PAST_KEEPING, THE_HOUSE, Action, Force, Resource, decide, in_force
from demeure.store import Database
from demeure.store.tables import documents

WITHDRAWN = "payloads-withdrawn"
HOUR = 3600.0
HOUSE = "house"


class PastContents:
    """Weeks of contents that are past their term under a policy, in force or to come. Everything blocks."""

    def __init__(self, database: Database, sealing: Sealing, clock: Clock) -> None:
        self._database, self._sealing, self._clock = database, sealing, clock

    def weeks(self, force: Force) -> list[tuple[str | None, str]]:
        """(space, or None for the house; week) of each that the house would withdraw under ``force``."""
        held = self._held(force)
        return [one for one in self._sealing.weeks() if self._past(force, held, *one)]

    def _past(self, force: Force, held: frozenset[str], space: str | None, week: str) -> bool:
        """What is said of no space may be about one that is held: it stays while anything is."""
        if space in held or (space is None and held):
            return False
        _, days = _term(force, space)
        return days is not None and end_of(week) + timedelta(days=days) <= self._clock.now().date()

    def _held(self, force: Force) -> frozenset[str]:
        """Spaces of which something may not be destroyed: held themselves, or for one of their documents."""
        with self._database.read() as db:
            own: Iterable[str] = db.scalars(
                sa.select(documents.c.space).where(documents.c.held.is_not(None)).distinct()
            )
            return force.held | frozenset(own)


class Withdrawing:
    """Composed by the gateway. ``rests``: seconds for which nothing is destroyed yet, blocking; ``sleep``: between
    two passes."""

    def __init__(
        self,
        database: Database,
        sealing: Sealing,
        journal: Journal,
        clock: Clock,
        rests: Callable[[], float] = lambda: 0.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rests = rests
        self._past, self._sealing, self._journal = PastContents(database, sealing, clock), sealing, journal
        self._sleep = sleep

    async def keep(self) -> None:
        """A pass an hour, for ever."""
        while True:
            try:
                if not await asyncio.to_thread(self._rests):
                    await self.once()
            except DemeureError as problem:  # the journal does not answer: the next pass tries again
                note("gateway", f"withdrawing waits: {problem.code()}")
            await self._sleep(HOUR)

    async def once(self) -> int:
        """Withdraw what is past its term; how many weeks. Raises the journal's errors."""
        force = in_force()
        found = await asyncio.to_thread(self._past.weeks, force)
        for space, week in found:
            await self._withdraw(force, space, week)
        return len(found)

    async def recover(self) -> int:
        """What was written is carried out, whatever the policy has become; the number of closings."""
        closed = 0
        for intention in await self._journal.open_intentions():
            if intention.entry.name == WITHDRAWN:
                told = dict(word.split("=", 1) for word in intention.entry.object.split() if "=" in word)
                name, week = told.get("of", HOUSE), told.get("week", "")
                rule = told.get("class", "?"), told.get("days", "?"), told.get("policy", "?")
                await asyncio.to_thread(self._sealing.withdraw, _space(name), week, _rule(*rule))
                await self._journal.close(intention, "done")
                closed += 1
        return closed

    async def _withdraw(self, force: Force, space: str | None, week: str) -> None:
        by, days, digest = *_term(force, space), force.policy.digest[:16]
        marks = frozenset({PAST_KEEPING})
        decision = decide(THE_HOUSE, Action.JOURNAL_KEEP, Resource("journal", marks=marks))
        draft = Draft(
            "administration",
            WITHDRAWN,
            phase="intention",
            chain=uuid4().hex,
            actor=THE_HOUSE.id,
            object=f"of={space or HOUSE} week={week} class={by} days={days} policy={digest}",
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision):
            await asyncio.to_thread(self._sealing.withdraw, space, week, _rule(by, str(days), digest))


def _term(force: Force, space: str | None) -> tuple[str, int | None]:
    """(class, days) that hold for a space; for the house, the class that keeps longest."""
    classes = force.policy.classes
    if space is not None:
        one = force.policy.sensitivity(force.class_of(space))
        return one.id, one.keep.journal
    longest = max(classes, key=lambda each: (each.keep.journal is None, each.keep.journal or 0))
    return longest.id, longest.keep.journal


def _space(name: str) -> str | None:
    return None if name == HOUSE else name


def _rule(by: str, days: str, digest: str) -> tuple[str, str]:
    return (
        f"classe « {by} », {days} jours (politique {digest})",
        f"class “{by}”, {days} days (policy {digest})",
    )
