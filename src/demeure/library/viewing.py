"""Looking at a place of a document: decided, written, then shown; a page as a picture, any place as text.

Rights are asked at every look, also for a picture that is already drawn; what one may not see does not exist.
"""

import asyncio
import contextlib
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from demeure.clock import Clock
from demeure.identity import Membership
from demeure.journal import Draft, Journal
from demeure.library import places
from demeure.library.document import about
from demeure.library.errors import DocumentUnknown, DocumentUnseen, PassageUnknown
from demeure.library.library import Library
from demeure.library.marked import Marked, marked
from demeure.library.places import Look, Passing
from demeure.library.rooms import Rooms
from demeure.library.shelf import Document, Shelf
from demeure.policy import Action, Actor, decide
from demeure.workshop import NARROWEST, WIDEST, PageAbsent, PageImage, Renderer, WorkshopBusy, said_to_machines

RENDERS = 2
"""Pages drawn at the same time: one person who turns pages fast does not hold the workshop's jobs of everybody."""

WAITING = 32
KEPT_BYTES = 48 << 20
KEPT_SECONDS = 300.0
LOOK_SECONDS = 600.0
"""For that long the pictures of a page that was looked at, and journalled, leave no entry of their own."""

ORDERS, ORDER = 5, 240
"""Sentences meant for an assistant that are shown, and characters of each."""

_LOOKS = 4_096
_PICTURES = frozenset({"pdf", "png", "jpeg", "tiff"})


@dataclass(frozen=True)
class View:
    """``look``: what is stored about the place. ``passage``: the one asked for, when it still exists. ``paged``:
    the document has pages that can be drawn; ``page``: the one looked at. ``space``: its name."""

    document: Document
    space: str
    look: Look
    page: int | None
    paged: bool

    @property
    def passage(self) -> Passing | None:
        return self.look.passage


