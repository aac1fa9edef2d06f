"""The document row is the job: leased, read, indexed, embedded, ready; killed anywhere, it goes on where it was.

Two lines run side by side, so that a new document is searchable while older ones still get their vectors.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demeure.clock import Clock
from demeure.engine import Embedder
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library import indexing
from demeure.library.errors import WorkInterrupted
from demeure.library.line import ABSENT, FULL, OWNER, Line, Turn
from demeure.library.rooms import Rooms
from demeure.library.search.query import French
from demeure.library.shelf import Document, Shelf
from demeure.logs import note
from demeure.workshop import DocumentUnreadable, JobFailed, Part, ReadLimits, ReadSummary, Workshop, WorkshopBusy

_AGAIN_SECONDS = 0.5
_REINDEX_SECONDS = 60.0  # only a new release makes older indexes: looking for them is not urgent
ATTEMPTS = 3
DEATHS = 20
"""A job that fails is tried three times. A worker that dies while reading is usually not the document's fault, and
a journal, a workshop or a disk that is not there never is."""


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


class Pipeline:
    """``run()`` until cancelled. ``nudge()`` from the same loop wakes it."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._french = French()
        self._reserve = False
        self._failures: dict[str, int] = {}
        self._lines = (
            Line(parts.shelf, parts.rooms, parts.clock, "read", ("received", "reading"), self._read),
            Line(parts.shelf, parts.rooms, parts.clock, "embed", ("searchable",), self._embed),
            Line(
                *(parts.shelf, parts.rooms, parts.clock, "reindex", ("searchable", "ready"), self._reindex),
                older_than=indexing.INDEX_VERSION,
                idle=_REINDEX_SECONDS,
            ),
        )

    def nudge(self) -> None:
        """Something was added or is to be erased."""
        for line in self._lines:
            line.wake.set()

    async def run(self) -> None:
        """Recover, then work for ever. A journal or a database that does not answer is waited for."""
        recovered = False
        while not recovered:
            try:
                await self.recover()
                recovered = True
            except DemeureError as problem:
                note("worker", f"recovery waits: {problem.code()}")
                await asyncio.sleep(_AGAIN_SECONDS)
        async with asyncio.TaskGroup() as running:
            for line in self._lines:
                running.create_task(line.run(self.nudge))

    async def recover(self) -> None:
        """A worker that just started has no predecessor alive: its leases and intentions are free."""
        await asyncio.to_thread(self._p.shelf.release_all, OWNER)
        for intention in await self._p.journal.open_intentions():
            if intention.entry.name not in _DONE:
                continue
            row = await asyncio.to_thread(self._p.shelf.document, intention.entry.object)
            done = row is not None and _done(intention.entry.name, row)
            await self._p.journal.close(intention, "done" if done else "interrupted")

    # -- reading --------------------------------------------------------------------------------------------------

    async def _read(self, row: Document) -> Turn:
        if row.attempts >= DEATHS:
            return await self._failed(row, WorkInterrupted(times=row.attempts))
        intention = await self._begun(row, "document-read")
        if intention is None:
            return Turn.LATER
        outcome = "failed"
        try:
            await self._set(row, state="reading", attempts=row.attempts + 1)
            await self._indexed(row)
            outcome = "done"
            return Turn.DONE
        except (DocumentUnreadable, JobFailed) as problem:
            return await self._unread(row, problem)
        except DemeureError as problem:
            if problem.http_status in (ABSENT, FULL):  # not this document's fault
                with contextlib.suppress(DemeureError):
                    await self._set(row, attempts=row.attempts)
            raise
        finally:
            await self._closed(intention, outcome)

    async def _indexed(self, row: Document) -> None:
        """From nothing to searchable."""
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        await asyncio.to_thread(indexing.clear, database, row.id)
        summary, count = await self._index(row)
        await asyncio.to_thread(indexing.durable, database)
        await self._set(
            row,
            state="searchable",
            pages=summary.pages or None,
            characters=summary.characters,
            passages=count,
            embedded=0,
            flags=dict(summary.flags) or None,
            author=summary.author or None,
            written_on=summary.written_on or None,
            index_version=indexing.INDEX_VERSION,
        )
        self._failures.pop(row.id, None)

    async def _unread(self, row: Document, problem: DemeureError) -> Turn:
        """Nothing is kept of a reading that did not end. The file's own fault is its state at once, a job's after
        ATTEMPTS of them."""
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        await asyncio.to_thread(indexing.clear, database, row.id)
        if isinstance(problem, WorkshopBusy):  # says nothing of this document: not an attempt
            await self._set(row, attempts=row.attempts)
            return Turn.ASIDE
        failures = self._failures.get(row.id, 0) + 1
        if isinstance(problem, JobFailed) and failures < ATTEMPTS:
            self._failures[row.id] = failures
            return Turn.ASIDE
        return await self._failed(row, problem)

    async def _failed(self, row: Document, problem: DemeureError) -> Turn:
        self._failures.pop(row.id, None)
        params = {k: v if isinstance(v, str | int | float) else str(v) for k, v in problem.params.items()}
        await self._set(row, state="failed", reason={"code": problem.code(), "params": params})
        return Turn.DONE

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

    async def _embed(self, row: Document) -> Turn:
        """Batches in the order of the passages; the next is computed while one is written."""
        if not await self._p.embedder.ready():
            return Turn.LATER
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        intention = await self._begun(row, "document-embed")
        if intention is None:
            return Turn.LATER
        outcome = "interrupted"
        try:
            done = await self._batches(row)
            if done is None:
                return Turn.ASIDE
            await asyncio.to_thread(indexing.durable, database)
            await self._set(row, state="ready", embedded=done)
            outcome = "done"
            return Turn.DONE
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
                if not await self._lines[1].renew(row):
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

    # -- an older index -------------------------------------------------------------------------------------------

    async def _reindex(self, row: Document) -> Turn:
        """The words of a document that an earlier release indexed; it stays found meanwhile."""
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        intention = await self._begun(row, "document-reindex")
        if intention is None:
            return Turn.LATER
        outcome = "interrupted"
        try:
            await asyncio.to_thread(indexing.reindex, database, self._french, row.id)
            await self._set(row, index_version=indexing.INDEX_VERSION)
            outcome = "done"
            return Turn.DONE
        finally:
            await self._closed(intention, outcome)

    # -- shared ---------------------------------------------------------------------------------------------------

    async def _set(self, row: Document, *, durable: bool = True, **values: object) -> None:
        await asyncio.to_thread(lambda: self._p.shelf.update(row.id, durable=durable, **values))

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


_DONE: dict[str, tuple[str, ...]] = {
    "document-read": ("searchable", "ready"),
    "document-embed": ("ready",),
    "document-reindex": ("searchable", "ready"),
}


def _done(name: str, row: Document) -> bool:
    """Is what the intention of that name promised visible in the row?"""
    current = name != "document-reindex" or row.index_version >= indexing.INDEX_VERSION
    return row.state in _DONE[name] and current


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
