"""What every line of work needs: rooms to work in, an intention before it begins, a row that says how far it is."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from demeure.antivirus import Antivirus
from demeure.clock import Clock
from demeure.engine import Embedder
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library.line import OWNER, Turn
from demeure.library.rooms import Rooms
from demeure.library.shelf import Document, Shelf
from demeure.library.vector_source import EmbeddingModel
from demeure.reader import message_key
from demeure.workshop import SUSPECT, Language, Workshop

ATTEMPTS = 3
DEATHS = 20
"""A job that fails is tried three times. A worker that dies while reading is usually not the document's fault, and
a journal, a workshop or a disk that is not there never is."""


async def _at_once() -> None:
    """Nobody is to be let through first."""


@dataclass(frozen=True)
class Parts:
    """What the lines are made of. ``embedder``: one that yields to interactive work between small batches.
    ``model``: the one chosen just now (blocking). ``languages``: what text can be recognised with just now
    (blocking). ``turn``: returns when the background may work.
    ``antivirus``: what looks at documents first; ``unseen_allowed``: they are read without it when it is away."""

    rooms: Rooms
    shelf: Shelf
    journal: Journal
    workshop: Workshop
    embedder: Embedder
    model: Callable[[], EmbeddingModel]
    clock: Clock
    batch: int = 32
    languages: Callable[[], Sequence[Language]] = tuple
    turn: Callable[[], Awaitable[None]] = _at_once
    antivirus: Antivirus | None = None
    unseen_allowed: bool = False


class OwnWork:
    """The worker's own work on one document, written and told. One instance for all lines."""

    def __init__(self, shelf: Shelf, journal: Journal) -> None:
        self._shelf, self._journal = shelf, journal
        self._reserve = False

    async def set(self, row: Document, *, durable: bool = True, **values: object) -> None:
        """Columns of the row. ``durable=False``: what the work can make again."""
        await asyncio.to_thread(lambda: self._shelf.update(row.id, durable=durable, **values))

    async def failed(self, row: Document, problem: DemeureError) -> Turn:
        """The row says why it goes no further."""
        await self.set(row, state="failed", reason=_told(problem))
        return Turn.DONE

    async def held(self, row: Document, problem: DemeureError) -> None:
        """The row says what keeps it where it is; it is tried again."""
        await self.set(row, durable=False, reason=_told(problem))

    async def suspected(self, row: Document, flags: Mapping[str, int]) -> None:
        """What was written for a machine and not for people is in the journal before anyone is told of it."""
        found = {name: flags[name] for name in SUSPECT if name in flags}
        if found:
            told = json.dumps(found).encode()
            draft = Draft(
                kind="input",
                name="document-suspect",
                chain=row.chain,
                actor=OWNER,
                space=row.space,
                object=row.id,
                decision="own work",
                payload=told,
            )
            await self._journal.record(draft)

    async def begun(self, row: Document, name: str) -> OpenIntention | None:
        """The intention, written; None while the journal lives on its reserve (asked without writing from then on:
        an entry every two seconds would use the reserve up)."""
        if self._reserve and (await self._journal.head()).state != "ok":
            return None
        draft = Draft(
            kind="input",
            name=name,
            chain=row.chain,
            actor=OWNER,
            space=row.space,
            object=row.id,
            decision="own work",
        )
        intention = await self._journal.intention(draft)
        self._reserve = not intention.may_add
        if self._reserve:
            await self.closed(intention, "refused")
            return None
        return intention

    async def closed(self, intention: OpenIntention, outcome: str) -> None:
        """Written even when the work is being cancelled."""
        await asyncio.shield(asyncio.create_task(self._journal.close(intention, outcome)))


def _told(problem: DemeureError) -> dict[str, object]:
    params = {k: v if isinstance(v, str | int | float) else str(v) for k, v in problem.params.items()}
    return {"code": problem.code(), "params": params}


def title_of(row: Document) -> str:
    """What a passage is said to come from."""
    return row.name.rsplit(".", 1)[0].replace("-", " ").replace("_", " ")


def unnamed(row: Document) -> bool:
    """A message of a mail folder: what its file is called says nothing, the message will."""
    return row.origin.door == "folder" and message_key(row.origin.path) is not None


async def asynchronous(chunks: Iterator[bytes]) -> AsyncGenerator[bytes]:
    """A blocking iterator, read in threads."""
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk
