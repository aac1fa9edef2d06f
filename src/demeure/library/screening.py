"""Before a document is read it is shown to the antivirus, when there is one: the only place where any does.

Who holds the bytes then is the worker, which parses none of them; what is recognised is refused, and its bytes go.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from demeure.antivirus import Antivirus, AntivirusAbsent, AntivirusDeclined, DocumentInfected
from demeure.clock import iso
from demeure.errors import DemeureError
from demeure.journal import Draft, OpenIntention
from demeure.library.line import OWNER
from demeure.library.shelf import Document
from demeure.library.steps import OwnWork, Parts, asynchronous
from demeure.logs import note
from demeure.store.tables import documents

ENTRY = "document-screened"
CLEAN, INFECTED, UNSEEN = "clean", "infected", "unseen"
LOOK_SECONDS = 20.0


class Screening:
    """One instance for the line that reads."""

    def __init__(self, parts: Parts, own: OwnWork) -> None:
        self._p, self._own = parts, own

    async def passed(self, row: Document) -> None:
        """Returns when the document may be read: seen, or let through unseen as the settings say, which its row
        then says. Raises DocumentInfected, AntivirusAbsent, AntivirusDeclined."""
        antivirus = self._p.antivirus
        if antivirus is None or (row.antivirus or {}).get("verdict") == CLEAN:
            return
        intention = await self._p.journal.intention(_draft(row))
        outcome, told = "failed", b""
        try:
            found = await self._verdict(antivirus, row)
            told = json.dumps(found, ensure_ascii=False).encode()
            outcome = "refused" if found["verdict"] == INFECTED else "done"
            await self._own.set(row, antivirus=found)
            if found["verdict"] == INFECTED:
                problem = DocumentInfected(name=found["name"])
                await self._own.failed(row, problem)
                await asyncio.to_thread(self._p.rooms.blobs(row.space).delete, row.sha256)
                raise problem
        finally:
            await asyncio.shield(asyncio.create_task(self._p.journal.close(intention, outcome, payload=told)))

    async def _verdict(self, antivirus: Antivirus, row: Document) -> dict[str, Any]:
        at = iso(self._p.clock.now())
        try:
            chunks = await asyncio.to_thread(self._p.rooms.blobs(row.space).open, row.sha256)
            async with contextlib.aclosing(asynchronous(chunks)) as stream:
                seen = await antivirus.look(stream)
        except (AntivirusAbsent, AntivirusDeclined) as problem:
            if not self._p.unseen_allowed:
                raise
            return {"verdict": UNSEEN, "name": str(problem.params.get("detail", "")), "by": "", "at": at}
        return {"verdict": INFECTED if seen.name else CLEAN, "name": seen.name, "by": seen.by, "at": at}

    async def left_by_a_crash(self, intention: OpenIntention) -> str:
        """What was recognised just before is not kept. Its outcome."""
        row = await asyncio.to_thread(self._p.shelf.document, intention.entry.object)
        verdict = (row.antivirus or {}).get("verdict") if row else None
        if row is not None and verdict == INFECTED:
            await self._own.failed(row, DocumentInfected(name=str((row.antivirus or {}).get("name", ""))))
            await asyncio.to_thread(self._p.rooms.blobs(row.space).delete, row.sha256)
            return "refused"
        return "done" if verdict else "interrupted"


async def take_up(parts: Parts, nudge: Callable[[], None]) -> None:
    """For ever: once the antivirus answers again, what was refused without it is received again; what it recognised
    and a watched folder brought once more goes once more."""
    while parts.antivirus is not None:
        try:
            await asyncio.to_thread(_forget, parts)
            if await parts.antivirus.answers():
                code = AntivirusAbsent.code()
                if await asyncio.to_thread(parts.shelf.take_up, code):
                    nudge()
        except DemeureError as problem:
            note("worker", f"antivirus: {problem.code()}")
        await asyncio.sleep(LOOK_SECONDS)


def _forget(parts: Parts) -> None:
    c = documents.c
    recognised = sa.func.json_extract(c.antivirus, "$.verdict") == INFECTED
    with parts.shelf.house.read() as db:
        rows = db.execute(sa.select(c.space, c.sha256).where(recognised)).all()
    for row in rows:
        parts.rooms.blobs(row.space).delete(row.sha256)


def _draft(row: Document) -> Draft:
    return Draft(
        kind="extension",
        name=ENTRY,
        phase="intention",
        chain=row.chain,
        actor=OWNER,
        space=row.space,
        object=row.id,
        decision="own work",
    )
