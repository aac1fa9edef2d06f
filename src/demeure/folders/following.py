"""What a scan works with, and what it writes in the journal before it does anything."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from demeure.clock import Clock
from demeure.folders.deciding import decided
from demeure.folders.rows import Register
from demeure.folders.settling import Settling
from demeure.folders.values import Folder
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library import Rooms, Shelf
from demeure.policy import Action, Decision
from demeure.reader import OpenFolder

SCAN, ADD, CHANGE, MOVE, DELETE = (
    *("folder-scanned", "document-add", "document-change", "document-move"),
    "document-delete",
)
OWN = (SCAN, ADD, CHANGE, MOVE, DELETE)
"""Names of the intentions of a worker that follows folders."""

SETTLE_SECONDS = 2.0
"""Between two looks at a file that is to be read: one that is being written has another size or date by then."""


@dataclass(frozen=True)
class Tools:
    """``open``: a job that reads the folder of this id. ``turn``: returns when the background may work. ``limit``:
    bytes of the largest document. ``nudge``: there is something to read or to erase."""

    rooms: Rooms
    shelf: Shelf
    register: Register
    settling: Settling
    journal: Journal
    clock: Clock
    open: Callable[[str], Awaitable[OpenFolder]]
    turn: Callable[[], Awaitable[None]]
    limit: int
    nudge: Callable[[], None]
    settle_seconds: float = SETTLE_SECONDS


async def may_go(tools: Tools, folder: Folder, document: str) -> Decision:
    """May the folder delete this one now?"""
    row = await asyncio.to_thread(tools.shelf.document, document)
    return decided(folder, Action.DOCUMENT_DELETE, folder.space, document, row)


async def begun(
    journal: Journal,
    folder: Folder,
    name: str,
    decision: Decision,
    *,
    chain: str = "",
    document: str = "",
    payload: bytes = b"",
) -> OpenIntention:
    """The intention about one document, written; refused ones are closed, and raise Denied."""
    intention = await journal.intention(
        Draft(
            kind="administration",
            name=name,
            chain=chain or uuid4().hex,
            actor=folder.actor,
            space=folder.space,
            object=document,
            decision=decision.rule,
            payload=payload,
        )
    )
    if not decision.allowed:
        await journal.close(intention, "refused")
        decision.require()
    return intention


@asynccontextmanager
async def together(journal: Journal) -> AsyncGenerator[list[tuple[OpenIntention, str]]]:
    """The intentions put into the list are closed as the whole ends, each about the document beside it."""
    opened: list[tuple[OpenIntention, str]] = []
    outcome = "failed"
    try:
        yield opened
        outcome = "done"
    except asyncio.CancelledError:
        outcome = "interrupted"
        raise
    finally:
        for intention, document in opened:
            await asyncio.shield(asyncio.create_task(journal.close(intention, outcome, object=document)))


async def delete_documents(
    tools: Tools, folder: Folder, documents: Sequence[str], chain: str, mark: Callable[[], None]
) -> None:
    """An intention for each of ``documents``, then ``mark`` (in a thread), which hides them all at once; the
    worker's lines erase what is made of them."""
    async with together(tools.journal) as opened:
        for document in documents:
            decision = await may_go(tools, folder, document)
            intention = await begun(tools.journal, folder, DELETE, decision, chain=chain, document=document)
            opened.append((intention, document))
        await asyncio.to_thread(mark)
    tools.nudge()
