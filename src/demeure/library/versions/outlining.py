"""The step of its line: sketch a document, find what says nearly the same, link or propose what it is a version of.

Linking is an effect, written before and after; a sketch is part of reading. Killed anywhere, the step runs again:
what it has done already it finds done.
"""

import asyncio
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from demeure.journal import Draft
from demeure.library.document import Document
from demeure.library.line import OWNER, Turn
from demeure.library.steps import OwnWork, Parts
from demeure.library.versions.kinship import Kin, Told, Verdict, kin, likeness, verdict
from demeure.library.versions.links import Links
from demeure.library.versions.marks import marks, told_day
from demeure.library.versions.outline import OUTLINE_VERSION, outline, texts
from demeure.store import Database

OUTLINED = "document-outline"
BY_ITSELF = {Verdict.LINK: "version-linked", Verdict.PROPOSE: "version-proposed"}
"""Verdict → name of the journal's entry."""
_ASKED = 3  # questions about one document
_BEGINNING = 4_000  # characters in which a text says from when it holds
_COMPARED = 200_000  # characters of two texts compared


@dataclass(frozen=True)
class Found:
    """Another document of the same title. ``kin``: seen from the other to the one being outlined."""

    other: Document
    kin: Kin
    verdict: Verdict

    @property
    def order(self) -> tuple[Any, ...]:
        m = marks(self.other.name)
        return (m.begins, m.ends, m.number or (1,), m.stage, self.other.added_at)


def _same_shelf(one: Document, other: Document) -> bool:
    """They did not come from folders of two subjects: « Voirie/2025/guide.pdf », « Écoles/2026/guide.pdf »."""
    folders = [row.origin.path.rpartition("/")[0] for row in (one, other)]
    return not all(folders) or marks(folders[0]).key == marks(folders[1]).key


class Outlining:
    """Composed by the pipeline."""

    def __init__(self, parts: Parts, own: OwnWork, links: Links) -> None:
        self._p, self._own, self._links = parts, own, links

    async def step(self, row: Document) -> Turn:
        database = await asyncio.to_thread(self._p.rooms.database, row.space)
        intention = await self._own.begun(row, OUTLINED)
        if intention is None:
            return Turn.LATER
        outcome = "interrupted"
        try:
            await asyncio.to_thread(outline, database, row.id)
            told = marks(row.name)
            period = (told.begins, told.ends) if told.begins else (row.written_on, row.written_on)
            begins, ends = (day or None for day in period)
            await self._own.set(row, durable=False, title_key=told.key, begins=begins, ends=ends)
            await self._kin(database, row, told.key)
            await self._own.set(row, durable=False, outlined=OUTLINE_VERSION)
            outcome = "done"
            return Turn.DONE
        finally:
            await self._own.closed(intention, outcome)

    async def _kin(self, database: Database, row: Document, key: str) -> None:
        found = await asyncio.to_thread(self._found, database, row, key) if key else []
        before = {one.other.id for one in found if one.kin.order > 0}
        after = {one.other.id for one in found if one.kin.order < 0}
        older = [one for one in found if one.verdict is Verdict.LINK and one.other.id in before]
        newer = [one for one in found if one.verdict is Verdict.LINK and one.other.id in after]
        if older:
            best = max(older, key=lambda one: one.order)
            await self._write(row, best, (row.id, best.other.id), after)
        if newer:
            best = min(newer, key=lambda one: one.order)
            await self._write(row, best, (best.other.id, row.id), before)
        if older or newer:
            return  # what it is near to in the line has been told: no question beside
        for one in [one for one in found if one.verdict is Verdict.PROPOSE][:_ASKED]:
            await self._write(row, one, (row.id, one.other.id) if one.kin.order > 0 else (one.other.id, row.id))

    def _found(self, database: Database, row: Document, key: str) -> list[Found]:
        others = self._links.same_title(row, key)
        if not others:
            return []
        mine = "\n".join(texts(database, row.id))[:_COMPARED]
        me = Told(marks(row.name), told_day(mine[:_BEGINNING]))
        found = []
        for other in others:
            theirs = "\n".join(texts(database, other.id))[:_COMPARED]
            seen = kin(Told(marks(other.name), told_day(theirs[:_BEGINNING])), me)
            said = verdict(seen, key, likeness(theirs, mine)) if seen.order else Verdict.NOTHING
            if said is Verdict.LINK and not _same_shelf(row, other):
                said = Verdict.PROPOSE
            if said:
                found.append(Found(other, seen, said))
        return found

    async def _write(self, row: Document, one: Found, pair: tuple[str, str], around: Collection[str] = ()) -> None:
        """Link or propose, unless that is done already, or somebody has said no."""
        document, former = pair
        about = await asyncio.to_thread(self._links.about, document)
        if any({link.document, link.former} == {document, former} for link in about):
            return
        chain = uuid4().hex
        told = {"former": former, "why": one.kin.why}
        draft = Draft(
            kind="administration",
            name=BY_ITSELF[one.verdict],
            phase="intention",
            chain=chain,
            actor=OWNER,
            space=row.space,
            object=document,
            decision="own work",
            payload=json.dumps(told).encode(),
        )
        intention = await self._p.journal.intention(draft)
        outcome = "interrupted"
        try:
            if one.verdict is Verdict.LINK:
                done = await asyncio.to_thread(self._links.place, *pair, one.kin.why, chain, around)
            else:
                done = await asyncio.to_thread(self._links.propose, *pair, one.kin.why, chain)
            outcome = "done" if done else "refused"
        finally:
            await self._own.closed(intention, outcome)
