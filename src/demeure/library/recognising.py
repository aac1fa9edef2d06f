"""Pages that are pictures become text, page after page, behind everything else: each page is kept as it comes.

The row's flags say how far it is (« pages-to-recognise »); the stored parts are the truth (scans.py).
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from demeure.errors import DemeureError
from demeure.library import indexing, marks, scans
from demeure.library.line import Turn
from demeure.library.search.query import French
from demeure.library.shelf import Document
from demeure.library.steps import ATTEMPTS, DEATHS, OwnWork, Parts, asynchronous, title_of
from demeure.logs import note
from demeure.store import Database
from demeure.workshop import (
    DocumentHasNoText,
    DocumentUnreadable,
    JobFailed,
    JobTooLong,
    Language,
    LanguageDataAltered,
    LanguageDataMissing,
    Part,
    ReadLimits,
    ReadSummary,
    WorkshopBusy,
)

POOR = 86
"""Confidence under which a page is said to be poorly recognised: see docs/measures.md."""

TO_RECOGNISE, WITHOUT_DATA = "pages-to-recognise", "pages-without-language-data"
ATTACHED = "attached-pictures"
ATTACHED_MOST = 200
"""Pictures inside the attachments of one document that are recognised: each job opens the whole of it again."""

BATCH = 50
"""Pages asked of one job, which does as many as a few seconds allow."""

LOOK_SECONDS = 10.0
LIMITS = ReadLimits(seconds=240.0)
"""The last page of a job may be a large one, on a machine that has better to do."""


@dataclass
class Pictures:
    """What becomes of the pictures of a document that is being read. ``readable``: there is language data;
    ``attached``: of ``pages`` and beyond them, those inside attachments."""

    readable: bool
    pages: int = 0
    attached: int = 0

    def sorted(self, part: Part) -> Part | None:
        """The part as it is to be indexed: one that waits, or what the file itself says of the page, or nothing."""
        if part.kind != "image":
            return part
        inside = "inside" in part.place
        self.attached += inside
        if self.readable and not (inside and self.attached > ATTACHED_MOST):
            self.pages += 1
            return scans.kept_for_later(part, self.attached if inside else 0)
        self.pages += not inside or self.attached <= ATTACHED_MOST
        return replace(part, kind="text") if part.text.strip() else None

    def told(self, summary: ReadSummary) -> ReadSummary:
        """The summary with the pages that wait."""
        flag = TO_RECOGNISE if self.readable else WITHOUT_DATA
        beyond = max(self.attached - ATTACHED_MOST, 0)
        told = {name: times for name, times in ((flag, self.pages), (ATTACHED, beyond)) if times}
        return replace(summary, flags={**summary.flags, **told}, unexamined=self.pages + beyond)


def pages_left(row: Document) -> int:
    """Pages that are still to be recognised."""
    return (row.flags or {}).get(TO_RECOGNISE, 0)


async def take_up(parts: Parts, nudge: Callable[[], None]) -> None:
    """For ever: once language data is there, what could not be read without is received again."""
    known: Sequence[Language] = ()
    while True:
        try:
            found = await asyncio.to_thread(parts.languages)
            if found and not known:
                await asyncio.to_thread(parts.shelf.take_up, LanguageDataMissing.code(), WITHOUT_DATA)
                nudge()
            known = found
        except DemeureError as problem:
            note("worker", f"language data: {problem.code()}")
        await asyncio.sleep(LOOK_SECONDS)


class Recognition:
    """The step of its line: all waiting pages of one document, a job at a time."""

    def __init__(self, parts: Parts, own: OwnWork, french: French) -> None:
        self._p, self._own, self._french = parts, own, french
        self._failures: dict[tuple[str, int], int] = {}

    async def step(self, row: Document) -> Turn:
        languages = await asyncio.to_thread(self._p.languages)
        if not languages:  # removed since: it is received again as without them
            await self._own.set(row, state="received", flags=None)
            return Turn.DONE
        intention = await self._own.begun(row, "document-recognise")
        if intention is None:
            return Turn.LATER
        outcome = "interrupted"
        try:
            database = await asyncio.to_thread(self._p.rooms.database, row.space)
            found = await asyncio.to_thread(scans.progress, database, row.id)
            await self._own.set(row, attempts=row.attempts + 1)
            if row.attempts >= DEATHS and found.waiting:  # this page ends its worker
                await self._keep(row, database, found, _nothing(found.waiting[0]))
            while found.waiting:
                await self._p.turn()
                if not await self._job(row, database, found, languages):
                    return Turn.ASIDE
            # the words of the pages just recognised are counted with the document's others; durable
            await asyncio.to_thread(indexing.reindex, database, self._french, row.id)
            outcome = "done"
            return await self._finished(row, found)
        finally:
            await self._own.closed(intention, outcome)

    async def _job(
        self, row: Document, database: Database, found: scans.Progress, languages: Sequence[Language]
    ) -> bool:
        """Some pages more; False when the document is to be put aside for a moment."""
        pages = [waiting.page for waiting in found.waiting[:BATCH]]
        try:
            chunks = await asyncio.to_thread(self._p.rooms.blobs(row.space).open, row.sha256)
            async with contextlib.aclosing(asynchronous(chunks)) as stream:
                answers = self._p.workshop.recognise(
                    stream, name=row.name, format=row.format, pages=pages, languages=languages, limits=LIMITS
                )
                done = 0
                async for answer in answers:
                    if isinstance(answer, Part):
                        await self._keep(row, database, found, answer)
                        done += 1
                    else:
                        await self._examined(row, answer, done)
        except (WorkshopBusy, LanguageDataAltered):
            return False
        except (DocumentUnreadable, JobFailed) as problem:
            return await self._unread(row, database, found, problem)
        return True

    async def _examined(self, row: Document, summary: ReadSummary, pages: int) -> None:
        """What one job found of personal data, added to what the row says. A job that died leaves its pages
        unexamined, and the document with them."""
        known = await asyncio.to_thread(self._p.shelf.document, row.id)
        if known is not None:
            personal = marks.more(known.personal, summary.personal, pages)
            await self._own.set(row, durable=False, personal=personal)

    async def _unread(
        self, row: Document, database: Database, found: scans.Progress, problem: DemeureError
    ) -> bool:
        """The page at which the job failed is tried again, then left without text; the others go on."""
        if not found.waiting:
            return True
        page = found.waiting[0]
        key = (row.id, page.page)
        self._failures[key] = self._failures.get(key, 0) + 1
        note("worker", f"{row.id[:8]} page {page.page}: {problem.code()}")
        again = isinstance(problem, JobFailed) and not isinstance(problem, JobTooLong)
        if again and self._failures[key] < ATTEMPTS:
            return False
        del self._failures[key]
        await self._keep(row, database, found, _nothing(page))
        return True

    async def _keep(self, row: Document, database: Database, found: scans.Progress, part: Part) -> None:
        """One page is done: stored, indexed, told."""
        page = found.waiting[0]
        seen = {name: part.place[name] for name in ("confidence", "turn") if name in part.place}
        part = replace(part, place={**page.place, **seen})
        if not part.text and page.text.strip():  # what the file itself said of it is better than nothing
            part = replace(part, text=page.text, kind="text")
        title = title_of(row)
        made = await asyncio.to_thread(scans.keep, database, self._french, row.id, title, page.ordinal, part)
        del found.waiting[0]
        scans.count(found, part.place, part.text)
        found.passages, found.characters = found.passages + made, found.characters + len(part.text)
        await self._own.set(
            row,
            durable=False,
            state="searchable" if found.passages else "reading",
            passages=found.passages,
            characters=found.characters,
            attempts=0,
            flags=_flags(row, found),
        )

    async def _finished(self, row: Document, found: scans.Progress) -> Turn:
        if not found.passages:
            return await self._own.failed(row, DocumentHasNoText())
        flags = _flags(row, found) or {}
        if found.orders:
            await self._own.suspected(row, flags)
        await self._own.set(row, state="searchable", attempts=0, flags=flags or None)
        return Turn.DONE


def _nothing(page: scans.WaitingPage) -> Part:
    return Part({**page.place, "confidence": 0}, "", "image")


def _flags(row: Document, found: scans.Progress) -> dict[str, int] | None:
    """What the reading noticed, and how the recognition goes."""
    told = {
        TO_RECOGNISE: len(found.waiting),
        "pages-recognised": len(found.confidences),
        "pages-poorly-recognised": sum(confidence < POOR for confidence in found.confidences),
        "pages-without-text": found.blank,
        "pages-turned": found.turned,
        "pages-with-orders": found.orders,
        "recognition-confidence": round(mean(found.confidences)) if found.confidences else 0,
    }
    others = {name: times for name, times in (row.flags or {}).items() if name not in told}
    return others | {name: times for name, times in told.items() if times} or None
