"""The house backs up by itself, at its hour, to every place it can reach; and rehearses coming back, once a
month.

Commands of the launcher do the work, outside the walls, as for a person; the gateway only says when. What is
late stays red on the pages, in the doctor and in supervision, whatever prevented it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol
from uuid import uuid4

from demeure.backup import UNDECLARED, Standing, ahead, behind, last_moment
from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal
from demeure.logs import note
from demeure.settings import Settings, time_of_day

LOOK_SECONDS = 600.0
"""A house that has just opened has other work first."""
BACKUP, REHEARSE = "backup", "rehearse"
AGAIN = {BACKUP: timedelta(hours=1), REHEARSE: timedelta(days=1)}
"""What failed is tried again, not before that long: a rehearsal is the work of a whole backup and its restore."""
ASKED = {BACKUP: "backup-asked", REHEARSE: "rehearsal-asked"}


class Launching(Protocol):
    """What starts a command beside the house."""

    async def run_errand(self, errand: str) -> None: ...


class Backing:
    """``standing``: blocking."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        standing: Callable[[], Standing],
        porter: Launching,
        settings: Settings,
    ) -> None:
        self._journal, self._clock, self._standing, self._porter = journal, clock, standing, porter
        self._at, self._days = time_of_day(settings.backup_at), settings.rehearse_days
        self._tried: dict[str, datetime] = {}

    async def keep(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled."""
        while True:
            await pause(LOOK_SECONDS)
            try:
                for errand in await self.due():
                    await self._begin(errand)
            except (DemeureError, OSError) as problem:
                said = problem.sentence("en") if isinstance(problem, DemeureError) else str(problem.strerror)
                note("gateway", f"no backup could be asked for: {said}")

    async def due(self) -> list[str]:
        """What is to be done now, one at a time; a rehearsal waits for one place that is up to date."""
        found, now = await asyncio.to_thread(self._standing), self._clock.now()
        if found.backup == UNDECLARED:
            return []
        moment = last_moment(self._at, now) if self._at else None
        wanted = []
        if moment is not None and behind(found.places, moment, now):
            wanted.append(BACKUP)
        fresh = found.last is not None and (moment is None or found.last.at >= moment)
        if self._days and fresh and self._stale(found, now):
            wanted.append(REHEARSE)
        return [one for one in wanted if not self._lately(one, self._tried.get(one), now)][:1]

    def _stale(self, found: Standing, now: datetime) -> bool:
        if found.drills and self._lately(REHEARSE, found.drills[0].at, now):
            return False
        last = max((one.at for one in found.drills if one.ok and not ahead(one.at, now)), default=None)
        return last is None or now - last >= timedelta(days=self._days)

    def _lately(self, errand: str, tried: datetime | None, now: datetime) -> bool:
        """A moment that is still to come was told by a clock that was ahead: it holds nothing back."""
        return tried is not None and timedelta(0) <= now - tried < AGAIN[errand]

    async def _begin(self, errand: str) -> None:
        self._tried[errand] = self._clock.now()
        draft = Draft("administration", ASKED[errand], chain=uuid4().hex, actor="house", decision="schedule")
        asked = await self._journal.intention(draft)
        try:
            await self._porter.run_errand(errand)
        except DemeureError:
            await self._journal.close(asked, "failed")
            raise
        await self._journal.close(asked, "done")
