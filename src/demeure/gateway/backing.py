"""The house backs up by itself, at its hour, to every place it can reach; and rehearses coming back, once a
month.

Commands of the launcher do the work, outside the walls, as for a person; the gateway only says when. What is
late stays red on the pages, in the doctor and in supervision, whatever prevented it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Protocol
from uuid import uuid4

from demeure.backup import UNDECLARED, Standing
from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal
from demeure.logs import note
from demeure.settings import Settings

LOOK_SECONDS, AGAIN = 600.0, timedelta(hours=1)
"""A house that has just opened has other work first; what failed is tried again an hour later."""
BACKUP, REHEARSE = "backup", "rehearse"
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
        self._at, self._days = parsed(settings.backup_at), settings.rehearse_days
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
        """What is to be done now; a rehearsal waits for a backup that is up to date."""
        found, now = await asyncio.to_thread(self._standing), self._clock.now()
        if found.backup == UNDECLARED:
            return []
        moment = last_moment(self._at, now) if self._at else None
        reachable = [place for place in found.places if not place.removable] or list(found.places)
        oldest = min(
            (p.last.at if p.last else datetime.min.replace(tzinfo=now.tzinfo) for p in reachable), default=now
        )
        wanted = []
        if moment is not None and oldest < moment:
            wanted.append(BACKUP)
        elif self._days and found.last and self._stale(found, now):
            wanted.append(REHEARSE)
        return [one for one in wanted if one not in self._tried or now - self._tried[one] >= AGAIN]

    def _stale(self, found: Standing, now: datetime) -> bool:
        last = max((one.at for one in found.drills if one.ok), default=None)
        return last is None or now - last >= timedelta(days=self._days)

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


def parsed(said: str) -> time | None:
    """« 02:15 », local time; None: never, or not a time of the day."""
    try:
        return time.fromisoformat(said) if said else None
    except ValueError:
        return None


def last_moment(at: time, now: datetime) -> datetime:
    """The last time that it was ``at`` here, at ``now`` (aware)."""
    local = now.astimezone()
    today = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return today if today <= local else today - timedelta(days=1)
