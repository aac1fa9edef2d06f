"""The document row is the job: leased, read, indexed, embedded, ready; killed anywhere, it goes on where it was.

Two lines run side by side, so that a new document is searchable while older ones still get their vectors.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from demeure.clock import Clock, iso
from demeure.engine import Embedder
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library import indexing
from demeure.library.erasing import erase
from demeure.library.errors import WorkInterrupted
from demeure.library.rooms import Rooms
from demeure.library.search.query import French
from demeure.library.shelf import Document, Shelf
from demeure.logs import surprise
from demeure.workshop import DocumentUnreadable, JobFailed, Part, ReadLimits, ReadSummary, Workshop, WorkshopBusy

OWNER = "worker"
LEASE = timedelta(seconds=120)
IDLE_SECONDS = 2.0  # the worker is nudged; this is how long a lost nudge can cost
PAUSE = timedelta(seconds=2)
BEAT_SECONDS = 0.5  # how long a deletion may wait for the worker to let go
ATTEMPTS = 3
DEATHS = 20
"""A job that fails is tried three times. A worker that dies while reading is usually not the document's fault."""


@dataclass(frozen=True)
class Parts:
    """What the two lines are made of. ``embedder``: one that yields to interactive work between small batches."""

    rooms: Rooms
    shelf: Shelf
    journal: Journal
    workshop: Workshop
    embedder: Embedder
    model: str
    clock: Clock
    batch: int = 32
    tell: Callable[[Document], None] = lambda _document: None


