"""The gateway's ports over the documents and the conversations: threads around what blocks."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from demeure.assistant import Conversations, Source
from demeure.gateway.house import Added, DocumentRow, Exchange, Past, Space
from demeure.library import AlreadyPresent, Document, Library
from demeure.policy import Actor, Right


class ConversationMemory:
    """``Memory`` over the assistant's conversations."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def recent(self, actor: Actor, limit: int) -> list[Past]:
        rows = await self._conversations.recent(actor.id, limit)
        return [Past(row["id"], row["title"], datetime.fromisoformat(row["updated_at"])) for row in rows]

    async def conversation(self, actor: Actor, conversation: str) -> list[Exchange]:
        found: list[Exchange] = []
        question = ""
        for row in await self._conversations.messages(actor.id, conversation):
            if row["role"] == "user":
                question = row["text"]
            else:
                found.append(_exchange(question, row))
        return found


def _exchange(question: str, row: dict[str, Any]) -> Exchange:
    outcome = {"closed": "done", "open": "open"}.get(row["state"], "interrupted")
    sources = tuple(Source(**source) for source in row["sources"] or ())
    return Exchange(str(row["id"]), question, row["text"], outcome, sources)


class LibraryShelves:
    """``Shelves`` over the library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def spaces(self, actor: Actor) -> list[Space]:
        found = await self._library.spaces(actor)
        return [
            Space(s.id, s.name, s.documents, right >= Right.CONTRIBUTE, right >= Right.MANAGE) for s, right in found
        ]

    async def create_space(self, actor: Actor, name: str) -> Space:
        space = await self._library.create_space(actor, name)
        return Space(space.id, space.name, space.documents, manages=True)

    async def delete_space(self, actor: Actor, space: str) -> None:
        await self._library.delete_space(actor, space)

    async def documents(self, actor: Actor, space: str) -> list[DocumentRow]:
        return [_row(document) for document in await self._library.documents(actor, space)]

    async def document(self, actor: Actor, document: str) -> DocumentRow:
        return _row(await self._library.document(actor, document))

    async def add(self, actor: Actor, space: str, name: str, stream: AsyncIterator[bytes]) -> Added:
        match await self._library.add(actor, space, name, stream):
            case AlreadyPresent(document=there):
                return Added(_row(there), new=False)
            case added:
                return Added(_row(added), new=True)

    async def delete(self, actor: Actor, document: str) -> None:
        await self._library.delete(actor, document)


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
    )
