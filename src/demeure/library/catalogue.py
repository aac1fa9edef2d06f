"""A space's documents as one looks through them: filtered, sorted, page by page; tagged and erased many at a time.

Rights first, the journal before the effect; tags change for all the documents named or for none, and a deletion of
many hides them all at one instant.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

from demeure.clock import Clock, iso
from demeure.identity import Membership, SpaceUnknown
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library.document import about
from demeure.library.erasing import erase_all
from demeure.library.errors import DocumentUnknown, TagInvalid, TooManyAtOnce
from demeure.library.hidden import hidden
from demeure.library.library import LEASE, OWNER
from demeure.library.listing import Cards, Facets, Shown
from demeure.library.naming import visible
from demeure.library.rooms import Rooms
from demeure.library.shelf import Document, Shelf
from demeure.library.wanted import Wanted
from demeure.library.written import written
from demeure.policy import Action, Actor, Decision, Resource, Right, decide

MOST_AT_ONCE = 1000
TAG_CHARACTERS = 40
TAGS_AT_ONCE = 20
_WRITTEN_AT_ONCE = 100  # intentions sent to the journal together: it writes them as one
_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Page:
    """``documents``: those of page ``number`` of ``pages`` (1 at least); ``total``: that match. ``facets``: what
    the whole space holds, to choose filters from."""

    documents: tuple[Shown, ...]
    total: int
    number: int
    pages: int
    facets: Facets


class Catalogue:
    """Composed by the gateway, beside the library. Concurrent calls are welcome."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        shelf: Shelf,
        cards: Cards,
        membership: Membership,
        journal: Journal,
        clock: Clock,
        nudge: Callable[[], None] = lambda: None,
    ) -> None:
        self._rooms, self._shelf, self._cards, self._membership = rooms, shelf, cards, membership
        self._journal, self._clock, self._nudge = journal, clock, nudge

    # -- looking --------------------------------------------------------------------------------------------------

    async def page(self, actor: Actor, space: str, wanted: Wanted, number: int = 1, size: int = 50) -> Page:
        """A page of the space's list; one beyond the last is the last. Raises SpaceUnknown, Denied."""
        wanted = await self._seen(actor, space, wanted)
        return await asyncio.to_thread(self._page, space, wanted, number, size)

    async def _seen(self, actor: Actor, space: str, wanted: Wanted) -> Wanted:
        """``wanted``, without what the actor may not see there. Raises SpaceUnknown, Denied."""
        await self._allowed(actor, space)
        right = await asyncio.to_thread(self._membership.right, actor, space)
        away = await asyncio.to_thread(hidden, self._cards, actor, {space: right})
        return replace(self._dated(wanted), hidden=away)

    def _page(self, space: str, wanted: Wanted, number: int, size: int) -> Page:
        total = self._cards.count(space, wanted)
        pages = max(1, -(-total // size))
        number = min(max(1, number), pages)
        rows = self._cards.page(space, wanted, (number - 1) * size, size) if total else ()
        return Page(tuple(rows), total, number, pages, self._cards.facets(space, self.today(), wanted.hidden))

    def today(self) -> str:
        """YYYY-MM-DD."""
        return iso(self._clock.now())[:10]

    def _dated(self, wanted: Wanted) -> Wanted:
        return replace(wanted.checked(), today=self.today())

    async def shown(self, actor: Actor, documents: Sequence[str]) -> list[Shown]:
        """Those of ``documents`` that the actor may see, in that order; the others do not exist."""
        return await asyncio.to_thread(self._shown_to, actor, documents)

    def _shown_to(self, actor: Actor, documents: Sequence[str]) -> list[Shown]:
        with self._cards.together():
            rights = {p.id: p.right for p in self._membership.spaces(actor)}
            away = hidden(self._cards, actor, rights)
            found = self._cards.named(list(documents[:MOST_AT_ONCE]), without=away)
        by_id = {
            one.document.id: one
            for one in found
            if decide(actor, Action.DOCUMENT_READ, _resource(one.document, rights)).allowed
        }
        return [by_id[i] for i in dict.fromkeys(documents) if i in by_id]

    async def matching(self, actor: Actor, space: str, wanted: Wanted) -> list[str]:
        """Ids of all the documents of a list, MOST_AT_ONCE + 1 at most. Raises SpaceUnknown, Denied."""
        wanted = await self._seen(actor, space, wanted)
        return await asyncio.to_thread(self._cards.ids, space, wanted, MOST_AT_ONCE + 1)

    async def erasable(self, actor: Actor, documents: Sequence[str]) -> list[Shown]:
        """Those of ``documents`` that the actor may delete."""
        rights = {p.id: p.right for p in await asyncio.to_thread(self._membership.spaces, actor)}
        return [
            one
            for one in await self.shown(actor, documents)
            if decide(actor, Action.DOCUMENT_DELETE, _resource(one.document, rights)).allowed
        ]

    # -- tags -----------------------------------------------------------------------------------------------------

    async def tag(
        self, actor: Actor, documents: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> int:
        """Put tags on documents of one space, and take some off: all of it or nothing, durable on return. How many
        documents. Raises TagInvalid, TooManyAtOnce, DocumentUnknown, Denied, AddingRefused."""
        put, off = [tag_word(word) for word in add], [tag_word(word) for word in remove]
        if len(put) > TAGS_AT_ONCE:
            raise TagInvalid(most=TAG_CHARACTERS)
        rows = await self._chosen(actor, documents)
        if not rows or not (put or off):
            return 0
        resource = await self._in_space(actor, rows[0].space)
        decision = decide(actor, Action.DOCUMENT_TAG, resource)
        ids = [row.id for row in rows]
        told = json.dumps({"documents": ids, "add": put, "remove": off}, ensure_ascii=False).encode()
        chain = uuid4().hex
        draft = _draft("documents-tag", actor, decision, chain, rows[0].space, rows[0].space, told)
        async with written(self._journal, draft, decision, adds=bool(put)):
            await asyncio.to_thread(self._cards.tag, rows[0].space, ids, put, off, chain)
        return len(ids)

    # -- erasing many ---------------------------------------------------------------------------------------------

    async def delete(self, actor: Actor, documents: Sequence[str]) -> int:
        """Erase documents of one space: all of them or, when one may not be, none. They are gone for everybody at
        one instant; what is made of them has left the disk on return. Raises DocumentUnknown, TooManyAtOnce,
        Denied."""
        rows = await self._chosen(actor, documents)
        if not rows:
            return 0
        space = await self._in_space(actor, rows[0].space)
        rights = {rows[0].space: space.right}
        decisions = [decide(actor, Action.DOCUMENT_DELETE, _resource(r, rights)) for r in rows]
        opened = await self._opened(actor, rows, decisions)
        outcome = "failed"
        try:
            for decision in decisions:
                outcome = "refused" if not decision.allowed else outcome
                decision.require()
            await asyncio.to_thread(self._shelf.mark_all, [row.id for row in rows])
            await self._erased(rows)
            outcome = "done"
        except asyncio.CancelledError:
            outcome = "interrupted"  # what is marked is erased by the worker
            raise
        finally:
            await asyncio.shield(asyncio.create_task(self._closed(opened, outcome)))
        return len(rows)

    async def _opened(
        self, actor: Actor, rows: Sequence[Document], decisions: Sequence[Decision]
    ) -> list[OpenIntention]:
        """One intention a document, all in one chain: a crash leaves what Library.recover knows how to end."""
        chain = uuid4().hex
        opened: list[OpenIntention] = []
        drafts = [
            _draft("document-delete", actor, decision, chain, row.space, row.id)
            for row, decision in zip(rows, decisions, strict=True)
        ]
        for first in range(0, len(drafts), _WRITTEN_AT_ONCE):
            some = drafts[first : first + _WRITTEN_AT_ONCE]
            opened += await asyncio.gather(*[self._journal.intention(draft) for draft in some])
        return opened

    async def _closed(self, opened: Sequence[OpenIntention], outcome: str) -> None:
        for first in range(0, len(opened), _WRITTEN_AT_ONCE):
            some = opened[first : first + _WRITTEN_AT_ONCE]
            await asyncio.gather(*[self._journal.close(one, outcome) for one in some])

    async def _erased(self, rows: Sequence[Document]) -> None:
        """Those nobody works on are erased together; the worker erases the others when it lets go of them."""
        until = iso(self._clock.now() + LEASE)
        free = await asyncio.to_thread(self._shelf.lease_all, [row.id for row in rows], OWNER, until)
        await asyncio.to_thread(erase_all, self._rooms, self._shelf, [row for row in rows if row.id in free])
        deadline = self._clock.monotonic() + _WAIT_SECONDS
        left = {row.id for row in rows} - free
        while left and self._clock.monotonic() < deadline:
            self._nudge()
            await asyncio.sleep(0.05)
            left &= await asyncio.to_thread(self._shelf.present, left)

    # -- after a crash --------------------------------------------------------------------------------------------

    async def recover(self) -> int:
        """Close the taggings that this process left open when it died: done or not begun, the rows say."""
        closed = 0
        for intention in await self._journal.open_intentions():
            if intention.entry.name == "documents-tag":
                done = await asyncio.to_thread(self._cards.tagged_by, intention.entry.chain)
                await self._journal.close(intention, "done" if done else "interrupted")
                closed += 1
        return closed

    # -- shared ---------------------------------------------------------------------------------------------------

    async def _chosen(self, actor: Actor, documents: Sequence[str]) -> list[Document]:
        """The rows, all visible and all of one space."""
        wanted = list(dict.fromkeys(documents))
        if len(wanted) > MOST_AT_ONCE:
            raise TooManyAtOnce(most=MOST_AT_ONCE)
        rows = [one.document for one in await self.shown(actor, wanted)]
        if len(rows) != len(wanted) or len({row.space for row in rows}) > 1:
            raise DocumentUnknown()
        return rows

    async def _allowed(self, actor: Actor, space: str) -> None:
        decide(actor, Action.SPACE_READ, await self._in_space(actor, space)).require()

    async def _in_space(self, actor: Actor, space: str) -> Resource:
        row, right = await asyncio.to_thread(
            lambda: (self._shelf.space(space), self._membership.right(actor, space))
        )
        if row is None or right is Right.NONE:  # what is not visible does not exist
            raise SpaceUnknown(space=space)
        return Resource("space", id=space, name=row.name, space=space, right=right)


def tag_word(word: str) -> str:
    """A tag as it is kept. Raises TagInvalid."""
    clean = " ".join(visible(word).split())
    if not 1 <= len(clean) <= TAG_CHARACTERS or "," in clean or not any(c.isalnum() for c in clean):
        raise TagInvalid(most=TAG_CHARACTERS)
    return clean


def _resource(row: Document, rights: dict[str, Right], name: str = "") -> Resource:
    right = rights.get(row.space, Right.NONE)
    return about(row, right, name, row.added_by)


def _draft(
    name: str, actor: Actor, decision: Decision, chain: str, space: str, touched: str, payload: bytes = b""
) -> Draft:
    return Draft(
        kind="administration",
        name=name,
        phase="intention",
        chain=chain,
        actor=actor.id,
        space=space,
        object=touched,
        decision=decision.rule,
        payload=payload,
    )
