"""The scribe's mind: stamps, groups and acknowledges entries. Sockets are the business of ``service``.

Group commit: entries that arrive while the disk syncs are written together by the next sync, in a thread; nobody is
answered before the sync that covers them. The tree is published behind, in another thread.
"""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from demeure.clock import Clock, iso
from demeure.journal.entry import Draft, Entry, Stamp, leaf
from demeure.journal.errors import IntentionNotOpen, JournalFull, JournalUnavailable
from demeure.journal.log import Log
from demeure.journal.staging import Record
from demeure.logs import note, surprise

GROUP_ENTRIES = 1024
GROUP_BYTES = 8 << 20
STEP = timedelta(seconds=1)
"""Wall and monotonic clocks may drift apart by this much between two entries before a clock-step is written."""


@dataclass(frozen=True)
class Written:
    """The receipt: see client.Receipt."""

    index: int
    time: str
    state: str


@dataclass
class _Waiting:
    draft: Draft
    role: str
    number: bytes
    commitment: str | None
    sealed: bytes
    done: asyncio.Future[Written]
    time: str = ""
    leaf: bytes = field(default=b"", repr=False)


class Stamper:
    """Gives each entry its moment, and notices when the wall clock steps. ``boot``: the kernel's boot id."""

    def __init__(self, clock: Clock, boot: str, last: Entry | None) -> None:
        self._clock, self._boot = clock, boot
        self._time = last.time if last else ""
        self._before: tuple[datetime, int] | None = None

    def stamp(self, role: str) -> tuple[Stamp, str | None]:
        """The stamp, and when the clock stepped since the last one: from where to where."""
        mono = int(self._clock.monotonic() * 1_000_000)
        now = self._clock.now()
        time = iso(now)
        stepped = time < self._time
        if self._before:
            passed = timedelta(microseconds=mono - self._before[1])
            stepped = abs(now - self._before[0] - passed) > STEP
        told = f"{self._time} → {time}" if stepped else None
        self._time, self._before = time, (now, mono)
        return Stamp(time, self._boot, mono, role), told


