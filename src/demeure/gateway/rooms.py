"""The gateway's ports over the documents and the conversations: threads around what blocks."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from demeure.assistant import Conversations, Found, History, Sight, Source, hidden
from demeure.clock import iso
from demeure.gateway.catalogue import DocumentRow, ShelfPage
from demeure.gateway.house import About, Added, Exchange, Past, Space
from demeure.identity import Membership
from demeure.library import AlreadyPresent, Catalogue, Document, Library, Origin, Shown, Wanted, kinds_of, standings
from demeure.policy import Actor, Right


class ConversationMemory:
    """``Memory`` over the assistant's conversations and their history."""

    def __init__(self, conversations: Conversations, history: History, rights: Membership) -> None:
        self._conversations, self._history, self._rights = conversations, history, rights

    async def recent(self, actor: Actor, limit: int, skip: int = 0) -> list[Past]:
        return [_past(found) for found in await self._history.recent(actor, limit, skip)]

    async def search(self, actor: Actor, said: str, limit: int) -> list[Past]:
        return [_past(found) for found in await self._history.search(actor, said, limit)]

    async def about(self, actor: Actor, conversation: str) -> About:
        row = await self._conversations.about(actor.id, conversation)
        now = await self._conversations.touching(conversation, (), ())  # what it quotes may have risen since
        return About(conversation, row["title"], tuple(row["spaces"]), now)

    async def conversation(self, actor: Actor, conversation: str) -> list[Exchange]:
        found: list[Exchange] = []
        question, lost = "", False
        rows = await self._conversations.messages(actor.id, conversation)
        seen = await self._conversations.sight(self._rights, actor)
        away = hidden(rows, seen)
        for row in rows:
            if row["role"] == "user":
                question = row["text"]
            else:
                made = _exchange(question, row)
                if row["id"] in away:
                    lost = lost or any(seen.erased(source.space) for source in made.sources)  # those after it too
                    made = _withdrawn(made, seen, lost=lost)
                found.append(made)
        return found

    async def rename(self, actor: Actor, conversation: str, title: str) -> None:
        await self._history.rename(actor, conversation, title)

    async def delete(self, actor: Actor, conversation: str) -> None:
        await self._history.delete(actor, conversation)

    async def review(self, actor: Actor, conversation: str, message: str, at: datetime) -> None:
        await self._history.review(actor, conversation, message, iso(at))


def _past(found: Found) -> Past:
    return Past(found.conversation, found.title, datetime.fromisoformat(found.updated_at), found.excerpt)


def _withdrawn(exchange: Exchange, seen: Sight, *, lost: bool) -> Exchange:
    """What remains to be seen: the question, and the sources that may still be read. ``lost``: it comes from a
    space that was erased, and no right brings it back."""
    left = tuple(source for source in exchange.sources if seen.reaches(source.space, source.document_id))
    made = {name: told for name, told in exchange.details.items() if name != "problem"} | (
        {"lost": True} if lost else {}
    )
    return replace(exchange, text="", sources=left, details=made, withdrawn=True)


def _exchange(question: str, row: dict[str, Any]) -> Exchange:
    details = row["details"] or {}
    outcome = {"closed": "done", "open": "open"}.get(row["state"], details.get("outcome", "interrupted"))
    return Exchange(
        message=str(row["id"]),
        question=question,
        text=row["text"],
        outcome=outcome,
        sources=tuple(Source(**source) for source in row["sources"] or ()),
        chain=row["chain"],
        journal=row["journal"],
        details=details,
        again=str(row["again"] or ""),
        ended_at=datetime.fromisoformat(row["updated_at"]),
    )


class LibraryShelves:
    """``Shelves`` over the library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def spaces(self, actor: Actor) -> list[Space]:
        found = await self._library.spaces(actor)
        return [
            Space(s.id, s.name, s.documents, right >= Right.CONTRIBUTE, right >= Right.MANAGE, s.gathers)
            for s, right in found
        ]

    async def readable(self, actor: Actor) -> dict[str, str]:
        return await self._library.readable(actor)

    async def create_space(self, actor: Actor, name: str) -> Space:
        space = await self._library.create_space(actor, name)
        return Space(space.id, space.name, space.documents, manages=True)

    async def delete_space(self, actor: Actor, space: str) -> None:
        await self._library.delete_space(actor, space)

    async def documents(self, actor: Actor, space: str) -> list[DocumentRow]:
        return [_row(document) for document in await self._library.documents(actor, space)]

    async def document(self, actor: Actor, document: str) -> DocumentRow:
        return _row(await self._library.document(actor, document))

    async def add(
        self,
        actor: Actor,
        space: str,
        name: str,
        stream: AsyncIterator[bytes],
        *,
        door: str = "unknown",
        path: str = "",
    ) -> Added:
        match await self._library.add(actor, space, name, stream, Origin(door, path)):
            case AlreadyPresent(document=there):
                return Added(_row(there), new=False)
            case added:
                return Added(_row(added), new=True)

    async def delete(self, actor: Actor, document: str) -> None:
        await self._library.delete(actor, document)


class LibraryCatalogue:
    """``Cataloguing`` over the library's catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def page(self, actor: Actor, space: str, wanted: Wanted, number: int = 1, size: int = 50) -> ShelfPage:
        found = await self._catalogue.page(actor, space, wanted, number, size)
        rows = tuple(_shown(one, self._catalogue.today()) for one in found.documents)
        return ShelfPage(rows, found.total, found.number, found.pages, found.facets)

    async def shown(self, actor: Actor, documents: Sequence[str]) -> list[DocumentRow]:
        return [_shown(one, self._catalogue.today()) for one in await self._catalogue.shown(actor, documents)]

    async def matching(self, actor: Actor, space: str, wanted: Wanted) -> list[str]:
        return await self._catalogue.matching(actor, space, wanted)

    async def erasable(self, actor: Actor, documents: Sequence[str]) -> list[DocumentRow]:
        return [_shown(one, self._catalogue.today()) for one in await self._catalogue.erasable(actor, documents)]

    async def tag(
        self, actor: Actor, documents: Sequence[str], add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> int:
        return await self._catalogue.tag(actor, documents, add, remove)

    async def delete(self, actor: Actor, documents: Sequence[str]) -> int:
        return await self._catalogue.delete(actor, documents)


def _shown(one: Shown, today: str) -> DocumentRow:
    row = one.document
    told = standings(
        today, review_on=row.review_on, keep_until=row.keep_until, newer=one.newer, name=one.newer_name
    )
    return replace(
        _row(row),
        added_by=one.added_by,
        tags=one.tags,
        newer=one.newer,
        newer_name=one.newer_name,
        versions=one.former,
        standing=told,
    )


def _row(document: Document) -> DocumentRow:
    return DocumentRow(
        id=document.id,
        space=document.space,
        name=document.name,
        state=document.state,
        size=document.size,
        added_at=datetime.fromisoformat(document.added_at),
        pages=document.pages,
        passages=document.passages,
        embedded=document.embedded,
        reason=document.reason,
        format=document.format,
        sha256=document.sha256,
        added_by=document.added_by,
        door=document.origin.door,
        path=document.origin.path,
        author=document.author,
        written_on=document.written_on,
        flags=dict(document.flags or {}),
        former=document.supersedes,
        antivirus=document.antivirus,
        personal=kinds_of(document.personal),
        owner=document.owner,
        review_on=document.review_on,
        keep_until=document.keep_until,
        cited_on=document.cited_on,
    )
