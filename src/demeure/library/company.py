"""Small plain documents, read many at a time: one job, one transaction and one wait for the disk for all of them.

Each keeps its own intention, its own closing and its own verdict: what is not plainly read in company, whatever the
reason, goes to the lines that read one document at a time (docs/adr/2026-11-26-reading-in-company.md).
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from demeure.antivirus import AntivirusAbsent, AntivirusDeclined, DocumentInfected
from demeure.errors import DemeureError
from demeure.journal import OpenIntention
from demeure.library import indexing, marks
from demeure.library.line import ABSENT, BEAT_SECONDS, FULL, LEASE, Line, Step, Turn
from demeure.library.screening import Screening
from demeure.library.search.query import French
from demeure.library.shelf import Document
from demeure.library.steps import OwnWork, Parts, title_of
from demeure.library.together import Together
from demeure.logs import note, surprise
from demeure.store import BlobCorrupt, BlobMissing
from demeure.workshop import (
    COMPANIONS,
    COMPANY_BYTES,
    Companion,
    DocumentUnreadable,
    JobFailed,
    Reading,
    ReadSummary,
    WorkshopBusy,
)

CROWD = 16
"""From so many at once they are made searchable first: personal data, two fifths of a job, are looked for when the
house is idle (examining.py)."""
RUNNERS = 3
"""One is read by its job while another is indexed, and a third waits for the disk."""

_Read = tuple[Document, Reading]


def columns(summary: ReadSummary, passages: int) -> dict[str, object]:
    """What the row of a document that was just read says of it."""
    return {
        "state": "searchable" if passages else "reading",
        "pages": summary.pages or None,
        "characters": summary.characters,
        "passages": passages,
        "embedded": 0,
        "flags": dict(summary.flags) or None,
        "personal": marks.kept(summary.personal, summary.unexamined),
        "author": summary.author or None,
        "written_on": summary.written_on or None,
        "index_version": indexing.INDEX_VERSION,
        "outlined": 0,
    }


class Company(Line):
    """``alone``: the step of the lines that read one document; one that has no company is theirs at once.
    ``settling``: shared with them."""

    def __init__(
        self, name: str, parts: Parts, own: OwnWork, screening: Screening, alone: Step, settling: Together
    ) -> None:
        super().__init__(parts.shelf, parts.rooms, parts.clock, name, ("received",), alone)
        self._p, self._own, self._screening, self._together = parts, own, screening, settling
        self._french = French()

    async def run(self, went_on: Callable[[], None]) -> None:
        """Until cancelled; as Line.run."""
        while True:
            self.wake.clear()
            rows = await self._leased_together()
            turn = Turn.LATER
            if len(rows) == 1:
                turn = await self.take(rows[0])
            elif rows:
                turn = await self._taken(rows)
            if turn is Turn.DONE:
                went_on()
            elif turn is Turn.LATER:
                await self._sleep()

    async def _leased_together(self) -> list[Document]:
        try:
            return await asyncio.to_thread(
                self._shelf.lease_company, self._owner, self._until(), COMPANIONS, COMPANY_BYTES
            )
        except DemeureError as problem:
            self._waits(problem)
            return []

    async def _taken(self, rows: Sequence[Document]) -> Turn:
        work = asyncio.ensure_future(self._read_all(rows))
        beat = asyncio.create_task(self._watch(rows, work))
        turn = Turn.LATER
        try:
            await asyncio.wait({work})
            turn = Turn.DONE if work.cancelled() else work.result()
        except DemeureError as problem:
            self._waits(problem)
        except Exception as problem:  # noqa: BLE001 - one surprise must not stop the others' work
            surprise("worker company", problem)
        finally:
            beat.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait({work})
            await asyncio.shield(self._let_go(rows))
        return turn

    async def _watch(self, rows: Sequence[Document], work: "asyncio.Future[Turn]") -> None:
        """Their lease is renewed. Whoever deletes one of them waits for it: all are put back, and taken again
        without it."""
        ids = [row.id for row in rows]
        due = self._clock.monotonic() + LEASE.total_seconds() / 4
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with contextlib.suppress(DemeureError):
                gone = await asyncio.to_thread(self._shelf.any_leaving, ids)
                if not gone and self._clock.monotonic() >= due:
                    due = self._clock.monotonic() + LEASE.total_seconds() / 4
                    held = await asyncio.to_thread(self._shelf.lease_all, ids, self._owner, self._until())
                    gone = len(held) < len(ids)
                if gone:
                    work.cancel()
                    return

    async def _let_go(self, rows: Sequence[Document]) -> None:
        while True:
            try:
                return await asyncio.to_thread(self._shelf.release_those, [row.id for row in rows], self._owner)
            except DemeureError as problem:
                self._waits(problem)
                await asyncio.sleep(BEAT_SECONDS)

    async def _read_all(self, rows: Sequence[Document]) -> Turn:
        await self._p.turn()  # nobody waits for the last of a thousand documents
        opened: dict[str, OpenIntention] = {}
        outcomes = dict.fromkeys((row.id for row in rows), "interrupted")
        try:
            if not await self._begun(rows, opened):
                return Turn.LATER
            rows = await self._seen(rows, outcomes)
            await self._told(rows, state="reading", attempts=1, flags=None)
            done = await self._indexed(rows)
            outcomes |= dict.fromkeys(done, "done")
            return Turn.DONE
        except (asyncio.CancelledError, WorkshopBusy):  # says nothing of these documents
            await asyncio.shield(self._put_back(rows))
            raise
        except (DocumentUnreadable, JobFailed) as problem:
            note("worker", f"{len(rows)} documents are read one by one: {problem.code()}")
            return Turn.DONE
        except DemeureError as problem:
            if problem.http_status in (ABSENT, FULL):
                await self._put_back(rows)
            raise
        finally:
            closings = [self._own.closed(intention, outcomes[one]) for one, intention in opened.items()]
            await asyncio.gather(*closings, return_exceptions=True)  # what is owed is given later: journal/owed.py

    async def _begun(self, rows: Sequence[Document], opened: dict[str, OpenIntention]) -> bool:
        """Every intention is written; False while the journal lives on its reserve."""
        found = await asyncio.gather(
            *(self._own.begun(row, "document-read") for row in rows), return_exceptions=True
        )
        opened |= {row.id: one for row, one in zip(rows, found, strict=True) if isinstance(one, OpenIntention)}
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return len(opened) == len(rows)

    async def _seen(self, rows: Sequence[Document], outcomes: dict[str, str]) -> list[Document]:
        """Those that the antivirus lets through."""
        if self._p.antivirus is None:
            return list(rows)
        passed = []
        for row in rows:
            try:
                await self._screening.passed(row)
                passed.append(row)
            except DocumentInfected:
                outcomes[row.id] = "refused"
            except (AntivirusAbsent, AntivirusDeclined):  # said by the lines that read one by one
                await self._told([row], state="reading", attempts=1)
        return passed

    async def _indexed(self, rows: Sequence[Document]) -> list[str]:
        """Those that can be searched now."""
        files = await asyncio.to_thread(self._files, rows)
        known = [row for row in rows if row.id in files]
        if not known:
            return []
        together = [files[row.id] for row in known]
        answers = await self._p.workshop.read_together(together, marked=len(together) < CROWD)
        read = [(row, one) for row, one in zip(known, answers, strict=True) if one is not None]
        written = asyncio.ensure_future(self._written(read))
        try:
            return await asyncio.shield(written)
        except asyncio.CancelledError:  # a thread that writes is not stopped: nobody may take them before its end
            await asyncio.wait({written})
            raise

    async def _written(self, read: list[_Read]) -> list[str]:
        if not read:
            return []
        database = await asyncio.to_thread(self._p.rooms.database, read[0][0].space)
        documents = [(row.id, title_of(row), one.parts) for row, one in read]
        counts = await asyncio.to_thread(indexing.index_all, database, self._french, documents)
        read = [(row, one) for row, one in read if counts[row.id]]
        await asyncio.gather(*(self._own.suspected(row, one.summary.flags) for row, one in read))
        await asyncio.gather(*(self._settled(row, one.summary, counts[row.id]) for row, one in read))
        return [row.id for row, _ in read]

    async def _settled(self, row: Document, summary: ReadSummary, count: int) -> None:
        await self._together.settle(row, **columns(summary, count))

    def _files(self, rows: Sequence[Document]) -> dict[str, Companion]:
        """The originals; one that cannot be opened is left to the reading that says so."""
        found = {}
        for row in rows:
            with contextlib.suppress(BlobMissing, BlobCorrupt):
                data = b"".join(self._p.rooms.blobs(row.space).open(row.sha256))
                found[row.id] = Companion(row.name, row.format, data)
        return found

    async def _told(self, rows: Sequence[Document], **values: object) -> None:
        ids = [row.id for row in rows]
        await asyncio.to_thread(lambda: self._shelf.update_those(ids, **values))

    async def _put_back(self, rows: Sequence[Document]) -> None:
        with contextlib.suppress(DemeureError):
            await self._told(rows, state="received", attempts=0)