class Scribe:
    """One per journal. ``group``: entries per sync (1: no grouping, to measure what grouping gains).
    ``publish_after``: seconds between an entry and the checkpoint that covers it, at most, when the disk allows."""

    def __init__(
        self, log: Log, clock: Clock, boot: str, *, group: int = GROUP_ENTRIES, publish_after: float = 0.5
    ) -> None:
        self._log, self._group, self._publish_after = log, group, publish_after
        self._stamper = Stamper(clock, boot, log.ledger.last)
        self._queue: deque[_Waiting] = deque()
        self._running: dict[tuple[str, bytes], _Waiting] = {}
        self._closing: set[int] = set()
        self._wake, self._dirty = asyncio.Event(), asyncio.Event()
        self._writer = ThreadPoolExecutor(1, "journal-write")
        self._publisher = ThreadPoolExecutor(1, "journal-publish")
        self._tasks: list[asyncio.Task[None]] = []
        self.owed: list[Draft] = []
        """The scribe's own facts, written before anything else as soon as the disk allows."""
        self.failed = asyncio.Event()
        """The disk can no longer be trusted: nothing is acknowledged any more."""

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._commit_groups()), asyncio.create_task(self._publish_behind())]
        if self._log.waiting:
            self._dirty.set()
        if self.owed:
            self._wake.set()

    async def record(
        self,
        draft: Draft,
        *,
        role: str,
        number: bytes,
        commitment: str | None,
        sealed: bytes,
    ) -> Written:
        """The law of client.Journal.record. ``number``: 16 bytes; a repeat gets the first receipt."""
        known = self._log.ledger.repeated(role, number)
        if known:
            return Written(*known, self._log.state)
        waiting = self._running.get((role, number))
        if waiting is None:
            if self.failed.is_set():
                raise JournalUnavailable
            if draft.phase == "closing":
                self._claim(draft)
            waiting = _Waiting(draft, role, number, commitment, sealed, asyncio.get_running_loop().create_future())
            self._running[role, number] = waiting
            self._queue.append(waiting)
            self._wake.set()
        return await asyncio.shield(waiting.done)  # an asker who leaves does not stop a write under way

    async def own(self, draft: Draft) -> Written:
        """An entry of the scribe itself. Raises as ``record``."""
        return await self.record(draft, role="scribe", number=_fresh_id(), commitment=None, sealed=b"")

    async def in_writer(self, action: Callable[[], None]) -> None:
        """Run ``action`` between two groups of entries. Raises JournalFull; after any other failure of the disk
        nothing is acknowledged any more."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, action)
        except OSError as problem:
            surprise("scribe", problem)
            self.failed.set()
            raise JournalUnavailable from problem

    def open_intentions(self, role: str | None) -> list[Entry]:
        """Oldest first; of one role, or of all."""
        found = self._log.ledger.open.values()
        return [entry for entry in found if role in (None, entry.role) and entry.index not in self._closing]

    async def head(self, *, fresh: bool) -> dict[str, Any]:
        """The published head; ``fresh``: publish first, so that it covers every acknowledged entry."""
        if fresh:
            await self._publish()
        published = self._log.published
        return {
            "size": published.tree.size,
            "root": published.tree.root().hex(),
            "checkpoint": published.note,
            "state": self._log.state,
            "vkey": self._log.vkey,
        }

    async def stop(self) -> None:
        """Write what waits, publish, and stop."""
        while self._running and not self.failed.is_set():
            await asyncio.wait([w.done for w in self._running.values()])
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        with contextlib.suppress(JournalFull, OSError):
            await self._publish()
        self._writer.shutdown()
        self._publisher.shutdown()

    def _claim(self, draft: Draft) -> None:
        assert draft.of is not None
        opened = self._log.ledger.open.get(draft.of)
        if opened is None or opened.chain != draft.chain or draft.of in self._closing:
            raise IntentionNotOpen(of=draft.of)
        self._closing.add(draft.of)

    async def _commit_groups(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue or (self.owed and self._log.state != "full"):
                if not await self._commit(self._take()) and not self._queue:
                    break

    def _take(self) -> list[_Waiting]:
        loop = asyncio.get_running_loop()
        group = [_Waiting(fact, "scribe", _fresh_id(), None, b"", loop.create_future()) for fact in self.owed]
        size, limit = 0, len(group) + self._group
        while self._queue and len(group) < limit and size < GROUP_BYTES:
            group.append(self._queue.popleft())
            size += len(group[-1].sealed)
        return self._stamped(group)

    def _stamped(self, group: list[_Waiting]) -> list[_Waiting]:
        stamped: list[_Waiting] = []
        for waiting in group:
            stamp, stepped = self._stamper.stamp(waiting.role)
            if stepped:
                stamped.append(self._fact(Draft("administration", "clock-step", object=stepped), stamp))
            try:
                waiting.leaf, waiting.time = leaf(waiting.draft, stamp, waiting.commitment), stamp.time
                stamped.append(waiting)
            except Exception as problem:  # noqa: BLE001 - one asker's bad entry must not stop the others'
                self._refuse(waiting, problem)
        return stamped

    def _fact(self, draft: Draft, stamp: Stamp) -> _Waiting:
        own = Stamp(stamp.time, stamp.boot, stamp.mono, "scribe")
        done = asyncio.get_running_loop().create_future()
        return _Waiting(draft, "scribe", _fresh_id(), None, b"", done, own.time, leaf(draft, own, None))

    async def _commit(self, group: list[_Waiting]) -> bool:
        if not group:
            return True
        records = [Record(waiting.number, waiting.leaf, waiting.sealed) for waiting in group]
        loop = asyncio.get_running_loop()
        try:
            first = await loop.run_in_executor(self._writer, self._log.append, records)
        except JournalFull as problem:
            for waiting in group:
                self._refuse(waiting, problem)
            return False
        except Exception as problem:  # noqa: BLE001 - after a failed sync nothing may be acknowledged: start again
            surprise("scribe", problem)
            self.failed.set()
            for waiting in [*group, *self._queue]:
                self._refuse(waiting, JournalUnavailable())
            self._queue.clear()
            return False
        self.owed.clear()
        for index, waiting in enumerate(group, first):
            self._acknowledge(index, waiting)
        self._dirty.set()
        return True

    def _acknowledge(self, index: int, waiting: _Waiting) -> None:
        ledger = self._log.ledger
        ledger.note(index, waiting.leaf)
        ledger.remember(waiting.role, waiting.number, index, waiting.time)
        self._forget(waiting)
        waiting.done.set_result(Written(index, waiting.time, self._log.state))

    def _refuse(self, waiting: _Waiting, problem: Exception) -> None:
        self._forget(waiting)
        if not waiting.done.done():
            waiting.done.set_exception(problem)
            waiting.done.exception()  # marked as seen: the asker may have left

    def _forget(self, waiting: _Waiting) -> None:
        self._running.pop((waiting.role, waiting.number), None)
        if waiting.draft.of is not None:
            self._closing.discard(waiting.draft.of)

    async def _publish_behind(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):  # a tick without entries: has the disk room again?
                await asyncio.wait_for(self._dirty.wait(), None if self._log.state == "ok" else 1.0)
            await asyncio.sleep(self._publish_after)
            self._dirty.clear()
            try:
                await self._publish()
            except JournalFull:
                note("scribe", "disk full: entries wait in staging for their checkpoint")
            except Exception as problem:  # noqa: BLE001 - a disk that fails here cannot be trusted with the rest
                surprise("scribe", problem)
                self.failed.set()
                return
            if self.owed:
                self._wake.set()

    async def _publish(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._publisher, self._publish_now)

    def _publish_now(self) -> None:
        self._log.reserve.refill()
        self._log.publish()


def _fresh_id() -> bytes:
    return os.urandom(16)
