"""Spaces and documents as people handle them: decided, written, done, in that order.

Adding is durable on return; deleting is complete; what an actor may not see does not exist for them.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from demeure.antivirus import DocumentInfected
from demeure.clock import Clock, iso
from demeure.errors import DemeureError
from demeure.identity import Membership, SpaceUnknown
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library.document import about, past_keeping
from demeure.library.erasing import drop_strays, erase
from demeure.library.errors import (
    DocumentLeaving,
    DocumentNotTaken,
    DocumentUnknown,
    DocumentUnseen,
    SpaceNameInvalid,
    SpaceNameTaken,
    UploadTooLarge,
)
from demeure.library.hidden import hidden_counts
from demeure.library.line import ABSENT, FULL
from demeure.library.listing import Cards
from demeure.library.naming import file_name, folder_path, visible
from demeure.library.pieces import Pieces
from demeure.library.rooms import Rooms
from demeure.library.shelf import UNKNOWN, Document, Origin, Shelf, Space
from demeure.library.written import written
from demeure.logs import surprise
from demeure.policy import HELD, THE_HOUSE, Action, Actor, Decision, Resource, Right, decide
from demeure.store import erase_space
from demeure.workshop import announced_format

OWNER = "gateway"
LEASE = timedelta(seconds=120)
_ERASING_SECONDS = 60.0


@dataclass(frozen=True)
class AlreadyPresent:
    """The same bytes are already in the space, as this document."""

    document: Document


class Library:
    """Composed by the gateway. Concurrent calls are welcome."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        shelf: Shelf,
        membership: Membership,
        journal: Journal,
        clock: Clock,
        upload_megabytes: int,
        nudge: Callable[[], None] = lambda: None,
        screened: bool = False,
    ) -> None:
        """``nudge``: tells the worker that there is something to do; it looks by itself anyway. ``screened``: an
        original is given once the antivirus has seen it."""
        self._rooms, self._shelf, self._membership, self._journal = rooms, shelf, membership, journal
        self._clock, self._limit, self._nudge, self._screened = clock, upload_megabytes, nudge, screened

    # -- spaces ---------------------------------------------------------------------------------------------------

    async def spaces(self, actor: Actor) -> list[tuple[Space, Right]]:
        """The spaces the actor may see, by name, with their right there."""
        places, counts, gathering = await asyncio.to_thread(
            lambda: (self._membership.spaces(actor), Counter(self._shelf.counts()), self._shelf.gathering())
        )
        rights = {place.id: place.right for place in places}
        counts -= await asyncio.to_thread(hidden_counts, Cards(self._shelf.house), actor, rights)
        return [(Space(p.id, p.name, counts[p.id], p.id in gathering), p.right) for p in places]

    async def readable(self, actor: Actor) -> dict[str, str]:
        """Space → name, of those the actor may see, by name."""
        return {place.id: place.name for place in await asyncio.to_thread(self._membership.spaces, actor)}

    async def create_space(self, actor: Actor, name: str) -> Space:
        """A new space with its own key; the actor manages it (a system actor: the administrators do).

        Raises Denied first; SpaceNameInvalid, SpaceNameTaken, AddingRefused.
        """
        name, space = " ".join(visible(name).split()), uuid4().hex
        decision = decide(actor, Action.SPACE_CREATE, Resource("space", id=space, name=name))
        if decision.allowed and not 1 <= len(name) <= 80:  # the right first: a wrong name is told to who may
            raise SpaceNameInvalid()
        draft = self._draft("space-create", actor, decision, space=None, object=space, payload=name[:80].encode())
        async with written(self._journal, draft, decision, adds=True):
            manager = actor.id if actor.kind == "person" else None
            if not await asyncio.to_thread(self._make_space, space, name, manager):
                raise SpaceNameTaken(name=name)
        return Space(space, name)

    def _make_space(self, space: str, name: str, manager: str | None) -> bool:
        self._rooms.keys.create_space(space)
        self._rooms.database(space)
        if self._shelf.add_space(space, name, manager):
            return True
        self._drop_space(space)
        return False

    def _drop_space(self, space: str) -> None:
        self._rooms.forget(space)
        erase_space(self._rooms.instance, self._rooms.keys, space)

    async def delete_space(self, actor: Actor, space: str) -> None:
        """Erase a space: its key first, then its files and rows. Raises SpaceUnknown, Denied."""
        right, row = await asyncio.to_thread(
            lambda: (self._membership.right(actor, space), self._shelf.space(space))
        )
        if row is None or right is Right.NONE:
            raise SpaceUnknown(space=space)
        held = await asyncio.to_thread(lambda: any(one.held for one in self._shelf.documents(space)))
        marks = frozenset({HELD} if held else ())  # a document's own hold keeps its space
        about_it = Resource("space", space, row.name, space, right=right, marks=marks)
        decision = decide(actor, Action.SPACE_DELETE, about_it)
        draft = self._draft("space-delete", actor, decision, space=None, object=space)
        async with written(self._journal, draft, decision):
            await asyncio.to_thread(self._finish_space, space)
        self._nudge()

    def _finish_space(self, space: str) -> None:
        self._shelf.mark_space(space)
        self._drop_space(space)
        self._shelf.remove_space(space)
        self._shelf.unquote_absent()

    # -- documents ------------------------------------------------------------------------------------------------

    async def documents(self, actor: Actor, space: str) -> list[Document]:
        """Newest first, those that the actor may see. Raises SpaceUnknown, Denied."""
        await self._require(actor, Action.SPACE_READ, space)
        right = await asyncio.to_thread(self._membership.right, actor, space)
        rows = await asyncio.to_thread(self._shelf.documents, space)
        return [row for row in rows if not row.sensitivity or _seen(actor, row, right)]

    async def document(self, actor: Actor, document: str) -> Document:
        """Raises DocumentUnknown, also for a document the actor may not see."""
        row = await asyncio.to_thread(self._shelf.document, document)
        if row is None or row.leaving:
            raise DocumentUnknown()
        right = await asyncio.to_thread(self._membership.right, actor, row.space)
        if not _seen(actor, row, right):
            raise DocumentUnknown()
        return row

    async def add(
        self, actor: Actor, space: str, name: str, stream: AsyncIterator[bytes], origin: Origin = UNKNOWN
    ) -> Document | AlreadyPresent:
        """Store a document; the worker reads it. Durable on return; when ``stream`` raises nothing is kept.

        Raises SpaceUnknown, Denied, AddingRefused, DocumentNameInvalid, UploadTooLarge, DocumentLeaving,
        DocumentInfected (the same bytes were recognised before), DocumentNotTaken (they are there, hidden from
        the actor), DiskFull.
        """
        name = file_name(name)
        right, row = await asyncio.to_thread(
            lambda: (self._membership.right(actor, space), self._shelf.space(space))
        )
        if row is None:
            raise SpaceUnknown(space=space)
        resource = Resource("document", name=row.name, space=space, right=right)
        decision = decide(actor, Action.DOCUMENT_ADD, resource)
        chain, document = uuid4().hex, uuid4().hex
        draft = self._draft(
            "document-add", actor, decision, space=space, object=document, payload=name.encode(), chain=chain
        )
        async with written(self._journal, draft, decision, adds=True) as work:
            sha256, size = await self._store(space, stream)
            new = Document(
                id=document,
                space=space,
                name=name,
                format=announced_format(name),
                size=size,
                sha256=sha256,
                state="received",
                chain=chain,
                added_by=actor.id,
                added_at=self._shelf.now(),
                origin=Origin(origin.door, folder_path(origin.path)),
            )
            same = await self._enter(new)
            if same is not None and same.leaving:
                raise DocumentLeaving()
            if same is not None and same.infected:
                await asyncio.to_thread(self._rooms.blobs(space).delete, sha256)
                raise DocumentInfected(name=same.infected)
            if same is not None and _veiled(actor, same, right):
                raise DocumentNotTaken()
            work.object = same.id if same else document
        self._nudge()
        return AlreadyPresent(same) if same else new

    async def _enter(self, new: Document) -> Document | None:
        """The row of what was just stored; when that fails the original goes too."""
        blobs = self._rooms.blobs(new.space)
        try:
            return await asyncio.to_thread(self._shelf.add, new, lambda: blobs.exists(new.sha256))
        except DemeureError:
            with contextlib.suppress(DemeureError):  # the first problem is the one to tell; recovery looks again
                await asyncio.to_thread(
                    self._shelf.drop_unclaimed, new.space, new.sha256, lambda: blobs.delete(new.sha256)
                )
            raise

    async def _store(self, space: str, stream: AsyncIterator[bytes]) -> tuple[str, int]:
        """The stream, encrypted on disk: (SHA-256, bytes). A thread writes; it takes each piece from this loop."""
        limit = self._limit << 20
        pieces = Pieces(stream, asyncio.get_running_loop(), limit, UploadTooLarge(limit=self._limit))
        try:
            stored = await asyncio.to_thread(lambda: self._rooms.blobs(space).put(pieces))
        finally:
            pieces.stop()
        return stored.sha256, stored.size

    async def original(self, actor: Actor, document: str) -> tuple[Document, Iterator[bytes]]:
        """The stored file, chunk by chunk (blocking iterator). Written before the first byte. Raises
        DocumentUnknown, Denied, DocumentUnseen, DocumentInfected, BlobMissing, BlobCorrupt."""
        row = await self.document(actor, document)
        right = await asyncio.to_thread(self._membership.right, actor, row.space)
        resource = about(row, right)
        decision = decide(actor, Action.DOCUMENT_OPEN, resource)
        draft = self._draft("document-open", actor, decision, space=row.space, object=row.id)
        async with written(self._journal, draft, decision):
            if row.infected or (self._screened and row.antivirus is None):
                raise DocumentInfected(name=row.infected) if row.infected else DocumentUnseen()
            chunks = await asyncio.to_thread(self._rooms.blobs(row.space).open, row.sha256)
        return row, chunks

    async def delete(self, actor: Actor, document: str) -> None:
        """Remove a document and everything made from it. Raises DocumentUnknown, Denied."""
        row = await self.document(actor, document)
        right = await asyncio.to_thread(self._membership.right, actor, row.space)
        resource = about(row, right, owner=row.added_by)
        decision = decide(actor, Action.DOCUMENT_DELETE, resource)
        draft = self._draft("document-delete", actor, decision, space=row.space, object=row.id)
        async with written(self._journal, draft, decision):
            await asyncio.to_thread(self._shelf.mark, row.id)
            await self._finish_document(row)

    async def expire(self, row: Document) -> None:
        """What its class keeps no longer is erased by the house itself. Raises Denied: a hold, a missing visa."""
        decision = decide(THE_HOUSE, Action.DOCUMENT_DELETE, past_keeping(row))
        decision.require()  # nothing is written each hour of what a hold keeps
        draft = self._draft("document-delete", THE_HOUSE, decision, space=row.space, object=row.id)
        async with written(self._journal, draft, decision):
            await asyncio.to_thread(self._shelf.mark, row.id)
            await self._finish_document(row)

    async def _finish_document(self, row: Document) -> None:
        """Erase it here when nobody works on it; otherwise its worker does, at its next step."""
        until = iso(self._clock.now() + LEASE)
        deadline = self._clock.monotonic() + _ERASING_SECONDS
        while await asyncio.to_thread(self._shelf.document, row.id) is not None:
            if await asyncio.to_thread(self._shelf.lease, row.id, OWNER, until):
                await asyncio.to_thread(erase, self._rooms, self._shelf, row)
                return
            if self._clock.monotonic() > deadline:
                return  # marked: invisible already, and the worker erases it when it lets go
            self._nudge()
            await asyncio.sleep(0.05)

    # -- after a crash --------------------------------------------------------------------------------------------

    async def recover(self) -> int:
        """Finish or close what this process left open when it died; the number of closings."""
        await asyncio.to_thread(self._shelf.release_all, OWNER)
        await asyncio.to_thread(self._shelf.unquote_absent)
        closed = 0
        for intention in await self._journal.open_intentions():
            finish = _FINISHES.get(intention.entry.name)
            if finish is not None:
                outcome = await self._finished(finish(self, intention))
                await self._journal.close(intention, outcome)
                closed += 1
        return closed

    async def _finished(self, work: Awaitable[str]) -> str:
        """Its outcome. What another moment mends is raised; damage in one space must not keep the house shut."""
        try:
            return await work
        except DemeureError as problem:
            if problem.http_status in (ABSENT, FULL):
                raise
            surprise(f"recovery {problem.code()}", problem)
            return "failed"

    async def _recover_add(self, intention: OpenIntention) -> str:
        row = await asyncio.to_thread(self._shelf.by_chain, intention.entry.chain)
        space = intention.entry.space
        if row is None and space in await asyncio.to_thread(self._shelf.living_spaces):
            await asyncio.to_thread(drop_strays, self._rooms, self._shelf, str(space))
        return "done" if row else "interrupted"

    async def _recover_delete(self, intention: OpenIntention) -> str:
        row = await asyncio.to_thread(self._shelf.document, intention.entry.object)
        if row is None:
            return "done"
        if not row.leaving:
            return "interrupted"
        await self._finish_document(row)
        return "done"

    async def _recover_space_create(self, intention: OpenIntention) -> str:
        space = intention.entry.object
        if await asyncio.to_thread(self._shelf.space, space):
            return "done"
        await asyncio.to_thread(self._drop_space, space)
        return "interrupted"

    async def _recover_space_delete(self, intention: OpenIntention) -> str:
        space = intention.entry.object
        living = await asyncio.to_thread(self._shelf.living_spaces)
        if space in living:
            return "interrupted"
        await asyncio.to_thread(self._finish_space, space)
        return "done"

    async def _recover_open(self, _intention: OpenIntention) -> str:
        return "interrupted"

    # -- shared ---------------------------------------------------------------------------------------------------

    async def _require(self, actor: Actor, action: Action, space: str) -> None:
        row, right = await asyncio.to_thread(
            lambda: (self._shelf.space(space), self._membership.right(actor, space))
        )
        if row is None:
            raise SpaceUnknown(space=space)
        decide(actor, action, Resource("space", id=space, name=row.name, space=space, right=right)).require()

    def _draft(
        self,
        name: str,
        actor: Actor,
        decision: Decision,
        *,
        space: str | None,
        object: str,  # noqa: A002 - the entry's own word
        payload: bytes = b"",
        chain: str = "",
    ) -> Draft:
        return Draft(
            kind="administration",
            name=name,
            phase="intention",
            chain=chain or uuid4().hex,
            actor=actor.id,
            space=space,
            object=object,
            decision=decision.rule,
            payload=payload,
        )


_FINISHES = {
    "document-add": Library._recover_add,
    "document-delete": Library._recover_delete,
    "document-open": Library._recover_open,
    "space-create": Library._recover_space_create,
    "space-delete": Library._recover_space_delete,
}


def _veiled(actor: Actor, row: Document, right: Right) -> bool:
    """Would « already there, under this name » tell of a document that the policy hides from the actor? Folders and
    the machine are told; so is a program, of what it brought itself."""
    told = actor.kind not in ("person", "application") or (actor.kind == "application" and row.added_by == actor.id)
    return bool(row.sensitivity) and not told and not _seen(actor, row, right)


def _seen(actor: Actor, row: Document, right: Right) -> bool:
    """May the actor see this document? ``right``: theirs, on its space."""
    return decide(actor, Action.DOCUMENT_READ, about(row, right)).allowed
