"""The document row is the job: leased, read, indexed, embedded, ready; killed anywhere, it goes on where it was.

Lines run side by side: a new document is searchable while pages of older ones are recognised and others get their
vectors.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from demeure.antivirus import AntivirusAbsent, AntivirusDeclined, DocumentInfected
from demeure.engine import DIMENSIONS, ContextTooLong, EngineChanged, EngineRefused
from demeure.errors import DemeureError
from demeure.library import indexing, screening
from demeure.library.company import RUNNERS, Company, columns
from demeure.library.errors import MeaningRefused, WorkInterrupted
from demeure.library.examining import EXAMINED, Examining
from demeure.library.line import ABSENT, FULL, OWNER, Line, Turn
from demeure.library.naming import message_name
from demeure.library.recognising import (
    TO_RECOGNISE,
    WITHOUT_DATA,
    Pictures,
    Recognition,
    pages_left,
    take_up,
)
from demeure.library.renewal import ENTRY as GIVEN_UP
from demeure.library.renewal import Renewal
from demeure.library.search.query import French
from demeure.library.shelf import Document
from demeure.library.steps import ATTEMPTS, DEATHS, OwnWork, Parts, asynchronous, title_of, unnamed
from demeure.library.superseding import SEARCHABLE
from demeure.library.together import Together
from demeure.library.versions.links import Links
from demeure.library.versions.outline import OUTLINE_VERSION
from demeure.library.versions.outlining import BY_ITSELF, OUTLINED, Outlining
from demeure.logs import note
from demeure.personal import EDITION
from demeure.workshop import (
    DocumentHasNoText,
    DocumentUnreadable,
    JobFailed,
    LanguageDataMissing,
    Part,
    ReadLimits,
    ReadSummary,
    WorkshopBusy,
)

READERS = 4
"""Documents on their way at once: one is read by its job while another is indexed and others reach the disk."""

_AGAIN_SECONDS = 0.5
_REINDEX_SECONDS = 60.0
"""Only a new release makes older indexes; a document just read, or renamed, wakes the lines by itself."""


class Pipeline:
    """``run()`` until cancelled. ``nudge()`` from the same loop wakes it."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._own = OwnWork(parts.shelf, parts.journal)
        self._french = French()
        self._also: set[Line] = set()
        self._together = Together(parts.shelf, parts.rooms)
        self._screening = screening.Screening(parts, self._own)
        self._failures: dict[str, int] = {}
        self._renewal, self._links = Renewal(parts), Links(parts.shelf.house, parts.clock)
        recognition, place = Recognition(parts, self._own, self._french), (parts.shelf, parts.rooms, parts.clock)
        self._readers = tuple(
            Line(*place, f"read-{n}", ("received", "reading"), self._read, alone=True) for n in range(READERS)
        )
        self._company = tuple(
            Company(f"company-{n}", parts, self._own, self._screening, self._read, self._together)
            for n in range(RUNNERS)
        )
        self._embedding = Line(*place, "embed", ("searchable",), self._embed, ready=parts.embedder.ready)
        self._recognising = Line(*place, "recognise", ("reading", "searchable"), recognition.step, pictures=True)
        self._reindexing = Line(
            *(*place, "reindex", ("searchable", "ready"), self._reindex),
            older_than=("index_version", indexing.INDEX_VERSION),
            idle=_REINDEX_SECONDS,
        )
        self._outlining = Line(
            *(*place, "outline", SEARCHABLE, Outlining(parts, self._own, self._links).step),
            older_than=("outlined", OUTLINE_VERSION),
            idle=_REINDEX_SECONDS,
            ready=self._all_begun,
        )
        self._examining = Line(
            *(*place, "examine", SEARCHABLE, Examining(parts, self._own).step),
            older_than=("personal", EDITION),
            idle=_REINDEX_SECONDS,
            ready=self._all_begun,
        )
        self._lines = (
            *(*self._readers, *self._company, self._embedding, self._recognising),
            *(self._reindexing, self._outlining, self._examining),
        )

    async def _all_begun(self) -> bool:
        """What is dropped by the thousand is searchable first, told apart from its former versions then."""
        return not await asyncio.to_thread(self._p.shelf.waits_to_be_read)

    def nudge(self) -> None:
        """Something was added or is to be erased, or another model was chosen."""
        self._nudge_lines()
        self._renewal.wake.set()

    def _went_on(self) -> None:
        """A step was made: what may be left to do of its document. Lines that are not about it are left alone: each
        look is a question to the database, and thousands of documents may come."""
        self._renewal.wake.set()
        for line in (*self._readers[:1], self._embedding, self._outlining, *self._also):
            line.wake.set()

    def _nudge_lines(self) -> None:
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
                running.create_task(line.run(self._went_on))
            running.create_task(take_up(self._p, self.nudge))
            running.create_task(screening.take_up(self._p, self.nudge))
            running.create_task(self._renewal.watch(self._nudge_lines))

    async def recover(self) -> None:
        """A worker that just started has no predecessor alive: its leases and intentions are free."""
        await asyncio.to_thread(self._p.shelf.release_all, OWNER)
        for intention in await self._p.journal.open_intentions():
            if intention.entry.name == GIVEN_UP:
                await self._p.journal.close(intention, await self._renewal.left_by_a_crash(intention))
            if intention.entry.name == screening.ENTRY:
                await self._p.journal.close(intention, await self._screening.left_by_a_crash(intention))
            if intention.entry.name in BY_ITSELF.values():
                linked = await asyncio.to_thread(self._links.written, intention.entry.chain)
                await self._p.journal.close(intention, "done" if linked else "interrupted")
            if intention.entry.name not in _DONE:
                continue
            row = await asyncio.to_thread(self._p.shelf.document, intention.entry.object)
            done = row is not None and _DONE[intention.entry.name](row)
            await self._p.journal.close(intention, "done" if done else "interrupted")

    # -- reading --------------------------------------------------------------------------------------------------

    async def _read(self, row: Document) -> Turn:
        if row.attempts >= DEATHS:
            return await self._failed(row, WorkInterrupted(times=row.attempts))
        intention = await self._own.begun(row, "document-read")
        if intention is None:
            return Turn.LATER
        outcome = "failed"
        try:
            await self._screening.passed(row)
            fresh = {"attempts": row.attempts + 1, "flags": None, "personal": None}
            await self._own.set(row, durable=False, state="reading", **fresh)
            await self._indexed(row)
            outcome = "done"
            return Turn.DONE
        except DocumentInfected:
            outcome = "refused"
            return Turn.DONE
        except (DocumentUnreadable, JobFailed, AntivirusAbsent, AntivirusDeclined) as problem:
            return await self._unread(row, problem)
        except DemeureError as problem:
            if problem.http_status in (ABSENT, FULL):  # not this document's fault
                with contextlib.suppress(DemeureError):
                    await self._own.set(row, attempts=row.attempts)
            raise
        finally:
            await self._own.closed(intention, outcome)

    async def _indexed(self, row: Document) -> None:
        """From nothing to searchable, or to pages that wait to be recognised."""
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        await asyncio.to_thread(indexing.clear, database, row.id)
        summary, count = await self._index(row)
        if not count and TO_RECOGNISE not in summary.flags:
            raise _nothing(summary)
        await self._own.suspected(row, summary.flags)
        named = message_name(summary.title, summary.author, summary.written_on) if unnamed(row) else ""
        told = columns(summary, count)
        if named:  # its name is part of what is searched
            told |= {"name": named, "index_version": 0}
        await self._together.settle(row, **told)
        self._failures.pop(row.id, None)
        self._also |= {self._reindexing} if named else set()
        self._also |= {self._recognising} if TO_RECOGNISE in summary.flags else set()

    async def _unread(self, row: Document, problem: DemeureError) -> Turn:
        """Nothing is kept of a reading that did not end. The file's own fault is its state at once, a job's and an
        antivirus away after ATTEMPTS of them."""
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        await asyncio.to_thread(indexing.clear, database, row.id)
        if isinstance(problem, WorkshopBusy):  # says nothing of this document: not an attempt
            await self._own.set(row, attempts=row.attempts)
            return Turn.ASIDE
        failures = self._failures.get(row.id, 0) + 1
        if isinstance(problem, JobFailed | AntivirusAbsent) and failures < ATTEMPTS:
            self._failures[row.id] = failures
            return Turn.ASIDE
        return await self._failed(row, problem)

    async def _failed(self, row: Document, problem: DemeureError) -> Turn:
        self._failures.pop(row.id, None)
        return await self._own.failed(row, problem)

    async def _index(self, row: Document) -> tuple[ReadSummary, int]:
        """Read in the workshop and index in a thread at the same time: memory holds a few parts."""
        parts: queue.Queue[Part | None] = queue.Queue(maxsize=32)
        left = threading.Event()
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        indexed = asyncio.create_task(
            asyncio.to_thread(indexing.index, database, self._french, row.id, title_of(row), _drain(parts, left))
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
        pictures = Pictures(bool(await asyncio.to_thread(self._p.languages)))
        chunks = await asyncio.to_thread(self._p.rooms.blobs(row.space).open, row.sha256)
        async with contextlib.aclosing(asynchronous(chunks)) as stream:
            reading = self._p.workshop.read(stream, name=row.name, format=row.format, limits=ReadLimits())
            async for answer in reading:
                if isinstance(answer, ReadSummary):
                    summary = answer
                elif (part := pictures.sorted(answer)) is not None:
                    await _put(parts, part, indexed)
        if summary is None:
            raise JobFailed(detail="summary")
        return pictures.told(summary)

    # -- embedding ------------------------------------------------------------------------------------------------

    async def _embed(self, row: Document) -> Turn:
        """Batches in the order of the passages; the next is computed while one is written."""
        if not await self._p.embedder.ready():
            return Turn.LATER
        async with self._renewal.embedding(row.space) as model:
            turn = Turn.LATER if model is None else await self._embedded(row, model.sha256)
            if turn is Turn.DONE:
                await self._renewal.finished(row.space)
            return turn

    async def _embedded(self, row: Document, model: str) -> Turn:
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        intention = await self._own.begun(row, "document-embed")
        if intention is None:
            return Turn.LATER
        outcome = "interrupted"
        try:
            done = await self._batches(row, model)
            if done is None:
                return Turn.ASIDE
            await asyncio.to_thread(indexing.durable, database)
            await self._own.set(row, state="ready", embedded=done, reason=None)
            outcome = "done"
            return Turn.DONE
        except (
            EngineRefused,
            ContextTooLong,
        ) as problem:  # the list says why it waits
            outcome = "failed"
            await self._own.held(row, MeaningRefused(detail=problem.code()))
            raise
        finally:
            await self._own.closed(intention, outcome)

    async def _batches(self, row: Document, model: str) -> int | None:
        """Passages embedded in all; None when the document must be let go."""
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        done = await asyncio.to_thread(indexing.embedded_count, database, row.id)
        after = 0
        writing: asyncio.Task[None] | None = None
        try:
            while found := await self._next_batch(row, model, after):
                if not await self._embedding.renew(row):
                    return None
                texts = [passage.text for passage in found if passage.cached is None]
                embedded = await self._vectors(texts, model)
                if writing is not None:
                    await writing
                after, done = found[-1].id, done + len(found)
                writing = asyncio.create_task(self._write_vectors(row, model, found, embedded, done))
        finally:
            if writing is not None:
                await writing
        return done

    async def _vectors(self, texts: list[str], model: str) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, DIMENSIONS), np.float32)
        made = await self._p.embedder.embedded(texts, "passage")
        if made.model != model:
            raise EngineChanged()
        return made.vectors

    async def _next_batch(self, row: Document, model: str, after: int) -> list[indexing.Unembedded]:
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        return await asyncio.to_thread(indexing.unembedded, database, row.id, model, after, self._p.batch)

    async def _write_vectors(
        self,
        row: Document,
        model: str,
        found: list[indexing.Unembedded],
        embedded: NDArray[np.float32],
        done: int,
    ) -> None:
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        await asyncio.to_thread(indexing.store_vectors, database, model, found, embedded)
        await self._own.set(row, durable=False, embedded=done)

    # -- an older index -------------------------------------------------------------------------------------------

    async def _reindex(self, row: Document) -> Turn:
        """The words of a document that an earlier release indexed; it stays found meanwhile."""
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        intention = await self._own.begun(row, "document-reindex")
        if intention is None:
            return Turn.LATER
        outcome = "interrupted"
        try:
            await asyncio.to_thread(indexing.reindex, database, self._french, row.id)
            await self._own.set(row, index_version=indexing.INDEX_VERSION)
            outcome = "done"
            return Turn.DONE
        finally:
            await self._own.closed(intention, outcome)


def _nothing(summary: ReadSummary) -> DocumentUnreadable:
    """Why no word of it can be searched."""
    if WITHOUT_DATA in summary.flags:
        return LanguageDataMissing()
    return DocumentHasNoText()


_DONE: dict[str, Callable[[Document], bool]] = {
    "document-read": lambda row: row.state in ("searchable", "ready") or pages_left(row) > 0,
    "document-recognise": lambda row: row.state in ("searchable", "ready") and not pages_left(row),
    EXAMINED: lambda row: row.personal is not None,
    OUTLINED: lambda row: row.outlined >= OUTLINE_VERSION,
    "document-embed": lambda row: row.state == "ready",
    "document-reindex": lambda row: (
        row.state in ("searchable", "ready") and row.index_version >= indexing.INDEX_VERSION
    ),
}


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
