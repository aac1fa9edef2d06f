"""The text of a whole document, for a task that reads it from end to end: decided, written, then given."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from demeure.identity import Membership
from demeure.journal import Draft, Journal
from demeure.library.chunking import headings_of
from demeure.library.document import about
from demeure.library.errors import DocumentUnknown
from demeure.library.rooms import Rooms
from demeure.library.shelf import Document, Shelf
from demeure.library.whole import passages_of
from demeure.policy import Action, Actor, decide, in_force


@dataclass(frozen=True)
class Read:
    """A passage of it, without what ends the one before. ``headings``: those above it and its own, outermost
    first."""

    id: int
    place: Mapping[str, Any]
    text: str
    headings: tuple[str, ...] = ()


class FullText:
    """Rights are asked at every reading; what one may not see does not exist."""

    def __init__(self, *, rooms: Rooms, shelf: Shelf, membership: Membership, journal: Journal) -> None:
        self._rooms, self._shelf, self._membership, self._journal = rooms, shelf, membership, journal

    async def allowed(self, actor: Actor, document: str) -> Document:
        """Its row. Raises DocumentUnknown."""
        row, _ = await asyncio.to_thread(self._allowed, actor, document)
        return row

    async def read(self, actor: Actor, document: str, chain: str) -> tuple[Document, tuple[Read, ...]]:
        """The document and its passages in order; ``chain``: the work that reads it. Raises DocumentUnknown, the
        journal's errors."""
        row, rule = await asyncio.to_thread(self._allowed, actor, document)
        found = await asyncio.to_thread(self._passages, row)
        told = json.dumps({"passages": [each.id for each in found]}).encode()
        await self._journal.record(
            Draft(
                kind="retrieval",
                name="document-read",
                chain=chain,
                actor=actor.id,
                space=row.space,
                object=row.id,
                decision=rule,
                payload=told,
            )
        )
        return row, found

    def _allowed(self, actor: Actor, document: str) -> tuple[Document, str]:
        row = self._shelf.document(document)
        if row is None or row.leaving:
            raise DocumentUnknown()
        right = self._membership.right(actor, row.space)
        resource = replace(about(row, right), model=in_force().writer)  # a task reads it: the model will
        decision = decide(actor, Action.DOCUMENT_READ, resource)
        if not decision.allowed:
            raise DocumentUnknown()
        return row, decision.rule

    def _passages(self, row: Document) -> tuple[Read, ...]:
        found = passages_of(self._rooms.database(row.space), row.id)
        return tuple(
            Read(one.id, one.place, one.text[one.again :], headings_of(one.place, one.context)) for one in found
        )
