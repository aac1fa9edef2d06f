"""The end of a reading, for several documents at once: two waits for the disk instead of two a document.

Their indexes first, then their rows: a document is never said to be searchable before its words have reached the
disk, and what a power cut takes is read again.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from demeure.errors import DemeureError
from demeure.library import indexing
from demeure.library.rooms import Rooms
from demeure.library.shelf import Document, Shelf

_Waiting = tuple[Document, Mapping[str, Any], "asyncio.Future[None]"]


class Together:
    """One loop. What comes while some are written waits for the next time."""

    def __init__(self, shelf: Shelf, rooms: Rooms) -> None:
        self._shelf, self._rooms = shelf, rooms
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def settle(self, row: Document, **values: Any) -> None:
        """The index of ``row`` is whole; its columns. Durable on return, both. Raises the store's errors: nothing
        is said of the document then. A caller who is cancelled stops nobody."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((row, values, done))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        await done

    async def _drain(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting, []
            spaces = {row.space for row, _, _ in group}
            problems = {space: await self._durable(space) for space in spaces}
            kept = [(row.id, values) for row, values, _ in group if problems[row.space] is None]
            told = await _problem(asyncio.to_thread(self._shelf.update_all, kept))
            for row, _, done in group:
                problem = problems[row.space] or told
                if done.done():
                    continue  # its caller left
                if problem is None:
                    done.set_result(None)
                else:
                    done.set_exception(problem)

    async def _durable(self, space: str) -> Exception | None:
        return await _problem(asyncio.to_thread(lambda: indexing.durable(self._rooms.database(space))))


async def _problem(work: Any) -> Exception | None:
    try:
        await work
    except (DemeureError, OSError) as problem:
        return problem
    return None