class Viewing:
    """Composed by the gateway. Concurrent calls are welcome."""

    def __init__(
        self,
        *,
        library: Library,
        rooms: Rooms,
        shelf: Shelf,
        membership: Membership,
        journal: Journal,
        renderer: Renderer,
        clock: Clock,
        screened: bool = False,
    ) -> None:
        """``screened``: no page is drawn before the antivirus has seen its document."""
        self._screened = screened
        self._library, self._rooms, self._shelf, self._membership = library, rooms, shelf, membership
        self._journal, self._renderer, self._clock = journal, renderer, clock
        self._drawn = _Drawn(clock.monotonic)
        self._looks: OrderedDict[tuple[str, str, int], float] = OrderedDict()
        self._places, self._waiting = asyncio.Semaphore(RENDERS), 0
        self._locks: dict[tuple[Any, ...], asyncio.Lock] = {}

    async def view(
        self, actor: Actor, document: str, *, page: int | None = None, passage: int | None = None
    ) -> View:
        """The text about a page, a passage, or (neither) the beginning of the document. Written before anything is
        given. Raises DocumentUnknown, PageAbsent, PassageUnknown (only when no page is named: a page can be shown
        without it), the journal's errors."""
        row, rule = await self._allowed(actor, document, Action.DOCUMENT_READ)
        if page is not None and (page < 1 or (row.pages and page > row.pages)):
            raise PageAbsent(page=page, pages=row.pages or 1)
        await self._written(actor, row, rule, page=page, passage=passage)
        if page is not None:
            self._looked(actor, row, page)
        look = await asyncio.to_thread(self._look, row, page, passage)
        if passage is not None and page is None and look.passage is None:
            raise PassageUnknown()
        space = await asyncio.to_thread(self._shelf.space, row.space)
        paged = row.format in _PICTURES or places.page_of(look.place) is not None
        shown = page if page is not None else places.page_of(look.place)
        return View(row, space.name if space else "", look, shown, paged)

    async def image(self, actor: Actor, document: str, page: int, width: int) -> PageImage:
        """The picture of a page, about ``width`` pixels wide. Raises DocumentUnknown, DocumentUnseen, PageAbsent,
        what a file can be (DocumentUnreadable), what an attempt can meet (JobFailed), BlobMissing, BlobCorrupt,
        the journal's errors."""
        row, rule = await self._allowed(actor, document, Action.DOCUMENT_OPEN)
        if row.infected or (self._screened and row.antivirus is None):
            raise DocumentUnseen()
        if page < 1 or (row.pages and page > row.pages):
            raise PageAbsent(page=page, pages=row.pages or 1)
        if not self._recent(actor, row, page):
            await self._written(actor, row, rule, page=page)
            self._looked(actor, row, page)
        width = min(max(width, NARROWEST), WIDEST)
        key = (row.space, row.id, page, width)
        async with self._alone(key):
            found = self._drawn.get(key)
            if found is None:
                found = await self._draw(row, page, width)
                self._drawn.put(key, found)
        return found

    async def original(self, actor: Actor, document: str) -> tuple[Document, Iterator[bytes]]:
        """See ``Library.original``."""
        return await self._library.original(actor, document)

    async def card(self, actor: Actor, document: str) -> tuple[Document, str, str]:
        """The document, its space's name, the name of who added it (empty: the machine). Raises DocumentUnknown."""
        row, _rule = await self._allowed(actor, document, Action.DOCUMENT_READ)
        space, who = await asyncio.to_thread(
            lambda: (self._shelf.space(row.space), self._shelf.person(row.added_by))
        )
        return row, space.name if space else "", who

    async def orders(self, actor: Actor, document: str) -> list[str]:
        """The first sentences of it that are meant for an assistant, as they are written; a look like the others.
        Raises DocumentUnknown, the journal's errors."""
        row, rule = await self._allowed(actor, document, Action.DOCUMENT_READ)
        if not any(name in (row.flags or {}) for name in ("instructions", "pages-with-orders")):
            return []
        await self._written(actor, row, rule)
        return await asyncio.to_thread(self._orders, row)

    async def marks(self, actor: Actor, document: str, first: int = 0) -> Marked:
        """What is marked as personal data in it, and why, from the part of number ``first`` on; a look like the
        others. Raises DocumentUnknown, the journal's errors."""
        row, rule = await self._allowed(actor, document, Action.DOCUMENT_READ)
        await self._written(actor, row, rule)
        return await asyncio.to_thread(self._marks, row, first)

    # -- the steps ------------------------------------------------------------------------------------------------

    async def _allowed(self, actor: Actor, document: str, action: Action) -> tuple[Document, str]:
        """The row, and the rule that allows it."""
        try:
            row = await self._library.document(actor, document)
        except DocumentUnknown:
            if await asyncio.to_thread(self._shelf.document, document) is None:
                self._drawn.forget(document)
            raise
        right = await asyncio.to_thread(self._membership.right, actor, row.space)
        resource = about(row, right)
        decision = decide(actor, action, resource)
        if not decision.allowed:
            raise DocumentUnknown()
        return row, decision.rule

    async def _written(self, actor: Actor, row: Document, rule: str, **what: int | None) -> None:
        told = {key: value for key, value in what.items() if value is not None}
        await self._journal.record(
            Draft(
                kind="retrieval",
                name="document-viewed",
                chain=uuid4().hex,
                actor=actor.id,
                space=row.space,
                object=row.id,
                decision=rule,
                payload=json.dumps(told).encode(),
            )
        )

    def _look(self, row: Document, page: int | None, passage: int | None) -> Look:
        with self._rooms.database(row.space).read() as db:
            return places.look(db, row.id, page=page, passage=passage)

    def _orders(self, row: Document) -> list[str]:
        found: list[str] = []
        with self._rooms.database(row.space).read() as db:
            for text in places.texts(db, row.id):
                found += said_to_machines(text, ORDERS - len(found))
                if len(found) >= ORDERS:
                    break
        return [sentence if len(sentence) <= ORDER else f"{sentence[: ORDER - 1]}…" for sentence in found]

    def _marks(self, row: Document, first: int) -> Marked:
        with self._rooms.database(row.space).read() as db:
            return marked(places.parts_from(db, row.id, first))

    def _turn(self, row: Document, page: int) -> int:
        with self._rooms.database(row.space).read() as db:
            return places.turn_of(db, row.id, page)

    def _looked(self, actor: Actor, row: Document, page: int) -> None:
        self._looks[(actor.id, row.id, page)] = self._clock.monotonic()
        self._looks.move_to_end((actor.id, row.id, page))
        while len(self._looks) > _LOOKS:
            self._looks.popitem(last=False)

    def _recent(self, actor: Actor, row: Document, page: int) -> bool:
        when = self._looks.get((actor.id, row.id, page))
        return when is not None and self._clock.monotonic() - when < LOOK_SECONDS

    async def _draw(self, row: Document, page: int, width: int) -> PageImage:
        if self._waiting >= WAITING:
            raise WorkshopBusy()
        self._waiting += 1
        try:
            async with self._places:
                turn = await asyncio.to_thread(self._turn, row, page)
                chunks = await asyncio.to_thread(self._rooms.blobs(row.space).open, row.sha256)
                async with contextlib.aclosing(asynchronous(chunks)) as stream:
                    return await self._renderer.render(
                        stream, name=row.name, format=row.format, page=page, width=width, turn=turn
                    )
        finally:
            self._waiting -= 1

    @contextlib.asynccontextmanager
    async def _alone(self, key: tuple[Any, ...]) -> AsyncIterator[None]:
        """Two who ask for the same picture at once cost one."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._locks.pop(key, None)


async def asynchronous(chunks: Iterator[bytes]) -> AsyncGenerator[bytes]:
    """A blocking iterator, each step in a thread."""
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk


class _Drawn:
    """The latest pictures, in memory only: at most KEPT_BYTES, at most KEPT_SECONDS."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: OrderedDict[tuple[str, str, int, int], tuple[float, PageImage]] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, str, int, int]) -> PageImage | None:
        self._drop_old()
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, key: tuple[str, str, int, int], image: PageImage) -> None:
        self._drop_old()
        self._remove(key)
        self._kept[key] = (self._now(), image)
        self._bytes += len(image.png)
        while self._bytes > KEPT_BYTES:
            self._remove(next(iter(self._kept)))
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().call_later(KEPT_SECONDS + 1, self._drop_old)

    def forget(self, document: str) -> None:
        for key in [key for key in self._kept if key[1] == document]:
            self._remove(key)

    def _drop_old(self) -> None:
        limit = self._now() - KEPT_SECONDS
        for key in [key for key, (when, _) in self._kept.items() if when < limit]:
            self._remove(key)

    def _remove(self, key: tuple[str, str, int, int]) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= len(found[1].png)
