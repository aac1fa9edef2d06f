"""A change of embedding model: spaces give up the vectors of the former one, and documents are embedded again.

Nothing is given up before the new model has answered. Until a space's documents have their vectors again it is
searched by words alone. Killed anywhere, it goes on at the next look.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

from demeure.errors import DemeureError
from demeure.journal import Draft, OpenIntention
from demeure.library.line import OWNER
from demeure.library.steps import Parts
from demeure.library.vector_source import EmbeddingModel, adopt, give_up, made_whole, source
from demeure.logs import note
from demeure.store import Database

ENTRY = "vectors-given-up"
LOOK_SECONDS = 10.0  # it is nudged when the house is told of another model


@contextlib.contextmanager
def told() -> Iterator[None]:
    """A problem that another look may not meet is noted, and no more."""
    try:
        yield
    except DemeureError as problem:
        note("worker", f"vectors wait: {problem.code()}")


class Renewal:
    """One for all lines of a worker: while a document is being embedded nothing is given up."""

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._alone = asyncio.Lock()
        self._settled: dict[str, str] = {}
        self.wake = asyncio.Event()

    @asynccontextmanager
    async def embedding(self, space: str) -> AsyncIterator[EmbeddingModel | None]:
        """The model that may embed documents of the space inside this block; None when none can just now."""
        async with self._alone:
            yield await self._agreed(space)

    async def watch(self, nudge: Callable[[], None]) -> None:
        """For ever: look at every space."""
        while True:
            self.wake.clear()
            with told():
                model = await asyncio.to_thread(self._p.model)
                for space in sorted(await asyncio.to_thread(self._p.shelf.living_spaces)):
                    if self._settled.get(space) != model.sha256:
                        await self._looked_at(space, model, nudge)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.wake.wait()

    async def left_by_a_crash(self, intention: OpenIntention) -> str:
        """How the work of that entry ended. What is left of it begins again as a new entry."""
        with told():
            database = await asyncio.to_thread(self._p.rooms.database, str(intention.entry.space))
            if (await asyncio.to_thread(source, database)).model == intention.entry.object:
                return "done"
        return "interrupted"

    async def _looked_at(self, space: str, model: EmbeddingModel, nudge: Callable[[], None]) -> None:
        with told():  # one damaged space does not hold the others
            async with self._alone:
                database = await asyncio.to_thread(self._p.rooms.database, space)
                before = await asyncio.to_thread(source, database)
                if before.whole and before.model in ("", model.sha256):
                    self._settled[space] = model.sha256
                    return
                if await self._agreed(space) is not None and before.model != model.sha256:
                    nudge()
                await self._finished(space, database)

    async def _agreed(self, space: str) -> EmbeddingModel | None:
        """The chosen model once the space's vectors are its own, and no other's."""
        model = await asyncio.to_thread(self._p.model)
        if not model.sha256:
            return None
        database = await asyncio.to_thread(self._p.rooms.database, space)
        known = await asyncio.to_thread(source, database)
        if known.model == model.sha256:
            return model
        if not known.model and known.whole:  # it has no vectors yet
            await asyncio.to_thread(adopt, database, model)
            return model
        return model if await self._given_up(space, database, model) else None

    async def _given_up(self, space: str, database: Database, model: EmbeddingModel) -> bool:
        """The vectors of another model are gone and their documents wait for new ones; False: not now."""
        if not await self._p.embedder.ready() or (await self._p.embedder.embedded(["."], "passage")).model != (
            model.sha256
        ):
            return False
        draft = Draft(
            kind="input",
            name=ENTRY,
            chain=uuid4().hex,
            actor=OWNER,
            space=space,
            object=model.sha256,
            decision="own work",
        )
        intention = await self._p.journal.intention(draft)
        outcome = "interrupted"
        try:
            if not intention.may_add:
                outcome = "refused"
                return False
            self._settled.pop(space, None)
            await asyncio.to_thread(give_up, database)
            await asyncio.to_thread(self._p.shelf.embed_again, space)
            await asyncio.to_thread(adopt, database, model)
            outcome = "done"
            return True
        finally:
            await asyncio.shield(asyncio.create_task(self._p.journal.close(intention, outcome)))

    async def finished(self, space: str) -> None:
        """To be called when a document of the space has got its vectors."""
        await self._finished(space, await asyncio.to_thread(self._p.rooms.database, space))

    async def _finished(self, space: str, database: Database) -> None:
        known = await asyncio.to_thread(source, database)
        waiting = not known.model or await asyncio.to_thread(self._p.shelf.waits_for_vectors, space)
        if not known.whole and not waiting:
            await asyncio.to_thread(made_whole, database)