class Pipeline:
    """``run()`` until cancelled. ``nudge()`` from the same loop wakes it."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._french = French()
        self._reserve = False
        self._wake = {"read": asyncio.Event(), "embed": asyncio.Event()}

    def nudge(self) -> None:
        """Something was added or is to be erased."""
        for event in self._wake.values():
            event.set()

    async def run(self) -> None:
        """Recover, then work for ever."""
        await self.recover()
        async with asyncio.TaskGroup() as lines:
            lines.create_task(self._line("read", ("received", "reading"), self._read))
            lines.create_task(self._line("embed", ("searchable",), self._embed))

    async def recover(self) -> None:
        """A worker that just started has no predecessor alive: its leases and intentions are free."""
        await asyncio.to_thread(self._p.shelf.release_all, OWNER)
        for intention in await self._p.journal.open_intentions():
            if intention.entry.name not in _DONE:
                continue
            row = await asyncio.to_thread(self._p.shelf.document, intention.entry.object)
            done = row is not None and row.state in _DONE[intention.entry.name]
            await self._p.journal.close(intention, "done" if done else "interrupted")

    async def _line(self, name: str, states: tuple[str, ...], step: Callable[[Document], Awaitable[bool]]) -> None:
        owner, wake = f"{OWNER}-{name}", self._wake[name]
        while True:
            wake.clear()
            row = await asyncio.to_thread(self._p.shelf.lease_next, owner, states, self._until())
            if row is None:
                self._p.rooms.keep_only(await asyncio.to_thread(self._p.shelf.living_spaces))
                await self._sleep(wake, IDLE_SECONDS)
                continue
            went_on = False
            try:
                went_on = await self._handle(row, owner, step)
            finally:
                # one that could not go on is kept aside for a moment, so that the others have their turn
                pause = None if went_on else iso(self._p.clock.now() + PAUSE)
                await asyncio.shield(asyncio.to_thread(self._p.shelf.release, row.id, owner, pause))
            self._wake["embed" if name == "read" else "read"].set()

    async def _handle(self, row: Document, owner: str, step: Callable[[Document], Awaitable[bool]]) -> bool:
        """False: nothing could be done for now."""
        try:
            if row.leaving or not await self._held(row, owner, step):
                current = await asyncio.to_thread(self._p.shelf.document, row.id)
                if current is not None and current.leaving:
                    await asyncio.to_thread(erase, self._p.rooms, self._p.shelf, current)
                    return True
                return False
        except DemeureError as problem:
            surprise(f"worker {row.id[:8]} {problem.code()}", problem)
            return False
        except Exception as problem:  # noqa: BLE001 - one document's surprise must not stop the others' work
            surprise(f"worker {row.id[:8]}", problem)
            return False
        return True

    async def _held(self, row: Document, owner: str, step: Callable[[Document], Awaitable[bool]]) -> bool:
        """Run ``step`` while its lease is renewed; stop it when the document is being deleted. False: stopped."""
        work = asyncio.ensure_future(step(row))
        beat = asyncio.create_task(self._beat(row, owner, work))
        try:
            await asyncio.wait({work})
            return not work.cancelled() and work.result()
        finally:
            beat.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})

    async def _beat(self, row: Document, owner: str, work: "asyncio.Future[bool]") -> None:
        due = self._p.clock.monotonic() + LEASE.total_seconds() / 4
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            current = await asyncio.to_thread(self._p.shelf.document, row.id)
            if current is None or current.leaving:
                work.cancel()
                return
            if self._p.clock.monotonic() >= due:
                due = self._p.clock.monotonic() + LEASE.total_seconds() / 4
                if not await asyncio.to_thread(self._p.shelf.renew, row.id, owner, self._until()):
                    work.cancel()
                    return

    async def _sleep(self, wake: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await wake.wait()

    def _until(self) -> str:
        return iso(self._p.clock.now() + LEASE)

    # -- reading --------------------------------------------------------------------------------------------------

    async def _read(self, row: Document) -> bool:
        if row.attempts >= DEATHS:
            return await self._failed(row, WorkInterrupted(times=row.attempts))
        intention = await self._begun(row, "document-read")
        if intention is None:
            return False
        await self._set(row, state="reading", attempts=row.attempts + 1)
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        await asyncio.to_thread(indexing.clear, database, row.id)
        outcome = "failed"
        try:
            summary, count = await self._index(row)
            await asyncio.to_thread(indexing.durable, database)
            kept = await self._set(
                row,
                state="searchable",
                pages=summary.pages or None,
                characters=summary.characters,
                passages=count,
                embedded=0,
                flags=dict(summary.flags) or None,
            )
            outcome = "done"
            return kept
        except (DocumentUnreadable, JobFailed) as problem:
            await asyncio.to_thread(indexing.clear, database, row.id)
            if isinstance(problem, WorkshopBusy):  # says nothing of this document: not an attempt
                await self._set(row, attempts=row.attempts)
                return False
            if isinstance(problem, JobFailed) and row.attempts + 1 < ATTEMPTS:
                return False
            return await self._failed(row, problem)
        finally:
            await self._closed(intention, outcome)

    async def _failed(self, row: Document, problem: DemeureError) -> bool:
        params = {k: v if isinstance(v, str | int | float) else str(v) for k, v in problem.params.items()}
        return await self._set(row, state="failed", reason={"code": problem.code(), "params": params})

    async def _index(self, row: Document) -> tuple[ReadSummary, int]:
        """Read in the workshop and index in a thread at the same time: memory holds a few parts."""
        parts: queue.Queue[Part | None] = queue.Queue(maxsize=32)
        left = threading.Event()
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        title = row.name.rsplit(".", 1)[0].replace("-", " ").replace("_", " ")
        indexed = asyncio.create_task(
            asyncio.to_thread(indexing.index, database, self._french, row.id, title, _drain(parts, left))
        )
        try:
            summary = await self._pour(row, parts, indexed)
        except BaseException:
            left.set()
            with contextlib.suppress(Exception):
                await asyncio.shield(indexed)
            raise
        await _put(parts, None, indexed)
        return summary, await indexed

    async def _pour(
        self, row: Document, parts: "queue.Queue[Part | None]", indexed: "asyncio.Task[int]"
    ) -> ReadSummary:
        summary: ReadSummary | None = None
        chunks = await asyncio.to_thread(self._p.rooms.blobs(row.space).open, row.sha256)
        async with contextlib.aclosing(_asynchronous(chunks)) as stream:
            reading = self._p.workshop.read(stream, name=row.name, format=row.format, limits=ReadLimits())
            async for answer in reading:
                if isinstance(answer, ReadSummary):
                    summary = answer
                else:
                    await _put(parts, answer, indexed)
        if summary is None:
            raise JobFailed(detail="summary")
        return summary

    # -- embedding ------------------------------------------------------------------------------------------------

    async def _embed(self, row: Document) -> bool:
        """Batches in the order of the passages; the next is computed while one is written."""
        if not await self._p.embedder.ready():
            return False
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        intention = await self._begun(row, "document-embed")
        if intention is None:
            return False
        outcome = "interrupted"
        try:
            done = await self._batches(row)
            if done is None:
                return False
            await asyncio.to_thread(indexing.durable, database)
            await self._set(row, state="ready", embedded=done)
            outcome = "done"
            return True
        finally:
            await self._closed(intention, outcome)

    async def _batches(self, row: Document) -> int | None:
        """Passages embedded in all; None when the document must be let go."""
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        done = await asyncio.to_thread(indexing.embedded_count, database, row.id)
        after = 0
        writing: asyncio.Task[None] | None = None
        try:
            while found := await self._next_batch(row, after):
                if not await asyncio.to_thread(self._p.shelf.renew, row.id, f"{OWNER}-embed", self._until()):
                    return None
                texts = [passage.text for passage in found if passage.cached is None]
                embedded = await self._p.embedder.embed(texts, "passage") if texts else _none()
                if writing is not None:
                    await writing
                after, done = found[-1].id, done + len(found)
                writing = asyncio.create_task(self._write_vectors(row, found, embedded, done))
        finally:
            if writing is not None:
                await writing
        return done

    async def _next_batch(self, row: Document, after: int) -> list[indexing.Unembedded]:
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        return await asyncio.to_thread(indexing.unembedded, database, row.id, self._p.model, after, self._p.batch)

    async def _write_vectors(
        self,
        row: Document,
        found: list[indexing.Unembedded],
        embedded: NDArray[np.float32],
        done: int,
    ) -> None:
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        await asyncio.to_thread(indexing.store_vectors, database, self._p.model, found, embedded)
        await self._set(row, durable=False, embedded=done)

    # -- shared ---------------------------------------------------------------------------------------------------

    async def _set(self, row: Document, *, durable: bool = True, **values: object) -> bool:
        kept = await asyncio.to_thread(lambda: self._p.shelf.update(row.id, durable=durable, **values))
        current = await asyncio.to_thread(self._p.shelf.document, row.id)
        if current is not None:
            self._p.tell(current)
        return kept

    def _draft(self, row: Document, name: str) -> Draft:
        return Draft(
            kind="input",
            name=name,
            chain=row.chain,
            actor=OWNER,
            space=row.space,
            object=row.id,
            decision="own work",
        )

    async def _begun(self, row: Document, name: str) -> OpenIntention | None:
        """The intention, written; None while the journal lives on its reserve (asked without writing from then on:
        an entry every two seconds would use the reserve up)."""
        if self._reserve and (await self._p.journal.head()).state != "ok":
            return None
        intention = await self._p.journal.intention(self._draft(row, name))
        self._reserve = not intention.may_add
        if self._reserve:
            await self._closed(intention, "refused")
            return None
        return intention

    async def _closed(self, intention: OpenIntention, outcome: str) -> None:
        await asyncio.shield(asyncio.create_task(self._p.journal.close(intention, outcome)))


_DONE = {"document-read": ("searchable", "ready"), "document-embed": ("ready",)}


def _none() -> NDArray[np.float32]:
    return np.empty((0, 384), np.float32)


def _drain(parts: "queue.Queue[Part | None]", left: threading.Event) -> Iterator[Part]:
    while not left.is_set():
        with contextlib.suppress(queue.Empty):
            part = parts.get(timeout=0.2)
            if part is None:
                return
            yield part


async def _put(parts: "queue.Queue[Part | None]", part: Part | None, consumer: "asyncio.Task[int]") -> None:
    """Put without holding the loop; raises what the consumer raised if it died."""
    while True:
        if consumer.done():
            consumer.result()
            raise JobFailed(detail="index")
        try:
            parts.put_nowait(part)
            return
        except queue.Full:
            await asyncio.sleep(0.002)


async def _asynchronous(chunks: Iterator[bytes]) -> AsyncGenerator[bytes]:
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk
