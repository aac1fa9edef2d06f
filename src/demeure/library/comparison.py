"""Two documents that one may read, compared; written in the journal before a word of it is given."""

import asyncio
import json
from dataclasses import dataclass
from uuid import uuid4

import sqlalchemy as sa

from demeure.journal import Draft, Journal
from demeure.library.comparing import Comparison, Text, compare
from demeure.library.document import Document
from demeure.library.errors import NotReadYet
from demeure.library.library import Library
from demeure.library.rooms import Rooms
from demeure.library.superseding import SEARCHABLE
from demeure.policy import Actor
from demeure.store.space_tables import parts

AT_ONCE = 1
"""Comparisons that are computed at the same time: each may take a second of one core."""


@dataclass(frozen=True)
class Compared:
    """What ``newer`` says otherwise than ``former``."""

    former: Document
    newer: Document
    found: Comparison


class Comparing:
    """Composed by the gateway. Any two documents, of any spaces."""

    def __init__(self, *, library: Library, rooms: Rooms, journal: Journal) -> None:
        self._library, self._rooms, self._journal = library, rooms, journal
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def compare(self, actor: Actor, former: str, newer: str) -> Compared:
        """Raises DocumentUnknown, also for one that the actor may not see; NotReadYet; the journal's errors."""
        rows = [await self._library.document(actor, one) for one in (former, newer)]
        for row in rows:
            if row.state not in SEARCHABLE:
                raise NotReadYet(name=row.name)
        chain = uuid4().hex
        for row, other in (rows, rows[::-1]):
            await self._write(actor, row, other, chain)
        async with self._turn:
            found = await asyncio.to_thread(lambda: compare(*(self._texts(row) for row in rows)))
        return Compared(rows[0], rows[1], found)

    async def _write(self, actor: Actor, row: Document, other: Document, chain: str) -> None:
        draft = Draft(
            kind="retrieval",
            name="document-compared",
            chain=chain,
            actor=actor.id,
            space=row.space,
            object=row.id,
            decision="reader",
            payload=json.dumps({"with": other.id}).encode(),
        )
        await self._journal.record(draft)

    def _texts(self, row: Document) -> list[Text]:
        query = sa.select(parts.c.place, parts.c.text).where(parts.c.document == row.id)
        with self._rooms.database(row.space).read() as db:
            found = db.execute(query.order_by(parts.c.ordinal)).all()
        return [Text(one.place, one.text, one.place.get("kind") == "cells") for one in found]
