"""One line of work: take the next document, do one step while its lease is renewed, let it go, for ever.

One document's problem does not hold the others; a database, a journal or a workshop that is away is waited for.
"""

import asyncio
import contextlib
import enum
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

from demeure.clock import Clock, iso
from demeure.errors import DemeureError
from demeure.library.erasing import erase
from demeure.library.rooms import Rooms
from demeure.library.shelf import Document, Shelf
from demeure.logs import note, surprise

OWNER = "worker"
LEASE = timedelta(seconds=120)
IDLE_SECONDS = 2.0  # the worker is nudged; this is how long a lost nudge can cost
PAUSE, LONGEST_PAUSE = timedelta(seconds=2), timedelta(minutes=10)
"""Of a document kept aside; twice as long after each failure in a row, since each attempt is journalled."""
BEAT_SECONDS = 0.5  # how long a deletion may wait for the worker to let go
ABSENT, FULL = 503, 507
"""HTTP statuses of what another moment mends: something restarts or is busy; the disk has no room."""


class Turn(enum.Enum):
    """How one document's turn ended: it went on; it is kept aside for a moment, so that the others have their turn;
    or the house cannot do such work just now."""

    DONE, ASIDE, LATER = range(3)


Step = Callable[[Document], Awaitable[Turn]]


class Line:
    """``states``: what its documents are in before ``step``; ``pictures``: those with pages to recognise, or else
    those without; ``alone``: of what was received, only what is not read in company; ``older_than``: only those of
    which a column tells an older version. ``idle``: seconds until it looks by itself. ``ready``: can any step be
    made just now? ``wake``: set when there may be something to do."""

    def __init__(
        self,
        shelf: Shelf,
        rooms: Rooms,
        clock: Clock,
        name: str,
        states: tuple[str, ...],
        step: Step,
        *,
        pictures: bool = False,
        alone: bool = False,
        older_than: tuple[str, int] | None = None,
        idle: float = IDLE_SECONDS,
        ready: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self._shelf, self._rooms, self._clock, self._pictures = shelf, rooms, clock, pictures
        self._owner, self._states, self._step = f"{OWNER}-{name}", states, step
        self._older_than, self._idle, self._ready, self._alone = older_than, idle, ready, alone
        self._failures = Counter[str]()
        self._likely = self._unready = False
        self.wake = asyncio.Event()

    async def run(self, went_on: Callable[[], None]) -> None:
        """Until cancelled. ``went_on`` is called after each step that leaves work to another line."""
        while True:
            self.wake.clear()
            row = await self._leased()
            if row is None:
                await self._sleep()
                continue
            turn = await self.take(row)
            if turn is Turn.DONE:
                went_on()
            elif turn is Turn.LATER:
                await self._sleep()

    async def take(self, row: Document) -> Turn:
        """One step of a document that is leased; it is let go."""
        turn = Turn.ASIDE
        try:
            turn = await self._handle(row)
        finally:
            await asyncio.shield(self._released(row, aside=turn is Turn.ASIDE))
        if turn is Turn.DONE:
            del self._failures[row.id]
        return turn

    async def renew(self, row: Document) -> bool:
        """Keep it longer; False when it must be let go."""
        return await asyncio.to_thread(self._shelf.renew, row.id, self._owner, self._until())

    async def _leased(self) -> Document | None:
        """The next document; None when there is none, or when the database cannot say."""
        try:
            self._unready = self._ready is not None and not await self._ready()
            if self._unready:
                return None
            row = await asyncio.to_thread(
                lambda: self._shelf.lease_next(
                    self._owner,
                    self._states,
                    self._until(),
                    pictures=self._pictures,
                    alone=self._alone,
                    older_than=self._older_than,
                    likely=self._likely,
                )
            )
            self._likely = row is not None
            if row is None:
                self._rooms.keep_only(await asyncio.to_thread(self._shelf.living_spaces))
        except DemeureError as problem:
            self._waits(problem)
            return None
        return row

    async def _released(self, row: Document, *, aside: bool) -> None:
        """Let it go as soon as the database allows: nothing else could be done meanwhile."""
        again = min(PAUSE * 2 ** min(max(self._failures[row.id] - 1, 0), 16), LONGEST_PAUSE)
        pause = iso(self._clock.now() + again) if aside else None
        while True:
            try:
                return await asyncio.to_thread(self._shelf.release, row.id, self._owner, pause)
            except DemeureError as problem:
                self._waits(problem)
                await asyncio.sleep(BEAT_SECONDS)

    async def _handle(self, row: Document) -> Turn:
        try:
            turn = Turn.ASIDE if row.leaving else await self._held(row)
            if turn is not Turn.DONE:
                current = await asyncio.to_thread(self._shelf.document, row.id)
                if current is not None and current.leaving:
                    await asyncio.to_thread(erase, self._rooms, self._shelf, current)
                    return Turn.DONE
            return turn
        except DemeureError as problem:
            if problem.http_status == ABSENT:
                self._waits(problem)
                return Turn.LATER
            surprise(f"worker {row.id[:8]} {problem.code()}", problem)
        except Exception as problem:  # noqa: BLE001 - one document's surprise must not stop the others' work
            surprise(f"worker {row.id[:8]}", problem)
        self._failures[row.id] += 1
        return Turn.ASIDE

    async def _held(self, row: Document) -> Turn:
        """Take the step while its lease is renewed; stop it when the document is being deleted."""
        work = asyncio.ensure_future(self._step(row))
        beat = asyncio.create_task(self._beat(row, work))
        try:
            await asyncio.wait({work})
            return Turn.ASIDE if work.cancelled() else work.result()
        finally:
            beat.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})

    async def _beat(self, row: Document, work: "asyncio.Future[Turn]") -> None:
        due = self._clock.monotonic() + LEASE.total_seconds() / 4
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            current = await asyncio.to_thread(self._shelf.document, row.id)
            if current is None or current.leaving:
                work.cancel()
                return
            if self._clock.monotonic() >= due:
                due = self._clock.monotonic() + LEASE.total_seconds() / 4
                if not await self.renew(row):
                    work.cancel()
                    return

    async def _sleep(self) -> None:
        """What makes it ready again does not always wake it."""
        idle = min(self._idle, IDLE_SECONDS) if self._unready else self._idle
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(idle):
                await self.wake.wait()

    def _until(self) -> str:
        return iso(self._clock.now() + LEASE)

    def _waits(self, problem: DemeureError) -> None:
        note(self._owner, f"waits: {problem.code()}")
