"""The step of its line: what an earlier release read is examined for personal data, from the text that was kept.

A job of the workshop looks, as it does at a reading; it counts and keeps nothing. One that fails leaves the
document « not examined », and is not tried for ever. Killed anywhere, the step runs again.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import sqlalchemy as sa

from demeure.library import marks
from demeure.library.document import Document
from demeure.library.line import Turn
from demeure.library.steps import OwnWork, Parts
from demeure.store.space_tables import parts as part_table
from demeure.workshop import DocumentUnreadable, JobFailed, ReadSummary, WorkshopBusy

EXAMINED = "document-examine"
_AT_ONCE = 50


class Examining:
    """Composed by the pipeline; it lets questions pass first."""

    def __init__(self, parts: Parts, own: OwnWork) -> None:
        self._p, self._own = parts, own

    async def step(self, row: Document) -> Turn:
        """Its marks, on its row."""
        await self._p.turn()
        intention = await self._own.begun(row, EXAMINED)
        if intention is None:
            return Turn.LATER
        outcome = "interrupted"
        try:
            try:
                kinds = await self._kinds(row)
            except WorkshopBusy:
                return Turn.ASIDE
            except (DocumentUnreadable, JobFailed):
                kinds = None
            await self._own.set(row, personal=marks.kept(kinds) or marks.given_up())
            outcome = "failed" if kinds is None else "done"
            return Turn.DONE
        finally:
            await self._own.closed(intention, outcome)

    async def _kinds(self, row: Document) -> dict[str, int] | None:
        stream = self._text(row)
        try:
            async for answer in self._p.workshop.read(stream, name="texte.txt", format="txt"):
                if isinstance(answer, ReadSummary):
                    return dict(answer.personal) if answer.personal is not None else None
        finally:
            await stream.aclose()
        return None

    async def _text(self, row: Document) -> AsyncGenerator[bytes]:
        """What was read of it, part after part, a few at a time."""
        database, after = await asyncio.to_thread(self._p.rooms.database, row.space), -1
        p = part_table.c

        def some() -> list[Any]:
            query = sa.select(p.ordinal, p.text).where(p.document == row.id, p.ordinal > after)
            with database.read() as db:
                return list(db.execute(query.order_by(p.ordinal).limit(_AT_ONCE)).all())

        while found := await asyncio.to_thread(some):
            yield "".join(f"{one.text}\n\n" for one in found).encode()
            after = found[-1].ordinal
